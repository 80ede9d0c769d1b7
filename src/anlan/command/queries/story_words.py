"""The words of an incident's story: one sentence for every entry of the history of what it is about."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from typing import Any

from django.utils.dateparse import parse_datetime
from django.utils.timezone import localtime
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from anlan.command.facts import said_fact, said_figures
from anlan.command.models import (
    Appeal,
    Consultation,
    CooperationRequest,
    Incident,
    Report,
    Response,
    SitePost,
    Task,
    Whistle,
    WhistleCall,
)
from anlan.kernel.loops import loops
from anlan.kernel.models import Attachment, AuditEntry
from anlan.kernel.services.attachments import shown_attachments
from anlan.kernel.web.history import said
from anlan.kernel.wording import read

from .noted import Noted, words_of

#: What has no loop of its own: audit action → the permission to see it.
ENTRIES = {"messaging.round.started": "messaging.call.view", "action.relocation.record": "action.relocation.view"}
_MAJOR = frozenset({
    "command.incident.open", "command.incident.close", "command.incident.grade", "command.incident.dismiss", "command.incident.merge",
    "command.incident.commander",
    "command.report.sign", "command.report.send", "command.response.open", "command.response.raise", "command.response.lower",
    "command.response.end",
})  # fmt: skip
#: Records that a moment of the story leads to.
_LINKED = (
    Report | Task | Response | CooperationRequest | Consultation | SitePost | Whistle | WhistleCall | Appeal | Noted
)

Records = dict[str, dict[str, Any]]
"""Records by loop key and id."""


@dataclass(frozen=True)
class TimelineItem:
    """One moment. `kind`: incident, report, clock, task, response, around; `at` is the world's clock, `recorded_at` the wall's."""

    at: datetime
    recorded_at: datetime
    text: str
    who: str
    kind: str
    action: str
    object_type: str
    object_id: str
    major: bool = False
    simulated: bool = False
    url: str = ""
    attachments: list[dict[str, Any]] = field(default_factory=list)


def _entry_text(entry: AuditEntry) -> str:
    data = entry.data
    if entry.action == "messaging.round.started":
        return _("发起叫应：%(why)s，%(n)s 处") % {"why": data.get("why") or "", "n": data.get("calls") or 0}
    moved = _("登记转移 %(n)s 人：%(from)s") % {"n": data.get("people"), "from": data.get("from") or ""}
    return f"{moved} → {data['to']}" if data.get("to") else moved


@cache
def _evidence_words(
    _language: str | None,
) -> tuple[dict[str, dict[str, str]], dict[tuple[str, str], dict[str, str]]]:
    """What each loop's evidence is called, and its choices: what was chosen is told by its label, never by its code."""
    labels = {key: {e.name: str(e.label) for s in loop.steps for e in s.evidence} for key, loop in loops().items()}
    chosen = {
        (key, e.name): {str(value): str(label) for value, label in e.choices}
        for key, loop in loops().items()
        for s in loop.steps
        for e in s.evidence
        if e.choices
    }
    return labels, chosen


