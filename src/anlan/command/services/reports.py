"""Official reports as papers: drafted by the machine, edited, corrected by number. Reviewing, signing and sending: `signing`, `sending`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.db import transaction
from django.db.models import Max
from django.utils.timezone import localtime

from anlan.command.facts import for_report
from anlan.command.intake.first_report import compose_report
from anlan.command.models import Followup, Incident, Report, ReportClock, Response, Task
from anlan.command.models.report_clock import DESK
from anlan.kernel import auditing
from anlan.kernel.context import Context
from anlan.kernel.errors import BadInput, Conflict, NotAllowed, Refused
from anlan.kernel.loops import open_record
from anlan.kernel.texts import whole, whole_line
from anlan.kernel.wording import own_language
from anlan.kernel.wording import words as _
from anlan.kernel.worlds import REAL

from ..loops import DUTY
from . import clocks, papers

KEY = Report.loop.key
LONGEST = 6000
#: The first paragraph of a correction: which number it puts right, and what. Papers are Chinese in every language.
CORRECTED = "更正事项"


def draft_report(ctx: Context, incident: Incident, stage: str, office: str = DESK) -> Report:
    """Compose the draft of a stage from what is known. A draft of this stage that is under way is returned as it is.

    With the desk's draft those of the streets and departments that owe one of their own are composed as well.
    """
    me = clocks.reporter(ctx)
    with transaction.atomic():
        Incident.objects.select_for_update(of=("self",)).in_world(me).get(pk=incident.pk)
        if office == DESK:
            draft_owed(me, incident)
        rows = Report.objects.in_world(me).filter(incident=incident, stage=stage, office=office)
        under_way = rows.open().filter(corrects__isnull=True).first()
        if under_way is not None:
            return under_way
        ordinal = (rows.aggregate(n=Max("ordinal"))["n"] or 0) + 1
        owner = _owner(me, incident, office)
        number = number_of(me, incident, stage, office, ordinal)
        composed = compose(me, incident, stage, number, office=office, office_name=owner.get("office_name", ""))
        began, at = clocks.legal_limit(me, incident, office, stage)
        return open_record(
            me, Report, incident=incident, scope=incident.scope, stage=stage, office=office, ordinal=ordinal, legal_from=began,
            legal_at=at, note={"incident": incident.number, "by": ctx.actor.key},
            **{"shared_with": incident.shared_with, **owner}, **composed,
        )  # fmt: skip


def number_of(ctx: Context, incident: Incident, stage: str, office: str, ordinal: int) -> int:
    """Which report of its stage it is for those who get them: what was withdrawn and corrections take no number."""
    rows = Report.objects.in_world(ctx).filter(incident=incident, stage=stage, office=office, corrects=None)
    return int(rows.exclude(state="withdrawn").filter(ordinal__lt=ordinal).count()) + 1


def draft_owed(ctx: Context, incident: Incident) -> None:
    """Drafts for the streets and departments that owe a report in writing and have none under way."""
    owing = ReportClock.objects.in_world(ctx).open().filter(incident=incident, form="written").exclude(office=DESK)
    for office, stage in owing.order_by("office", "stage").values_list("office", "stage").distinct():
        if not Report.objects.in_world(ctx).open().filter(incident=incident, office=office, stage=stage).exists():
            draft_report(ctx, incident, stage, office)


def _owner(ctx: Context, incident: Incident, office: str) -> dict[str, Any]:
    """Whose report it is, as columns. The duty desk's needs no name."""
    clock = ReportClock.objects.in_world(ctx).filter(incident=incident, office=office).order_by("-opened_at").first()
    if office == DESK or clock is None:
        return {}
    bodies = clocks.bodies_of(ctx, clock.sender, incident.scope)
    keys, role = [o.key for o in bodies], bodies[0].actor if bodies else office
    return {
        "office_name": bodies[0].name if bodies else clock.sender_name, "owner_keys": keys, "owner_role": role,
        "shared_with": sorted({*incident.shared_with, *keys}),
    }  # fmt: skip


