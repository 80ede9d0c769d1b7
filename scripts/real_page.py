"""The page docs/real-series.md: what each real series raised, what was refused, and what was really warned of then."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from scripts.real_outcomes import Outcome, comparable, lead_min

_HEAD = """# Real series, and what they raised

Written by `scripts/real_series.py`; do not edit. Every real series of rain, stage, weather and typhoons that the project has, through
`anlan criteria try` with the criteria that ship. The files themselves do not ship (their origin: first table). A figure is left
out (—) where its source may not be published again.

`criteria try` says *达到橙色标准*: a standard is reached by what was measured. It forecasts nothing. A warning of an authority usually
rests on a forecast, so it can be earlier than any reading, and in Beijing on scales of its own. An hourly series is known at the end of the
hour: up to 60 minutes of a lead or a delay are its step, not the engine's. The store and the judge of the platform raise the
same from the same readings (`tests/stories/test_real_series.py`).

"""

_NOT_USED = (
    ("`typhoon_infa_2021_cma_track.csv`", "the same 162 positions as the JSON"),
    (
        "`typhoon_infa_2021_cma_forecast.json`, the forecasts in `typhoon_mindulle_2021_zjwater.json`",
        "forecasts: a reading is what was measured",
    ),
    (
        "the greatest wind in the three typhoon files",
        "it blows near the centre, at no station; given as a station's mean wind it raises 大风 red for a point at sea."
        " Position and pressure are taken",
    ),
    ("`typhoon_list_2019.csv`", "names and dates, no readings"),
    (
        "`zhejiang_rain_snapshot_1_24h.csv`, 3 to 24 h",
        "sums over windows that belong to different moments, no readings of a step; the last hour is taken",
    ),
    ("`usgs_format_samples/waterservices_peaks.txt`", "one peak a year, most without an hour, none with a time zone"),
    (
        "`usgs_format_samples/waterservices_ratings.txt`, `waterservices_site.txt`",
        "a rating curve and a description of two sites, no readings",
    ),
    (
        "`biliuhe_flood_events.csv`, `textbook_flood_xaj.csv`: evaporation; `shijingshan_gucheng_hourly_2016.csv`:"
        " wind direction in letters",
        "nothing is judged by them",
    ),
    ("`nmc_alarm_list.csv`, `warning_texts.csv`", "warnings, no readings: compared above"),
    ("`qweather_alert_events.csv`, `warning_event_codes_12379.csv`", "lists of codes: nothing was issued by them"),
)

_SEEN = """
## What stayed silent, and rightly or not

- **River stages and flows.** 洪水 is judged against 警戒水位 and 保证水位 of the station. Without them (none is known for these
  gauges) nothing is compared, and nothing is guessed. They are entered at `/criteria/stations/CODE/`.
- **Inflow of a reservoir** has no national standard. The flood of March 2018 at 碧流河, 3,358 m³/s without rain, is a fault of
  the data that no criterion sees: it lies inside the credible range.
- **寒潮.** The lowest temperature at 古城 fell by 8 ℃ and more within 48 h, to 4 ℃ or less, in eight spells of 2016 (12.4 ℃ on
  11-22), but the mean wind did not reach force 5 in any of them. The standard asks for both. At 台州 only the gust is in the
  file: what a station does not measure is not decided.
- **雾, 霾, 沙尘暴, 台风, 雷雨大风** ask for a phenomenon that no figure tells (last table of `/criteria/`). Low visibility alone
  raises nothing.
- **Triggers of the flood plan.** On 2016-07-20 most ask for a share of the area, which no single station decides; the platform
  judges them by county (`bin/anlan replay` shows it). What one station can decide, 50 mm in an hour, was reached in 2013.
- **高温 yellow** asks for 35 ℃ on three days in a row. In 2016 there were two at most; orange (37 ℃ within 24 h) was reached
  on 06-25.

## What cannot be used, and why

