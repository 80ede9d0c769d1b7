"""One line of text as the duty desk sees it: recognised fields, what a person corrected, what it may repeat."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.contrib.gis.geos import Point
from django.db.models import F, FloatField, Func, QuerySet, Value
from django.db.models.functions import Coalesce, NullIf
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy

from anlan.analysis.data.incident_kinds import shipped_kinds
from anlan.command.facts import FIGURES, UNKNOWN_WORDS
from anlan.command.intake.duplicates import suggest_duplicates
from anlan.command.intake.kinds import recognise_kind
from anlan.command.intake.numerals import read_count
from anlan.command.intake.report import Intake, parse_report
from anlan.command.intake.times import event_time
from anlan.command.models import Incident
from anlan.kernel.asking import ask
from anlan.kernel.context import Context
from anlan.kernel.errors import BadInput
from anlan.kernel.texts import whole_line
from anlan.places.models import Region
from anlan.places.queries import region, region_at

from .gazetteer import gazetteer_of, site_named

#: Fields on the desk in their order; figures of things are shown where something was said.
ALWAYS = ("time", "place", "kind", "dead", "missing", "trapped", "injured")
SOURCES = {
    "hotline_110": lazy("110指挥中心"),
    "hotline_119": lazy("119指挥中心"),
    "hotline_120": lazy("120急救中心"),
    "hotline_12345": lazy("12345热线"),
    "hotline_12350": lazy("12350热线"),
    "grid": lazy("网格员"),
    "sensor": lazy("监测设备"),
    "media": lazy("网络信息"),
    "sub_district": lazy("街道（乡镇）"),
    "community": lazy("社区（村）"),
    "unit": lazy("事发单位"),
    "public": lazy("群众"),
}
FORM_TIME = "%Y-%m-%d %H:%M"
#: The newest open incidents that a line is compared with.
COMPARED = 300


@dataclass
class Understood:
    """What a line says after a person has looked at it. Figures by their names in an incident; None is unknown."""

    text: str
    occurred_at: datetime | None
    place: str
    region: Region
    position: Point | None
    accuracy_m: int | None
    kind: str
    kind_name: str
    facts: dict[str, Any]
    source: str
    phone: str
    intake: dict[str, Any] = field(default_factory=dict)


def desk_path(ctx: Context) -> str:
    """The place whose desk this person works at: the highest path on which incidents may be opened."""
    paths = ctx.paths("command.incident.open") or ctx.paths("command.incident.view")
    return min(paths, key=len) if paths else ""


def recognise(ctx: Context, text: str) -> Intake:
    return parse_report(text, localtime(ctx.now()), gazetteer_of(desk_path(ctx)))


def desk_fields(intake: Intake, counted: Mapping[str, Any] | None = None) -> list[dict[str, Any]]:
    """Fields for frontend/src/desk: ``{name, label, value, shown, spans, confidence, candidates}``; value None is unknown.

    `counted`: figures by their names in an incident that came with the line (a phone's form); they stand where it gives none.
    """
    labels = field_labels()
    given = {FIGURES[n][0]: v for n, v in (counted or {}).items() if n in FIGURES and v is not None}
    shown = []
    for name, label in labels.items():
        found = intake.fields.get(name)
        if name in given and (found is None or found.value is None):
            shown.append({
                "name": name, "label": label, "value": given[name], "shown": f"{given[name]:g}", "spans": [], "confidence": 1.0,
                "candidates": [],
            })  # fmt: skip
            continue
        if found is None or (name not in ALWAYS and found.value is None and not found.words):
            continue
        shown.append({
            "name": name, "label": label, "value": _plain(found.value), "shown": _shown(name, found),
            "spans": [list(found.span)] if found.span else [], "confidence": found.confidence,
            "candidates": [_candidate(c) for c in found.details.get("candidates") or () if isinstance(c, Mapping)],
        })  # fmt: skip
    return shown


def field_labels() -> dict[str, str]:
    people = {recognised: str(label) for recognised, label, _unit in FIGURES.values()}
    return {"time": _("时间"), "place": _("地点"), "kind": _("类型"), **people, "source": _("来源"), "phone": _("电话")}


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, datetime) else value


def _shown(name: str, found: Any) -> str | None:
    if found.value is None:
        return None
    if name == "time":
        return localtime(_moment(found.value)).strftime(FORM_TIME)
    if name == "kind":
        return str(found.details.get("zh") or found.value)
    if name == "source":
        return str(SOURCES.get(str(found.value), found.value))
    if name == "place":
        return place_words(found)
    return f"{found.value:g}" if isinstance(found.value, float) else str(found.value)


def place_words(found: Any) -> str:
    """The place with its street in front, unless its own name tells already."""
    at = (found.details.get("region") or {}).get("name") or ""
    return str(found.value) if not at or at in str(found.value) else f"{at}{found.value}"


def _candidate(given: Mapping[str, Any]) -> dict[str, str]:
    label = f"{given.get('within') or ''}{given.get('zh') or given.get('name') or given.get('code')}"
    return {"value": str(given.get("code", label)), "label": label}


def _moment(value: Any) -> datetime:
    return value if isinstance(value, datetime) else datetime.fromisoformat(str(value))


def understand(ctx: Context, text: str, corrections: Mapping[str, Any] | None = None) -> Understood:
    """The line with a person's corrections on top. ``corrections``: texts by field name as the desk sends them; a field that
    reads as recognised is no correction, an emptied one is unknown. Raises BadInput for a correction that says nothing."""
    text = text.strip()
    if not text:
        raise BadInput(_("来报没有内容"), field="text", mend=_("请至少写一句：何时、何地、何事"))
    intake = recognise(ctx, text)
    given = {k: str(v).strip() for k, v in (corrections or {}).items() if v is not None and k in field_labels()}
    changed = {k: v for k, v in given.items() if v != (_shown(k, intake.fields[k]) or "")}
    kind, kind_name = _what(intake, changed)
    return Understood(
        text=text, occurred_at=_time(ctx, intake, changed), **_where(ctx, intake, changed), kind=kind, kind_name=kind_name,
        facts=_figures(intake, changed), source=_source(intake, changed), phone=_phone(intake, changed),
        intake={**intake.as_dict(), "corrected": changed},
    )  # fmt: skip


def _time(ctx: Context, intake: Intake, changed: Mapping[str, str]) -> datetime | None:
    if "time" not in changed:
        value = intake.value("time")
        return _moment(value) if value else None
    words = changed["time"]
    if words in UNKNOWN_WORDS:
        return None
    found = event_time(words, localtime(ctx.now()))[0].value
    if found is None:
        raise BadInput(
            _("时间“%(words)s”看不懂") % {"words": words},
            field="time",
            mend=_("请写成 12:40 或 2016-07-20 12:40；不知道就清空"),
        )
    return _moment(found)


def _where(ctx: Context, intake: Intake, changed: Mapping[str, str]) -> dict[str, Any]:
    home = desk_path(ctx)
    found = intake.fields["place"]
    if "place" in changed:
        found = parse_report(changed["place"], localtime(ctx.now()), gazetteer_of(home)).fields["place"]
        words = "" if changed["place"] in UNKNOWN_WORDS else whole_line(changed["place"], 200, "place", _("地点"))
        if not found.details.get("region"):
            # The words were put right, the street was not said again.
            found = type(found)(
                words, None, words, 1.0, {**found.details, "region": intake.fields["place"].details.get("region")}
            )
    else:
        words = place_words(found)[:200] if found.value else ""
    code = (found.details.get("region") or {}).get("code")
    at = region(code) if code else None
    own = region_at(home)
    if at is not None and not at.path.startswith(home):
        if own is None or not home.startswith(at.path):
            raise BadInput(
                _("“%(place)s”不在本辖区") % {"place": at.full_name},
                field="place",
                mend=_("请改正地点；确属外地的，请电话转告当地值班室"),
            )
        at = None
    where = at or own
    if where is None:
        raise BadInput(_("没有可用的辖区"), field="place", mend=_("请本级管理员核对您的岗位"))
    site = site_named(ctx, home, f"{intake.text} {words}")
    if site is not None and site.position is not None:
        return {"place": words, "region": where, "position": site.position, "accuracy_m": site.accuracy_m}
    seat = where.position if at is not None else None
    return {
        "place": words,
        "region": where,
        "position": seat,
        "accuracy_m": (where.accuracy_m or 2000) if seat else None,
    }


def _what(intake: Intake, changed: Mapping[str, str]) -> tuple[str, str]:
    """Code and name of the kind; both empty when it is not known."""
    found = intake.fields["kind"]
    if "kind" not in changed:
        code = str(found.value or "")
        return code, _kind_name(code, str(found.details.get("zh") or ""))
    words = changed["kind"]
    if words in UNKNOWN_WORDS:
        return "", ""
    kinds = shipped_kinds().kinds
    exact = next((k for k in kinds.values() if words in (k.zh, k.code, k.zh.split("/")[0])), None)
    if exact is not None:
        return exact.code, _kind_name(exact.code, exact.zh)
    again = recognise_kind(words)
    if again.value:
        return str(again.value), _kind_name(str(again.value), str(again.details.get("zh") or ""))
    raise BadInput(
        _("没有“%(words)s”这种事件类型") % {"words": words},
        field="kind",
        mend=_("请写常用叫法，例如：城市内涝、火灾、交通事故；拿不准就清空"),
    )


def _kind_name(code: str, zh: str) -> str:
    known = shipped_kinds().kinds.get(code)
    return (known.zh if known else zh).split("(")[0].split("（")[0][:60]


def _figures(intake: Intake, changed: Mapping[str, str]) -> dict[str, Any]:
    facts: dict[str, Any] = {}
    for name, (recognised, label, _unit) in FIGURES.items():
        if recognised in changed:
            facts[name] = read_figure(changed[recognised], str(label), recognised)
        else:
            facts[name] = intake.value(recognised)
    return facts


def read_figure(words: Any, label: str, name: str) -> int | None:
    """A count as a person writes it: 2, 两人, 无; unknown words are None. Raises BadInput."""
    words = str(words).strip()
    if words in UNKNOWN_WORDS:
        return None
    if words in ("无", "没有"):
        return 0
    plain = words.rstrip("人名个辆间米厘")
    if plain.isdecimal():
        return int(plain)
    value = read_count(plain).value if plain else None
    if value is None or value < 0 or value != int(value):
        raise BadInput(
            _("“%(label)s”写的是“%(words)s”") % {"label": label, "words": words},
            field=name,
            mend=_("请写整数；不知道就清空，不要写 0"),
        )
    return int(value)


def _source(intake: Intake, changed: Mapping[str, str]) -> str:
    if "source" in changed:
        return whole_line(changed["source"], 120, "source", _("来源"))
    value = intake.value("source")
    return str(SOURCES.get(str(value), value))[:120] if value else ""


def _phone(intake: Intake, changed: Mapping[str, str]) -> str:
    if "phone" in changed:
        return whole_line(changed["phone"], 40, "phone", _("电话"))
    return str(intake.value("phone") or "")[:40]


def _compared(ctx: Context) -> QuerySet[Any]:
    """Only what is compared is read: three hundred whole incidents for each line that is typed would cost more than all the rest."""
    lon, lat = (Func("position", function=f, output_field=FloatField()) for f in ("ST_X", "ST_Y"))
    return (
        Incident.objects.visible_to(ctx).open().order_by("-received_at")
        .annotate(
            time=Coalesce("occurred_at", "received_at"), region_code=F("region__code"),
            phone=NullIf("source_phone", Value("")), lon=lon, lat=lat,
        )
        .values("time", "kind", "place", "region_code", "phone", "text", "lon", "lat", "id")[:COMPARED]
    )  # fmt: skip


def duplicates(ctx: Context, understood: Understood, *, limit: int = 3) -> list[dict[str, Any]]:
    """Open incidents that this may be another report of: ``{incident, label, reason}``, the likeliest first."""
    place = understood.position
    new = {
        "time": understood.occurred_at or ctx.now(), "kind": understood.kind, "place": understood.place,
        "region_code": understood.region.code, "phone": understood.phone or None, "text": understood.text,
        "lon": place.x if place else None, "lat": place.y if place else None,
    }  # fmt: skip
    found = suggest_duplicates(new, ask(ctx, _compared))[:limit]
    known = Incident.objects.visible_to(ctx).in_bulk([s.id for s in found]) if found else {}
    return [
        {"incident": known[s.id], "label": known[s.id].title, "reason": "，".join(s.reasons)}
        for s in found
        if s.id in known
    ]
