"""A duty room of few people with a roster for the storm's days, published in the exercise."""

from __future__ import annotations

from datetime import date

import pytest

from anlan.command.data.duty_rules import duty_rules
from anlan.command.duty import services
from anlan.kernel.loops.stepping import take_step
from anlan.places.models import Person, Region

MONTH = date(2016, 7, 1)


@pytest.fixture
def district(people):
    return Region.objects.get(path="11/110107/")


@pytest.fixture
def who(people):
    """``who("zhibanyuan")``: the sample person."""
    return lambda username: Person.objects.get(username=username)


@pytest.fixture
def template(acting, district, who):
    """Leader daiban and fuzhihui in turn, chiefs zhibanzhang and fangban, four officers; nobody else is asked for."""
    groups = {
        "leader": ("daiban", "fuzhihui", "zhihuizhang"), "chief": ("zhibanzhang", "fangban", "zongzhihui"),
        "officer": ("jiuyuan", "gucheng", "zhibanyuan", "zhibanyuan2", "gongan", "shuiwu"),
    }  # fmt: skip
    seats = [
        {**s.as_dict(), "group": [str(who(u).pk) for u in groups[s.key]]}
        for s in duty_rules().templates["normal"]
        if s.key in groups
    ]
    for kind in ("normal", "strong"):
        services.save_template(acting("zhibanzhang"), region=district, kind=kind, seats=seats)
    return groups


@pytest.fixture
def roster(acting, at, district, template):
    """The month of the storm, laid out by the chief and published by the leader in charge before it began."""
    at("09:00", day=1)
    made = services.begin_roster(acting("zhibanzhang"), region=district, month=MONTH)
    take_step(acting("zhibanzhang"), made, "submit", {})
    return take_step(acting("daiban"), made, "publish", {"accepted": "演示：部分人员无岗位"})
