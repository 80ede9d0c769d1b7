"""From another system's alarm to one report, by the tables of ``data/formats.yaml``. Pure."""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta, timezone
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from anlan.command.facts import FIGURES, UNKNOWN_WORDS
from anlan.kernel.errors import BadInput, NotFound
from anlan.kernel.geodesy import gcj02_to_wgs84
from anlan.kernel.wording import words as _

TABLE = Path(__file__).parent / "data" / "formats.yaml"
BEIJING = timezone(timedelta(hours=8))
MILLISECONDS_FROM = 100_000_000_000
MOST = 1_000_000
LONGEST_ID = 200


@dataclass(frozen=True, slots=True)
class Format:
    """One row of the table; `paths` by field name, `facts` by figure name."""

    key: str
    zh: str
    source: str
    datum: str
    paths: Mapping[str, tuple[str, ...]]
    facts: Mapping[str, tuple[str, ...]]
    ended_words: frozenset[str]
    confidence: str


@dataclass(frozen=True, slots=True)
class Report:
    """What one alarm says. `at`, `lon`, `lat` (WGS84), `region` None: not said. `doubts`: what could not be used, in words."""

    foreign_id: str
    text: str
    source: str
    at: datetime | None = None
    lon: float | None = None
    lat: float | None = None
    region: str | None = None
    phone: str = ""
    facts: Mapping[str, int | float] = field(default_factory=dict)
    ended: bool = False
    doubts: tuple[str, ...] = ()
    #: Whether `foreign_id` is the other side's own number; else it is the digest of what was said.
    numbered: bool = True


@cache
def shipped_formats() -> dict[str, Format]:
    data = yaml.safe_load(TABLE.read_text("utf-8"))["formats"]
    names = ("id", "text", "time", "place", "lon", "lat", "region", "phone", "kind", "said_by", "ended")
    return {
        key: Format(
            key, row["zh"], row["source"], row["datum"], {n: tuple(row.get(n, ())) for n in names},
            {n: tuple(paths) for n, paths in row["facts"].items()}, frozenset(row["ended_words"]), row["confidence"],
        )
        for key, row in data.items()
    }  # fmt: skip


def format_named(key: str) -> Format:
    """The format; NotFound names those there are."""
    found = shipped_formats().get(key)
    if found is None:
        raise NotFound(
            _("没有“%(key)s”这种报文格式") % {"key": key[:60]},
            mend=_("可用：%(all)s") % {"all": "、".join(shipped_formats())},
        )
    return found


def read_alarm(given: Any, form: Format) -> Report:
    """The report in one JSON object. An alarm is never lost over a detail: what cannot be used stands in `doubts`.

    Raises BadInput when it is no object or says nothing at all.
    """
    if not isinstance(given, Mapping):
        raise BadInput(_("每条报文应是一个 JSON 对象"), field="", mend=_("多条请放在一个数组里"))
    doubts: list[str] = []

    def said(name: str) -> Any:
        return next((v for v in (_at(given, path) for path in form.paths[name]) if v is not None), None)

    text, place, kind = (_words(said(name)) for name in ("text", "place", "kind"))
    if not text and not (place and kind):
        paths = "、".join(form.paths["text"])
        raise BadInput(
            _("报文没有内容"), field=form.paths["text"][0], mend=_("请填写 %(paths)s 之一") % {"paths": paths}
        )
    lon, lat = _position(said("lon"), said("lat"), form.datum, doubts)
    facts = {name: n for name, paths in form.facts.items() if (n := _count(given, name, paths, doubts)) is not None}
    ended, number = said("ended"), _words(said("id"))[:LONGEST_ID]
    return Report(
        foreign_id=number or digest_of(given)[:40],
        text=_sentence(text, place, kind),
        source=_words(said("said_by"))[:120] or form.source,
        at=_moment(said("time"), doubts),
        lon=lon, lat=lat,
        region=_words(said("region")) or None,
        phone=_words(said("phone"))[:40],
        facts=facts,
        ended=ended is not None and str(ended) in form.ended_words,
        doubts=tuple(doubts),
        numbered=bool(number),
    )  # fmt: skip


def digest_of(given: Any) -> str:
    """The same for the same content, whatever the order of its keys."""
    text = json.dumps(given, ensure_ascii=False, sort_keys=True, separators=(",", ":"), default=str)
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def _at(given: Mapping[str, Any], path: str) -> Any:
    found: Any = given
    for name in path.split("."):
        found = found.get(name) if isinstance(found, Mapping) else None
    return found if found != "" else None


def _words(value: Any) -> str:
    if value is None or isinstance(value, dict | list):
        return ""
    return " ".join(storable(str(value)).split())


def storable(text: str) -> str:
    """Without what no database keeps: NUL, and halves of letters."""
    return text.replace("\x00", "").encode("utf-8", "ignore").decode("utf-8")


def _sentence(text: str, place: str, kind: str) -> str:
    """Place and kind in front, unless the words say them already."""
    if not text:
        return f"{place}，{kind}"
    plain = text.replace(" ", "")
    parts = [part for part in (place, kind) if part and part.replace(" ", "") not in plain]
    return "，".join([*parts, text])


def _moment(value: Any, doubts: list[str]) -> datetime | None:
    if value is None:
        return None
    try:
        if isinstance(value, int | float) and not isinstance(value, bool):
            return datetime.fromtimestamp(value / 1000 if value > MILLISECONDS_FROM else value, tz=UTC)
        moment = datetime.fromisoformat(str(value).strip().replace("/", "-"))
        return moment if moment.tzinfo else moment.replace(tzinfo=BEIJING)
    except (ValueError, OverflowError, OSError):
        doubts.append(str(_("时间“%(value)s”看不懂")) % {"value": _words(str(value))[:40]})
        return None


def _position(lon: Any, lat: Any, datum: str, doubts: list[str]) -> tuple[float | None, float | None]:
    if lon is None and lat is None:
        return None, None
    try:
        x, y = float(lon), float(lat)
        if isinstance(lon, bool) or not (math.isfinite(x) and math.isfinite(y) and abs(x) <= 180 and abs(y) <= 90):
            raise ValueError
    except (TypeError, ValueError):
        doubts.append(
            str(_("坐标“%(lon)s，%(lat)s”不能用")) % {"lon": _words(str(lon))[:20], "lat": _words(str(lat))[:20]}
        )
        return None, None
    if x == 0 and y == 0:
        return None, None
    if datum == "gcj02":
        moved = gcj02_to_wgs84(x, y)
        x, y = float(moved[0]), float(moved[1])
    return round(x, 6), round(y, 6)


def _count(given: Mapping[str, Any], name: str, paths: tuple[str, ...], doubts: list[str]) -> int | float | None:
    value = next((v for v in (_at(given, path) for path in paths) if v is not None), None)
    if value is None or (isinstance(value, str) and value.strip() in UNKNOWN_WORDS):
        return None
    try:
        number = float(value)
        whole = number == int(number)
        if isinstance(value, bool) or number < 0 or number > MOST or not (whole or name == "area_m2"):
            raise ValueError
    except (TypeError, ValueError, OverflowError):
        doubts.append(
            str(_("%(label)s“%(value)s”不是数")) % {"label": FIGURES[name][1], "value": _words(str(value))[:20]}
        )
        return None
    return int(number) if whole else number
