"""Precision and recall of intake recognition per field, ours and jionlp's, on texts with expected fields.

    python bench/intake_recognition.py [FILE.jsonl] [--wrong] [--jionlp] [--out FILE.json]

Each line of a set: {"id", "text", "now", "expect": {field: value}}; a field that is not listed is expected to be unknown, a list names
what is accepted (null: silence too). A value that should be unknown but is given counts against precision; one that is missed, or is
not the right one, counts against recall. Without FILE all sets are measured: the written ones of tests/command/intake, and, when
ANLAN_SHARED names the folder of outside data, news and citizens' messages.

Three sets are frozen, the third, the fifth and the ninth: written without sight of the recogniser, held by the hash of their files,
never listed by `--wrong` (docs/developer/recognition.md). The rules were tuned on all the others.
"""

from __future__ import annotations

import argparse
import csv
import hashlib
import json
import logging
import math
import os
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

from anlan.command.intake.places import Gazetteer, Place
from anlan.command.intake.report import Intake, parse_report

TEXTS = Path(__file__).parents[1] / "tests/command/intake"
FROZEN = TEXTS / "reports.jsonl"
VARIED = TEXTS / "reports_varied.jsonl"
THIRD, FIFTH, NINTH = (TEXTS / f"reports_{name}.jsonl" for name in ("third", "fifth", "ninth"))
#: SHA-256 of the sets as they were written, before anything was measured on them.
WRITTEN = {
    THIRD.name: "f12e86f1f743635b5fdb5f30acc2a3c3b75c5d5f292af16630c28aee73a7c2ed",
    FIFTH.name: "0171005a24a8fa0352f7d696e431126fb579e842cb65556c1b4b6365d525d955",
    NINTH.name: "076d0cff5d2dec2ff7158dfd8217b8e71ba0d873704fb4c1cb786163c6db6e9e",
}
UNSEEN = frozenset(
    {"third (frozen)", "fifth (frozen)", "ninth (frozen)", *WRITTEN}
)  # sets whose wrong fields nobody lists
COUNTS = ("dead", "injured", "seriously_injured", "missing", "trapped", "evacuated", "cars", "houses", "water_depth_cm")
FIELDS = ("time", "place", "region", "kind", *COUNTS)
PEOPLE = ("dead", "injured", "missing", "trapped")
#: What is labelled in the sixth set: who, what and where, not when.
TALK = ("place", "region", "kind", *PEOPLE, "seriously_injured", "cars", "houses")
#: What is labelled in the seventh: what happened to whom; seldom kinds are many there.
WHAT = ("kind", *PEOPLE, "seriously_injured")
BEIJING = timezone(timedelta(hours=8))

Report = dict[str, Any]
Recogniser = Callable[[Report], dict[str, object]]
Tally = dict[str, Counter[str]]
Wrong = list[tuple[str, str, str, object, object]]


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


def read_reports(path: Path) -> list[Report]:
    return [json.loads(line) for line in path.read_text("utf-8").splitlines() if line.strip()]


def frozen_reports(path: Path) -> list[Report]:
    """The texts of a frozen set; refused when a byte differs from what was written before anything was measured on it."""
    if hashlib.sha256(path.read_bytes()).hexdigest() != WRITTEN[path.name]:
        raise SystemExit(
            f"{path.name} is not the committed set: figures on it would not be comparable. Restore it with "
            f"`git checkout -- {path.name}` in its folder; new texts belong in a new file."
        )
    return read_reports(path)


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


def ours(gazetteer: Gazetteer) -> Recogniser:
    def recognise(report: Report) -> dict[str, object]:
        intake = parse_report(report["text"], datetime.fromisoformat(report["now"]), gazetteer)
        return {field: given(intake, field) for field in FIELDS}

    return recognise


def jionlp_alone(gazetteer: Gazetteer) -> Recogniser:
    """What jionlp has: the first time of a sentence, and an administrative place by name. It knows no kinds and no casualties."""
    import jionlp

    if not hasattr(jionlp, "ner"):
        raise SystemExit("jionlp is not there as a whole: install the dependency group bench before it is measured.")
    logging.disable(logging.ERROR)  # it writes a traceback for every text that it cannot read
    codes = {name: places[0].code for name, places in gazetteer.full.items() if len(places) == 1}

    def recognise(report: Report) -> dict[str, object]:
        found: dict[str, object] = {}
        base = datetime.fromisoformat(report["now"]).timestamp()
        try:
            times = jionlp.ner.extract_time(report["text"], time_base=base)
        except Exception:
            times = []  # it fails on some texts; a text without an answer is a miss
        points = [t for t in times if t["type"] in ("time_point", "time_span") and t["detail"].get("time")]
        if points:
            found["time"] = str(points[0]["detail"]["time"][0]).replace(" ", "T")
        try:
            place = jionlp.parse_location(report["text"], town_village=True)
        except Exception:
            place = {}
        names = [place.get(level) for level in ("county", "town", "village")]
        if any(names):
            found["place"] = "".join(name for name in names if name)
            finest = next(name for name in reversed(names) if name)
            found["region"] = codes.get(finest) or f"elsewhere:{finest}"
        return found

    return recognise


def tally_up(
    reports: Iterable[Report], recognise: Recogniser, fields: tuple[str, ...] = FIELDS
) -> tuple[Tally, Wrong, float]:
    """Counts per field, what was wrong (id, field, text, expected, given), and seconds per text."""
    tally: Tally = {field: Counter() for field in fields}
    wrong: Wrong = []
    number, spent = 0, 0.0
    for report in reports:
        started = time.perf_counter()
        values = recognise(report)
        spent += time.perf_counter() - started
        number += 1
        for field in fields:
            expected, value = report["expect"].get(field), values.get(field)
            right = agrees(field, expected, value)
            if expected is not None and not (isinstance(expected, list) and None in expected and value is None):
                tally[field]["expected"] += 1
                tally[field]["found"] += right
            if value is not None:
                tally[field]["given"] += 1
                tally[field]["correct"] += right
            if not right:
                wrong.append((report["id"], field, report["text"], expected, value))
    return tally, wrong, spent / max(1, number)


