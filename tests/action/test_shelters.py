import uuid
from datetime import UTC, datetime, timedelta

import pytest

from anlan.action import queries
from anlan.action.models import HeadCount, ShelterUse
from anlan.action.services import close_shelter, count_people, open_shelter, record_relocation
from anlan.events.command import TaskFigures
from anlan.kernel.announcing import announce
from anlan.kernel.engine.timers import pass_due
from anlan.kernel.errors import BadInput, Conflict, NotAllowed, Refused
from anlan.kernel.models import Outbox
from anlan.kernel.reactions import drain

from .conftest import DISTRICT, STREET

NOON = datetime(2016, 7, 20, 4, 0, tzinfo=UTC)
pytestmark = pytest.mark.django_db


def test_opening_counting_and_closing_a_shelter_moves_the_totals(town, desk, shelter):
    use = open_shelter(town, shelter=shelter)
    assert queries.totals(desk).uncounted == 1, "nobody counted: unknown, not zero"
    count_people(town, use=use, people=31)
    count_people(town, use=use, people=68)
    seen = queries.totals(desk)
    assert (seen.open_shelters, seen.sheltered, seen.capacity, seen.uncounted) == (1, 68, 60, 0)
    assert queries.shelter_uses(desk).get().is_over_capacity
    assert [c.people for c in HeadCount.objects.visible_to(desk).order_by("at", "id")] == [31, 68]
    with pytest.raises(Refused, match="68 人"):
        close_shelter(town, use=use, where="返家")
    count_people(town, use=use, people=0)
    close_shelter(town, use=use, where="经评估安全返家 68 人")
    assert queries.totals(desk).open_shelters == 0


def test_a_shelter_is_opened_once_and_not_by_strangers(town, shelter, somebody, exercise):
    open_shelter(town, shelter=shelter)
    with pytest.raises(Conflict):
        open_shelter(town, shelter=shelter)
    stranger = somebody("town", "11/110107/110107005/", ["action.shelter.view"], world=exercise.pk)
    with pytest.raises(NotAllowed):
        open_shelter(stranger, shelter=shelter)
    assert not ShelterUse.objects.visible_to(stranger).exists()


@pytest.mark.parametrize("people", [-1, "三", None, 1.5, 100_001])
def test_a_bad_count_is_refused_and_leaves_the_last_one(town, shelter, people):
    use = open_shelter(town, shelter=shelter, people=5)
    with pytest.raises(BadInput):
        count_people(town, use=use, people=people)
    assert queries.shelter_uses(town).get().people == 5


def test_a_count_that_is_four_hours_old_is_chased(town, shelter, clock_to):
    open_shelter(town, shelter=shelter, people=5)
    drain()
    clock_to(NOON + timedelta(minutes=241))
    assert pass_due() == 1
    assert Outbox.objects.filter(subject="kernel.deadline.passed").get().payload["loop"] == "action.shelter_use"


def test_people_moved_with_a_task_are_counted_once(desk, street):
    task = str(uuid.uuid4())
    for moved in (20, 83):
        announce(
            desk, TaskFigures(task=task, response="r", region="110107004", figures={"evacuated": moved}), scope=STREET
        )
    drain()
    record_relocation(desk, region=street, people=7, from_place="平房院")
    assert queries.totals(desk).relocated == 90
    told = Outbox.objects.filter(subject="action.people.counted").order_by("id").last()
    assert told.payload["relocated_total"] == 90


def test_nobody_moved_is_no_entry_of_the_roll_unless_it_corrects_one(desk, street):
    def report(task, moved):
        figures = TaskFigures(
            task=task,
            response="r",
            region="110107004",
            figures={"evacuated": moved},
            by="街道值班员（示例）",
            simulated=True,
        )
        announce(desk, figures, scope=STREET)
        drain()

    report(str(uuid.uuid4()), 0)
    assert not queries.relocations(desk).exists()
    mistaken = str(uuid.uuid4())
    report(mistaken, 30)
    report(mistaken, 0)
    (row,) = queries.relocations(desk)
    assert (row.people, row.by_name, row.simulated) == (0, "街道值班员（示例）", True)


def test_the_real_world_knows_nothing_of_the_exercise(town, shelter, somebody):
    open_shelter(town, shelter=shelter, people=5)
    real = somebody("duty_officer", DISTRICT, ["action.shelter.view", "action.relocation.view"])
    assert queries.totals(real).open_shelters == 0
