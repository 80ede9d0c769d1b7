"""Pure doors of the analysis room: `anlan grade` and `anlan criteria try`."""

from __future__ import annotations

from argparse import ArgumentParser

from anlan.kernel.clock import real_now
from anlan.kernel.doors import answer, facts_door, read_table_text

from . import grading
from .criteria import criteria_named
from .series import csv_rows
from .trying import try_series

LARGEST_SERIES = 512 * 1024 * 1024


def grade_door(argv: list[str]) -> int:
    """`anlan grade --facts FILE|-`."""
    return facts_door("grade", grading.grade_door, argv, "Grade an incident by what is known of it.")


def criteria_door(argv: list[str]) -> int:
    """`anlan criteria try --series FILE|- [--criterion ID] [--json]`: which standards a series reaches."""
    parser = ArgumentParser(prog="anlan criteria", description="Try criteria on a series of readings.")
    actions = parser.add_subparsers(dest="action", required=True)
    attempt = actions.add_parser("try", help="judge a CSV: time,station,value[,property,unit]")
    attempt.add_argument("--series", required=True, metavar="FILE|-")
    attempt.add_argument("--criterion", metavar="ID", help="only this criterion")
    attempt.add_argument("--json", action="store_true", help="JSON, which is what it prints anyway")
    options = parser.parse_args(argv)
    return answer(
        lambda: try_series(
            csv_rows(read_table_text(options.series, LARGEST_SERIES)), criteria_named(options.criterion), now=real_now()
        )
    )
