"""Several responses at once: the highest rules, what runs already is not issued again, and what remains when one of them ends."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from anlan.command.models import Order, Response, Task
from anlan.command.responses import queries
from anlan.command.responses.services import give_instruction
from anlan.decision.services import order_change, request_change
from anlan.kernel.errors import Conflict
from anlan.kernel.loops import transition
from anlan.kernel.reactions import drain
from tests.decision.conftest import at

pytestmark = pytest.mark.django_db
FLOOD = {"hazard": "flood", "reason": "强降雨", "measures": "按预案"}
TYPHOON = {"hazard": "typhoon", "reason": "台风将影响本区", "measures": "按预案"}


def running(house, card, **more):
    rows = Task.objects.in_world(house).open().filter(card=card, **more)
    return list(rows.order_by("organisation_id", "opened_at"))


def of(house, hazard):
    return Response.objects.in_world(house).get(hazard=hazard)


def test_two_responses_share_what_both_ask_for_and_the_second_goes_on_when_the_first_ends(
    district, house, person, clock_to, client
):
    clock_to(at("20 11:00"))
    chief = person("zongzhihui")
    order_change(chief, region=district, kind="start", level="III", **FLOOD)
    drain()
    (before,) = running(house, "t_team", organisation="sjs.team.fire") or running(house, "t_team")[:1]
    towns = len(running(house, "t_town"))
    waiting = request_change(
        person("zhibanyuan"), region=district, kind="start", level="II", **{k: TYPHOON[k] for k in ("hazard", "reason")}
    )
    from anlan.decision.queries import together_now

    (both,) = together_now(chief)
    assert (both["level"], sorted(p["title"] for p in both["parts"])) == (
        "II",
        sorted([of(house, "flood").title, waiting.plan.title]),
    )
    ids = [(t["id"], t["role"], t["t0"]) for t in both["tasks"]]
    assert both["doubled"] > 5
    assert len(ids) == len(set(ids)), "merged, none doubled"
    clock_to(at("20 11:20"))
    chief = person("zongzhihui")
    order_change(chief, region=district, kind="start", level="II", **TYPHOON)
    drain()
    flood, typhoon = of(house, "flood"), of(house, "typhoon")
    assert len(running(house, "t_town")) == towns, "not issued again"
    (town, *_rest) = running(house, "t_town")
    assert (town.response_id, town.also_for) == (flood.pk, [typhoon.pk])
    assert town.due_from_plan == at("20 11:45"), "the flood's 45 minutes are earlier than the typhoon's from now on"
    assert "不另下达" in town.note
    assert {t.response_id for t in running(house, "t_ack", organisation=running(house, "t_ack")[0].organisation_id)} == {
        flood.pk, typhoon.pk,
    }, "every order is acknowledged for itself"  # fmt: skip
    assert running(house, "t_sit", response=typhoon), "only the higher one asks for it"
    shown = {t.pk for t in queries.tasks(chief, of=typhoon)}
    assert town.pk in shown
    counted = queries.task_counts(chief, [flood, typhoon])
    assert counted[typhoon.pk]["total"] == queries.board(chief, typhoon).counts["total"]
    assert [r.hazard for r in queries.beside(chief, flood)] == ["typhoon", "flood"], "the highest rules"
    ordered = Order.objects.in_world(house).get(response=typhoon).elements["tasks"]
    assert town.text in {line["text"] for line in ordered}

    clock_to(at("20 11:30"))
    chief = person("zongzhihui")
    order_change(chief, region=district, kind="end", checked="值班室核实", **FLOOD)
    drain()
    town.refresh_from_db()
    before.refresh_from_db()
    assert (town.response_id, town.also_for, town.is_open) == (typhoon.pk, [], True)
    assert "继续办理" in town.note
    pumps = Task.objects.in_world(house).filter(card="f_pump")
    assert {t.state for t in pumps} == {"cancelled"}, "nobody asks for it any more"
    order_change(chief, region=district, kind="end", checked="值班室核实", **TYPHOON)
    drain()
    town.refresh_from_db()
    assert town.state == "cancelled"


def test_when_the_higher_one_ends_the_shared_tasks_stay_with_the_one_that_remains(district, house, person, clock_to):
    clock_to(at("20 11:00"))
    chief = person("zongzhihui")
    order_change(chief, region=district, kind="start", level="II", **TYPHOON)
    order_change(chief, region=district, kind="start", level="IV", **FLOOD)
    drain()
    flood, typhoon = of(house, "flood"), of(house, "typhoon")
    shared = running(house, "t_town")
    assert {(t.response_id, tuple(t.also_for)) for t in shared} in (
        {(typhoon.pk, (flood.pk,))},
        {(flood.pk, (typhoon.pk,))},
    )
    order_change(chief, region=district, kind="end", checked="值班室核实", **TYPHOON)
    drain()
    left = running(house, "t_town")
    assert {(t.response_id, tuple(t.also_for)) for t in left} == {(flood.pk, ())}
    assert not running(house, "t_mobilise")
    assert not running(house, "t_sit"), "the lower one does not ask for it"
    assert [r.level for r in queries.beside(chief, flood)] == ["IV"]


def test_the_pages_say_which_level_rules_and_what_is_shared(district, house, person, clock_to, client, exercise):
    from anlan.places.models import Person

    clock_to(at("20 11:00"))
    chief = person("zongzhihui")
    order_change(chief, region=district, kind="start", level="III", **FLOOD)
    order_change(chief, region=district, kind="start", level="II", **TYPHOON)
    drain()
    client.force_login(Person.objects.get(username="zongzhihui"))
    client.post("/exercises/enter/", {"world": str(exercise.pk)})
    from anlan.command.responses.views import _together
    from anlan.decision.queries import together_now
    from anlan.decision.showing import parallel_rows

    told = _together(chief, of(house, "flood"))
    assert (told["highest"].hazard, [r.hazard for r in told["others"]], told["shared"] > 5) == (
        "typhoon",
        ["typhoon"],
        True,
    )
    (row,) = parallel_rows(together_now(chief))
    assert row["level"] == "II"
    assert any(t["count"] == 2 and re.search("街道|乡镇", t["role"]) for t in row["shared"])


def test_what_the_remaining_response_has_asked_for_by_itself_is_not_passed_on(district, house, person, clock_to):
    """Two tasks of one card for one unit cannot stand under one response: the end would have failed for ever."""
    clock_to(at("20 11:00"))
    order_change(person("zongzhihui"), region=district, kind="start", level="III", **FLOOD)
    drain()
    clock_to(at("20 11:20"))
    chief = person("zongzhihui")
    order_change(chief, region=district, kind="start", level="II", **TYPHOON)
    drain()
    flood, typhoon = of(house, "flood"), of(house, "typhoon")
    town = running(house, "t_town")[0]
    assert (town.response_id, town.also_for) == (flood.pk, [typhoon.pk])
    to = [f"org:{town.organisation_id}"]
    give_instruction(chief, text="再派一次", asked=to, minutes=30, card="t_town", response=typhoon)
    clock_to(at("20 11:30"))
    order_change(person("zongzhihui"), region=district, kind="end", checked="值班室核实", **FLOOD)
    drain()
    flood.refresh_from_db()
    town.refresh_from_db()
    assert (flood.is_open, town.state) == (False, "cancelled")


def test_a_shared_task_is_seen_by_whom_it_was_given_to(district, house, person, clock_to):
    clock_to(at("20 11:00"))
    chief = person("zongzhihui")
    order_change(chief, region=district, kind="start", level="IV", **TYPHOON)
    drain()
    order_change(chief, region=district, kind="start", level="II", **FLOOD)
    drain()
    clock_to(at("20 11:20"))
    flood = of(house, "flood")
    rows = Task.objects.in_world(house).filter(response=flood).exclude(card="")
    before = {t.pk: t.shared_with for t in rows}
    order_change(person("zongzhihui"), region=district, kind="raise", level="II", **TYPHOON)
    drain()
    assert any(t.also_for for t in rows.all())
    assert {t.pk: t.shared_with for t in rows.all() if t.pk in before} == before


def test_a_raise_of_the_other_response_leaves_the_level_of_whose_task_it_is(district, house, person, clock_to):
    clock_to(at("20 11:00"))
    chief = person("zongzhihui")
    order_change(chief, region=district, kind="start", level="IV", **FLOOD)
    order_change(chief, region=district, kind="start", level="III", **TYPHOON)
    drain()
    flood, typhoon = of(house, "flood"), of(house, "typhoon")
    shared = [t for t in running(house, "t_town") if t.also_for == [typhoon.pk]]
    assert {t.level for t in shared} == {"IV"}
    clock_to(at("20 11:10"))
    order_change(person("zongzhihui"), region=district, kind="raise", level="II", **TYPHOON)
    drain()
    again = {t.pk: t for t in running(house, "t_town")}
    assert {again[t.pk].level for t in shared} == {"IV"}, "under the flood's level, as its own order says"
    assert all(again[t.pk].due_from_plan <= t.due_from_plan for t in shared)
    from anlan.command.responses.queries import task_lines

    assert shared[0].text in {line["text"] for line in task_lines(flood)}
    assert all(again[t.pk].note.count("不另下达") == 1 for t in shared), "shared once, however often it is raised"


def test_a_withdrawn_card_is_asked_for_once_more_not_once_by_each_response(district, house, person, clock_to):
    clock_to(at("20 11:00"))
    chief = person("zongzhihui")
    order_change(chief, region=district, kind="start", level="III", **FLOOD)
    order_change(chief, region=district, kind="start", level="III", **TYPHOON)
    drain()
    flood, typhoon = of(house, "flood"), of(house, "typhoon")
    gone = running(house, "t_town")[0]
    transition(person("fangban"), gone, "cancel", evidence={"reason": "误派"})
    clock_to(at("20 11:10"))
    order_change(person("zongzhihui"), region=district, kind="raise", level="II", **TYPHOON)
    drain()
    order_change(person("zongzhihui"), region=district, kind="raise", level="II", **FLOOD)
    drain()
    (anew,) = running(house, "t_town", organisation=gone.organisation_id)
    assert (anew.response_id, anew.also_for) == (typhoon.pk, [flood.pk])
    chief = person("zongzhihui")
    for one in (of(house, "flood"), of(house, "typhoon")):
        assert queries.task_counts(chief, [one])[one.pk]["total"] == queries.board(chief, one).counts["total"]


def test_a_shared_task_that_is_done_stays_counted_for_both(district, house, person, clock_to):
    clock_to(at("20 11:00"))
    chief = person("zongzhihui")
    order_change(chief, region=district, kind="start", level="III", **FLOOD)
    order_change(chief, region=district, kind="start", level="III", **TYPHOON)
    drain()
    both = [of(house, "flood"), of(house, "typhoon")]
    before = queries.task_counts(chief, both)
    town = next(t for t in running(house, "t_town") if t.also_for)
    acting = replace(person("gucheng"), keys=frozenset(town.owner_keys))
    for step, ctx in (("acknowledge", acting), ("finish", acting), ("check", person("fangban"))):
        town = transition(ctx, town, step, evidence={"text": "已到岗"} if step == "finish" else {})
    counted = queries.task_counts(chief, both)
    for one in both:
        assert counted[one.pk]["total"] == before[one.pk]["total"] == queries.board(chief, one).counts["total"]
        assert counted[one.pk]["open"] == before[one.pk]["open"] - 1
    # Given again by hand and withdrawn: the card shows what was done, not that nothing is there.
    heir = both[1] if town.response_id == both[0].pk else both[0]
    made = give_instruction(
        chief, text="再核一次", asked=[f"org:{town.organisation_id}"], minutes=30, card="t_town", response=heir
    )
    assert queries.task_counts(chief, [heir])[heir.pk]["total"] == before[heir.pk]["total"]
    (extra,) = Task.objects.in_world(house).filter(instruction=made)
    transition(person("fangban"), extra, "cancel", evidence={"reason": "不必"})
    board = queries.board(chief, heir)
    assert queries.task_counts(chief, [heir])[heir.pk]["total"] == before[heir.pk]["total"] == board.counts["total"]
    assert town.pk in {cell.id for row in board.rows for cell in row.cells}


def test_the_same_card_is_not_given_by_hand_twice_to_one_unit(district, house, person, clock_to):
    clock_to(at("20 11:00"))
    chief = person("zongzhihui")
    order_change(chief, region=district, kind="start", level="III", **FLOOD)
    drain()
    flood = of(house, "flood")
    given = {"asked": ["org:sjs.water", "org:sjs.st.gucheng"], "minutes": 30, "card": "by_hand", "response": flood}
    give_instruction(chief, text="查泵站", **{**given, "asked": ["org:sjs.water"]})
    with pytest.raises(Conflict) as refused:
        give_instruction(chief, text="查泵站", **given)
    assert "水务局" in refused.value.message
    assert "古城" not in refused.value.message
    assert refused.value.mend
    assert Task.objects.in_world(house).filter(card="by_hand").count() == 1
