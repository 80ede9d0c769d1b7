"""Two leaders decide at the same moment: one decision stands, it is carried out once, the other hears who decided."""

import pytest

from anlan.command.models import Order, Response
from anlan.decision.models import Proposal, Standing
from anlan.decision.services import approve, decline, order_change
from anlan.events.decision import ProposalApproved
from anlan.kernel.errors import Refused
from anlan.kernel.models import Outbox
from anlan.kernel.reactions import drain
from tests.racing import at_once, one_won

from .conftest import at

pytestmark = pytest.mark.django_db(transaction=True)
ORDER = {"matter": "启动防汛应急响应", "expected_hours": 24, "measures": "各单位按预案上岗"}


def approvals():
    return Outbox.objects.filter(subject=ProposalApproved.subject).count()


def test_of_two_decisions_on_one_proposal_one_stands(transactional_db, rain, house, person, clock_to, district):
    rain("20 11:00", mm24=106)
    deputy, chief = person("fuzhihui"), person("zhihuizhang")
    waiting = Proposal.objects.in_world(house).open().get()

    def mine():
        return Proposal.objects.in_world(house).get(pk=waiting.pk)

    _won, refused = one_won(at_once(lambda: approve(deputy, mine(), ORDER), lambda: approve(chief, mine(), ORDER)))
    winner = Proposal.objects.in_world(house).get(pk=waiting.pk).decided_by.split("（")[0]
    assert str(refused.message).startswith(f"{winner}")
    assert "已于 07-20 11:00:00 办理" in str(refused.message)
    assert approvals() == 1
    at_once(drain, drain)
    drain()
    assert Order.everything.count() == 1
    assert Response.everything.get().level == "III"

    rain("20 17:00", mm24=205)
    waiting = Proposal.objects.in_world(house).open().get()
    came = at_once(lambda: approve(chief, mine(), ORDER), lambda: decline(chief, mine(), {"reason": "再看一小时"}))
    won, refused = one_won(came)
    assert isinstance(refused, Refused)
    assert chief.actor.name in str(refused.message)
    assert approvals() == (2 if won.state == "approved" else 1)
    drain()
    assert Response.everything.get().level == ("II" if won.state == "approved" else "III")


def test_raised_and_lowered_at_once_the_response_is_what_was_decided_last(
    transactional_db, rain, house, person, clock_to, district
):
    rain("20 11:00", mm24=106)
    deputy, chief = person("fuzhihui"), person("zhihuizhang")
    approve(deputy, Proposal.objects.in_world(house).open().get(), ORDER)
    drain()
    clock_to(at("20 15:00"))
    given = {"region": district, "hazard": Response.everything.get().hazard, "reason": "雨情变化"}
    came = at_once(
        lambda: order_change(chief, kind="raise", level="II", **given),
        lambda: order_change(deputy, kind="lower", level="IV", **given),
    )
    done = [c for c in came if not isinstance(c, Exception)]
    assert done
    assert all(isinstance(c, Refused) for c in came if c not in done), came
    assert approvals() == 1 + len(done)
    at_once(drain, drain)
    drain()
    standing = Standing.objects.in_world(house).get(hazard=given["hazard"])
    assert Response.everything.get().level_number == standing.level_number
    assert Order.everything.count() == approvals()
