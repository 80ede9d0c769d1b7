"""The loops of a whistle and of the call to each department."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from anlan.kernel.loops import ASSIGNEE, Evidence, Loop, Rung, State, Step

from ..loops import DUTY

#: Who blows it and closes it: the street, or the community below it.
CALLERS = ("town", "village")
GRADES = (("satisfied", _("满意")), ("basic", _("基本满意")))
PROOF = (
    Evidence("photo", _("照片"), "photo", required=False),
    Evidence("place", _("位置"), "place", required=False),
)

WHISTLE = Loop(
    key="command.whistle",
    title=_("吹哨"),
    initial="open",
    opened_by=CALLERS,
    states=(
        State("open", _("处置中"), owner=ASSIGNEE, timeless=_("由各部门的报到和办结时限计时")),
        State("closed", _("已销哨"), final=True),
        State("withdrawn", _("已撤哨"), final=True),
    ),
    steps=(
        Step("finish", _("销哨"), ("open",), "closed", may=("system",), automatic=True),
        Step("withdraw", _("撤哨"), ("open",), "withdrawn", may=CALLERS,
             confirm=_("撤哨后，还没有办结的部门不再需要到场。"), evidence=(Evidence("reason", _("理由"), max_length=300),)),
    ),
)  # fmt: skip

WHISTLE_CALL = Loop(
    key="command.whistle_call",
    title=_("部门报到"),
    initial="called",
    states=(
        # The silent are reminded before the time is up, then telephoned, then their leader and the duty room hear of it.
        State("called", _("待响应"), owner=ASSIGNEE, within="report_by", todo=_("响应吹哨"),
              escalate=(Rung(ASSIGNEE, -5), Rung(ASSIGNEE, 5), Rung(".leader", 5), Rung("duty_leader", 15))),
        State("coming", _("赶赴中"), owner=ASSIGNEE, within="report_by", todo=_("到场报到"),
              escalate=(Rung(ASSIGNEE, -5), Rung(ASSIGNEE, 5), Rung(".leader", 5), Rung("duty_leader", 15))),
        State("present", _("处置中"), owner=ASSIGNEE, within="close_by", todo=_("办结反馈"),
              escalate=(Rung(ASSIGNEE, -15), Rung(ASSIGNEE, 15), Rung(".leader", 30), Rung("duty_leader", 60))),
        State("disputed", _("待裁定"), owner="duty_officer", within="rule_by", todo=_("裁定由谁办理"),
              escalate=(Rung("duty_officer", 0), Rung("duty_chief", 10), Rung("duty_leader", 15))),
        State("answered", _("待街道评价"), owner=ASSIGNEE, within="grade_by", todo=_("核实并评价"),
              escalate=(Rung(ASSIGNEE, 0), Rung("town", 60), Rung("duty_officer", 120))),
        State("closed", _("已办结"), final=True),
        State("transferred", _("已转其他部门"), final=True),
        State("released", _("裁定不需办理"), final=True),
        State("withdrawn", _("已撤回"), final=True),
    ),
    steps=(
        Step("respond", _("响应，已派人"), ("called",), "coming", may=(ASSIGNEE,), main=True,
             evidence=(Evidence("who", _("带队人和电话"), max_length=120), Evidence("note", _("说明"), required=False, max_length=300))),
        Step("arrive", _("到场报到"), ("called", "coming"), "present", may=(ASSIGNEE,), main=True,
             evidence=(Evidence("who", _("带队人"), max_length=120),
                       Evidence("people", _("到场人数"), "int", required=False, minimum=1, maximum=10000, unit=_("人")), *PROOF)),
        Step("note_arrival", _("代记到场"), ("called", "coming"), "present", may=CALLERS,
             evidence=(Evidence("who", _("带队人"), max_length=120),
                       Evidence("people", _("到场人数"), "int", required=False, minimum=1, maximum=10000, unit=_("人")), *PROOF)),
        Step("report", _("反馈进展"), ("present",), "present", may=(ASSIGNEE,), keeps_clock=True,
             evidence=(Evidence("text", _("办理情况"), "longtext"), *PROOF)),
        Step("finish", _("办结，请街道评价"), ("present",), "answered", may=(ASSIGNEE,), main=True,
             evidence=(Evidence("text", _("办理结果"), "longtext"), *PROOF)),
        Step("dispute", _("转办／不属本部门"), ("called", "coming"), "disputed", may=(ASSIGNEE,),
             evidence=(Evidence("reason", _("理由和依据"), "longtext", max_length=1000),
                       Evidence("to", _("应由谁办理"), required=False, max_length=120))),
        Step("rule_stay", _("裁定由该部门办理"), ("disputed",), "called", may=DUTY, main=True,
             evidence=(Evidence("reason", _("裁定理由"), "longtext", max_length=1000),)),
        Step("rule_transfer", _("裁定转其他部门"), ("disputed",), "transferred", may=DUTY,
             evidence=(Evidence("organisation", _("改由哪个部门办理"), max_length=40),
                       Evidence("reason", _("裁定理由"), "longtext", max_length=1000))),
        Step("rule_release", _("裁定不需办理"), ("disputed",), "released", may=DUTY,
             evidence=(Evidence("reason", _("裁定理由"), "longtext", max_length=1000),)),
        Step("close", _("评价并销号"), ("answered",), "closed", may=(ASSIGNEE, *CALLERS), main=True,
             evidence=(Evidence("grade", _("评价"), "choice", choices=GRADES),
                       Evidence("opinion", _("意见"), required=False, max_length=500))),
        Step("reopen", _("不满意，继续办理"), ("answered",), "present", may=(ASSIGNEE, *CALLERS),
             evidence=(Evidence("reason", _("哪里没有办好"), "longtext", max_length=1000),)),
        Step("withdraw", _("撤回呼叫"), ("called", "coming", "present", "disputed", "answered"), "withdrawn", may=CALLERS,
             evidence=(Evidence("reason", _("理由"), max_length=300),)),
    ),
)  # fmt: skip