def continue_report(ctx: Context, incident: Incident) -> Report:
    """Begin a continued report by hand. Raises NotAllowed, Refused before the first report went up."""
    _demand_duty(ctx, incident.scope)
    if not Report.objects.in_world(ctx).filter(incident=incident, office=DESK, stage="first", state="sent").exists():
        raise Refused(_("首报还没有发出，不能续报"), mend=_("请先签发并发出首报"))
    return draft_report(ctx, incident, "continue")


@own_language()
def compose(
    ctx: Context, incident: Incident, stage: str, ordinal: int, *, office: str = DESK, office_name: str = ""
) -> dict[str, Any]:
    """Columns of a draft: title, addressees, body and the elements that are still missing."""
    to = addressees(ctx, incident, stage, office)
    facts = _told(ctx, incident, stage, office) | {"addressees": to}
    if office != DESK:
        facts["reporting_unit"] = office_name
    paper = compose_report(facts, stage=stage, number=ordinal)
    return {
        "title": str(paper["title"]).removeprefix("【演练】")[:200], "addressees": to, "missing": [m["zh"][:60] for m in paper["missing"]],
        "body": {"paragraphs": paper["paragraphs"], "missing": paper["missing"], "unit": facts["reporting_unit"]},
    }  # fmt: skip


def addressees(ctx: Context, incident: Incident, stage: str, office: str = DESK) -> list[str]:
    """Who has to get it on paper: the recipients of the clocks of this stage, certain ones first, the state only when certain; the
    party committee's duty room before the government's, both before bureaus, as papers have it."""
    rows = (
        ReportClock.objects.in_world(ctx)
        .filter(incident=incident, stage=stage, office=office)
        .exclude(state__in=("superseded", "dropped"))
    )
    certain = [c.recipient_name for c in _as_addressed(rows.filter(certain=True))]
    likely = [
        c.recipient_name for c in _as_addressed(rows.filter(certain=False).exclude(recipient__startswith="state"))
    ]
    return list(dict.fromkeys([*certain, *likely]))


def _as_addressed(rows: Any) -> list[ReportClock]:
    ranks = {"party": 0, "gov": 1}
    return sorted(rows.order_by("legal_at"), key=lambda c: ranks.get(c.recipient.rpartition("_")[2], 2))


def _told(ctx: Context, incident: Incident, stage: str, office: str = DESK) -> dict[str, Any]:
    """What is known of an incident, under the names that the composer takes."""
    followups = list(Followup.objects.in_world(ctx).filter(incident=incident).exclude(text="").order_by("at"))
    sent = Report.objects.in_world(ctx).filter(incident=incident, office=office, state="sent")
    since = sent.aggregate(at=Max("sent_at"))["at"]
    new = [f for f in followups if since is None or f.at > since]
    response = Response.objects.in_world(ctx).open().filter(incident=incident).first()
    return {
        **for_report(incident.facts),
        "title": incident.title,
        "time": incident.occurred_at,
        "report_time": incident.received_at,
        "source": incident.source or None,
        "reporter": incident.source or None,
        "place": _local_place(incident),
        "region": incident.region.full_name,
        "kind": incident.kind or None,
        "kind_zh": incident.kind_name or None,
        "course": incident.text if stage == "first" else None,
        "grade": incident.grade or None,
        "measures": measures(ctx, incident),
        "leader": incident.commander or None,
        "response_level": response.level if response else None,
        "reporting_unit": papers.unit_of(incident),
        "changes": [f"{localtime(f.at):%H时%M分}，{f.text}" for f in new] if stage == "continue" else None,
        "cause": incident.intake.get("cause"),
        "serial": None if stage == "first" else _first_serial(sent),
        "exercise": ctx.world != REAL,
    }


def _first_serial(sent: Any) -> str | None:
    """The number of the first report that went up, to which later ones belong."""
    found: str | None = sent.filter(stage="first", corrects=None).values_list("serial", flat=True).first()
    return found


def _local_place(incident: Incident) -> str | None:
    """The place without the name of the region that is written in front of it in full."""
    return incident.place.removeprefix(incident.region.name) or None


