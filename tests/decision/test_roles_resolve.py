"""Every code by which plans, cards and reporting rules name somebody is a code of the organisation data."""

from __future__ import annotations

from importlib.resources import files

import yaml

from anlan.analysis.data.incident_kinds import shipped_kinds
from anlan.command.data.reporting_deadlines import shipped_reporting
from anlan.decision.data.response_levels import roles_of, shipped_plans


def test_every_role_and_actor_is_known_to_the_organisation():
    text = files("anlan.places").joinpath("data/organisation.yaml").read_text(encoding="utf-8")
    organisation = yaml.safe_load(text)
    known = {a["code"] for a in organisation["actors"]} | {r["id"] for r in organisation["roles"]}
    named = roles_of(shipped_plans())
    named |= {step.who for card in shipped_kinds().cards.values() for step in card.steps}
    named |= {party.actor for party in shipped_reporting().parties.values() if party.actor}
    assert named - known == set()
