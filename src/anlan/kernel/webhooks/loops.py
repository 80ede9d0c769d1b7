"""The closed loop of a subscription: looked at by a second person, sending, held up, ended."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _

from anlan.kernel.errors import Refused
from anlan.kernel.loops import ASSIGNEE, Evidence, Loop, Rung, State, Step

#: Who may have events sent to another system, each for the land of the post.
CREATORS = ("admin", "duty_chief", "hq_office", "hq_office_head", "town")
OWNERS = (ASSIGNEE, "admin")


def _by_another(ctx: Any, record: Any, _evidence: dict[str, Any]) -> Refused | None:
    if ctx.actor.key not in (record.created_by, record.acts_for):
        return None
    return Refused(
        _("自己登记的接收方不能由自己放行"),
        mend=_("请由另一位系统管理员复核；常用的接收方可由运维人员写进 ANLAN_WEBHOOK_HOSTS，免逐个复核"),
    )


WEBHOOK: Loop = Loop(
    key="kernel.webhook",
    title=_("事件推送"),
    initial="waiting",
    opened_by=CREATORS,
    states=(
        # The first rung lies before the due time: the administrator hears of it five minutes after it was registered.
        State("waiting", _("待复核"), owner="admin", within=480, todo=_("核对接收方地址，放行或退回"),
              escalate=(Rung("admin", -475), Rung(ASSIGNEE, 475))),
        State("active", _("推送中"), owner=ASSIGNEE, timeless=_("一直推送，直到暂停或停用")),
        State("paused", _("已暂停"), owner=ASSIGNEE, timeless=_("由登记人恢复，期间的事件留着")),
        State("broken", _("已中断"), owner="admin", within=0, todo=_("查明原因后恢复或停用"),
              escalate=(Rung("admin", 0), Rung(ASSIGNEE, 0), Rung("admin", 1440))),
        State("ended", _("已停用"), final=True),
    ),
    steps=(
        Step("release", _("放行"), ("waiting",), "active", may=("admin",), main=True, guard=_by_another,
             confirm=_("放行后，登记人有权看的事件会发往这个地址。接收方核对过了吗？"),
             evidence=(Evidence("checked", _("核对情况"), max_length=200, help=_("例如：与接收单位电话核对过地址")),)),
        Step("refuse", _("退回"), ("waiting",), "ended", may=("admin",),
             evidence=(Evidence("why", _("原因"), max_length=200),)),
        Step("admit", _("免复核放行"), ("waiting",), "active", may=("system",), automatic=True),
        Step("submit", _("换了地址，重新复核"), ("active", "paused", "broken"), "waiting", may=OWNERS, automatic=True),
        Step("pause", _("暂停"), ("active",), "paused", may=OWNERS),
        Step("resume", _("恢复"), ("paused", "broken"), "active", may=OWNERS, main=True,
             evidence=(Evidence("since", _("从哪里接着发"), "choice", default="left", choices=(
                 ("left", _("从中断处补发，一条不少")), ("now", _("从现在起，之前的不再发")),
             )),)),
        Step("take_over", _("由我接管"), ("paused", "broken"), "active", may=CREATORS,
             confirm=_("接管后按您的权限推送：您无权看的事件不会发出。确定接管吗？")),
        Step("break", _("推送中断"), ("active",), "broken", may=("system",), automatic=True),
        Step("end", _("停用"), ("waiting", "active", "paused", "broken"), "ended", may=OWNERS,
             confirm=_("停用后不能再恢复，还没有送到的事件也不再发送。确定停用吗？")),
    ),
)  # fmt: skip