def measures(ctx: Context, incident: Incident) -> list[str]:
    """What has been done, as recorded: progress notes and tasks that were taken up. Nothing recorded, nothing said."""
    from anlan.kernel.models import AuditEntry

    notes = AuditEntry.objects.filter(
        object_type=Incident.loop.key,
        object_id=str(incident.pk),
        action__in=(f"{Incident.loop.key}.verify", f"{Incident.loop.key}.progress"),
    ).order_by("id")
    said = [f"{localtime(n.at_world):%H时%M分}，{_words(n.data)}" for n in notes]
    tasks = (
        Task.objects.in_world(ctx).filter(incident=incident).exclude(state="cancelled").select_related("organisation")
    )
    return [*said, *(f"{t.organisation}：{t.text}（{t.state_label}）" for t in tasks[:10])]


def _words(data: Mapping[str, Any]) -> str:
    evidence = data.get("evidence") or {}
    return str(evidence.get("text") or (_("已核实：%(how)s") % {"how": evidence["how"]} if evidence.get("how") else ""))


def refresh_drafts(ctx: Context, incident: Incident) -> None:
    """Bring drafts that no person has written in up to date with the facts."""
    me = clocks.reporter(ctx)
    draft_owed(me, incident)
    rows = (
        Report.objects.in_world(me)
        .select_for_update(of=("self",))
        .filter(incident=incident, state="drafted", edited=False, corrects=None)
    )
    for report in rows:
        number = number_of(me, incident, report.stage, report.office, report.ordinal)
        composed = compose(me, incident, report.stage, number, office=report.office, office_name=report.office_name)
        if all(getattr(report, name) == value for name, value in composed.items()):
            continue
        for name, value in composed.items():
            setattr(report, name, value)
        report.save(update_fields=list(composed))
        auditing.record(
            me,
            action=f"{KEY}.refresh",
            label=_("按新情况更新拟稿"),
            object_type=KEY,
            object_id=report.pk,
            scope=report.scope,
        )


def edit_report(
    ctx: Context, report: Report, *, title: str, paragraphs: Sequence[Mapping[str, str]], addressees: Sequence[str] = (), seen: str = "",
) -> Report:  # fmt: skip
    """A person's own words. `seen`: what the editor was shown (`fingerprint`), so that nobody writes over somebody else.

    Raises NotAllowed, Conflict (signed meanwhile, or changed by somebody else), BadInput.
    """
    wanted = [
        {
            "heading": whole_line(str(p.get("heading", "")), 40, "heading", _("小标题")),
            "text": str(p.get("text", "")).strip(),
        }
        for p in paragraphs
    ]
    wanted = [p for p in wanted if p["text"]]
    if not title.strip() or not wanted:
        raise BadInput(_("标题和正文都不能空"), field="title", mend=_("请补上后再保存"))
    if sum(len(p["text"]) for p in wanted) > LONGEST:
        raise BadInput(_("正文超过 %(n)d 字") % {"n": LONGEST}, field="text", mend=_("请删减，细节可作附件"))
    with transaction.atomic():
        fresh: Report = Report.objects.select_for_update(of=("self",)).get_visible(ctx, pk=report.pk)
        _demand_writer(ctx, fresh)
        if fresh.state not in ("drafted", "reviewing", "signing"):
            raise Conflict(
                _("「%(title)s」%(state)s，不能再改") % {"title": fresh.title, "state": fresh.state_label},
                mend=_("发出后的更正请用“更正”"),
            )
        if seen and seen != fingerprint(fresh):
            raise Conflict(_("这份拟稿刚被别人改过，您的修改没有保存"), mend=_("请先复制您写的内容，刷新后再改"))
        before = {"title": fresh.title, "paragraphs": fresh.body.get("paragraphs", [])}
        fresh.title = whole(title, 200, "title")
        fresh.addressees = [whole(a, 120, "addressees") for a in addressees if a.strip()] or fresh.addressees
        fresh.body = {**fresh.body, "paragraphs": wanted}
        fresh.edited = True
        fresh.save(update_fields=["title", "addressees", "body", "edited"])
        auditing.record(
            ctx, action=f"{KEY}.edit", label=_("修改拟稿"), object_type=KEY, object_id=fresh.pk, scope=fresh.scope,
            data={"before": before, "after": {"title": fresh.title, "paragraphs": wanted}},
        )  # fmt: skip
    report.refresh_from_db()
    return fresh


def may_write(ctx: Context, report: Report) -> bool:
    """Whoever answers for the report: the duty room for its own, the people of a street or department for theirs."""
    if report.is_of_desk:
        return any(ctx.holds(role, report.scope) for role in DUTY)
    return bool(ctx.keys & set(report.owner_keys))