| File | Why |
| --- | --- |
"""


def written(
    outcomes: Sequence[Outcome],
    warnings: Sequence[Mapping[str, Any]],
    inside: Mapping[int, tuple[str, str] | None],
) -> str:
    """The whole page."""
    parts = [_HEAD, _series_table(outcomes), "\n## What was raised\n\n", _raised_table(outcomes)]
    parts += ["\n", _silent(outcomes), _warned(outcomes, warnings), _centre(inside), _SEEN]
    parts += [f"| {file} | {why} |\n" for file, why in _NOT_USED]
    return "".join(parts)


def kind_of_reason(reason: str) -> str:
    """A reason without the figures of the row."""
    return re.sub(r"-?\d[\d.]*", "…", reason.split("；")[0].split("，请")[0])


def _series_table(outcomes: Sequence[Outcome]) -> str:
    lines = [
        "| Series | File, origin | Stations | From | To | Readings | Refused, why | Remark |\n",
        "| --- " * 8 + "|\n",
    ]
    for one in outcomes:
        why = "; ".join(
            f"{n} × {r}" for r, n in Counter(kind_of_reason(x["reason"]) for x in one.rejected).most_common()
        )
        told = one.series.id != "zhejiang-snapshot"
        span = (_said(one.since), _said(one.until)) if told else ("not told", "not told")
        kept = one.rows - len(one.rejected)
        lines.append(
            f"| {one.series.title} | `{one.series.file}`, {one.series.origin} | {one.stations:,} | {span[0]} | {span[1]} |"
            f" {kept:,} | {why or '0'} | {one.series.remark} |\n"
        )
    return "".join(lines)


def _raised_table(outcomes: Sequence[Outcome]) -> str:
    lines = [
        "One row a criterion and level: at how many stations, how often, and where first.\n\n",
        "| Series | Criterion | Level | Stations | Times | First | At | Value | By |\n",
        "| --- " * 9 + "|\n",
    ]
    for one in outcomes:
        grouped: dict[tuple[str, str], list[dict[str, Any]]] = {}
        for signal in one.signals:
            grouped.setdefault((signal["criterion"], signal["level"]), []).append(signal)
        for (criterion, level), signals in grouped.items():
            first = signals[0]
            stations = len({s["station"] for s in signals})
            value = f"{first['value']:g} {first['unit'] or ''}".strip() if one.series.open else "—"
            at = "not told" if one.series.id == "zhejiang-snapshot" else _said(first["time"])
            lines.append(
                f"| {one.series.title} | `{criterion}` | {level} | {stations} | {len(signals)} | {at} |"
                f" {first['station']} | {value} | `{first['var']}` {first['op']} {first['threshold']:g} |\n"
            )
    return "".join(lines)


def _silent(outcomes: Sequence[Outcome]) -> str:
    quiet = [one.series.title for one in outcomes if not one.signals]
    return f"Silent: {'; '.join(quiet)}.\n" if quiet else ""


def _warned(outcomes: Sequence[Outcome], warnings: Sequence[Mapping[str, Any]]) -> str:
    lines = [
        "\n## What was really warned of then, and who was earlier\n\n",
        "| Issued | By | Warning | Our signal | Lead | Source |\n",
        "| --- " * 6 + "|\n",
    ]
    none = 0
    for warning in sorted(warnings, key=lambda w: datetime.fromisoformat(w["issued"])):
        matching = [one for one in outcomes if comparable(warning, one)]
        if not matching:
            none += 1
            continue
        for one in matching:
            ours, lead = _held_against(warning, one)
            lines.append(
                f"| {_said(warning['issued'])} | {warning['issuer']} | {warning['event']} {warning['colour']} | {ours} | {lead} |"
                f" {warning.get('source', '`warning_texts.csv`')} |\n"
            )
    lines.append(
        "\nWhere we were later, no reading had reached the standard before: the observatory warned of what it forecast, and signals that"
        " say *reached* cannot be earlier than the rain.\n"
    )
    lines.append(
        f"\nThe other {none} warnings of `warning_texts.csv` and `nmc_alarm_list.csv` were issued where or when none of the series was"
        " measured: not comparable. The warnings of the replay of 2016-07-20 that ships with the platform are composed (模拟); their times"
        " are not those of the day and count for nothing here. For the other Beijing storms, 碧流河 and the textbook basin no warning with"
        " its minute was found.\n"
    )
    return "".join(lines)


def _held_against(warning: Mapping[str, Any], one: Outcome) -> tuple[str, str]:
    if "compare" not in warning:
        why = warning.get("why") or "no criterion of ours can be decided there"
        return "—", f"not comparable: {why}"
    found = lead_min(warning, one)
    if found is None:
        return "never raised", "the warning only"
    minutes, first = found
    said = f"{first['level']} at {first['station']}, {_said(first['time'])}"
    if minutes == 0:
        return said, "the same minute"
    return said, f"we were **{'earlier' if minutes > 0 else 'later'}** by {abs(minutes):.0f} min"


def _centre(inside: Mapping[int, tuple[str, str] | None]) -> str:
    lines = [
        "\n## A criterion that follows the typhoon\n\n",
        "A criterion may apply only within a distance of a moving centre. Bound to the told positions of In-Fa (CMA, every one to"
        " three hours), it applies to a station in 普陀 of 舟山 as below; In-Fa came ashore there on 2021-07-25 about 12:30. No"
        " station of the data measured then, so nothing is said of a lead. `tests/stories/test_real_series.py` plays the same track"
        " through the database.\n\n",
        "| Within | From | To | Before landfall |\n| --- | --- | --- | --- |\n",
    ]
    landfall = datetime.fromisoformat("2021-07-25T12:30:00+08:00")
    for radius, span in inside.items():
        if span is None:
            lines.append(f"| {radius} km | never | | |\n")
            continue
        hours = (landfall - datetime.fromisoformat(span[0])).total_seconds() / 3600
        lines.append(f"| {radius} km | {_said(span[0])} | {_said(span[1])} | {hours:.1f} h |\n")
    return "".join(lines)


def _said(time: str) -> str:
    when = datetime.fromisoformat(time)
    return f"{when:%Y-%m-%d %H:%M} {when:%z}"
