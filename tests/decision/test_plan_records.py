"""Plans through their versions: drafted, reviewed, approved, filed, revised when they grow old, ended."""

from __future__ import annotations

import copy
from datetime import timedelta

import pytest

from anlan.kernel import clock
from anlan.kernel.errors import BadInput, Conflict, NotAllowed, NotFound, Refused
from anlan.kernel.loops.stepping import take_step
from anlan.kernel.services.attachments import object_of
from tests.racing import at_once, one_won

from .test_checking import plan


@pytest.fixture
def real(district):
    """``real("fangban")``: the context of a person at work, outside any exercise."""
    from anlan.places.identity import context_of
    from anlan.places.models import Person

    return lambda username: context_of(Person.objects.get(username=username))


def draft(**changes):
    return copy.deepcopy(plan(id="sjs-flood", zh="石景山区防汛应急预案", type="special", **changes))


@pytest.fixture
def started(district, real):
    from anlan.decision.services import start_plan

    return start_plan(real("fangban"), region=district, content=draft())


def reviewed(revision, real):
    return take_step(real("fangban"), revision, "submit", {"summary": "按新机构职责编写"})


def approved(revision, real, who="zhihuizhang"):
    return take_step(real(who), reviewed(revision, real), "approve", {})


def test_a_plan_goes_from_draft_to_filing_and_then_holds_for_its_hazard(district, real, started):
    from anlan.decision.models import PlanVersion
    from anlan.decision.queries import plans_in_force

    assert started.due_at - started.opened_at == timedelta(days=90)
    before = next(p for p in plans_in_force(district) if p.hazard == "flood")
    assert before.shipped
    done = approved(started, real)
    assert (done.state, done.made.version, done.approved_by[:1] != "") == ("approved", 1, True)
    (mine,) = [p for p in plans_in_force(district) if p.hazard == "flood"]
    assert (mine.key, mine.shipped, mine.content["format"]) == ("sjs-flood", False, "anlan.plan/1")
    filed = take_step(real("fangban"), done, "file", {"filing_number": "示例备〔2026〕1号"})
    assert (filed.state, filed.is_open) == ("filed", False)
    assert PlanVersion.objects.visible_to(real("shuiwu")).filter(key="sjs-flood").exists()


def test_only_who_the_type_names_or_above_approves(started, real):
    waiting = reviewed(started, real)
    for username in ("fangban", "fuzhihui", "shuiwu", "gucheng"):
        with pytest.raises((NotAllowed, NotFound)):
            take_step(real(username), waiting, "approve", {})
    assert take_step(real("zongzhihui"), waiting, "approve", {}).state == "approved"


def test_a_draft_that_does_not_hold_together_is_not_taken_to_review(real, started):
    from anlan.decision.services import save_draft

    broken = draft()
    broken["levels"][0]["triggers"]["any"][0]["var"] = "rain_of_frogs"
    kept = save_draft(real("fangban"), started, content=broken, edition=1)
    with pytest.raises(BadInput) as wrong:
        take_step(real("fangban"), kept, "submit", {"summary": "送审"})
    assert "rain_of_frogs" in str(wrong.value.message)


def test_what_somebody_else_saved_meanwhile_is_not_overwritten(real, started):
    from anlan.decision.services import save_draft

    save_draft(real("fangban"), started, content=draft(note="一"), edition=1)
    with pytest.raises(Conflict):
        save_draft(real("fangban"), started, content=draft(note="二"), edition=1)
    with pytest.raises(NotFound):
        save_draft(real("gucheng"), started, content=draft(note="三"), edition=2)


@pytest.mark.django_db(transaction=True)
def test_two_people_deciding_opposite_things_at_once_one_is_refused(transactional_db, real, started):
    from anlan.decision.models import PlanVersion

    waiting = reviewed(started, real)
    chief, leader = real("zhihuizhang"), real("zongzhihui")

    def mine(ctx):
        return type(waiting).objects.get_visible(ctx, pk=waiting.pk)

    _won, refused = one_won(
        at_once(
            lambda: take_step(chief, mine(chief), "approve", {}),
            lambda: take_step(leader, mine(leader), "send_back", {"reason": "任务不全"}),
        )
    )
    assert isinstance(refused, Refused)
    waiting.refresh_from_db()
    made = PlanVersion.everything.filter(key="sjs-flood").count()
    assert (waiting.state, made) in {("approved", 1), ("drafting", 0)}


