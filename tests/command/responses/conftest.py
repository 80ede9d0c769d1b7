"""The storm's response: the district, its people, and an approved level."""

from __future__ import annotations

import pytest

from tests.decision.conftest import at, district, house, person, rain  # noqa: F401

ORDER = {"matter": "启动防汛应急响应", "expected_hours": 24, "measures": "各单位按预案上岗；断路、排涝、转移"}


@pytest.fixture
def approve_level(rain, house, person, clock_to):  # noqa: F811
    """``approve_level("III", "20 11:00", "20 11:10")``: the figures come, the right person signs."""
    from anlan.decision.models import Proposal
    from anlan.decision.services import approve
    from anlan.kernel.reactions import drain

    signers = {"III": ("fuzhihui", 106), "II": ("zhihuizhang", 205), "I": ("zongzhihui", 255)}

    def go(level, proposed, signed):
        username, mm = signers[level]
        rain(proposed, mm24=mm)
        waiting = Proposal.objects.in_world(house).open().get()
        assert waiting.level == level
        clock_to(at(signed))
        approve(person(username), waiting, ORDER)
        drain()
        return response()

    def response():
        from anlan.command.models import Response

        return Response.objects.in_world(house).get()

    go.response = response
    return go
