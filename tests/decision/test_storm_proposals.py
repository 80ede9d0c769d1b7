"""The storm of July 2016 hour by hour through the reactions: which level is proposed when, and what people's decisions change."""

from __future__ import annotations

import csv
from datetime import datetime, timedelta
from importlib.resources import files

from anlan.decision.models import Proposal
from anlan.decision.services import approve, decline, order_change

from .conftest import LOCAL

ORDER = {"matter": "防汛应急响应", "expected_hours": 24, "measures": "按预案上岗"}


def hourly_rain(station):
    text = files("anlan.review").joinpath("data/scenarios/beijing_2016_07_20_rain.csv").read_text(encoding="utf-8")
    found = {}
    for row in csv.DictReader(text.splitlines()):
        if row["station"] == station and row["value"]:
            found[datetime.fromisoformat(row["time"]).astimezone(LOCAL)] = float(row["value"])
    return found


def total(rain, until, hours):
    return round(sum(mm for at, mm in rain.items() if until - timedelta(hours=hours) < at <= until), 1)


def test_the_storm_proposes_three_at_eleven_two_at_seventeen_and_one_at_twenty_one(rain, house, person, district):
    measured, seen = hourly_rain("uci.gucheng"), []
    signers = {"III": "fuzhihui", "II": "zhihuizhang"}
    at = datetime(2016, 7, 20, 6, tzinfo=LOCAL)
    while at <= datetime(2016, 7, 21, 12, tzinfo=LOCAL):
        said = f"{at.day} {at:%H:%M}"
        rain(said, mm24=total(measured, at, 24), mm3=total(measured, at, 3), mm1=total(measured, at, 1))
        waiting = Proposal.objects.in_world(house).open().select_related("plan", "region").first()
        if waiting is not None:
            seen.append((said, waiting.kind, waiting.level, waiting.because[0]["var"] if waiting.because else ""))
            if waiting.level in signers:
                approve(person(signers[waiting.level]), waiting, ORDER)
            else:
                decline(person("zongzhihui"), waiting, {"reason": "雨势减弱，维持二级响应"})
        if said == "21 03:00":
            order_change(
                person("zhihuizhang"), region=district, hazard="flood", kind="lower", level="III", reason="险情受控"
            )
        if said == "21 09:00":
            order_change(
                person("zhihuizhang"), region=district, hazard="flood", kind="end", reason="预警解除，积水排干"
            )
        at += timedelta(hours=1)
    assert seen == [
        ("20 11:00", "start", "III", "rain_24h_mm"),
        ("20 17:00", "raise", "II", "rain_24h_mm"),
        ("20 21:00", "raise", "I", "rain_24h_mm"),
    ]
    decided = list(Proposal.objects.in_world(house).order_by("opened_at", "id").values_list("kind", "level", "state"))
    assert decided == [
        ("start", "III", "approved"),
        ("raise", "II", "approved"),
        ("raise", "I", "declined"),
        ("lower", "III", "approved"),
        ("end", "III", "approved"),
    ]
