"""Every real series of rain, stage, weather and typhoons through the front door, and the page that says what each one raised.

ANLAN_SHARED=FOLDER .venv/bin/python scripts/real_series.py            writes docs/real-series.md
ANLAN_SHARED=FOLDER .venv/bin/python scripts/real_series.py --check    changes nothing; exit 1 when the page is out of date

ANLAN_SHARED names the folder of real data, which the project does not ship. Needs no database: the door is pure.
"""

from __future__ import annotations

import contextlib
import io
import json
import os
import sys
import tempfile
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from datetime import datetime
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT)]

from anlan.analysis.criteria import Place, criteria_named  # noqa: E402
from anlan.analysis.doors import criteria_door  # noqa: E402
from scripts import real_page, real_readings  # noqa: E402
from scripts.real_outcomes import Outcome, Series, known_warnings  # noqa: E402

PAGE = ROOT / "docs" / "real-series.md"
FOLDER = Path("data") / "04_meteo_hydro"
NOMINAL = "2000-01-01T12:00:00+08:00"
"""The time given to a snapshot that tells none."""
ZHOUSHAN = (122.30, 29.95)
"""Somewhere in 普陀区 of 舟山 (lon, lat), where In-Fa came ashore on 2021-07-25 about 12:30 (CMA)."""
RADII_KM = (500, 300, 200, 100)


UCI = "UCI 501 Beijing Multi-Site Air Quality (CC BY 4.0)"
HYDRO = "OuyangWenyu/hydromodel"


def all_series(folder: Path) -> list[Series]:
    """Every series, in the order of the page."""
    r = real_readings
    beijing = folder / "beijing_hourly_rain_events.csv"
    events = sorted({row["event"] for row in r.records(beijing)})
    found = [
        Series(f"beijing-{event}", f"Beijing rainstorm of {event}", beijing.name, UCI, _event(event), "北京")
        for event in events
    ]
    biliuhe = folder / "biliuhe_flood_events.csv"
    found += [
        Series(
            f"biliuhe-{flood}",
            f"碧流河 reservoir, flood of {flood}",
            biliuhe.name,
            HYDRO,
            _event(flood, r.biliuhe_events),
            "辽宁",
        )
        for flood in sorted({row["event"] for row in r.records(biliuhe)})
    ]
    found += [
        Series("gucheng-2016", "古城, weather of 2016", "shijingshan_gucheng_hourly_2016.csv", UCI, r.of_csv(r.gucheng_year), "北京"),
        Series("taizhou-2022", "台州, six automatic stations, January 2022", "taizhou_aws_hourly_a.csv", "liyuan3970/web_met",
               r.of_csv(r.taizhou_weather), "浙江", False,
               "the extremes of the hour stay out: the day's are taken from the temperature; low visibility alone is neither 雾 nor 霾"),
        Series("zhejiang-snapshot", "浙江, one hour at 1,197 stations", "zhejiang_rain_snapshot_1_24h.csv", "liyuan3970/web_met",
               lambda path: r.snapshot_hour(r.records(path), NOMINAL), "", False,
               f"the source tells no time: set to {NOMINAL[:10]}, so nothing can be compared"),
        Series("textbook", "textbook basin, flood of May 1998", "textbook_flood_xaj.csv", HYDRO, r.of_csv(r.textbook_flood)),
        Series("usgs-river", "USGS 01037000, stage and discharge", "usgs_01037000_stage_flow_hourly.csv", "USGS (public domain)",
               r.of_csv(r.usgs_hourly), "", True,
               "ft and ft³/s converted; silent because a stage is judged against levels of the station's own, and none is known for it"),
        Series("usgs-weather", "the same file, rain and temperature merged into it", "usgs_01037000_stage_flow_hourly.csv",
               "AIStream-Peelout/flow-forecast", r.of_csv(r.usgs_merged_weather), "", True,
               "**doubtful**: the file sums 1,125 mm in 4,438 h, about twice what falls in Maine; what it raises is no finding"),
        Series("usgs-iv", "USGS 01491000 and 01645000, a service answer", "usgs_format_samples/waterservices_iv.txt",
               "USGS (public domain)", r.of_json(r.usgs_values), "", True, "ft and ft³/s converted; five values each"),
        Series("infa", "typhoon In-Fa 2021, centre (CMA)", "typhoon_infa_2021_cma_track.json", "qwd/dev-site (MIT)",
               r.of_json(r.cma_track)),
        Series("mindulle", "typhoon Mindulle 2021, centre", "typhoon_mindulle_2021_zjwater.json", "chenxi1006968489/data-service",
               r.of_json(r.zjwater_track), "", False, "the forecasts in it are no readings and stay out"),
        Series("ibtracs", "152 storms of 2015–2024, centres", "ibtracs_wp_2015_2024.csv", "IBTrACS v4 (public domain)",
               r.of_csv(r.best_tracks)),
    ]  # fmt: skip
    return found


