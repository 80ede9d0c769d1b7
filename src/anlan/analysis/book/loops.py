"""The loop of a version of the book: drafted, tried on past data, handed in, released by a second person, replaced."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _

from anlan.kernel.errors import Refused
from anlan.kernel.loops import Evidence, Loop, Rung, State, Step

#: Who drafts: those who know the standards of their own field, for the land of their post.
EDITORS = ("duty_chief", "hq_office", "hq_office_head", "emergency", "water", "meteo")
#: Who releases. Never the one who drafted.
RELEASERS = ("duty_leader", "hq_office_head")
REVIEW_MIN = 480.0
"""Minutes to look at a version that was handed in. A value of the platform's."""


def _by_another(ctx: Any, record: Any, _evidence: dict[str, Any]) -> Refused | None:
    if ctx.actor.key not in record.editors:
        return None
    return Refused(_("自己改的判据不能由自己发布"), mend=_("请由没有参与修改的带班领导或防办主任复核后发布"))


CRITERIA = Loop(
    key="analysis.criteria",
    title=_("判据修改"),
    initial="draft",
    states=(
        State("draft", _("起草中"), owner="duty_chief", timeless=_("由起草人改完、试算后送审")),
        State("tried", _("已试算"), owner="duty_chief", timeless=_("由起草人看过试算结果后送审")),
        State(
            "submitted", _("待发布"), owner="duty_leader", within=REVIEW_MIN, todo=_("复核判据修改，发布或退回"),
            escalate=(Rung("hq_office_head", 0), Rung("duty_chief", 480)),
        ),
        State("released", _("在用"), owner="duty_chief", timeless=_("一直在用，直到换版或停用")),
        State("superseded", _("已换版"), final=True),
        State("withdrawn", _("已停用"), final=True),
        State("discarded", _("已作废"), final=True),
    ),
    steps=(
        Step("edit", _("修改"), ("draft", "tried"), "draft", may=EDITORS, automatic=True),
        Step("try", _("试算"), ("draft", "tried"), "tried", may=EDITORS, automatic=True),
        Step("submit", _("送审"), ("tried",), "submitted", may=EDITORS, main=True,
             evidence=(Evidence("why", _("改了什么、为什么"), "longtext", max_length=500),)),
        Step("return", _("退回"), ("submitted",), "draft", may=RELEASERS,
             evidence=(Evidence("why", _("退回理由"), "longtext", max_length=500),)),
        Step("release", _("发布"), ("submitted",), "released", may=RELEASERS, main=True, guard=_by_another,
             confirm=_("发布后，新的读数立即按这一版判据研判。试算结果核对过了吗？"),
             evidence=(
                 Evidence("checked", _("复核意见"), "longtext", max_length=500),
                 Evidence("from", _("生效时间"), "datetime", required=False, help=_("不填即立即生效；不能早于现在")),
             )),
        Step("supersede", _("换版"), ("released",), "superseded", may=("system",), automatic=True),
        Step("withdraw", _("停用"), ("released",), "withdrawn", may=RELEASERS,
             confirm=_("停用后，本地区恢复使用平台随附的判据。确定停用吗？"),
             evidence=(Evidence("why", _("停用理由"), "longtext", max_length=500),)),
        Step("discard", _("作废草稿"), ("draft", "tried"), "discarded", may=EDITORS, confirm=_("草稿作废后不能恢复，确定吗？")),
    ),
)  # fmt: skip
