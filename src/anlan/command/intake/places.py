"""Where it happened: names from the gazetteer, and roads, bridges, buildings and units by their endings.

A mention is a run of name pieces (古城街道 + 古城南路 + 铁路桥 + 下). Who calls is a place too, but not that of the
event: 古城街道来电 only lends its region. A name that several places bear is never settled silently: all are listed.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from . import place_grammar as words
from .gazetteer import LEVELS, Gazetteer, Place
from .place_grammar import grammar
from .spans import NOTHING, Field

__all__ = ["Gazetteer", "Place", "recognise_place"]


@dataclass(slots=True)
class _Piece:
    start: int
    end: int
    kind: str  # region, alias, named, detail
    places: tuple[Place, ...] = ()
    nameless: bool = False


@dataclass(slots=True)
class _Mention:
    start: int
    end: int
    pieces: list[_Piece] = field(default_factory=list)
    caller: bool = False
    taken_to: bool = False
    several: bool = False


def recognise_place(text: str, gazetteer: Gazetteer) -> Field:
    """The place of ``text`` (normalised, times and telephone numbers blanked).

    ``value`` is the name as written; details: ``region`` {code, name, level} or None, ``lon``/``lat`` of the region's
    seat (WGS84, approximate) or None, ``candidates`` [{code, name, level, within}] when several regions bear the name
    (``within``: the street or district that tells them apart, "" when unknown), ``parts`` other mentions.
    """
    mentions = _mentions(text, _pieces(text, gazetteer))
    real = [m for m in mentions if not m.taken_to]
    places = [m for m in real if not m.caller]
    if not places:
        callers = [m for m in real if any(p.places for p in m.pieces)]
        if not callers:
            return NOTHING
        # only the caller's name is known: its area is the best that was said
        return _field(text, callers[0], real, 0.4, gazetteer)
    best = max(places, key=lambda m: (_weight(m) + (3 if _announced(text, m) else 0), -m.start))
    if all(piece.kind == "detail" for piece in best.pieces):
        # 6栋楼 says less than the community that calls
        caller = next((m for m in real if m.caller and any(p.places for p in m.pieces)), None)
        return _field(text, caller, real, 0.9, gazetteer) if caller else NOTHING
    return _field(text, best, real, 0.9, gazetteer)


def _announced(text: str, mention: _Mention) -> bool:
    """地点五里坨敬老院, 位置:晋元庄路北口."""
    return bool(words.ADDRESS_BEFORE.search(text[max(0, mention.start - 7) : mention.start]))


def _pieces(text: str, gazetteer: Gazetteer) -> list[_Piece]:
    rules = grammar()
    found = [
        _Piece(start, end, "region" if full else "alias", places) for start, end, places, full in gazetteer.find(text)
    ]
    regions = [piece for piece in found if piece.kind == "region"]
    named = _named(text, regions)
    short = {piece.start: piece for piece in reversed(found) if piece.kind == "alias"}
    for piece in named:
        piece.places = _lent(text, piece, short.get(piece.start))
    for piece in found:
        if piece.kind == "alias" and piece.start and text[piece.start - 1] == "老":
            piece.start -= 1  # 老古城
    within = {at for piece in named for at in range(piece.start + (not piece.places), piece.end)}
    aliases = [piece for piece in found if piece.kind == "alias" and _stands_alone(text, piece, within)]
    merged = _without_overlap([*regions, *aliases, *named])
    details: list[_Piece] = []
    starts = [0, *(piece.end for piece in merged)]
    ends = [*(piece.start for piece in merged), len(text)]
    for start, end in zip(starts, ends, strict=True):
        details += [_Piece(m.start(), m.end(), "detail") for m in rules.detail.finditer(text, start, end)]
    return _without_overlap([*merged, *details])


def _named(text: str, regions: list[_Piece]) -> list[_Piece]:
    rules = grammar()
    named: list[_Piece] = []
    ends = {piece.end for piece in regions}
    for match in rules.ending.finditer(text):
        if any(p.start <= match.start() and match.end() <= p.end for p in regions):
            continue
        start = _stem_start(text, match.start(), ends | {named[-1].end} if named else ends)
        if start == match.start() and named and named[-1].end == start:
            # 石景山 + 路
            named[-1].end = match.end()
            continue
        whole = text[start : match.end()]
        if (
            words.SEVERAL.search(text[max(0, start - 2) : start + 1])
            or whole in rules.empty
            or (start == match.start() and len(whole) < 3 and not re.search(r"[二-六]环", whole))
        ):
            continue
        named.append(_Piece(start, match.end(), "named", nameless=bool(words.NAMELESS.match(whole))))
    return named


def _lent(text: str, piece: _Piece, alias: _Piece | None) -> tuple[Place, ...]:
    """The area whose name a longer name begins with: 古城现代嘉园 lies in 古城. Not so for 古城南路 or 高井水库, where
    only an ending follows: roads and reservoirs keep names of areas they have left."""
    if alias is not None and alias.end < piece.end:
        ending = grammar().ending.search(text[alias.end : piece.end])
        if ending and ending.start() >= 2:
            return alias.places
    return ()


def _stands_alone(text: str, alias: _Piece, within: set[int]) -> bool:
    """Whether a short name is meant by itself, not as the beginning or a part of a longer name (古城南路, 高井水库).

    ``within``: positions at which a short name would be a part of a longer one.
    """
    if alias.start in within:
        return False
    after = text[alias.end : alias.end + 6]
    if alias.end - alias.start < 3 and all(p.level == "village" for p in alias.places):
        # 西井, 新建, 中心: two characters name a village only where the words around say that they name a place
        return bool(grammar().detail.match(after) or re.match(r"村|小区", after))
    return not grammar().longer.match(after) or bool(words.SIDE.match(after))


def _stem_start(text: str, end: int, ends: set[int]) -> int:
    """How far a name reaches to the left: to a stop word, one of ``ends`` (of other names), or the limit."""
    rules = grammar()
    at = end
    while at > 0 and end - at < words.LONGEST_STEM:
        character = text[at - 1]
        if character in rules.stop_characters or not words.NAME_CHARACTER.match(character):
            break
        if rules.stop_word.search(text[max(0, at - 4) : at]):
            break
        if at in ends:
            break
        at -= 1
    while at < end and text[at] in "一0123456789":
        if re.match(r"\d+号(?:院|楼)|\d+国道", text[at:]):
            break
        at += 1
    return at


def _without_overlap(pieces: list[_Piece]) -> list[_Piece]:
    """Longest first; what overlaps is dropped. A full region name wins over a longer guess that swallows it."""
    order = {"region": 0, "named": 1, "alias": 1, "detail": 2}
    kept: list[_Piece] = []
    taken = bytearray(max((p.end for p in pieces), default=0))
    for piece in sorted(pieces, key=lambda p: (order[p.kind], p.start - p.end)):
        if not any(taken[piece.start : piece.end]):
            kept.append(piece)
            taken[piece.start : piece.end] = b"\x01" * (piece.end - piece.start)
    return sorted(kept, key=lambda p: p.start)


def _mentions(text: str, pieces: list[_Piece]) -> list[_Mention]:
    mentions: list[_Mention] = []
    for piece in pieces:
        last = mentions[-1] if mentions else None
        if last and _joined(text, last, piece):
            last.pieces.append(piece)
            last.end = piece.end
        elif piece.kind != "detail" or re.match(r"\d", text[piece.start : piece.end]):
            mentions.append(_Mention(piece.start, piece.end, [piece]))
    for mention in mentions:
        after, before = text[mention.end : mention.end + 10], text[max(0, mention.start - 5) : mention.start]
        lone_region = all(p.places for p in mention.pieces)
        treats = words.HOSPITAL.search(text[mention.start : mention.end]) and words.TREATS_AFTER.match(after)
        calls = bool(words.CALLER_AFTER.match(after)) and (lone_region or "派出所" in after[:4])
        heads = mention.start == 0 and after[:1] == ":" and not all(p.nameless for p in mention.pieces)
        mention.caller = calls or heads or bool(treats) or (lone_region and bool(words.CALLER_BEFORE.search(before)))
        mention.taken_to = bool(words.TAKEN_TO.search(before))
    return mentions


def _joined(text: str, last: _Mention, piece: _Piece) -> bool:
    between = text[last.end : piece.start]
    if between == "" or words.JOIN.fullmatch(between):
        return True
    if piece.kind != "detail" and words.CROSSING.fullmatch(between):
        return bool(words.CROSSING_AFTER.match(text, piece.end)) or between.strip() in ("至", "到")
    if between == "、" and piece.places and last.pieces[-1].places:
        last.several = True
        return True
    if piece.kind != "detail" or not re.fullmatch(r"[\u4e00-\u9fff]{1,3}", between):
        return False
    rules = grammar()
    return not rules.stop_word.search(between) and not set(between) & rules.stop_characters


def _weight(mention: _Mention) -> float:
    kinds = [piece.kind for piece in mention.pieces]
    levels = [LEVELS.get(place.level, 0) for piece in mention.pieces for place in piece.places[:1]]
    weight = (
        3.0 * ("region" in kinds) + 2.0 * ("alias" in kinds) + 2.5 * kinds.count("named") + 0.5 * ("detail" in kinds)
    )
    if all(p.kind == "detail" or p.nameless for p in mention.pieces):
        weight -= 1.5
    return weight + 0.3 * max(levels, default=0) - (2 if kinds == ["detail"] else 0)


def _field(text: str, mention: _Mention, everything: list[_Mention], confidence: float, gazetteer: Gazetteer) -> Field:
    words = text[mention.start : mention.end]
    region, candidates, sure = _region(mention, everything)
    others = [text[m.start : m.end] for m in everything if m is not mention]
    details: dict[str, object] = {
        "region": {"code": region.code, "name": region.name, "level": region.level} if region else None,
        "lon": region.lon if region else None,
        "lat": region.lat if region else None,
        "candidates": [
            {"code": p.code, "name": p.name, "level": p.level, "within": gazetteer.within(p)} for p in candidates
        ],
        "parts": others,
    }
    start, end = mention.start, mention.end
    named = any(p.kind != "detail" for p in mention.pieces)
    return Field(words, (start, end), words, confidence * sure * (1 if named else 0.5), details)


def _region(mention: _Mention, everything: list[_Mention]) -> tuple[Place | None, list[Place], float]:
    """(the region, all that the name could mean, how sure): the most exact one; other mentions help to choose."""
    groups = [piece.places for piece in mention.pieces if piece.places]
    if mention.several:
        return None, [place for group in groups for place in group], 0.7
    borrowed = False
    if not groups:
        groups = [piece.places for other in everything for piece in other.pieces if piece.places]
        borrowed = True
    if not groups:
        return None, [], 0.8
    context = [
        place.code for other in everything for piece in other.pieces for place in piece.places if len(piece.places) == 1
    ]
    finest = max(groups, key=lambda group: LEVELS.get(group[0].level, 0))
    fitting = [place for place in finest if _fits(place, context)] or list(finest)
    if len(fitting) == 1:
        return fitting[0], [] if len(finest) == 1 else list(finest), 0.75 if borrowed else 1.0
    return None, fitting, 0.5


def _fits(place: Place, codes: list[str]) -> bool:
    """Whether another named region contains the place: its code begins the place's code."""
    stems = [code.rstrip("0") for code in codes if code != place.code]
    return any(len(stem) >= 6 and place.code.startswith(stem) for stem in stems)