def _event(
    event: str,
    convert: Callable[[Iterable[real_readings.Record]], Iterator[real_readings.Row]] = real_readings.beijing_events,
) -> Callable[[Path], Iterator[real_readings.Row]]:
    return lambda path: convert(row for row in real_readings.records(path) if row["event"] == event)


def try_one(series: Series, folder: Path) -> Outcome:
    """A series through `anlan criteria try`. Raises ValueError when the door refuses the file as a whole."""
    with tempfile.TemporaryDirectory() as place:
        path = Path(place) / "series.csv"
        rows = list(series.rows(folder / series.file))
        real_readings.write_rows(rows, path)
        printed, said = io.StringIO(), io.StringIO()
        with contextlib.redirect_stdout(printed), contextlib.redirect_stderr(said):
            code = criteria_door(["try", "--series", str(path), "--json"])
    if code:
        raise ValueError(f"{series.file}: {said.getvalue().strip()}")
    found = json.loads(printed.getvalue())
    times = sorted((datetime.fromisoformat(row[0]), row[0]) for row in rows)
    stations = len({row[1] for row in rows})
    return Outcome(series, stations, len(rows), times[0][1], times[-1][1], found["signals"], found["rejected"])


def inside_spans(
    rows: Iterable[real_readings.Row], at: tuple[float, float] = ZHOUSHAN
) -> dict[int, tuple[str, str] | None]:
    """First and last told position of a centre at which a criterion bound to it applies to a station `at`, by radius (km)."""
    positions: dict[str, dict[str, float]] = {}
    for time, _, value, name, _ in rows:
        if name in ("lon_deg", "lat_deg"):
            positions.setdefault(time, {})[name] = float(value)
    found: dict[int, tuple[str, str] | None] = {}
    for radius in RADII_KM:
        times = [t for t, here in positions.items() if _applies((here["lon_deg"], here["lat_deg"]), radius, at)]
        found[radius] = (times[0], times[-1]) if times else None
    return found


def _applies(centre: tuple[float, float], radius_km: float, at: tuple[float, float]) -> bool:
    """Asked of the book, as the judge asks it."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "anlan.config.settings")
    import django

    django.setup()
    from anlan.analysis.book.centres import Centres
    from anlan.analysis.book.in_force import Book, Layer

    near = replace(criteria_named("rainstorm")[0], id="near_storm", place=Place(centre="storm", radius_km=radius_km))
    book = Book("", (Layer("", "1", {near.id: near}, {}),), centres=Centres({"storm": centre}))
    return near in book.resolve("station", "33/", at)


def page(folder: Path) -> str:
    """docs/real-series.md."""
    outcomes = [try_one(series, folder) for series in all_series(folder)]
    return real_page.written(outcomes, known_warnings(folder), inside_spans(_infa(folder)))


def _infa(folder: Path) -> Iterator[real_readings.Row]:
    return real_readings.of_json(real_readings.cma_track)(folder / "typhoon_infa_2021_cma_track.json")


def main(argv: list[str]) -> int:
    shared = os.environ.get("ANLAN_SHARED", "")
    folder = Path(shared) / FOLDER
    if not shared or not folder.is_dir():
        print("ANLAN_SHARED must name the folder of real data", file=sys.stderr)
        return 2
    text = page(folder)
    if "--check" in argv:
        return int(PAGE.read_text(encoding="utf-8") != text)
    PAGE.write_text(text, encoding="utf-8")
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