class StoryWords:
    """Sentences for entries, with what they are about looked up once."""

    def __init__(self, incident: Incident, names: Records, around: Records, files: dict[str, Attachment]) -> None:
        self.incident, self.names, self.around, self.files = incident, names, around, files
        self.labels, self.chosen = _evidence_words(get_language())

    def item(self, entry: AuditEntry) -> TimelineItem:
        record = self.names.get(entry.object_type, {}).get(entry.object_id)
        who = (
            _("平台")
            if entry.actor.startswith("system:")
            else "，".join(p for p in (entry.actor_name, entry.post) if p)
        )
        kind = entry.object_type.rsplit(".", 1)[-1] if record is not None else "around"
        return TimelineItem(
            at=entry.at_world, recorded_at=entry.at, text=self._text(entry, record)[:900], who=who,
            kind="clock" if kind == "report_clock" else kind, action=entry.action, object_type=entry.object_type, object_id=entry.object_id,
            major=entry.action in _MAJOR, simulated=entry.simulated, url=self._url(entry, record), attachments=self._files(entry),
        )  # fmt: skip

    def _url(self, entry: AuditEntry, record: Any) -> str:
        if isinstance(record, Incident):
            return "" if record.pk == self.incident.pk else record.get_absolute_url()
        return record.get_absolute_url() if isinstance(record, _LINKED) else ""

    def _files(self, entry: AuditEntry) -> list[dict[str, Any]]:
        ids = list(entry.data.get("photos") or [])
        if came := entry.data.get("incoming"):
            ids += [pk for pk, a in self.files.items() if a.object_id == came]
        if entry.action == "command.report.sign":
            ids += [pk for pk, a in self.files.items() if a.object_id == entry.object_id and "paper" in a.labels]
        photo = (entry.data.get("evidence") or {}).get("photo")
        ids += photo if isinstance(photo, list) else []
        return shown_attachments([self.files[i] for i in ids if i in self.files])

    def _text(self, entry: AuditEntry, record: Any) -> str:
        if isinstance(record, Noted):
            return words_of(entry)
        data, action = entry.data, entry.action.rsplit(".", 1)[-1]
        if entry.object_type == Incident.loop.key:
            own = getattr(self, f"_incident_{action}", None)
            if own is not None:
                return str(own(data))
            if action == "late":
                states = {one.name: str(one.label) for one in self.incident.loop.states}
                state = states.get(str(data.get("state")), "")
                return _("事件在“%(state)s”环节%(what)s") % {"state": state, "what": read(entry.label)}
        title = "" if record is None or isinstance(record, Incident) else f"“{record}”"
        if record is None:
            about = self.around.get(entry.object_type, {}).get(entry.object_id)
            loop = str(loops()[entry.object_type].title) if entry.object_type in loops() else ""
            title = _("%(loop)s“%(about)s”") % {"loop": loop, "about": about.headline} if about is not None else loop
            if entry.action in ENTRIES:
                return _entry_text(entry)
        if action == "open" and isinstance(record, CooperationRequest):
            return _("请求协同：%(what)s，到%(place)s（%(authority)s）") % {
                "what": " ".join((str(record), record.amount)).strip(), "place": record.place, "authority": record.authority,
            }  # fmt: skip
        if action == "open" and isinstance(record, Consultation):
            return _("提出会商%(title)s") % {"title": title}
        if action == "open" and isinstance(record, SitePost):
            return _("成立现场指挥部，设在%(place)s") % {"place": record.place or _("事发地")}
        if entry.object_type == SitePost.loop.key and "who" in data:
            return _("%(what)s：%(who)s，%(n)s 人") % {
                "what": read(entry.label),
                "who": data["who"],
                "n": data.get("heads") or 1,
            }
        if action == "open" and isinstance(record, Whistle | WhistleCall | Appeal):
            return _("%(what)s：%(title)s") % {"what": read(entry.label), "title": title}
        if action == "open" and record is not None and not isinstance(record, Incident):
            return _("下达%(what)s：%(title)s") % {"what": read(entry.label), "title": title}
        proof = "；".join(
            f"{self.labels.get(entry.object_type, {}).get(k, k)}：{self._value(entry.object_type, k, v)}"
            for k, v in (data.get("evidence") or {}).items()
            if v not in (None, "", []) and k not in ("report", "photo")
        )
        label = read(entry.label)
        head = f"{title}{label}" if title != label else label
        return f"{head}。{proof}" if proof else head

    def _value(self, object_type: str, name: str, value: Any) -> str:
        labels = self.chosen.get((object_type, name), {})
        return labels.get(str(value), "") or said(value)

    def _incident_open(self, data: dict[str, Any]) -> str:
        return _("接报：%(text)s") % {"text": data.get("text") or self.incident.text}

    def _incident_followup(self, data: dict[str, Any]) -> str:
        source = _("（%(source)s）") % {"source": data["source"]} if data.get("source") else ""
        figures = said_figures(data.get("facts") or {})
        return "。".join(
            p
            for p in (
                _("补充情况%(source)s：%(text)s") % {"source": source, "text": (data.get("text") or "").rstrip("。")},
                figures,
            )
            if p
        )

    def _incident_facts(self, data: dict[str, Any]) -> str:
        before, parts = data.get("before") or {}, []
        for name, value in (data.get("after") or {}).items():
            label, now = said_fact(name, value)
            was = said_fact(name, before.get(name))[1]
            parts.append(f"{label}{now}（{_('原')}{was}）")
        tail = _("，有减少，已提示核对") if data.get("fewer") else ""
        return _("更新数字：%(figures)s%(tail)s") % {"figures": "、".join(parts), "tail": tail}

    def _incident_fewer(self, data: dict[str, Any]) -> str:
        known = data.get("known") or {}
        parts = []
        for name, value in (data.get("fewer") or {}).items():
            label, told = said_fact(name, value)
            parts.append(f"{label}{told}（{_('已知')}{said_fact(name, known.get(name))[1]}）")
        return _("所报数字比已知的少，未采用，请核实：%(figures)s") % {"figures": "、".join(parts)}

    def _incident_position(self, data: dict[str, Any]) -> str:
        lon, lat = data["after"]
        said = _("%(lon)s，%(lat)s（误差约 %(m)s 米）") if data.get("accuracy_m") else _("%(lon)s，%(lat)s")
        where = said % {"lon": f"{lon:.5f}", "lat": f"{lat:.5f}", "m": data.get("accuracy_m")}
        source = _("（%(source)s）") % {"source": data["source"]} if data.get("source") else ""
        away = _("，距原位置 %(m)s 米") % {"m": data["away_m"]} if data.get("away_m") is not None else ""
        if data.get("taken"):
            return _("位置更新%(source)s：%(where)s%(away)s") % {"source": source, "where": where, "away": away}
        return _("收到另一位置%(source)s：%(where)s%(away)s，未采用，请核对") % {
            "source": source, "where": where, "away": away,
        }  # fmt: skip

    def _incident_place(self, data: dict[str, Any]) -> str:
        before, after = data.get("before") or {}, data.get("after") or {}
        parts = []
        if before.get("place") != after.get("place"):
            was = before.get("place") or _("不详")
            parts.append(_("地点“%(now)s”（原“%(was)s”）") % {"now": after.get("place"), "was": was})
        if before.get("at") != after.get("at") and after.get("at"):
            lon, lat = after["at"]
            away = _("，距原位置 %(m)s 米") % {"m": data["away_m"]} if data.get("away_m") is not None else ""
            where = _("%(lon)s，%(lat)s（误差约 %(m)s 米）") % {
                "lon": f"{lon:.5f}",
                "lat": f"{lat:.5f}",
                "m": after.get("accuracy_m"),
            }
            parts.append(where + away)
        return _("更正位置（%(source)s）：%(what)s") % {"source": data.get("source"), "what": "；".join(parts)}

    def _incident_split(self, data: dict[str, Any]) -> str:
        return _("%(n)s 条情况拆分为独立事件 %(number)s：%(reason)s") % {
            "n": data.get("count"), "number": data.get("number"), "reason": data.get("reason"),
        }  # fmt: skip

    def _incident_split_from(self, data: dict[str, Any]) -> str:
        return _("由 %(number)s 的 %(n)s 条情况拆分而立：%(reason)s") % {
            "n": data.get("count"), "number": data.get("number"), "reason": data.get("reason"),
        }  # fmt: skip

    def _incident_commander(self, data: dict[str, Any]) -> str:
        after, was = data.get("after") or {}, (data.get("before") or {}).get("commander")
        at = parse_datetime(str(after.get("since") or ""))
        since = _("，自 %(at)s") % {"at": f"{localtime(at):%m-%d %H:%M}"} if at else ""
        why = _("。原因：%(why)s") % {"why": data["reason"]} if data.get("reason") else ""
        if was:
            return _("现场指挥由%(was)s改为%(name)s%(since)s%(why)s") % {
                "was": was, "name": after.get("commander"), "since": since, "why": why,
            }  # fmt: skip
        return _("现场指挥：%(name)s%(since)s%(why)s") % {"name": after.get("commander"), "since": since, "why": why}

    def _incident_grade(self, data: dict[str, Any]) -> str:
        if not data.get("grade"):
            return _("级别待定：关键数字不详")
        mark = _("（暂定）") if data.get("provisional") else ""
        was = _("，原为%(was)s") % {"was": data["was"]} if data.get("was") else ""
        return _("拟定为%(grade)s%(mark)s%(was)s。依据：%(clause)s") % {**data, "mark": mark, "was": was}
