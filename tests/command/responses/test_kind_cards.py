"""The card of an incident's kind: given out in one press to whoever answers for each step, once."""

from __future__ import annotations

from datetime import timedelta

import pytest

from anlan.command.models import Incident, Task
from anlan.command.responses.kindcards.queries import incident_card
from anlan.command.responses.kindcards.services import issue_kind_card
from anlan.command.services import open_incident
from anlan.decision.handbooks.services import load_shipped_handbooks
from anlan.kernel.errors import Conflict, NotAllowed
from tests.decision.conftest import at

CALL = "12时35分古城街道来电：古城南路下凹桥积水，两辆车被困，人数不详"


@pytest.fixture
def flooded(person, clock_to):
    load_shipped_handbooks()
    clock_to(at("20 12:41"))
    made = open_incident(person("zhibanyuan"), text=CALL)
    Incident.objects.unscoped("test").filter(pk=made.pk).update(kind="X1101")
    return Incident.objects.unscoped("test").get(pk=made.pk)


def test_one_press_gives_each_step_to_whom_the_card_names_and_never_twice(person, flooded, clock_to):
    office = person("fangban")
    found = incident_card(office, flooded)
    assert found.card.id == "card_waterlogging"
    assert [h.version.industry for h in found.handbooks] == ["waterlogging"]
    assert [s.told for s in found.steps] == ["own", "", "", "", "own"], "the desk's own steps are ordered from nobody"
    clock_to(at("20 13:00"))
    office = person("fangban")
    made = issue_kind_card(office, incident=flooded, card="card_waterlogging")
    tasks = {t.organisation_id: t for t in Task.objects.unscoped("test").filter(incident=flooded)}
    assert set(tasks) == {"sjs.police", "sjs.water", "sjs.housing"}
    assert len(made) == 3
    assert tasks["sjs.water"].due_from_plan == at("20 12:41") + timedelta(minutes=30), "from the report"
    assert tasks["sjs.police"].due_from_plan == at("20 13:00") + timedelta(minutes=15), "its time had run out: from now"
    with pytest.raises(Conflict):
        issue_kind_card(office, incident=flooded, card="card_waterlogging")
    assert Task.objects.unscoped("test").filter(incident=flooded).count() == 3
    shown = incident_card(office, flooded)
    assert not shown.waiting
    assert {t.organisation_id for s in shown.steps for t in s.tasks} == set(tasks)


def test_a_card_that_is_no_longer_the_incidents_own_or_an_ended_incident_is_refused(person, flooded):
    office = person("fangban")
    with pytest.raises(Conflict):
        issue_kind_card(office, incident=flooded, card="card_gas")
    with pytest.raises(NotAllowed):
        issue_kind_card(person("gucheng.wangge"), incident=flooded, card="card_waterlogging")
    assert not Task.objects.unscoped("test").filter(incident=flooded).exists()


def test_the_street_of_the_place_is_meant_and_who_the_directory_lacks_is_told(person, flooded):
    Incident.objects.unscoped("test").filter(pk=flooded.pk).update(kind="12B01")
    mine = incident_card(person("fangban"), Incident.objects.unscoped("test").get(pk=flooded.pk))
    told = {s.step.who: s.told for s in mine.steps}
    assert (told["rescue_mine"], told["unit"], told["site"]) == ("nobody", "at_site", "at_site")
    Incident.objects.unscoped("test").filter(pk=flooded.pk).update(kind="11A01")
    flood = incident_card(person("fangban"), Incident.objects.unscoped("test").get(pk=flooded.pk))
    town = next(s for s in flood.steps if s.step.who == "town")
    assert [o.name for o in town.units] == ["古城街道办事处"], "of nine streets the one where it happened"
    team = next(s for s in flood.steps if s.step.who == "team")
    assert team.units, "the card's word for the directory's teams"
