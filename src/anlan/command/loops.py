"""The closed loops of incidents and official reports. Responses and tasks declare theirs in `responses/loops.py`."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from anlan.kernel.loops import ASSIGNEE, Evidence, Loop, Rung, State, Step

DUTY = ("duty_officer", "duty_chief", "duty_leader")

INCOMING = Loop(
    key="command.incoming",
    title=_("来报"),
    initial="waiting",
    states=(
        State("waiting", _("待接"), owner="duty_officer", within=3, todo=_("接报"),
              escalate=(Rung("duty_officer", 0), Rung("duty_chief", 3), Rung("duty_leader", 5))),
        State("registered", _("已立事件"), final=True),
        State("joined", _("已并入事件"), final=True),
        State("noted", _("已记录"), final=True),
    ),
    steps=(
        Step("register", _("立为事件"), ("waiting",), "registered", may=DUTY, main=True, automatic=True,
             evidence=(Evidence("incident", _("事件")),)),
        Step("join", _("并入事件"), ("waiting",), "joined", may=DUTY, automatic=True, evidence=(Evidence("incident", _("事件")),)),
        Step("note", _("仅作记录"), ("waiting",), "noted", may=DUTY, evidence=(Evidence("reason", _("说明"), required=False),)),
    ),
)  # fmt: skip

INCIDENT = Loop(
    key="command.incident",
    title=_("突发事件"),
    initial="received",
    opened_by=(*DUTY, "town"),
    states=(
        # t_verify of response-levels: verify and register within 5 minutes.
        State("received", _("已接报"), owner="duty_officer", within=5, todo=_("核实"),
              escalate=(Rung("duty_chief", 0), Rung("duty_leader", 10))),
        State("handling", _("处置中"), owner="duty_officer", within="next_progress_due", todo=_("跟进处置"),
              escalate=(Rung("duty_officer", 0), Rung("duty_chief", 30), Rung("duty_leader", 60))),
        State("closed", _("已结束"), final=True),
        State("false", _("误报"), final=True),
        State("merged", _("已并入"), final=True),
        State("separated", _("已拆分"), final=True),
    ),
    steps=(
        Step("verify", _("核实"), ("received",), "handling", may=DUTY, main=True,
             evidence=(Evidence("how", _("如何核实"), help=_("例如：电话回拨街道值班员、调看视频")),)),
        Step("progress", _("记录进展"), ("handling",), "handling", may=(*DUTY, "town"), main=True,
             evidence=(Evidence("text", _("进展"), "longtext"),)),
        Step("begin_daily", _("启动灾情零报告"), ("handling",), "handling", may=DUTY, narrowed_by="may_begin_daily", keeps_clock=True,
             evidence=(Evidence("reason", _("依据"), required=False, help=_("例如：灾情未稳定，按统计调查制度每日报告")),)),
        Step("settle", _("灾情已稳定"), ("handling",), "handling", may=DUTY, narrowed_by="may_settle", keeps_clock=True,
             evidence=(Evidence("how", _("如何认定"), help=_("例如：降雨停止，转移人员全部返回，灾情三日无变化")),)),
        Step("close", _("结束事件"), ("handling",), "closed", may=("duty_chief", "duty_leader"),
             evidence=(Evidence("conclusion", _("结论"), "longtext", help=_("处置结果、人员情况、是否恢复")),)),
        Step("dismiss", _("定为误报"), ("received", "handling"), "false", may=("duty_chief", "duty_leader"),
             evidence=(Evidence("reason", _("理由"), "longtext"),)),
        Step("merge", _("并入另一事件"), ("received", "handling"), "merged", may=DUTY, automatic=True,
             evidence=(Evidence("into", _("并入"),),)),
        Step("separate", _("拆分为独立事件"), ("merged",), "separated", may=DUTY, afterwards=True,
             evidence=(Evidence("reason", _("为何不是同一事件"), help=_("例如：地点相距 5 公里，两处各有火情")),)),
    ),
)  # fmt: skip

REPORT_CLOCK = Loop(
    key="command.report_clock",
    title=_("报送时限"),
    initial="running",
    states=(
        State("running", _("计时中"), owner="duty_officer", within="legal_due", todo=_("报送"),
              escalate=(Rung(".reminded", -5), Rung(".told_first", 5), Rung(".told_then", 10))),
        State("met", _("已报送"), final=True),
        State("superseded", _("由更严时限取代"), final=True),
        State("dropped", _("不再适用"), final=True),
    ),
    steps=(
        Step("meet", _("登记已报送"), ("running",), "met", may=(*DUTY, ASSIGNEE), main=True,
             evidence=(
                 Evidence("means", _("方式"), "choice",
                          choices=(("phone", _("电话")), ("written", _("书面")), ("system", _("系统直报")))),
                 Evidence("received_by", _("对方接收人"), required=False, max_length=120),
                 Evidence("report", _("对应报告"), required=False),
             )),
        Step("supersede", _("由更严时限取代"), ("running",), "superseded", may=("system",), automatic=True,
             evidence=(Evidence("by", _("取代者")),)),
        Step("drop", _("不再适用"), ("running",), "dropped", may=("duty_chief", "duty_leader"),
             evidence=(Evidence("reason", _("理由")),)),
    ),
)  # fmt: skip

REPORT = Loop(
    key="command.report",
    title=_("信息报告"),
    initial="drafted",
    opened_by=DUTY,
    states=(
        # What each step may take is carved out of the legal limit (process.review of reporting_deadlines.yaml).
        State("drafted", _("拟稿"), owner="duty_officer", within="draft_due", todo=_("送签"), escalate=(Rung(".told_chief", 0),)),
        State("reviewing", _("待审核"), owner="duty_chief", within="review_due", todo=_("审核"),
              escalate=(Rung(".told_leader", 0),)),
        State("signing", _("待签发"), owner="duty_leader", within="sign_due", todo=pgettext_lazy("step", "签发"),
              escalate=(Rung(".told_leader", 0), Rung(".told_chief", 5))),
        State("signed", _("已签发待发出"), owner="duty_officer", within="send_due", todo=_("发出"),
              escalate=(Rung(".told_chief", 0),)),
        State("sent", _("已发出"), final=True),
        State("withdrawn", _("已撤回"), final=True),
    ),
    steps=(
        Step("submit", _("送签"), ("drafted",), "signing", may=DUTY, narrowed_by="direct_writers", main=True),
        Step("ask_review", _("送审"), ("drafted",), "reviewing", may=(*DUTY, ASSIGNEE), narrowed_by="writers", main=True),
        Step("pass_review", _("审核通过，送签"), ("reviewing",), "signing", may=("duty_chief", "duty_leader", ASSIGNEE),
             narrowed_by="reviewers", main=True,
             evidence=(Evidence("opinion", _("审核意见"), required=False, help=_("例如：人数已与街道核对")),)),
        Step("skip_review", _("审核过半程，转签发"), ("reviewing",), "signing", may=("system",), automatic=True,
             evidence=(Evidence("reason", _("理由")),)),
        Step("sign", pgettext_lazy("step", "签发"), ("signing",), "signed", may=("duty_leader", ASSIGNEE), narrowed_by="signers",
             main=True),
        Step("return", _("退回修改"), ("reviewing", "signing"), "drafted", may=("duty_leader", "duty_chief", ASSIGNEE),
             narrowed_by="reviewers", evidence=(Evidence("reason", _("修改意见"), "longtext"),)),
        Step("send", _("登记发出"), ("signed",), "sent", may=(*DUTY, ASSIGNEE), narrowed_by="writers", main=True,
             evidence=(
                 Evidence("means", _("方式"), "choice", default="written",
                          choices=(("written", _("书面")), ("phone", _("电话")), ("system", _("系统直报")))),
                 Evidence("received_by", _("对方接收人"), required=False, max_length=120),
             )),
        Step("void", _("作废"), ("signed",), "withdrawn", may=("system",), automatic=True, evidence=(Evidence("reason", _("理由")),)),
        Step("withdraw", _("撤回"), ("drafted", "reviewing", "signing"), "withdrawn", may=(*DUTY, ASSIGNEE),
             narrowed_by="writers", evidence=(Evidence("reason", _("理由")),)),
    ),
)  # fmt: skip
