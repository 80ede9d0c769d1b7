"""Pure doors of the warning room: `anlan cap check FILE|-` and `anlan cap signal TEXT|-`."""

from __future__ import annotations

import sys
from argparse import ArgumentParser, Namespace
from datetime import datetime
from pathlib import Path

from anlan.kernel.doors import answer, read_text
from anlan.kernel.figures import BadFacts, Problem

from .cap.china import to_warning
from .cap.container import read_messages
from .cap.document import Limits
from .signal_text import BEIJING, MAX_LENGTH, parse_signal_text


def cap_door(argv: list[str]) -> int:
    """Judge a CAP message, an EDXL-DE or Atom envelope, or the plain text of a warning signal.

    ``cap check`` prints {"valid", "messages": [{"valid", "identifier", …, "errors", "notices", "warning"}]}. A message
    that is not valid is an answer (exit 0); a file that cannot be read is bad input (exit 2).
    """
    parser = ArgumentParser(prog="anlan cap", description="Judge warning messages.")
    actions = parser.add_subparsers(dest="action", required=True)
    check = actions.add_parser("check", help="validate a CAP message or an envelope of several")
    check.add_argument("file", metavar="FILE|-")
    check.add_argument("--lenient", action="store_true", help="keep messages whose elements are only out of order")
    check.add_argument("--signed", action="store_true", help="refuse messages without signature")
    check.add_argument("--language", default="zh", help="language of the warning shown (default zh)")
    signal = actions.add_parser("signal", help="read the plain text of a warning signal")
    signal.add_argument("text", metavar="TEXT|-")
    signal.add_argument("--now", metavar="ISO", help="completes a date written without year")
    options = parser.parse_args(argv)
    return answer(lambda: _check(options) if options.action == "check" else _signal(options))


def _check(options: Namespace) -> dict[str, object]:
    readings = read_messages(_bytes(options.file), strict=not options.lenient, require_signature=options.signed)
    messages = []
    for reading in readings:
        warning = to_warning(reading.alert, language=options.language).as_dict() if reading.alert else None
        messages.append({**reading.as_dict(), "warning": warning})
    return {"valid": all(message["valid"] for message in messages), "messages": messages}


def _bytes(name: str) -> bytes:
    largest = Limits().container_size + 1
    try:
        if name == "-":
            return sys.stdin.buffer.read(largest)
        with Path(name).open("rb") as file:
            return file.read(largest)
    except OSError as wrong:
        raise BadFacts([Problem(name, "unreadable", f"读不了“{name}”：{wrong.strerror}；请核对路径和权限")]) from None


def _signal(options: Namespace) -> dict[str, object]:
    text = read_text("-") if options.text == "-" else options.text
    if len(text) > MAX_LENGTH:
        raise BadFacts([Problem("text", "too_long", f"文字超过{MAX_LENGTH}字，请只提交预警信号本身")])
    try:
        now = datetime.fromisoformat(options.now) if options.now else None
    except ValueError:
        raise BadFacts([Problem("--now", "not_a_time", f"--now“{options.now}”不是时间")]) from None
    if now is not None and now.tzinfo is None:
        now = now.replace(tzinfo=BEIJING)
    return parse_signal_text(text, now=now).as_dict()