def test_a_version_that_came_in_meanwhile_stops_the_approval(district, real, started):
    from anlan.decision.services import adopt_plan

    reviewed(started, real)
    adopt_plan(real("fangban"), region=district, content=draft())
    with pytest.raises(Conflict):
        take_step(real("zhihuizhang"), started, "approve", {})


def test_three_years_open_the_revision_by_itself_once(district, real, started):
    from anlan.decision.models import PlanRevision, PlanVersion
    from anlan.decision.services import open_due_revisions

    done = approved(started, real)
    take_step(real("fangban"), done, "file", {"filing_number": "1"})
    assert open_due_revisions() == 0
    PlanVersion.everything.filter(pk=done.made_id).update(in_force_from=clock.real_now() - timedelta(days=3 * 366))
    assert [open_due_revisions(), open_due_revisions()] == [1, 0]
    opened = PlanRevision.everything.get(record=done.record, closed_at=None)
    assert (opened.kind, opened.reason, opened.base_id, bool(opened.owner_keys)) == (
        "revise",
        "age",
        done.made_id,
        True,
    )
    assert opened.due_at - opened.opened_at == timedelta(days=60)


def test_changed_duties_have_the_plan_written_anew(district, real, started):
    from django.db import transaction

    from anlan.decision.models import PlanRevision
    from anlan.events.ledgers import LedgerChanged
    from anlan.kernel.announcing import announce
    from anlan.kernel.context import system
    from anlan.kernel.reactions import drain
    from anlan.places.queries import organisations_acting_as

    done = approved(started, real)
    take_step(real("fangban"), done, "file", {"filing_number": "1"})
    (office, *_more) = organisations_acting_as("hq_office", district.path)
    with transaction.atomic():
        event = LedgerChanged(ledger="places.organisation", row=office.pk, change="changed", fields=["name"])
        announce(system("places"), event, scope=district.path)
    drain()
    opened = PlanRevision.everything.get(record=done.record, closed_at=None)
    assert (opened.kind, opened.reason) == ("rewrite", "duties")


def test_an_ended_plan_gives_way_to_the_shipped_one(district, real, started):
    from anlan.decision.queries import plans_in_force
    from anlan.decision.services import end_plan, open_revision

    done = approved(started, real)
    end_plan(real("fangban"), record=done.record, why="并入区级综合预案")
    assert next(p for p in plans_in_force(district) if p.hazard == "flood").shipped
    with pytest.raises(Conflict):
        open_revision(real("fangban"), record=type(done.record).everything.get(pk=done.record_id), reason="risk")


def test_a_street_s_or_firm_s_plan_proposes_nothing_for_the_county(district, real):
    from anlan.decision.queries import plans_in_force
    from anlan.decision.services import adopt_plan

    adopt_plan(real("fangban"), region=district, content=draft() | {"id": "firm", "type": "enterprise"})
    assert next(p for p in plans_in_force(district) if p.hazard == "flood").shipped


def test_nothing_of_an_exercise_changes_a_plan(district, person):
    from anlan.decision.services import start_plan

    with pytest.raises(Refused):
        start_plan(person("fangban"), region=district, content=draft())


def test_another_region_s_people_see_neither_draft_nor_plan(district, real, started):
    from anlan.decision.queries import plan_record, revision
    from anlan.kernel.context import Actor, Context, Grant

    stranger = Context(
        actor=Actor("person:x", "外区"), grants=(Grant("hq_office", "11/1108/", frozenset({"decision.plan.view"})),)
    )
    for ask, pk in ((revision, started.pk), (plan_record, started.record_id)):
        with pytest.raises(NotFound):
            ask(stranger, pk)


def test_no_file_slips_into_a_plan_while_it_is_reviewed(real, started):
    waiting = reviewed(started, real)
    reader = real("fuzhihui")
    with pytest.raises(NotAllowed):
        object_of(reader, "decision.plan_revision", waiting.pk, to_change=True)
    assert object_of(reader, "decision.plan_revision", waiting.pk) == waiting


@pytest.mark.parametrize("wrong", [{"levels": [{"level": "IV", "tasks": 5}]}, {"downgrade": [1]}, {"notify": 5}])
def test_a_draft_that_its_page_could_not_show_is_refused(real, started, wrong):
    from anlan.decision.services import save_draft

    with pytest.raises(BadInput):
        save_draft(real("fangban"), started, content={**draft(), **wrong}, edition=started.edition)
