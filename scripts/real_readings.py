"""Converters from files of measured rain, stage, weather and typhoons to the rows of `anlan criteria try`.

Every row is ``time, station, value, property, unit`` as text. Units are converted here, in the open, and nowhere else. A value that
the file leaves empty or marks as missing stays as it is written: the door refuses it with its reason, and that is counted.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

Row = tuple[str, str, str, str, str]
Record = Mapping[str, str]

FOOT_M = 0.3048
CUBIC_FOOT_M3 = FOOT_M**3
INCH_MM = 25.4
_BEIJING = timezone(timedelta(hours=8))
_ZONES = {"EDT": timezone(timedelta(hours=-4)), "EST": timezone(timedelta(hours=-5))}


def records(path: Path) -> Iterator[Record]:
    """The rows of a CSV by its header."""
    with path.open(encoding="utf-8", newline="") as file:
        yield from csv.DictReader(file)


def beijing(written: str) -> str:
    """A local time without offset as Beijing time, ISO 8601. ``2021/9/23 20:00:00`` is read as well."""
    return _read(written).replace(tzinfo=_BEIJING).isoformat()


def scaled(written: str, factor: float) -> str:
    """A figure in another unit, to six decimals; what is no figure stays as it is written."""
    try:
        return f"{float(written) * factor:.6f}".rstrip("0").rstrip(".") if written.strip() else ""
    except ValueError:
        return written


def beijing_events(rows: Iterable[Record]) -> Iterator[Row]:
    """Hourly rain of twelve sites; the hour ends at the time that is written."""
    for row in rows:
        yield beijing(row["time_local"]), row["station_zh"], row["rain_mm_1h"], "rain_mm", "mm"


def gucheng_year(rows: Iterable[Record]) -> Iterator[Row]:
    """Hourly weather of one site: rain, wind, temperature, dew point, pressure."""
    columns = {
        "rain_mm": ("rain_mm", "mm"),
        "wind_ms": ("wind_speed_ms", "m/s"),
        "temp_c": ("air_temp_c", "℃"),
        "dewpoint_c": ("dewpoint_c", "℃"),
        "pressure_hpa": ("pressure_hpa", "hPa"),
    }
    for row in rows:
        for column, (name, unit) in columns.items():
            yield beijing(row["time_local"]), "石景山古城", row[column], name, unit


def biliuhe_events(rows: Iterable[Record]) -> Iterator[Row]:
    """Areal rain (mm) and inflow (m3/s) of a reservoir, hourly."""
    for row in rows:
        station = "碧流河水库"
        yield beijing(row["time_local"]), station, row["areal_rain_mm_h"], "rain_mm", "mm"
        yield beijing(row["time_local"]), station, row["inflow_m3s"], "reservoir_inflow_m3s", "m3/s"


def textbook_flood(rows: Iterable[Record]) -> Iterator[Row]:
    """Areal rain (mm) and discharge (m3/s) of the textbook basin, hourly."""
    for row in rows:
        yield beijing(row["flood_date"]), "教材流域", row["flood_precip"], "rain_mm", "mm"
        yield beijing(row["flood_date"]), "教材流域", row["flood_quant"], "flow_m3s", "m3/s"


def taizhou_weather(rows: Iterable[Record]) -> Iterator[Row]:
    """Automatic stations as their messages write it: rain, gust and temperature in tenths, visibility in metres."""
    for row in rows:
        at, station = beijing(row["time_local"]), row["station"]
        yield at, station, scaled(row["rain_01mm"], 0.1), "rain_mm", "mm"
        yield at, station, scaled(row["gust_01ms"], 0.1), "gust_speed_ms", "m/s"
        yield at, station, scaled(row["temp_01c"], 0.1), "air_temp_c", "℃"
        yield at, station, row["visibility_m"], "visibility_m", "m"


def usgs_hourly(rows: Iterable[Record]) -> Iterator[Row]:
    """Stage (ft → m) and discharge (ft3/s → m3/s); the time zone is the one that each row names."""
    for row in rows:
        at, station = _read(row["time_local"]).replace(tzinfo=_ZONES[row["tz"]]).isoformat(), f"USGS {row['site_no']}"
        yield at, station, scaled(row["stage_ft"], FOOT_M), "stage_m", "m"
        yield at, station, scaled(row["flow_cfs"], CUBIC_FOOT_M3), "flow_m3s", "m3/s"


def usgs_merged_weather(rows: Iterable[Record]) -> Iterator[Row]:
    """Rain (taken as mm, as its heading says) and temperature that another hand merged into the same file."""
    for row in rows:
        at, station = _read(row["time_local"]).replace(tzinfo=_ZONES[row["tz"]]).isoformat(), f"USGS {row['site_no']}"
        yield at, station, row["rain_mm"], "rain_mm", "mm"
        yield at, station, row["temp_c"], "air_temp_c", "℃"


def usgs_values(document: Any) -> Iterator[Row]:
    """An answer of the instantaneous values service (WaterML as JSON): gage height, streamflow, precipitation."""
    known = {
        "Gage height": ("stage_m", "m", {"ft": FOOT_M, "m": 1.0}),
        "Streamflow": ("flow_m3s", "m3/s", {"ft3/s": CUBIC_FOOT_M3, "m3/s": 1.0}),
        "Precipitation": ("rain_mm", "mm", {"in": INCH_MM, "mm": 1.0}),
    }
    for series in document["value"]["timeSeries"]:
        told = series["variable"]
        named = told["variableName"].split(",")[0]
        if named not in known:
            continue
        name, unit, factors = known[named]
        factor = factors[told["unit"]["unitCode"]]
        for block in series["values"]:
            for value in block["value"]:
                missing = float(value["value"]) == told["noDataValue"]
                said = "" if missing else scaled(value["value"], factor)
                yield value["dateTime"], series["sourceInfo"]["siteName"], said, name, unit


def snapshot_hour(rows: Iterable[Record], at: str) -> Iterator[Row]:
    """The last hour of a snapshot whose time is not told, set to end at `at`; sums over longer spans are no readings."""
    for row in rows:
        yield at, f"{row['station_name']} {row['station_id']}", row["r1h_mm"], "rain_mm", "mm"


def cma_track(document: Any) -> Iterator[Row]:
    """A typhoon's centre as the CMA tells it: position and least pressure (hPa)."""
    for point in document["track"]:
        yield from _centre(point["time"], "台风烟花", point["lon"], point["lat"], point["pressure"])