def score(path: Path, gazetteer: Gazetteer) -> tuple[Tally, Wrong, float]:
    return tally_up(read_reports(path), ours(gazetteer))


def news(shared: Path) -> Iterator[Report]:
    """Texts of a corpus of news with the figures that we read in them (news_labels.jsonl, by line number)."""
    with (shared / "data/09_accident_text/cec_news_events.jsonl").open(encoding="utf-8") as lines:
        texts = [json.loads(line) for line in lines]
    for label in read_reports(TEXTS / "news_labels.jsonl"):
        text = texts[label["line"]]["text"]
        yield {
            "id": f"news-{label['line']}",
            "text": text,
            "now": "2014-05-10T12:00:00+08:00",
            "expect": label["expect"],
        }


def messages(shared: Path) -> Iterator[Report]:
    """Citizens' messages to a board: hardly any tells of casualties, so that what is given there is made up."""
    accepted = {row["message"]: row["expect"] for row in read_reports(TEXTS / "message_labels.jsonl")}
    for name in ("messages_labelled.csv", "messages_with_reply.csv", "messages_hot_topic.csv"):
        with (shared / "data/09_accident_text" / name).open(encoding="utf-8-sig") as lines:
            for row in csv.DictReader(lines):
                text = f"{row['subject']}。{row['text']}"
                expect = accepted.get(row["message_id"], {})
                yield {"id": row["message_id"], "text": text, "now": "2020-01-10T12:00:00+08:00", "expect": expect}


def sets(shared: Path | None) -> dict[str, tuple[list[Report], tuple[str, ...]]]:
    """Name → (texts, the fields that are labelled there)."""
    found = {
        "ninth (frozen)": (frozen_reports(NINTH), FIELDS),
        "fifth (frozen)": (frozen_reports(FIFTH), FIELDS),
        "third (frozen)": (frozen_reports(THIRD), FIELDS),
        "varied (tuned on)": (read_reports(VARIED), FIELDS),
        "fourth (tuning)": (read_reports(TEXTS / "reports_fourth.jsonl"), FIELDS),
        "sixth (tuning)": (read_reports(TEXTS / "reports_sixth.jsonl"), TALK),
        "eighth (tuning)": (read_reports(TEXTS / "reports_eighth.jsonl"), FIELDS),
        "seventh (tuning)": (read_reports(TEXTS / "reports_seventh.jsonl"), WHAT),
        "first (regression)": (read_reports(FROZEN), FIELDS),
        "second (regression)": (read_reports(TEXTS / "reports_second.jsonl"), FIELDS),
    }
    if shared is not None:
        found["news"] = (list(news(shared)), PEOPLE)
        found["citizens' messages"] = (list(messages(shared)), PEOPLE)
    return found


def reports_of(path: Path) -> list[Report]:
    """The texts of one file; one of a frozen set's name is held to its hash."""
    return frozen_reports(path) if path.name in WRITTEN else read_reports(path)


def ratio(part: int, whole: int) -> float | None:
    return part / whole if whole else None


def figures(tally: Tally) -> dict[str, dict[str, float | int | None]]:
    return {
        field: {
            "expected": counts["expected"],
            "given": counts["given"],
            "precision": ratio(counts["correct"], counts["given"]),
            "recall": ratio(counts["found"], counts["expected"]),
        }
        for field, counts in tally.items()
    }


def show(title: str, tally: Tally, seconds: float) -> None:
    print(f"\n{title}: {seconds * 1000:.2f} ms per text")
    print(f"{'field':<18}{'expected':>9}{'given':>7}{'precision':>11}{'recall':>8}")
    for field, row in figures(tally).items():
        precision, recall = (math.nan if row[key] is None else row[key] for key in ("precision", "recall"))
        print(f"{field:<18}{row['expected']:>9}{row['given']:>7}{precision:>11.3f}{recall:>8.3f}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("file", nargs="?", type=Path)
    parser.add_argument("--wrong", action="store_true", help="list every field that differs, but for frozen sets")
    parser.add_argument("--jionlp", action="store_true", help="measure jionlp beside ours (dependency group bench)")
    parser.add_argument("--out", type=Path, help="write the figures as JSON")
    options = parser.parse_args()
    gazetteer = load_gazetteer()
    shared = Path(os.environ["ANLAN_SHARED"]) if os.environ.get("ANLAN_SHARED") else None
    chosen = {options.file.name: (reports_of(options.file), FIELDS)} if options.file else sets(shared)
    recognisers = {"ours": ours(gazetteer)} | ({"jionlp": jionlp_alone(gazetteer)} if options.jionlp else {})
    written: dict[str, Any] = {}
    for name, (reports, fields) in chosen.items():
        for who, recognise in recognisers.items():
            tally, wrong, seconds = tally_up(reports, recognise, fields)
            show(f"{name} ({len(reports)} texts), {who}", tally, seconds)
            written[f"{name}: {who}"] = {"texts": len(reports), "seconds_per_text": seconds, "fields": figures(tally)}
            if options.wrong and who == "ours" and name not in UNSEEN:
                for line in wrong:
                    print(*line, sep=" | ")
    if options.out:
        options.out.write_text(json.dumps(written, ensure_ascii=False, indent=1), "utf-8")


if __name__ == "__main__":
    main()
