"""Real storms, a typhoon and earthquakes through the shipped plans, and the page that says what each would have proposed, when, why.

ANLAN_SHARED=FOLDER .venv/bin/python scripts/real_plans.py            writes docs/real-plans.md
ANLAN_SHARED=FOLDER .venv/bin/python scripts/real_plans.py --check    changes nothing; exit 1 when the page is out of date

ANLAN_SHARED names the folder of real data, which the project does not ship. Needs no database: the doors are pure.
"""

from __future__ import annotations

import csv
import json
import os
import sys
from collections import Counter
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
from shapely.geometry import shape

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "src")]

from anlan.analysis.numerics.area import nearest_shares, rain_facts  # noqa: E402
from anlan.analysis.numerics.rain import window_sums  # noqa: E402
from anlan.decision.data.response_levels import shipped_plans  # noqa: E402
from anlan.decision.proposing import propose  # noqa: E402
from anlan.decision.trying import Moment, try_plan  # noqa: E402
from anlan.decision.trying.event import BEIJING  # noqa: E402
from anlan.decision.wording import role_name  # noqa: E402

PAGE = ROOT / "docs" / "real-plans.md"
STATIONS = {"Gucheng": (116.184, 39.914), "Wanliu": (116.287, 39.987), "Wanshouxigong": (116.352, 39.878)}
FAR = (116.9, 40.5)
CLASSES = {
    "TD": "热带低压",
    "TS": "热带风暴",
    "STS": "强热带风暴",
    "TY": "台风",
    "STY": "强台风",
    "SuperTY": "超强台风",
}


def storms(folder: Path) -> list[str]:
    """The flood plan at 石景山 in six rainstorms: nearest-station shares over the district's outline."""
    with (folder / "04_meteo_hydro" / "beijing_hourly_rain_events.csv").open(encoding="utf-8") as lines:
        rows = list(csv.DictReader(lines))
    outlines = json.loads((folder / "02_boundaries" / "places_counties_wgs84.geojson").read_text(encoding="utf-8"))
    outline = next(shape(f["geometry"]) for f in outlines["features"] if f["properties"]["name"] == "石景山区")
    plan = next(p for p in shipped_plans() if p.id == "flood")
    page = [
        "| Storm | Time | Proposed | Signed by | Because | Cards | Bottlenecks |",
        "| --- | --- | --- | --- | --- | --- | --- |",
    ]
    for event in sorted({r["event"] for r in rows}):
        mine = [r for r in rows if r["event"] == event]
        stations, times = sorted({r["station"] for r in mine}), sorted({r["time_local"] for r in mine})
        rain = np.full((len(stations), len(times)), np.nan)
        for r in mine:
            if r["rain_mm_1h"]:
                rain[stations.index(r["station"]), times.index(r["time_local"])] = float(r["rain_mm_1h"])
        gauges = np.array([STATIONS.get(s, FAR) for s in stations])
        shares, sums = nearest_shares(gauges, outline), window_sums(rain)
        moments = [
            Moment(
                datetime.fromisoformat(time).replace(tzinfo=BEIJING) + timedelta(hours=1),
                rain_facts(sums, shares, step),
                step,
            )
            for step, time in enumerate(times)
        ]
        found = try_plan(plan, moments)
        for change in found["levels"] or [None]:
            page.append(_storm_row(event, change, found))
    return page


def _storm_row(event: str, change: dict[str, Any] | None, found: dict[str, Any]) -> str:
    if change is None:
        return f"| {event} | — | none | — | no level reached | 0 | — |"
    why = "; ".join(
        f"{t['var']} {t['op']} {t['threshold']}" for t in change["because"] if change["change"] in ("start", "raise")
    )
    said = change["change"] + ("" if change["change"] == "end" else f" {change['level']}")
    cards = (
        sum(1 for t in found["tasks"] if t["level"] == change["level"]) if change["change"] in ("start", "raise") else 0
    )
    jams = "; ".join(sorted({b["kind"] for b in found["bottlenecks"]})) or "none"
    at = datetime.fromisoformat(change["time"])
    cells = (
        event,
        f"{at:%m-%d %H:%M}",
        said,
        role_name(change["signer"]),
        why or "below for the hold time",
        cards or "—",
        jams,
    )
    return f"| {' | '.join(str(c) for c in cells)} |"


