"""The loops of an agreement, and of one request for help with its clock."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from anlan.kernel.loops import ASSIGNEE, Evidence, Loop, Rung, State, Step

from ..data.cooperation import cooperation_rules
from ..loops import DUTY

DAY = 24 * 60
_RULES = cooperation_rules()
OFFICE = ("hq_office", "hq_office_head", "duty_chief", "duty_leader")
ASKERS = (*DUTY, "hq_office", "hq_office_head", "deputy", "commander", "top_leader", "town")
MEANS = (("phone", _("电话")), ("paper", _("书面")), ("radio", _("电台")), ("present", _("当面")))
EXTENT = (("full", _("全部答应")), ("partly", _("部分答应")))

AGREEMENT = Loop(
    key="command.agreement",
    title=_("协同协议"),
    initial="in_force",
    states=(
        # The first rung begins the review: it is owed before the agreement ends, and nobody has to remember it.
        State("in_force", _("有效"), owner="hq_office", within="ends_at", todo=_("复核协议"),
              escalate=(Rung("hq_office", -_RULES.review_days * DAY),)),
        State("reviewing", _("待复核"), owner="hq_office", within="ends_at", todo=_("续签或终止协议"),
              escalate=(Rung("hq_office", -_RULES.remind_days * DAY), Rung("hq_office_head", _RULES.remind_days * DAY),
                        Rung("duty_leader", DAY))),
        State("ended", _("已终止"), final=True),
    ),
    steps=(
        Step("review", _("到期前复核"), ("in_force",), "reviewing", may=("system",), automatic=True),
        Step("renew", _("续签"), ("in_force", "reviewing"), "in_force", may=OFFICE, main=True, evidence=(
            Evidence("until", _("有效期至"), "text", max_length=10, help=_("写成 2027-12-31 的样子")),
            Evidence("found", _("复核情况"), "longtext", max_length=1000, help=_("联系人、能力、到达时间是否仍属实，改了什么")),
        )),
        Step("end", _("终止"), ("in_force", "reviewing"), "ended", may=OFFICE,
             evidence=(Evidence("reason", _("理由"), max_length=300),)),
    ),
)  # fmt: skip

REQUEST = Loop(
    key="command.cooperation_request",
    title=_("协同请求"),
    initial="asked",
    states=(
        State("asked", _("待答复"), owner="duty_officer", within="answer_due", todo=_("答复协同请求"),
              escalate=(Rung(".asked_of", 0), Rung(".superior", 10), Rung("duty_leader", 10))),
        State("promised", _("已答应"), owner="duty_officer", within="arrival_due", todo=_("出发并告知"),
              escalate=(Rung(".asked_of", -15), Rung(".superior", 15), Rung("duty_leader", 15))),
        State("on_way", _("在途"), owner="duty_officer", within="arrival_due", todo=_("到场报到"),
              escalate=(Rung(".asked_of", 0), Rung("duty_chief", 15))),
        State("arrived", _("已到场"), owner="duty_officer", within="until_due", todo=_("结束协同"),
              escalate=(Rung("duty_officer", 0), Rung("duty_chief", 60))),
        State("ended", _("已结束"), final=True),
        State("refused", _("不能支援"), final=True),
        State("withdrawn", _("已撤回"), final=True),
    ),
    steps=(
        Step("answer", _("答应"), ("asked",), "promised", may=(ASSIGNEE,), main=True, evidence=(
            Evidence("extent", _("答应多少"), "choice", choices=EXTENT),
            Evidence("text", _("派出什么、缺什么"), "longtext", max_length=1000),
            Evidence("minutes", _("预计多久到场"), "int", required=False, minimum=1, maximum=2880, unit=_("分钟")),
        )),
        Step("refuse", _("不能支援"), ("asked",), "refused", may=(ASSIGNEE,),
             evidence=(Evidence("reason", _("理由"), max_length=300),)),
        Step("note_answer", _("代记答应"), ("asked",), "promised", may=ASKERS, evidence=(
            Evidence("extent", _("答应多少"), "choice", choices=EXTENT),
            Evidence("text", _("派出什么、缺什么"), "longtext", max_length=1000),
            Evidence("who", _("谁答复的"), max_length=60), Evidence("means", _("方式"), "choice", choices=MEANS),
            Evidence("minutes", _("预计多久到场"), "int", required=False, minimum=1, maximum=2880, unit=_("分钟")),
        )),
        Step("note_refusal", _("代记不能支援"), ("asked",), "refused", may=ASKERS, evidence=(
            Evidence("reason", _("理由"), max_length=300), Evidence("who", _("谁答复的"), max_length=60),
            Evidence("means", _("方式"), "choice", choices=MEANS),
        )),
        Step("depart", _("已出发"), ("promised",), "on_way", may=(ASSIGNEE, *ASKERS), main=True, evidence=(
            Evidence("text", _("带队人和电话、路线"), required=False, max_length=300),
        )),
        Step("arrive", _("已到场"), ("promised", "on_way"), "arrived", may=(ASSIGNEE, *ASKERS), main=True, evidence=(
            Evidence("text", _("实到人员和装备"), required=False, max_length=300),
        )),
        Step("end", _("结束协同"), ("arrived",), "ended", may=(ASSIGNEE, *ASKERS), main=True,
             evidence=(Evidence("result", _("完成情况"), max_length=500, help=_("人员是否全部撤离、装备是否归还")),)),
        Step("withdraw", _("撤回请求"), ("asked", "promised", "on_way"), "withdrawn", may=ASKERS,
             evidence=(Evidence("reason", _("理由"), max_length=300),)),
        Step("lapse", _("随事件结束"), ("asked", "promised"), "withdrawn", may=("system",), automatic=True,
             evidence=(Evidence("reason", _("理由")),)),
    ),
)  # fmt: skip
