"""Two who may sign decide opposite things about one response at the same moment: one stands, the other is told by whom."""

from __future__ import annotations

import pytest

from anlan.command.models import Order, Response, Task
from anlan.decision.models import Proposal, Standing
from anlan.decision.services import approve, order_change
from anlan.kernel.errors import Conflict, Refused
from anlan.kernel.loops.stepping import take_step
from anlan.kernel.reactions import drain
from tests.decision.conftest import at
from tests.racing import at_once, one_won

from .conftest import ORDER

pytestmark = pytest.mark.django_db(transaction=True)


def test_yes_and_no_to_one_proposal_are_one_decision(transactional_db, rain, house, person, clock_to):
    rain("20 11:00", mm24=106)
    waiting = Proposal.objects.in_world(house).open().get()
    clock_to(at("20 11:05"))
    yes, no = person("fuzhihui"), person("zhihuizhang")
    again = [Proposal.objects.in_world(house).get(pk=waiting.pk) for _n in range(2)]
    won, lost = one_won(
        at_once(
            lambda: approve(yes, again[0], ORDER),
            lambda: take_step(no, again[1], "decline", {"reason": "雨带已过境，维持关注"}),
        )
    )
    assert isinstance(lost, Conflict)
    assert "11:05" in str(lost.message), "who was late is told when it was decided"
    drain()
    assert (
        Response.objects.in_world(house).count() == Order.objects.in_world(house).count() == (won.state == "approved")
    )


def test_a_raise_and_an_end_at_once_leave_one_truth(transactional_db, approve_level, house, person, district, clock_to):
    approve_level("III", "20 11:00", "20 11:10")
    clock_to(at("20 12:00"))
    more, less = person("zongzhihui"), person("zhihuizhang")
    came = at_once(
        lambda: order_change(more, region=district, hazard="flood", kind="raise", level="II", reason="上游来水"),
        lambda: order_change(less, region=district, hazard="flood", kind="end", reason="雨停水退"),
    )
    drain()
    assert all(isinstance(c, Refused) for c in came if isinstance(c, Exception)), came
    won = [c for c in came if not isinstance(c, Exception)]
    assert won
    response = approve_level.response()
    standing = Standing.objects.in_world(house).get(region=district, hazard="flood")
    assert response.is_open == bool(standing.proposal_id), "what command carries out is what was decided"
    if response.is_open:
        assert response.level == "II"
    else:
        assert not Task.objects.in_world(house).filter(card="t_sit").open().exists()
    serials = list(Order.objects.in_world(house).values_list("serial", flat=True))
    assert len(serials) == len(set(serials)) == 1 + len(won), "an order for each decision that stands, no number twice"
