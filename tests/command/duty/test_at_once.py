"""Two at the same moment: on a shift, over a swap, on a circular's receipt, at the end of a roll call."""

from __future__ import annotations

import pytest

from anlan.command.circulars.services import answer_done, issue_circular
from anlan.command.duty import services
from anlan.command.models import CircularReceipt, RollCall, RollCallAnswer, Shift, Swap
from anlan.command.rollcall.services import answer_rollcall, draw_rollcall, miss_silent
from anlan.kernel.context import system
from anlan.kernel.errors import Conflict
from anlan.kernel.loops.stepping import take_step
from anlan.kernel.models import AuditEntry
from tests.racing import at_once, one_won

from .test_changes import pair, sitting

pytestmark = pytest.mark.django_db(transaction=True)


def written(action, record):
    return AuditEntry.objects.filter(action=action, object_id=str(record.pk)).count()


def test_everything_is_done_once_whoever_presses_together(
    acting, at, transactional_db, district, roster, who, exercise
):
    at("08:40")
    leader = acting("daiban")
    officer, name = sitting(leader, district, "officer")
    own = acting(name)

    def again(model, record):
        return model.objects.select_related(*model_relations(model)).get_visible(leader, pk=record.pk)

    _on, refused = one_won(at_once(*[lambda: take_step(own, again(Shift, officer), "sign_on", {})] * 2))
    assert isinstance(refused, Conflict)
    assert written("command.shift.sign_on", officer) == 1

    mine, other = pair(leader, district, who)
    swap = services.ask_swap(acting("zhibanyuan"), shift=mine, other=other, reason="有事")
    take_step(acting("zhibanyuan2"), swap, "agree", {})
    chiefs = [acting("zhibanzhang"), leader]
    _swapped, refused = one_won(
        at_once(*[lambda who=who: take_step(who, again(Swap, swap), "approve", {}) for who in chiefs])
    )
    assert isinstance(refused, Conflict)
    mine.refresh_from_db(), other.refresh_from_db()
    assert (mine.person, other.person) == (who("zhibanyuan2"), who("zhibanyuan")), "once there, not there and back"

    # Two processes look at the same moment which shifts nobody came to.
    last = Shift.objects.in_world(leader).filter(state="planned", region=district).order_by("ends_at").first()
    platform = system("rosters", world=exercise.pk)
    at("08:00", day=31)
    came = at_once(lambda: services.lapse_shifts(platform), lambda: services.lapse_shifts(platform))
    assert not [c for c in came if isinstance(c, Exception)], came
    last.refresh_from_db()
    assert last.state == "unattended"
    assert written("command.shift.lapse", last) == 1


def test_a_receipt_and_an_answer_stand_once(acting, at, transactional_db, exercise):
    at("12:00")
    desk = acting("zhibanyuan")
    sent = issue_circular(
        desk, title="巡查低洼院落（示例）", kind="notice", text="两小时内查完。", organisations=["sjs.st.gucheng"],
        done_by=desk.now().replace(hour=8),
    )  # fmt: skip
    receipt = CircularReceipt.everything.get(circular=sent)
    people = [acting("gucheng"), acting("gucheng")]
    done, refused = one_won(at_once(*[lambda who=who: answer_done(who, receipt=receipt) for who in people]))
    assert isinstance(refused, Conflict)
    assert (done.state, done.done_text, written("command.circular_receipt.report", receipt)) == ("reported", "已办", 1)

    called = draw_rollcall(desk, organisations=["sjs.st.gucheng"], answer_min=15)
    answer = RollCallAnswer.everything.select_related("rollcall", "organisation").get(rollcall=called)
    street = acting("gucheng")
    at("12:15")
    platform = system("command.rollcall", world=exercise.pk)
    came = at_once(
        lambda: miss_silent(platform, RollCall.objects.in_world(platform).get(pk=called.pk)),
        lambda: answer_rollcall(street, answer=RollCallAnswer.objects.get_visible(street, pk=answer.pk)),
    )
    answer.refresh_from_db()
    assert answer.answered_at is not None, came
    assert answer.state in ("answered", "answered_late")
    assert written("command.rollcall_answer.miss", answer) <= 1


def model_relations(model):
    return ("shift", "other", "by", "to") if model is Swap else ("region", "person")
