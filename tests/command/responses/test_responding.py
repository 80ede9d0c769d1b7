"""An approved proposal becomes a response with its order and its tasks, and changes with the level."""

from __future__ import annotations

import pytest

from anlan.command.models import Order, Response, Task
from anlan.command.responses import queries
from anlan.command.responses.papers import order_paper
from anlan.command.responses.services import carry_out, issue_tasks
from anlan.decision.models import Proposal
from anlan.decision.services import order_change
from anlan.events.decision import ProposalApproved
from anlan.kernel.documents import render_docx
from anlan.kernel.models import Outbox
from anlan.kernel.reactions import drain
from tests.decision.conftest import at

from .conftest import ORDER


def tasks(house, card, **more):
    return list(Task.objects.in_world(house).filter(card=card, **more).order_by("organisation_id", "opened_at"))


def test_an_approval_starts_the_response_with_an_order_of_four_elements(approve_level, house):
    response = approve_level("III", "20 11:00", "20 11:10")
    assert (response.level, response.state, str(response.started_at.astimezone(at("20 11:10").tzinfo))[:16]) == (
        "III", "active", "2016-07-20 11:10",
    )  # fmt: skip
    assert response.due_at == at("20 13:10")
    order = Order.objects.in_world(house).get()
    assert order.serial == "石景山区防指令〔2016〕1号"
    assert {k: order.elements[k] for k in ORDER} == ORDER
    assert order.elements["level"] == "III"
    assert order.signed_by.startswith("区防指副指挥长")


def test_each_card_goes_to_whoever_answers_for_its_role_with_the_plans_minutes(approve_level, house):
    approve_level("III", "20 11:00", "20 11:10")
    (pump,) = tasks(house, "f_pump")
    assert (pump.organisation_id, pump.due_from_plan) == ("sjs.utility", at("20 11:55"))
    assert pump.due_at == at("20 11:20"), "first it has to be acknowledged"
    assert len(tasks(house, "f_transfer")) == 9
    assert {t.scope for t in tasks(house, "f_transfer")} >= {"11/110107/110107004/"}
    assert {k for t in tasks(house, "f_stat") for k in t.owner_keys} >= {"post:sjs.st.gucheng.info"}
    assert len(tasks(house, "f_stat")) == 9
    assert "sjs.water" in {t.organisation_id for t in tasks(house, "t_ack")}
    assert tasks(house, "t_sign") == [], "the signed order itself"
    assert tasks(house, "t_group")[0].owner_keys == ["post:sjs.hq_flood.deputy"]


def test_a_time_counted_from_the_report_that_ran_out_before_signing_starts_at_the_signature(approve_level, house):
    approve_level("III", "20 11:00", "20 11:10")
    (verify,) = tasks(house, "t_verify")
    assert verify.due_from_plan == at("20 11:15")
    assert "重新计时" in verify.note
    (up,) = tasks(house, "t_up")
    assert up.due_from_plan == at("20 11:15")
    assert up.note == ""


def test_raising_doubles_no_task_and_takes_the_stricter_time(approve_level, house, person):
    approve_level("III", "20 11:00", "20 11:10")
    (gate,) = tasks(house, "f_gate")
    assert gate.due_from_plan == at("20 13:10")
    response = approve_level("II", "20 11:30", "20 11:40")
    assert (response.level, response.highest_number, Response.objects.in_world(house).count()) == ("II", 2, 1)
    (gate,) = tasks(house, "f_gate")
    assert (gate.due_from_plan, gate.level) == (at("20 12:40"), "II")
    assert "13:10" in gate.note
    (transfer, *_rest) = tasks(house, "f_transfer")
    assert transfer.due_from_plan == at("20 13:40")
    assert len(tasks(house, "t_sit")) == 1, "new at this level"
    again = tasks(house, "t_ack", organisation="sjs.water")
    assert [t.state for t in again] == ["cancelled", "issued"], "every order has to be acknowledged"
    assert [o.change for o in queries.orders(person("fangban"), response)] == ["start", "raise"]


def test_the_list_counts_what_stands_on_the_board(approve_level, house, person):
    approve_level("III", "20 11:00", "20 11:10")
    response = approve_level("II", "20 11:30", "20 11:40")
    officer = person("fangban")
    issue_tasks(officer, text="巡查左堤", organisations=["sjs.water"], minutes=60, response=response)
    counted = queries.task_counts(officer, [response])[response.pk]
    board = queries.board(officer, response)
    assert counted["total"] == board.counts["total"] == sum(r.total for r in board.rows) + 1
    assert counted["silent"] == board.counts["silent"]


