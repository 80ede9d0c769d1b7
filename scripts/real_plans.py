"""Real storms, a typhoon and earthquakes through the shipped plans, and the page that says what each would have proposed, when, why.

ANLAN_SHARED=FOLDER .venv/bin/python scripts/real_plans.py            writes docs/real-plans.md
ANLAN_SHARED=FOLDER .venv/bin/python scripts/real_plans.py --events   writes the same series as events that a plan is tried on
ANLAN_SHARED=FOLDER .venv/bin/python scripts/real_plans.py --check    changes nothing; exit 1 when the page is out of date

ANLAN_SHARED names the folder of real data, which the project does not ship. Needs no database: the doors are pure.
"""

from __future__ import annotations

import csv
import json
import os
import re
import sys
from collections import Counter
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
from shapely.geometry import shape

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "src")]

from anlan.analysis.data.warning_signals import shipped_signals  # noqa: E402
from anlan.analysis.numerics.area import nearest_shares, rain_facts  # noqa: E402
from anlan.analysis.numerics.rain import window_sums  # noqa: E402
from anlan.decision.data.response_levels import shipped_plans  # noqa: E402
from anlan.decision.proposing import propose  # noqa: E402
from anlan.decision.trying import Moment, try_plan  # noqa: E402
from anlan.decision.trying.event import BEIJING  # noqa: E402
from anlan.decision.wording import role_name  # noqa: E402

PAGE = ROOT / "docs" / "real-plans.md"
EVENTS = ROOT / "src" / "anlan" / "decision" / "data" / "past_events"
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


MORE = """\
Other lists, by what they say; an earthquake counts as one in the district.
"""
WARNED = """\

## Official warnings

Collected warning texts and one day's list (cancellations left out), each as `signal.x` in force. A warning proposes, it never starts.
"""
COUNTIES = """\

## One moment of rain in Zhejiang, flood plan

Stations of a county stand for equal shares of it.
"""
BASIN = """\

## Floods of the Biliu river, flood plan

Areal rain of the basin, hour by hour; stages are not related to warning levels in the data and stay unknown, as do warnings.
"""


def rained(folder: Path) -> dict[str, list[Moment]]:
    """The rainstorms at 石景山 by name: facts hour by hour, nearest-station shares over the district's outline."""
    with (folder / "04_meteo_hydro" / "beijing_hourly_rain_events.csv").open(encoding="utf-8") as lines:
        rows = list(csv.DictReader(lines))
    outlines = json.loads((folder / "02_boundaries" / "places_counties_wgs84.geojson").read_text(encoding="utf-8"))
    outline = next(shape(f["geometry"]) for f in outlines["features"] if f["properties"]["name"] == "石景山区")
    found = {}
    for event in sorted({r["event"] for r in rows}):
        mine = [r for r in rows if r["event"] == event]
        stations, times = sorted({r["station"] for r in mine}), sorted({r["time_local"] for r in mine})
        rain = np.full((len(stations), len(times)), np.nan)
        for r in mine:
            if r["rain_mm_1h"]:
                rain[stations.index(r["station"]), times.index(r["time_local"])] = float(r["rain_mm_1h"])
        gauges = np.array([STATIONS.get(s, FAR) for s in stations])
        shares, sums = nearest_shares(gauges, outline), window_sums(rain)
        found[event] = [
            Moment(
                datetime.fromisoformat(time).replace(tzinfo=BEIJING) + timedelta(hours=1),
                rain_facts(sums, shares, step),
                step,
            )
            for step, time in enumerate(times)
        ]
    return found


def storms(folder: Path) -> list[str]:
    """The flood plan at 石景山 in six rainstorms."""
    plan = next(p for p in shipped_plans() if p.id == "flood")
    page = [
        "| Storm | Time | Proposed | Signed by | Because | Cards | Bottlenecks |",
        "| --- | --- | --- | --- | --- | --- | --- |",
    ]
    for event, moments in rained(folder).items():
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


LEVELS = ("I", "II", "III", "IV", "none")


