"""Two answer the same call at the same moment, while the desk writes an answer down: it is answered once."""

import pytest

from anlan.events.messaging import CallAnswered
from anlan.kernel.errors import Conflict
from anlan.kernel.models import Outbox
from anlan.messaging import services
from anlan.messaging.models import Call, CallAttempt
from tests.racing import at_once

from .test_calls import begin

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_call_is_answered_once(transactional_db, acting, street):
    duty, secretary = acting("zhibanyuan"), acting("gucheng")
    begin(duty, [street()])
    call = Call.everything.get()
    came = at_once(
        lambda: services.answer_call(secretary, call=call.pk),
        lambda: services.answer_call(secretary, call=call.pk, means="phone"),
        lambda: services.record_answer_by_hand(duty, call=call.pk, answered_by="值班员（示例）", how="phone"),
        lambda: services.chase_calls(duty, round=call.round_id),
    )
    assert not [c for c in came[:2] if isinstance(c, Exception)], came
    if isinstance(came[2], Exception):
        assert isinstance(came[2], Conflict)
        assert f"{secretary.actor.name}已于" in str(came[2].message)
    call.refresh_from_db()
    assert call.state == "answered"
    assert Outbox.objects.filter(subject=CallAnswered.subject).count() == 1
    assert CallAttempt.objects.filter(call=call, outcome=CallAttempt.Outcome.ANSWERED).count() == 1
