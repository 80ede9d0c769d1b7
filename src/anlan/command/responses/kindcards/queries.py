"""The card of an incident's kind: whom each step goes to here, which have been given out and what became of them."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field

from anlan.analysis.data.incident_kinds import Card, CardStep, shipped_kinds
from anlan.command.models import Incident, Task
from anlan.command.services.papers import district_path
from anlan.decision.data.kind_cards import kind_card_rules
from anlan.decision.handbooks.queries import Held, card_of_kind, handbooks_in_force, handbooks_with
from anlan.kernel.context import Context
from anlan.places.data.roster import read_role_names
from anlan.places.queries import Organisation, organisations, region_at
from anlan.registry.queries import Near, water_works_near


@dataclass(slots=True)
class GivenStep:
    """`units` answer for the step here; `told` says who does it when nobody is ordered to; `given`: it has been given out already,
    `tasks` are those of it that the person may see."""

    step: CardStep
    who: str
    units: list[Organisation]
    told: str = ""
    given: bool = False
    tasks: list[Task] = field(default_factory=list)

    @property
    def waits(self) -> bool:
        return bool(self.units) and not self.given


@dataclass(slots=True)
class IncidentCard:
    card: Card
    steps: list[GivenStep]
    handbooks: list[Held]

    @property
    def waiting(self) -> list[GivenStep]:
        return [s for s in self.steps if s.waits]


def ref_of(card: Card, step: CardStep) -> str:
    """What an instruction names its step by."""
    return f"{card.id}.{step.number}"


def handbooks_of(incident: Incident) -> list[Held]:
    """Handbooks in force for the incident's kind, the nearest to it first."""
    return handbooks_with(handbooks_in_force(region_at(district_path(incident.scope))), card_of_kind(incident.kind))


def incident_card(ctx: Context, incident: Incident) -> IncidentCard | None:
    """None while the kind is not known, or has no card."""
    card = card_of_kind(incident.kind)
    if card is None:
        return None
    district, rules, names = district_path(incident.scope), kind_card_rules(), read_role_names()
    wanted = {rules.same.get(s.who, s.who) for s in card.steps}
    there: dict[str, list[Organisation]] = defaultdict(list)
    for row in organisations(district).filter(actor__in=wanted).select_related("region").order_by("code"):
        there[row.actor].append(row)
    refs = [ref_of(card, s) for s in card.steps]
    mine = {"instruction__incident": incident, "instruction__source_ref__in": refs}
    rows = Task.objects.in_world(ctx).filter(**mine).exclude(state="cancelled")
    given = set(rows.values_list("instruction__source_ref", flat=True))
    seen: dict[str, list[Task]] = defaultdict(list)
    shown = Task.objects.visible_to(ctx).filter(**mine).exclude(state="cancelled")
    for task in shown.select_related("instruction", "organisation").order_by("opened_at"):
        if task.instruction is not None:
            seen[task.instruction.source_ref].append(task)
    steps = []
    for step in card.steps:
        units, told = _answering(step.who, there[rules.same.get(step.who, step.who)], incident.scope, district)
        ref = ref_of(card, step)
        steps.append(GivenStep(step, names.get(step.who, step.who), units, told, ref in given, seen[ref]))
    return IncidentCard(card, steps, handbooks_of(incident))


def _answering(who: str, rows: list[Organisation], at: str, district: str) -> tuple[list[Organisation], str]:
    """Units to order and, where there is none, why (a key of the page)."""
    rules = kind_card_rules()
    if who in rules.own:
        return [], "own"
    if who in rules.at_site:
        return [], "at_site"
    if who in rules.placed:
        rows = [o for o in rows if o.region.path != district and at.startswith(o.region.path)]
        return rows, "" if rows else "unplaced"
    rows = [o for o in rows if o.region.path == district]
    return rows, "" if rows else "nobody"


#: How far (km) a water work may lie from an incident by water to be offered with it.
WATERS_KM = 5


def waters_of(ctx: Context, incident: Incident) -> list[Near]:
    """Reservoirs and river reaches near an incident by water (kinds that a flood headquarters has charge of), the nearest first."""
    kind = shipped_kinds().find(incident.kind) if incident.kind else None
    if kind is None or kind.hq != "hq_flood" or incident.position is None:
        return []
    return water_works_near(ctx, incident.position, WATERS_KM)[:5]
