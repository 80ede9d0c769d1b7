"""The loops of a circular and of the receipt that each unit owes for it."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from anlan.kernel.loops import ASSIGNEE, Evidence, Loop, Rung, State, Step

from ..loops import DUTY

SENDERS = (*DUTY, "hq_office", "hq_office_head", "town")

HOW = (("phone", _("电话")), ("fax", _("传真")), ("in_person", _("当面")), ("other", _("其他方式")))
_DONE = (
    Evidence("text", _("办理情况"), "longtext", max_length=2000),
    Evidence("photo", _("照片"), "photo", required=False),
)

CIRCULAR = Loop(
    key="command.circular",
    title=_("通知通报"),
    initial="registered",
    opened_by=SENDERS,
    states=(
        State("registered", _("待转办"), owner="duty_officer", within="handle_by", todo=_("转发、登记办结或归档"),
              escalate=(Rung(".officers", 0), Rung(".leaders", 30))),
        State("running", _("办理中"), owner="duty_officer", within="last_due", todo=_("跟踪签阅和办理"),
              escalate=(Rung(".officers", 0), Rung(".leaders", 60))),
        State("done", _("已办结"), final=True),
        State("filed", _("已归档"), final=True),
        State("withdrawn", _("已撤回"), final=True),
    ),
    steps=(
        Step("send", _("发往单位"), ("registered", "running"), "running", may=("system",), automatic=True),
        Step("finish", _("办结"), ("registered", "running"), "done", may=("system",), automatic=True),
        Step("complete", _("登记办结"), ("registered",), "done", may=SENDERS, narrowed_by="senders", evidence=_DONE),
        Step("file", _("归档"), ("registered",), "filed", may=SENDERS, narrowed_by="senders",
             evidence=(Evidence("reason", _("说明"), required=False, max_length=200),)),
        Step("withdraw", _("撤回"), ("registered", "running"), "withdrawn", may=SENDERS, narrowed_by="senders",
             evidence=(Evidence("reason", _("理由"), max_length=200),)),
    ),
)  # fmt: skip

RECEIPT = Loop(
    key="command.circular_receipt",
    title=_("通知签阅"),
    initial="sent",
    states=(
        State("sent", _("待签阅"), owner=ASSIGNEE, within="read_due", todo=_("签阅"),
              escalate=(Rung(ASSIGNEE, 0), Rung(".leader", 10), Rung(".officers", 10))),
        State("read", _("已阅待办"), owner=ASSIGNEE, within="done_due", todo=_("反馈办理情况"),
              escalate=(Rung(ASSIGNEE, -30), Rung(".leader", 30), Rung(".officers", 30))),
        State("reported", _("已反馈待核"), owner="duty_officer", within=24 * 60, todo=_("核验办理情况"), escalate=(Rung(".officers", 0),)),
        State("noted", _("已阅"), final=True),
        State("done", _("已办结"), final=True),
        State("withdrawn", _("已撤回"), final=True),
    ),
    steps=(
        Step("read", _("签阅"), ("sent",), "read", may=(ASSIGNEE,), narrowed_by="readers_to_act", main=True),
        Step("note", _("签阅"), ("sent",), "noted", may=(ASSIGNEE,), narrowed_by="readers_to_know", main=True),
        Step("record_read", _("登记签阅"), ("sent",), "read", may=SENDERS, narrowed_by="senders_to_act",
             evidence=(Evidence("who", _("谁签阅的"), max_length=60), Evidence("how", _("怎样告知的"), "choice", choices=HOW))),
        Step("record_note", _("登记签阅"), ("sent",), "noted", may=SENDERS, narrowed_by="senders_to_know",
             evidence=(Evidence("who", _("谁签阅的"), max_length=60), Evidence("how", _("怎样告知的"), "choice", choices=HOW))),
        Step("report", _("反馈办理情况"), ("read",), "reported", may=(ASSIGNEE,), main=True, evidence=_DONE),
        Step("record_report", _("登记办理情况"), ("read",), "reported", may=SENDERS, narrowed_by="senders",
             evidence=(Evidence("who", _("谁反馈的"), max_length=60), *_DONE)),
        Step("accept", _("核验通过"), ("reported",), "done", may=SENDERS, narrowed_by="senders", main=True,
             evidence=(Evidence("opinion", _("核验意见"), required=False, max_length=200),)),
        Step("return", _("退回补办"), ("reported",), "read", may=SENDERS, narrowed_by="senders",
             evidence=(Evidence("reason", _("退回原因"), max_length=500),)),
        Step("withdraw", _("撤回"), ("sent", "read", "reported"), "withdrawn", may=("system",), automatic=True,
             evidence=(Evidence("reason", _("理由")),)),
    ),
)  # fmt: skip
