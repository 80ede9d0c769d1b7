"""The pure door `anlan intake parse TEXT|- [--now ISO]`: one JSON document, exit 0; bad input 2."""

from __future__ import annotations

from argparse import ArgumentParser
from datetime import datetime, timedelta, timezone

from anlan.kernel.doors import answer, read_text
from anlan.kernel.figures import BadFacts, Problem

from .report import intake_door
from .shipped import shipped_gazetteer

BEIJING = timezone(timedelta(hours=8))


def main(argv: list[str]) -> int:
    parser = ArgumentParser(prog="anlan intake", description="Recognise a report: time, place, kind, people, things.")
    actions = parser.add_subparsers(dest="action", required=True)
    parse = actions.add_parser("parse", help="recognise one text")
    parse.add_argument("text", metavar="TEXT|-", help="the report; - reads standard input")
    parse.add_argument("--now", metavar="ISO", help="the moment of the report, ISO 8601 (default: now; +08:00 if bare)")
    options = parser.parse_args(argv)
    return answer(lambda: _recognise(options.text, options.now))


def _recognise(text: str, now: str | None) -> dict[str, object]:
    text = read_text("-") if text == "-" else text
    return intake_door(text, _moment(now), shipped_gazetteer())


def _moment(text: str | None) -> datetime:
    if text is None:
        return datetime.now(BEIJING)
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        problem = Problem("--now", "not_a_time", f"--now“{text}”不是时间，请写成 2016-07-20T12:40:00+08:00")
        raise BadFacts([problem]) from None
    return moment if moment.tzinfo else moment.replace(tzinfo=BEIJING)