def _demand_writer(ctx: Context, report: Report) -> None:
    if not may_write(ctx, report):
        raise NotAllowed(
            _("只有值班岗位能起草和修改信息报告")
            if report.is_of_desk
            else _("这份报告由%(unit)s起草和修改") % {"unit": report.office_name}
        )


def fingerprint(report: Report) -> str:
    """Short text that changes with the words of a report."""
    import hashlib
    import json

    words = json.dumps([report.title, report.addressees, report.body.get("paragraphs", [])], ensure_ascii=False)
    return hashlib.sha256(words.encode()).hexdigest()[:16]


def _demand_duty(ctx: Context, scope: str) -> None:
    if not any(ctx.holds(role, scope) for role in DUTY):
        raise NotAllowed(_("只有值班岗位能起草和修改信息报告"))


def correct(ctx: Context, report: Report, *, reason: str) -> Report:
    """What was sent stays as it was; a correction is a new numbered report that starts from its words."""
    if not reason.strip():
        raise BadInput(_("请写明更正什么"), field="reason", mend=_("例如：被困人数由不详更正为 3 人"))
    _demand_writer(ctx, report)
    with transaction.atomic():
        sent: Report = Report.objects.select_for_update(of=("self",)).get_visible(ctx, pk=report.pk)
        if sent.state != "sent":
            raise Conflict(
                _("「%(title)s」还没有发出，直接修改即可") % {"title": sent.title}, mend=_("只有发出后才需要更正")
            )
        under_way = Report.objects.in_world(ctx).open().filter(corrects=sent).first()
        if under_way is not None:
            raise Conflict(
                _("「%(title)s」的更正已经在拟：%(state)s") % {"title": sent.title, "state": under_way.state_label},
                mend=_("请刷新后打开已有的更正一起核对"),
            )
        rows = Report.objects.in_world(ctx).filter(incident=sent.incident, office=sent.office, stage=sent.stage)
        fresh = compose(
            clocks.reporter(ctx),
            sent.incident,
            sent.stage,
            sent.ordinal,
            office=sent.office,
            office_name=sent.office_name,
        )
        lead = {
            "heading": CORRECTED,
            "text": _("更正%(serial)s：%(reason)s") % {"serial": sent.serial, "reason": reason.strip()},
        }
        return open_record(
            ctx if sent.is_of_desk else clocks.reporter(ctx),
            Report,
            incident=sent.incident,
            scope=sent.scope,
            **{"shared_with": sent.shared_with, **_owner(ctx, sent.incident, sent.office)},
            office=sent.office,
            stage=sent.stage,
            ordinal=(rows.aggregate(n=Max("ordinal"))["n"] or 0) + 1,
            title=sent.title if sent.is_correction else _("%(title)s（更正）") % {"title": sent.title[:190]},
            addressees=sent.addressees,
            missing=fresh["missing"],
            corrects=sent,
            edited=True,
            body={**fresh["body"], "paragraphs": [lead, *_put_right(sent, fresh["body"]["paragraphs"])]},
            note={"corrects": sent.serial, "reason": reason.strip(), "by": ctx.actor.key},
        )


def _put_right(sent: Report, fresh: Sequence[Mapping[str, str]]) -> list[dict[str, str]]:
    """The words that a correction starts from: those that were signed, brought up to date where no person had written in them."""
    now = {p["heading"]: p["text"] for p in fresh}
    kept = [p for p in sent.body.get("paragraphs", []) if p["heading"] != CORRECTED]
    return [{**p, "text": p["text"] if sent.edited else now.get(p["heading"], p["text"])} for p in kept]


def begin_report(ctx: Context, incident: Incident, stage: str) -> Report:
    """Begin the report of a stage by hand. Raises NotAllowed, BadInput, Refused."""
    _demand_duty(ctx, incident.scope)
    if stage == "continue":
        return continue_report(ctx, incident)
    if stage not in clocks.STAGES or (stage == "final") != bool(incident.closed_at):
        raise BadInput(_("现在不能拟这一报"), field="stage", mend=_("终报在事件结束后拟，首报和续报在结束前拟"))
    return draft_report(ctx, incident, stage)