def test_a_signed_order_reads_the_same_after_the_level_was_raised(approve_level, house):
    approve_level("III", "20 11:00", "20 11:10")
    first = Order.objects.in_world(house).get()
    before = render_docx(order_paper(first))
    assert any("闸坝" in line["text"] for line in first.elements["tasks"])
    approve_level("II", "20 11:30", "20 11:40")
    assert render_docx(order_paper(Order.objects.in_world(house).get(pk=first.pk))) == before


def test_a_task_done_before_the_raise_is_not_asked_for_again(approve_level, house, person):
    approve_level("III", "20 11:00", "20 11:10")
    from anlan.command.responses.services import acknowledge, finish

    (pump,) = tasks(house, "f_pump")
    acknowledge(person("chengguan"), pump, {})
    finish(person("chengguan"), pump, {"text": "泵站全部开启", "pumps": 6})
    approve_level("II", "20 11:30", "20 11:40")
    assert [(t.state, t.figures) for t in tasks(house, "f_pump")] == [("done", {"pumps": 6})]


def test_lowering_withdraws_what_is_no_longer_asked_for_and_keeps_moving_people(approve_level, house, person, district):
    approve_level("II", "20 17:00", "20 17:08")
    order_change(
        person("zhihuizhang"), region=district, hazard="flood", kind="lower", level="III", reason="雨势明显减弱"
    )
    drain()
    response = approve_level.response()
    assert (response.level, response.state, response.highest_number) == ("III", "active", 2)
    (sit,) = tasks(house, "t_sit")
    assert sit.state == "cancelled"
    assert {t.state for t in tasks(house, "f_transfer")} == {"issued"}


def test_ending_closes_the_response_with_an_order_and_withdraws_open_tasks(approve_level, house, person, district):
    approve_level("III", "20 11:00", "20 11:10")
    order_change(person("zhihuizhang"), region=district, hazard="flood", kind="end", reason="预警解除，积水排干")
    drain()
    response = approve_level.response()
    assert (response.state, response.due_at) == ("ended", None)
    assert {t.state for t in tasks(house, "f_transfer")} == {"cancelled"}
    assert {t.state for t in tasks(house, "f_stat")} == {"issued"}, "figures of damage are still wanted"
    last = Order.objects.in_world(house).order_by("signed_at", "pk").last()
    assert (last.change, last.elements["checked"], last.serial) == (
        "end",
        "预警解除，积水排干",
        "石景山区防指令〔2016〕2号",
    )


def test_the_same_approval_twice_changes_nothing(approve_level, house):
    approve_level("III", "20 11:00", "20 11:10")
    before = Task.objects.in_world(house).count()
    row = Outbox.objects.get(subject=ProposalApproved.subject)
    assert carry_out(house, ProposalApproved(**row.payload)) is None
    assert (Task.objects.in_world(house).count(), Order.objects.in_world(house).count()) == (before, 1)


def test_a_role_that_nobody_holds_is_named_and_stops_nothing(approve_level, house):
    from anlan.places.models import Organisation

    def nobody():
        Organisation.objects.filter(actor="utility").update(actor="")
        from anlan.places.models import Post

        Post.objects.filter(roles__contains=["utility"]).update(roles=[])

    from anlan.places.queries import region  # noqa: F401

    nobody()
    response = approve_level("III", "20 11:00", "20 11:10")
    assert [u["card"] for u in response.unfilled] == ["f_pump"]
    assert tasks(house, "f_gate")


def test_more_than_a_hundred_tasks_are_given_in_few_statements(
    approve_level, house, person, rain, clock_to, django_assert_max_num_queries
):
    rain("20 21:00", mm24=255)
    waiting = Proposal.objects.in_world(house).open().get()
    from anlan.decision.services import approve

    approve(person("zongzhihui"), waiting, ORDER)
    with django_assert_max_num_queries(300):
        drain()
    assert Task.objects.in_world(house).count() > 100


@pytest.mark.parametrize("username", ["fangban", "zhibanyuan", "zhihuizhang"])
def test_headquarters_and_duty_room_see_the_whole_board(approve_level, person, username):
    response = approve_level("III", "20 11:00", "20 11:10")
    board = queries.board(person(username), response)
    assert len(board.rows) > 25
    assert board.counts["silent"] == board.counts["total"]