def warned(folder: Path) -> list[str]:
    """Every official warning of the collected texts and lists as ``signal.x``: which plan it proposes at which level, counted."""
    named = {signal.zh: key for key, signal in shipped_signals().signals.items()}
    colours = {"蓝": "blue", "黄": "yellow", "橙": "orange", "红": "red"}
    given: list[tuple[str, str]] = []
    with (folder / "04_meteo_hydro" / "warning_texts.csv").open(encoding="utf-8-sig") as lines:
        given += [(r["event"], r["colour"][:1]) for r in csv.DictReader(lines) if "解除" not in r["action"]]
    with (folder / "04_meteo_hydro" / "nmc_alarm_list.csv").open(encoding="utf-8-sig") as lines:
        for r in csv.DictReader(lines):
            hit = re.search(r"发布(.+?)([蓝黄橙红])色", r["title"])
            given += [(hit[1], hit[2])] if hit else []
    counted: Counter[tuple[str, str, str]] = Counter()
    for event, colour in given:
        key = named.get(event) or next((k for zh, k in named.items() if zh in event or event in zh), "")
        found = propose({f"signal.{key}": colours[colour]})["proposals"] if key and colour in colours else []
        said = "; ".join(f"{p['plan']} {p['level']}" for p in found) or "none"
        counted[event, f"{colour}色", said] += 1
    page = ["| Warning | Colour | Times | Proposed at once |", "| --- | --- | --- | --- |"]
    page += [f"| {event} | {colour} | {n} | {said} |" for (event, colour, said), n in sorted(counted.items())]
    return page


def counties(folder: Path) -> list[str]:
    """One moment of rain in Zhejiang, county by county: each station stands for an equal share of its county."""
    with (folder / "04_meteo_hydro" / "zhejiang_rain_snapshot_1_24h.csv").open(encoding="utf-8-sig") as lines:
        rows = list(csv.DictReader(lines))
    by_county: dict[str, list[dict[str, str]]] = {}
    for r in rows:
        by_county.setdefault(f"{r['city']}{r['county']}", []).append(r)
    counted: Counter[str] = Counter()
    shown = []
    for county, stations in sorted(by_county.items()):
        facts = {}
        for column, name in (("r1h_mm", "rain_1h_mm"), ("r3h_mm", "rain_3h_mm"), ("r24h_mm", "rain_24h_mm")):
            known = sorted((float(s[column]) for s in stations if s[column]), reverse=True)
            if known:
                facts[name] = [[mm, 100 / len(known)] for mm in known]
        found = propose(facts, "flood")["proposals"]
        level = str(found[0]["level"]) if found else "none"
        counted[level] += 1
        if found:
            why = "; ".join(f"{t['var']} {t['op']} {t['threshold']}" for t in found[0]["because"])
            shown.append(f"| {county} | {len(stations)} | {level} | {why} |")
    page = ["| County | Stations | Proposed | Because |", "| --- | --- | --- | --- |", *shown]
    return [*page, "", "; ".join(f"{level}: {counted[level]} counties" for level in LEVELS if counted[level])]


def basin(folder: Path) -> list[str]:
    """Floods of the Biliu river basin by its areal rain alone (its stages relative to warning levels are not in the data)."""
    with (folder / "04_meteo_hydro" / "biliuhe_flood_events.csv").open(encoding="utf-8-sig") as lines:
        rows = list(csv.DictReader(lines))
    plan = next(p for p in shipped_plans() if p.id == "flood")
    page = ["| Flood | Hours | Most in 24 h, mm | First time of each level |", "| --- | --- | --- | --- |"]
    for event in sorted({r["event"] for r in rows}):
        mine = [r for r in rows if r["event"] == event]
        rain = [float(r["areal_rain_mm_h"] or 0) for r in mine]
        moments, most = [], 0.0
        for n, r in enumerate(mine):
            sums = {h: sum(rain[max(0, n - h + 1) : n + 1]) for h in (1, 3, 24)}
            most = max(most, sums[24])
            facts = {f"rain_{h}h_mm": {"value": mm, "area_pct": 100} for h, mm in sums.items()}
            at = datetime.fromisoformat(r["time_local"]).replace(tzinfo=BEIJING) + timedelta(hours=1)
            moments.append(Moment(at, facts, n))
        first: dict[str, str] = {}
        for change in try_plan(plan, moments)["levels"]:
            if change["change"] in ("start", "raise"):
                first.setdefault(change["level"], f"{datetime.fromisoformat(change['time']):%m-%d %H:%M}")
        said = "; ".join(f"{level} {at}" for level, at in first.items()) or "none"
        page.append(f"| {event} | {len(mine)} | {most:.0f} | {said} |")
    return page


