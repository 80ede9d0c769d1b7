"""The storm of 19/20 July 2016 in 石景山: when the flood plan proposes which level."""

from __future__ import annotations

import csv
import json

import numpy as np
from shapely.geometry import shape

from anlan.analysis.numerics.area import nearest_shares, rain_facts
from anlan.analysis.numerics.rain import window_sums
from anlan.decision.proposing import propose


def test_the_storm_of_2016_reaches_the_levels_of_the_flood_plan_around_noon_and_in_the_evening(shared):
    source = shared / "data" / "04_meteo_hydro" / "beijing_hourly_rain_events.csv"
    rows = [r for r in csv.DictReader(source.read_text(encoding="utf-8").splitlines()) if r["event"] == "2016-07-20"]
    stations, times = sorted({r["station"] for r in rows}), sorted({r["time_local"] for r in rows})
    rain = np.full((len(stations), len(times)), np.nan)
    for r in rows:
        if r["rain_mm_1h"]:
            rain[stations.index(r["station"]), times.index(r["time_local"])] = float(r["rain_mm_1h"])
    outlines = json.loads(
        (shared / "data" / "02_boundaries" / "places_counties_wgs84.geojson").read_text(encoding="utf-8")
    )
    outline = next(shape(f["geometry"]) for f in outlines["features"] if f["properties"]["name"] == "石景山区")
    near = {"Gucheng": (116.184, 39.914), "Wanliu": (116.287, 39.987), "Wanshouxigong": (116.352, 39.878)}
    gauges = np.array([near.get(s, (116.9, 40.5)) for s in stations])
    shares = nearest_shares(gauges, outline)
    sums = window_sums(rain)
    risen: dict[str, str] = {}
    for step, time in enumerate(times):
        for proposal in propose(rain_facts(sums, shares, step), "flood")["proposals"]:
            risen.setdefault(proposal["level"], time)
    assert risen == {"III": "2016-07-20 11:00", "II": "2016-07-20 17:00", "I": "2016-07-20 21:00"}
