"""Precision and recall of intake recognition per field, on a file of reports with expected fields.

    python bench/intake_recognition.py [FILE.jsonl] [--wrong]

Each line: {"id", "text", "now", "expect": {field: value}}; a field that is not listed is expected to be unknown.
A value that should be unknown but is given counts against precision; one that is missed counts against recall.
"""

from __future__ import annotations

import argparse
import csv
import json
import time
from collections import Counter
from datetime import datetime
from pathlib import Path

from anlan.command.intake.places import Gazetteer, Place
from anlan.command.intake.report import Intake, parse_report

FROZEN = Path(__file__).parents[1] / "tests/command/intake/reports.jsonl"
COUNTS = ("dead", "injured", "seriously_injured", "missing", "trapped", "evacuated", "cars", "houses", "water_depth_cm")
FIELDS = ("time", "place", "region", "kind", *COUNTS)


def load_gazetteer(path: Path = FROZEN.with_name("gazetteer.csv")) -> Gazetteer:
    with path.open(encoding="utf-8") as lines:
        return Gazetteer(
            Place(
                row["name"],
                row["code"],
                row["level"],
                float(row["lon"]) if row["lon"] else None,
                float(row["lat"]) if row["lat"] else None,
            )
            for row in csv.DictReader(lines)
        )


def given(intake: Intake, field: str) -> object:
    if field == "region":
        region = intake.fields["place"].details.get("region")
        return region["code"] if isinstance(region, dict) else None
    return intake.value(field)


def agrees(field: str, expected: object, value: object) -> bool:
    """Equal; for places, one name within the other and at most four characters apart; for times, within the stretch."""
    if isinstance(expected, list):
        return any(agrees(field, one, value) for one in expected)
    if expected is None or value is None:
        return expected is value
    if field == "time":
        first, _slash, last = str(expected).partition("/")
        moment = str(value)[:16]
        return first <= moment < last if last else moment == first
    if field == "place":
        one, two = str(expected), str(value)
        return (one in two or two in one) and abs(len(one) - len(two)) <= 4
    return expected == value


def score(
    path: Path, gazetteer: Gazetteer
) -> tuple[dict[str, Counter[str]], list[tuple[str, str, str, object, object]], float]:
    tally: dict[str, Counter[str]] = {field: Counter() for field in FIELDS}
    wrong = []
    started = time.perf_counter()
    reports = [json.loads(line) for line in path.read_text("utf-8").splitlines() if line.strip()]
    for report in reports:
        intake = parse_report(report["text"], datetime.fromisoformat(report["now"]), gazetteer)
        for field in FIELDS:
            expected, value = report["expect"].get(field), given(intake, field)
            right = agrees(field, expected, value)
            if expected is not None and not (isinstance(expected, list) and None in expected and value is None):
                tally[field]["expected"] += 1
                tally[field]["found"] += right
            if value is not None:
                tally[field]["given"] += 1
                tally[field]["correct"] += right
            if not right:
                wrong.append((report["id"], field, report["text"], expected, value))
    return tally, wrong, (time.perf_counter() - started) / max(1, len(reports))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("file", nargs="?", type=Path, default=FROZEN)
    parser.add_argument("--wrong", action="store_true", help="list every field that differs")
    options = parser.parse_args()
    tally, wrong, seconds = score(options.file, load_gazetteer())
    print(f"{'field':<18}{'expected':>9}{'given':>7}{'precision':>11}{'recall':>8}")
    for field, counts in tally.items():
        precision = counts["correct"] / counts["given"] if counts["given"] else float("nan")
        recall = counts["found"] / counts["expected"] if counts["expected"] else float("nan")
        print(f"{field:<18}{counts['expected']:>9}{counts['given']:>7}{precision:>11.3f}{recall:>8.3f}")
    print(f"{seconds * 1000:.2f} ms per report")
    if options.wrong:
        for line in wrong:
            print(*line, sep=" | ")


if __name__ == "__main__":
    main()