def shaken(folder: Path) -> list[str]:
    """Lists of earthquakes by magnitude (and the dead, where the list has them), as if each had been in the district."""
    lists = (
        ("cenc_quick_list_2026-09.csv", "magnitude", ""), ("cenc_yunnan_m3_2010-2015.csv", "mag", ""),
        ("china_shallow_m45_2015_2025.csv", "magnitude", ""), ("noaa_significant_china_since_1900.csv", "eq_primary", "total_deaths"),
    )  # fmt: skip
    page = ["| List | Earthquakes | I | II | III | IV | none |", "| --- | --- | --- | --- | --- | --- | --- |"]
    for name, column, deaths in lists:
        with (folder / "05_earthquake" / name).open(encoding="utf-8-sig") as lines:
            rows = [r for r in csv.DictReader(lines) if r[column]]
        counted: Counter[str] = Counter()
        for r in rows:
            facts: dict[str, Any] = {"magnitude": float(r[column]), "in_area": True}
            if deaths and r[deaths]:
                facts["deaths_missing"] = {"at_least": int(float(r[deaths]))}
            counted[_level(facts)] += 1
        page.append(f"| {name} | {len(rows)} | {' | '.join(str(counted[level] or '—') for level in LEVELS)} |")
    return page


UCI = "UCI 501 Beijing Multi-Site Air Quality（CC BY 4.0），十二站小时雨量按最近站代表面积折算到石景山区"
CMA = "中央气象台台风路径（qwd/dev-site，MIT）；未含官方预警和路径影响可能性"


def write_events(folder: Path) -> None:
    """The same series as events that a plan is tried on in the page (`decision/data/past_events`)."""
    for name, moments in rained(folder).items():
        title = f"{name} 石景山实测暴雨"
        _write_event(f"rain-{name}", title, "flood", UCI, [(m.time.isoformat(), dict(m.facts)) for m in moments])
    with (folder / "04_meteo_hydro" / "typhoon_infa_2021_cma_track.csv").open(encoding="utf-8") as lines:
        track = [(r["time"], {"tc_class": CLASSES[r["type"]]}) for r in csv.DictReader(lines) if r["type"] in CLASSES]
    _write_event("typhoon-infa-2021", "2021 年第 6 号台风“烟花”强度过程", "typhoon", CMA, track)


def _write_event(name: str, title: str, hazard: str, source: str, lines: list[tuple[str, dict[str, Any]]]) -> None:
    safe = "".join(c if c.isalnum() or c in "-_" else "-" for c in name)
    head = {"id": safe, "title": title, "hazard": hazard, "source": source}
    rows = [head, *({"time": at, "facts": facts} for at, facts in lines)]
    EVENTS.mkdir(exist_ok=True)
    text = "\n".join(json.dumps(row, ensure_ascii=False, separators=(",", ":")) for row in rows)
    (EVENTS / f"{safe}.jsonl").write_text(f"{text}\n", encoding="utf-8")


def page(folder: Path) -> str:
    parts = [
        HEAD, *storms(folder), "", DONE, *typhoon(folder), QUAKES, *earthquakes(folder), "", MORE, *shaken(folder), WARNED, *warned(folder),
        COUNTIES, *counties(folder), BASIN, *basin(folder), "",
    ]  # fmt: skip
    return "\n".join(parts)


def main() -> int:
    shared = os.environ.get("ANLAN_SHARED")
    if not shared:
        print("ANLAN_SHARED names the folder of real data", file=sys.stderr)
        return 2
    text = page(Path(shared) / "data")
    if "--events" in sys.argv:
        write_events(Path(shared) / "data")
        return 0
    if "--check" in sys.argv:
        fresh = PAGE.exists() and PAGE.read_text(encoding="utf-8") == text
        print("up to date" if fresh else "out of date: docs/real-plans.md")
        return 0 if fresh else 1
    PAGE.write_text(text, encoding="utf-8")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
