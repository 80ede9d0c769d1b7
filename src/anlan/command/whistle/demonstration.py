"""A whistle of the demonstration district, blown and closed the day before: what the pages look like when it worked."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from uuid import UUID, uuid5

from django.db import transaction

from anlan.command.models import Whistle, WhistleCall
from anlan.kernel import clock
from anlan.kernel.context import Context
from anlan.kernel.loops.stepping import take_step
from anlan.places.identity import context_of
from anlan.places.models import Person, Region

from .services import blow_whistle

STREET = "11/110107/110107004/"
#: The form's number of the example: it is blown once in an installation.
NUMBER = uuid5(UUID(int=0), "anlan.demonstration.whistle")
#: Minutes after the call, who, whose call, step, with what.
STORY = (
    (6, "zhujian", "sjs.housing", "respond", {"who": "房屋安全科（示例）"}),
    (9, "xiaofang", "sjs.fire", "arrive", {"who": "消防站一班（示例）", "people": 6, "place": "116.1876,39.9081"}),
    (24, "zhujian", "sjs.housing", "arrive", {"who": "房屋安全科（示例）", "people": 2}),
    (70, "xiaofang", "sjs.fire", "finish", {"text": "已排水、断电，复查无火险（示例）"}),
    (80, "gucheng", "sjs.fire", "close", {"grade": "satisfied", "opinion": "到得快（示例）"}),
    (130, "zhujian", "sjs.housing", "finish", {"text": "结构无险情，已责成产权单位加装挡水板（示例）"}),
    (150, "gucheng", "sjs.housing", "close", {"grade": "satisfied"}),
)


def load_whistle() -> int:
    """The example, where it is not there yet; returns how many were made."""
    names = {"gucheng", *(who for _after, who, _code, _step, _given in STORY)}
    people = {p.username: p for p in Person.objects.filter(username__in=names, sample=True, is_active=True)}
    street = Region.objects.filter(path=STREET).first()
    if names - set(people) or street is None:
        return 0
    if Whistle.objects.unscoped("the demonstration adds what is missing").filter(request=NUMBER).exists():
        return 0
    began = clock.real_now() - timedelta(days=1)

    def acting(username: str, after: int) -> Context:
        at: datetime = began + timedelta(minutes=after)
        return replace(
            context_of(people[username]), reading=clock.Reading(anchor_real=clock.real_now(), anchor_world=at, rate=0)
        )

    with transaction.atomic():
        made = blow_whistle(
            acting("gucheng", 0), region=street, kind="underground", place="古城南路地下车库（示例）", urgent=True,
            text="地下二层进水约 20 厘米，配电间受淹（示例）", departments=["sjs.fire", "sjs.housing"],
            reasons={"sjs.fire": "排水、断电警戒", "sjs.housing": "查看结构安全"}, request=NUMBER,
        )  # fmt: skip
        for after, who, code, step, given in STORY:
            call = WhistleCall.objects.unscoped("the example's own").get(whistle=made, organisation=code)
            take_step(acting(who, after), call, step, dict(given))
    return 1
