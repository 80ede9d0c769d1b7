"""Whom an item concerns: here, elsewhere, or nobody; with its reasons. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from typing import Any

from anlan.command.intake.places import Gazetteer
from anlan.command.intake.report import parse_report

from .data import elsewhere, watching

_ENDING = re.compile(r"(?:维吾尔|壮族|回族)?自治区$|特别行政区$|[省市区县]$")
#: After these a name begins anew.
_BEFORE_NAMES = frozenset("在于到从自经过往至的是近有和与及对向赴抵区市")
_PEOPLE = ("dead", "missing", "trapped", "injured")


@dataclass(frozen=True, slots=True)
class Concern:
    """What a text is about. `ours`: it belongs to this district; `region` is the code of the place where one was recognised.

    `facts`: people by their names in a recognised line. `why`: reasons in words, for and against.
    """

    ours: bool
    why: tuple[str, ...]
    region: str = ""
    place: str = ""
    kind: str = ""
    kind_name: str = ""
    elsewhere: str = ""
    sensitive: tuple[str, ...] = ()
    facts: Mapping[str, int] = field(default_factory=dict)


def concern_of(
    text: str, now: datetime, gazetteer: Gazetteer, *, home: Iterable[str], own_codes: str, local: bool = False,
    words: Mapping[str, str] | None = None,
) -> Concern:  # fmt: skip
    """Whether `text` speaks of an emergency in this district.

    `home`: names of the district and of what it lies in (石景山区, 北京市), nearest first; `own_codes`: the digits with which
    the codes of its places begin; `local`: its source speaks of nothing else; `words`: sensitive words of the region, and their group.
    """
    names = [_ENDING.sub("", name) or name for name in home]
    said = parse_report(text, now, gazetteer)
    place, kind = said.fields["place"], said.fields["kind"]
    region = str((place.details.get("region") or {}).get("code") or "")
    if len(region.rstrip("0")) <= len(own_codes):
        region = _street_of(str(place.value or ""), names, own_codes, gazetteer) or region
    sensitive = sensitive_words(text, words)
    facts = {n: int(v) for n in _PEOPLE if isinstance(v := said.value(n), int) and v > 0}
    common: dict[str, Any] = {
        "place": str(place.value or "")[:200], "kind": str(kind.value or ""),
        "kind_name": str(kind.details.get("zh") or "").split("/")[0][:60], "sensitive": tuple(sensitive), "facts": facts,
    }  # fmt: skip
    other = named_elsewhere(text, names)
    if other and not any(name in text for name in names[:1]):
        return Concern(False, (f"说的是{other}，不是本地",), elsewhere=other, **common)
    doubtful = _part_of_another_name(text, place.span) if not local else ""
    here = _here(text, names, "" if doubtful else region, own_codes, local)
    urgent = _urgent(text, common["kind_name"], sensitive, facts)
    if here and urgent:
        inside = region if region.startswith(own_codes) else ""
        return Concern(True, (here, urgent), region=inside, **common)
    why = tuple(w for w in (here or doubtful or "没有说到本地的地名", urgent or "没有说到突发事件") if w)
    return Concern(False, why, region=region if here else "", **common)


def _street_of(place: str, names: list[str], own_codes: str, gazetteer: Gazetteer) -> str:
    """The code of the street by whose name the place begins (古城南街, 八角游乐园), when only one of the district does; else ""."""
    for name in [*reversed(names), *(n for n in names)]:
        place = place.removeprefix(name)
    found = {
        one.code
        for short, places in gazetteer.short.items()
        for one in places
        if one.level == "township" and one.code.startswith(own_codes) and place.startswith(short)
    }
    return found.pop() if len(found) == 1 else ""


def _here(text: str, names: list[str], region: str, own_codes: str, local: bool) -> str:
    if names and names[0] in text:
        return f"说到{names[0]}"
    if region.startswith(own_codes):
        return "地名在本辖区"
    if local:
        return "来源只讲本辖区"
    return ""


def _part_of_another_name(text: str, span: tuple[int, int] | None) -> str:
    """A bare short name right behind other characters (阆中古城) may be part of a name elsewhere."""
    if span is None or span[1] - span[0] > 3 or span[0] == 0:
        return ""
    before = text[span[0] - 1]
    if before in _BEFORE_NAMES or not "\u4e00" <= before <= "\u9fff":
        return ""
    return f"“{text[max(0, span[0] - 2) : span[1]]}”可能是外地地名"


def _urgent(text: str, kind: str, sensitive: Mapping[str, str], facts: Mapping[str, int]) -> str:
    if kind:
        return f"事件类型：{kind}"
    if facts:
        return "说到人员伤亡或被困"
    found = next((w for w in watching().emergency if w in text), "")
    if found:
        return f"说到“{found}”"
    telling = next((w for w, group in sensitive.items() if group != "敏感场所"), "")
    return f"敏感词：{telling}" if telling else ""


def sensitive_words(text: str, own: Mapping[str, str] | None = None) -> dict[str, str]:
    """Sensitive words in the text with their groups, in the order of the table, the region's own last."""
    found = {w: g.label for g in watching().words for w in g.words if w in text}
    return found | {w: group for w, group in (own or {}).items() if w and w in text}


def named_elsewhere(text: str, home: Iterable[str]) -> str:
    """The first province or city in the text that is none of `home`; "" when there is none."""
    own = set(home)
    for match in _others().finditer(text):
        if match[0] not in own and not any(name.startswith(match[0]) for name in own):
            return match[0]
    return ""


@cache
def _others() -> re.Pattern[str]:
    table = elsewhere()
    names = sorted({*table.provinces, *table.cities}, key=len, reverse=True)
    return re.compile(f"(?:{'|'.join(map(re.escape, names))})(?!{'|'.join(map(re.escape, table.not_before))})")
