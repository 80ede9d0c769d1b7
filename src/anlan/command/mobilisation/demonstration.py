"""An appeal of the demonstration district, answered, released and compensated the day before."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from uuid import UUID, uuid5

from django.db import transaction

from anlan.command.models import Appeal, Compensation, Pledge
from anlan.kernel import clock
from anlan.kernel.context import Context
from anlan.kernel.loops.stepping import take_step
from anlan.places.identity import context_of
from anlan.places.models import Person, Region

from .answering import answer_as_firm
from .services import draft_appeal

DISTRICT, STREET = "11/110107/", "11/110107/110107004/"
#: The form's number of the example: it is drafted once in an installation.
NUMBER = uuid5(UUID(int=0), "anlan.demonstration.appeal")
PEOPLE = ("zhibanzhang", "daiban", "zhibanyuan", "yuanqu", "caizheng", "fangbanzhuren")


def load_appeal() -> int:
    """The example, where it is not there yet; returns how many were made."""
    people = {p.username: p for p in Person.objects.filter(username__in=PEOPLE, sample=True, is_active=True)}
    regions = {r.path: r for r in Region.objects.filter(path__in=(DISTRICT, STREET))}
    if set(PEOPLE) - set(people) or len(regions) < 2:
        return 0
    if Appeal.objects.unscoped("the demonstration adds what is missing").filter(request=NUMBER).exists():
        return 0
    began = clock.real_now() - timedelta(days=1)

    def acting(username: str, after: int) -> Context:
        at = began + timedelta(minutes=after)
        return replace(
            context_of(people[username]), reading=clock.Reading(anchor_real=clock.real_now(), anchor_world=at, rate=0)
        )

    with transaction.atomic():
        made = draft_appeal(
            acting("zhibanzhang", 0), region=regions[DISTRICT], regions=[regions[STREET]], title="征集货车转运沙袋（示例）",
            text="向古城南路下凹桥转运防汛沙袋，需能夜间作业（示例）", ground="requisition_76",
            wants=[{"kind": "vehicle", "what": "载重 5 吨以上货车", "amount": 2}], until=began + timedelta(hours=6),
            meeting_point="古城体育场北门（示例）", report_to="现场指挥部物资组（示例）", report_phone="100-0002-0001", request=NUMBER,
        )  # fmt: skip
        made = take_step(acting("daiban", 10), made, "publish", {})
        pledge: Pledge = answer_as_firm(
            acting("yuanqu", 25), appeal=made, want="w1", amount=2, text="厢式货车两辆（示例）",
            name="车队调度（示例）", phone="100-0002-0002",
        )  # fmt: skip
        for after, step, given in (
            (30, "accept", {"amount": 2}), (32, "call_up", {"minutes": 40, "place": made.meeting_point}),
            (65, "arrive", {"amount": 2, "detail": "示例牌照"}), (300, "release", {"condition": "damaged", "damage": "轮胎一条（示例）"}),
        ):  # fmt: skip
            pledge = take_step(acting("zhibanyuan", after), pledge, step, given)
        take_step(acting("zhibanyuan", 310), made, "close", {"summary": "沙袋已到位，车辆已返还（示例）"})
        owed = Compensation.objects.unscoped("the example's own").get(pledge=pledge)
        owed = take_step(acting("yuanqu", 400), owed, "claim", {"sum": "3600.00", "reason": "台班费和轮胎发票（示例）"})
        owed = take_step(
            acting("caizheng", 600), owed, "assess", {"sum": "3400.00", "basis": "本地同类货车台班价（示例）"}
        )
        take_step(
            acting("fangbanzhuren", 900), owed, "pay",
            {"paper": "示例凭证1号", "paid_at": (began + timedelta(minutes=890)).isoformat()},
        )  # fmt: skip
    return 1
