"""The exported form of a plan: plain data that `parse_plan` reads strictly, whether shipped, kept in a database or handed in.

What each key means is written down for outsiders in docs/integrator/plans.md. Only `id`, `zh`, `hazard`, `hq`, `basis`, `levels`,
`downgrade` and `terminate` must be there; everything that a paper plan has besides (scope, organisation, resources,
notification list, annexes, maps) is optional and refused where it is not machine-readable.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from anlan.analysis.data.incident_kinds import shipped_kinds
from anlan.kernel.conditions import Condition, Vocabulary
from anlan.kernel.facts import Provenance, Record, Variable, read_vocabulary, variables_of

FORMAT = "anlan.plan/1"
#: No card of a response has a longer time than a year; figures beyond it are slips of the hand.
A_YEAR_MIN = 366 * 24 * 60
LEVELS = {"I": 1, "II": 2, "III": 3, "IV": 4}
STARTS = ("receive", "proposal", "start", "event")
#: What kind of plan it is: 总体、专项、部门、镇街、村社区、企业、活动.
TYPES = ("overall", "special", "department", "street", "village", "enterprise", "event")
PLACES = ("centre", "site")
#: What a resource may be besides an item of the supplies catalogue: rescue teams, their people, shelters, places in shelters.
COUNTED = ("teams", "team_people", "shelters", "shelter_places")
#: A drawn region of a map may have so many corners.
MOST_CORNERS = 500
CHANNELS = ("phone", "message", "sms", "voice", "radio", "broadcast", "paper")


@dataclass(frozen=True, slots=True)
class Approver:
    role: str
    zh: str


@dataclass(frozen=True, slots=True)
class TaskCard:
    """What a role has to do: within so many minutes of `t0` (receive, proposal, start or event).

    `needs`: cards that must be done before; `takes_min`: how long the work itself takes; `place`: centre or site where it binds a
    person; `renew`: every new order asks for it again; `steps`: the process of the action card, in order.
    """

    id: str
    role: str
    zh: str
    t0: str
    within_min: int
    provenance: Provenance
    needs: tuple[str, ...] = ()
    takes_min: int | None = None
    place: str = ""
    renew: bool = False
    steps: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class OrderText:
    """The four elements that the law asks of an order that starts a response (Emergency Response Law 2024, article 72)."""

    matter: str
    level: str
    expected_hours: int
    measures: str


@dataclass(frozen=True, slots=True)
class ResponseLevel:
    """`number` 1 is the highest."""

    level: str
    number: int
    zh: str
    triggers: Condition
    approve: Approver
    report_every_min: int
    tasks: tuple[TaskCard, ...]
    provenance: Provenance
    order: OrderText | None = None


@dataclass(frozen=True, slots=True)
class Member:
    """Who stands in the plan's organisation: a role, what it answers for, and the posts or people that hold it here."""

    role: str
    zh: str
    duty: str
    held_by: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Resource:
    """What the plan counts on. `quantity` None: the locality has not said how much. `item`: what it is in the registry, a key of the
    supplies catalogue or one of `COUNTED`; empty: not compared with what stores and teams hold."""

    id: str
    zh: str
    quantity: float | None
    unit: str
    role: str
    place: str
    item: str = ""


@dataclass(frozen=True, slots=True)
class Notice:
    """One line of the notification list. `after` names the line before it in the phone tree; empty: called by the duty room."""

    id: str
    role: str
    zh: str
    levels: tuple[str, ...]
    by: tuple[str, ...]
    within_min: int
    after: str


@dataclass(frozen=True, slots=True)
class Section:
    """A piece of the plan's text: `title`, `text`; a map names its layer or picture instead of a text, or has a drawn region
    (`area`: corners as (longitude, latitude), WGS84)."""

    title: str
    text: str
    area: tuple[tuple[float, float], ...] = ()


@dataclass(frozen=True, slots=True)
class Plan:
    """`levels` are highest first. `hazard` is an id of the shipped hazards or a locality's own."""

    id: str
    hazard: str
    zh: str
    hq: str
    basis: str
    levels: tuple[ResponseLevel, ...]
    downgrade: tuple[str, ...]
    terminate: tuple[str, ...]
    variables: dict[str, Variable]
    provenance: Provenance
    type: str = "special"
    upper: str = ""
    scope: str = ""
    organisation: tuple[Member, ...] = ()
    resources: tuple[Resource, ...] = ()
    notify: tuple[Notice, ...] = ()
    sections: tuple[Section, ...] = ()
    annexes: tuple[Section, ...] = ()
    maps: tuple[Section, ...] = ()
    own_variables: tuple[str, ...] = ()

    def level(self, level: str) -> ResponseLevel | None:
        return next((lv for lv in self.levels if lv.level == level), None)