def typhoon(folder: Path) -> list[str]:
    """In-Fa 2021 by its class along the track, at three assumptions of how surely the path meets the place."""
    with (folder / "04_meteo_hydro" / "typhoon_infa_2021_cma_track.csv").open(encoding="utf-8") as lines:
        rows = list(csv.DictReader(lines))
    page = ["| How surely the path meets the place | First time of each level | Left unknown |", "| --- | --- | --- |"]
    for belief in (None, "较大影响", "严重影响", "登陆或正面袭击"):
        first: dict[str, str] = {}
        unknown: set[str] = set()
        for r in rows:
            found = propose({"tc_class": CLASSES.get(r["type"]), "path_probability": belief}, "typhoon")
            unknown |= set(found["unknown"])
            for p in found["proposals"]:
                first.setdefault(p["level"], r["time"][:16].replace("T", " "))
        times = "; ".join(f"{level} {at}" for level, at in first.items()) or "none: it cannot be proven"
        page.append(f"| {belief or 'unknown'} | {times} | {', '.join(sorted(unknown))} |")
    return page


def earthquakes(folder: Path) -> list[str]:
    """146 damage earthquakes: what the magnitude alone proposes in the first minutes, and what the toll proposes later."""
    with (folder / "05_earthquake" / "china_earthquake_losses_1990_2015.csv").open(encoding="utf-8") as lines:
        rows = list(csv.DictReader(lines))
    counted: Counter[tuple[str, str]] = Counter()
    for r in rows:
        quick = _level({"magnitude": float(r["magnitude"]), "in_area": True})
        later = _level(
            {"magnitude": float(r["magnitude"]), "in_area": True, "deaths_missing": {"at_least": int(r["deaths"])}}
        )
        counted[quick, later] += 1
    names = ("I", "II", "III", "IV", "none")
    page = [
        "| By magnitude alone | then I | then II | then III | then IV | then none |",
        "| --- | --- | --- | --- | --- | --- |",
    ]
    page += [f"| {a} | {' | '.join(str(counted[a, b]) if counted[a, b] else '—' for b in names)} |" for a in names]
    raised = sum(n for (a, b), n in counted.items() if names.index(b) < names.index(a))
    page += ["", f"{len(rows)} earthquakes; the toll raised the level in {raised} of them, and lowered it in none."]
    return page


def _level(facts: dict[str, Any]) -> str:
    found = propose(facts, "earthquake")["proposals"]
    return str(found[0]["level"]) if found else "none"


HEAD = """\
# Real events through the shipped plans

Written by `scripts/real_plans.py`; do not edit. The seven shipped plans are suggestions (建议值) for a district that has none of its own;
what follows is what they would have proposed by what was measured, with the condition that was met. A proposal starts nothing: a person
signs. Signing is taken to last as long as the plan allows, lowering and ending follow the hold times (`anlan plan try`,
docs/integrator/plans.md). Warnings and responses of the city are left unknown.

## Rainstorms at 石景山, flood plan

Hourly rain of twelve stations (UCI 501 Beijing Multi-Site Air Quality, CC BY 4.0), each standing for the part of the district nearest to
it; an hour counts when it is over.
"""
DONE = """\
What was really done, where it is known: on 2016-07-20 at 08:40 北京市气象台 issued a yellow warning of rainstorm (中新网; in
`scripts/issued_warnings.yaml`). As `signal.rainstorm` it proposes level IV at once, 3 h 20 min before the measured rain proves III. What
the district itself started that day is not in the data, so its levels are not compared.

## Typhoon In-Fa (2021), typhoon plan

Class along the track (CMA; qwd/dev-site, MIT). Without an official warning the plan asks how surely the path meets the place; unknown, it
proves nothing.
"""
QUAKES = """\

## Damage earthquakes 1990–2015, earthquake plan

Every second of 291 (China earthquake yearbook, after lizhengxiao/rMGLReg). Density, intensity and the missing are not in the data: they
stay unknown, the dead are a lower bound. Rows: by the magnitude alone, in the first minutes; columns: with the toll.
"""


def page(folder: Path) -> str:
    parts = [HEAD, *storms(folder), "", DONE, *typhoon(folder), QUAKES, *earthquakes(folder), ""]
    return "\n".join(parts)


def main() -> int:
    shared = os.environ.get("ANLAN_SHARED")
    if not shared:
        print("ANLAN_SHARED names the folder of real data", file=sys.stderr)
        return 2
    text = page(Path(shared) / "data")
    if "--check" in sys.argv:
        fresh = PAGE.exists() and PAGE.read_text(encoding="utf-8") == text
        print("up to date" if fresh else "out of date: docs/real-plans.md")
        return 0 if fresh else 1
    PAGE.write_text(text, encoding="utf-8")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