def zjwater_track(document: Any) -> Iterator[Row]:
    """The same in the form of the Zhejiang typhoon service; its forecasts are no readings and stay out."""
    for point in document["points"]:
        at = beijing(point["time"])
        yield from _centre(at, f"台风{document['name']}", point["lng"], point["lat"], point["pressure"])


def best_tracks(rows: Iterable[Record]) -> Iterator[Row]:
    """IBTrACS: position, and pressure of RSMC Tokyo (hPa); a storm is a station."""
    for row in rows:
        station = row["name_if_known"].split(",")[0] or row["sid"]
        at = row["time_utc"].replace("Z", "+00:00")
        yield from _centre(at, station, row["lon"], row["lat"], row["jma_mslp_hpa"])


def write_rows(rows: Iterable[Row], path: Path) -> int:
    """The CSV that the door reads; returns the number of rows."""
    written = 0
    with path.open("w", encoding="utf-8", newline="") as file:
        table = csv.writer(file)
        table.writerow(("time", "station", "value", "property", "unit"))
        for row in rows:
            table.writerow(row)
            written += 1
    return written


def of_csv(convert: Callable[[Iterable[Record]], Iterator[Row]]) -> Callable[[Path], Iterator[Row]]:
    """A converter of records as one of files."""
    return lambda path: convert(records(path))


def of_json(convert: Callable[[Any], Iterator[Row]]) -> Callable[[Path], Iterator[Row]]:
    """A converter of a document as one of files."""
    return lambda path: convert(json.loads(path.read_text(encoding="utf-8")))


def _centre(at: str, station: str, lon: str, lat: str, pressure: str) -> Iterator[Row]:
    yield at, station, lon, "lon_deg", "°"
    yield at, station, lat, "lat_deg", "°"
    yield at, station, pressure, "pressure_hpa", "hPa"


def _read(written: str) -> datetime:
    day, _, clock = written.replace("T", " ").partition(" ")
    year, month, date = (int(part) for part in day.replace("/", "-").split("-"))
    hour, minute = (int(part) for part in (clock or "0:0").split(":")[:2])
    return datetime(year, month, date, hour, minute)