def parse_plan(data: Mapping[str, Any], file: str = "plan") -> Plan:
    """Read one self-contained plan. Raises FactError naming the place of whatever is not machine-readable."""
    r = Record(file, f"$[{data.get('id', '?')}]" if isinstance(data, Mapping) else "$", data)
    vocabulary = read_vocabulary(r)
    r.raw("vocabulary", {})
    read = [(part.path, read_level(part, vocabulary)) for part in r.records("levels", "level")]
    if not read:
        raise r.error("a plan needs levels")
    levels = sorted((level for _path, level in read), key=lambda lv: lv.number)
    if r.text("format", FORMAT) != FORMAT:
        raise r.error(f"is {r.text('format')!r}; this house reads {FORMAT}", "format")
    plan = Plan(
        r.text("id"), r.text("hazard"), r.text("zh"), r.refer("hq", shipped_kinds().headquarters, "headquarters"),
        r.text("basis"), tuple(levels), r.texts("downgrade"), r.texts("terminate"),
        variables_of(file, [(path, level.triggers) for path, level in read]), r.provenance,
        type=r.one_of("type", TYPES, "special"), upper=r.text("upper", ""), scope=r.text("scope", ""),
        organisation=tuple(_read_member(m) for m in r.records("organisation", "role", ())),
        resources=tuple(_read_resource(m) for m in r.records("resources", "id", ())),
        notify=tuple(_read_notice(m) for m in r.records("notify", "id", ())),
        sections=_read_sections(r, "sections"), annexes=_read_sections(r, "annexes"), maps=_read_sections(r, "maps"),
        own_variables=tuple(v.text("var") for v in r.records("variables", "var", ())),
    )  # fmt: skip
    r.done()
    return plan


def read_level(part: Record, vocabulary: Vocabulary) -> ResponseLevel:
    """One level with its triggers and cards. Raises FactError."""
    level = part.one_of("level", LEVELS)
    triggers = part.condition("triggers", vocabulary)
    approve = part.record("approve")
    tasks = tuple(read_task(t) for t in part.records("tasks"))
    order = _read_order(part.record("order")) if part.has("order") else None
    found = ResponseLevel(
        level, LEVELS[level], part.text("zh"), triggers, Approver(approve.text("role"), approve.text("zh")),
        part.integer("report_every_min", least=1, most=A_YEAR_MIN), tasks, part.provenance, order,
    )  # fmt: skip
    approve.done()
    part.done()
    return found


def read_task(r: Record) -> TaskCard:
    """One task card. Raises FactError."""
    card = TaskCard(
        r.text("id"), r.text("role"), r.text("zh"), r.one_of("t0", STARTS), r.integer("within_min", least=0, most=A_YEAR_MIN),
        r.provenance,
        needs=r.texts("needs", ()), takes_min=r.integer("takes_min", None, least=0, most=A_YEAR_MIN), place=r.one_of("place", PLACES, ""),
        renew=r.flag("renew", False), steps=r.texts("steps", ()),
    )  # fmt: skip
    r.done()
    return card


def roles_of(plans: Collection[Plan]) -> set[str]:
    """Every role that approves or has a task."""
    levels = [lv for p in plans for lv in p.levels]
    return {lv.approve.role for lv in levels} | {t.role for lv in levels for t in lv.tasks}


def _read_order(r: Record) -> OrderText:
    order = OrderText(
        r.text("matter"), r.one_of("level", LEVELS), r.integer("expected_hours", least=1), r.text("measures")
    )
    r.done()
    return order


def _read_member(r: Record) -> Member:
    member = Member(r.text("role"), r.text("zh", ""), r.text("duty", ""), r.texts("held_by", ()))
    r.done()
    return member


def _read_resource(r: Record) -> Resource:
    found = Resource(
        r.text("id"), r.text("zh"), r.number("quantity", None, least=0), r.text("unit", ""), r.text("role", ""),
        r.text("place", ""), r.text("item", ""),
    )  # fmt: skip
    r.done()
    return found


def _read_notice(r: Record) -> Notice:
    for name in r.texts("levels", ()):
        if name not in LEVELS:
            raise r.error(f"{name!r} is not one of {', '.join(LEVELS)}", "levels")
    for name in r.texts("by", ()):
        if name not in CHANNELS:
            raise r.error(f"{name!r} is not one of {', '.join(CHANNELS)}", "by")
    notice = Notice(
        r.text("id"), r.text("role"), r.text("zh", ""), r.texts("levels", tuple(LEVELS)), r.texts("by", ("phone",)),
        r.integer("within_min", least=0), r.text("after", ""),
    )  # fmt: skip
    r.done()
    return notice


def _read_sections(r: Record, key: str) -> tuple[Section, ...]:
    found = []
    for part in r.records(key, None, ()):
        found.append(Section(part.text("title"), part.text("text", ""), _read_corners(part)))
        part.done()
    return tuple(found)


def _read_corners(part: Record) -> tuple[tuple[float, float], ...]:
    """At least three corners inside the world, at most as many as a drawn area may have."""
    given = part.raw("area", ())
    if not isinstance(given, list | tuple) or (given and not 3 <= len(given) <= MOST_CORNERS):
        raise part.error(f"must be a list of 3 to {MOST_CORNERS} corners", "area")
    for corner in given:
        if not (
            isinstance(corner, list | tuple) and len(corner) == 2
            and all(isinstance(v, int | float) and not isinstance(v, bool) for v in corner)
            and abs(corner[0]) <= 180 and abs(corner[1]) <= 90
        ):  # fmt: skip
            raise part.error(f"a corner is [longitude, latitude], not {corner!r:.60}", "area")
    return tuple((float(x), float(y)) for x, y in given)
