"""Pure doors of the command line: JSON or text in, one JSON document on stdout, messages on stderr.

Exit codes: 0 for an answer, 2 for input that cannot be used. Unknown is null, never 0.
"""

from __future__ import annotations

import codecs
import json
import sys
from argparse import ArgumentParser
from collections.abc import Callable
from pathlib import Path
from typing import Any

from .figures import BadFacts, Problem

BAD_INPUT = 2
LARGEST_BYTES = 64 * 1024 * 1024


def read_bytes(name: str, most: int = LARGEST_BYTES) -> bytes:
    """The bytes of a file, or of standard input for ``-``. BadFacts for what is absent or larger than `most`."""
    try:
        if name == "-":
            raw = sys.stdin.buffer.read(most + 1)
        else:
            with Path(name).open("rb") as file:
                raw = file.read(most + 1)
    except OSError as wrong:
        raise BadFacts([Problem(name, "unreadable", f"读不了“{name}”：{wrong.strerror}；请核对路径和权限")]) from None
    if len(raw) > most:
        raise BadFacts([Problem(name, "too_large", f"“{name}”超过 {most // 1024**2} MB，请分开提交")])
    return raw


def read_text(name: str) -> str:
    """The text of a file, or of standard input for ``-``. BadFacts for what is absent, too large or not UTF-8."""
    try:
        return read_bytes(name).decode("utf-8-sig")
    except UnicodeDecodeError:
        raise BadFacts([Problem(name, "not_utf8", f"“{name}”不是 UTF-8 文本，请另存为 UTF-8 再试")]) from None


def read_table_text(name: str, most: int = LARGEST_BYTES) -> str:
    """The text of a table as spreadsheet programs write it: UTF-8, UTF-16 with its mark, or GB18030. BadFacts otherwise."""
    raw = read_bytes(name, most)
    marked = raw.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    for encoding in ("utf-16",) if marked else ("utf-8-sig", "gb18030"):
        try:
            return raw.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise BadFacts([Problem(name, "not_text", f"“{name}”不是 UTF-8 或 GB18030 文本，请另存为 CSV（UTF-8）再试")])


def read_json(name: str) -> Any:
    """One JSON document, strictly: NaN and Infinity are no JSON, and a key written twice is refused."""
    try:
        return parse_json(read_text(name))
    except (ValueError, RecursionError) as wrong:
        raise BadFacts([Problem(name, "not_json", f"“{name}”不是有效的 JSON：{wrong}")]) from None


def parse_json(text: str) -> Any:
    """One JSON document from text, as strictly. Raises ValueError or RecursionError."""
    return json.loads(text, object_pairs_hook=_unique_keys, parse_constant=_no_constant)


def answer(judge: Callable[[], Any]) -> int:
    """Print what `judge` returns as JSON; a BadFacts becomes messages on stderr and exit code 2."""
    try:
        document = judge()
    except BadFacts as wrong:
        for problem in wrong.problems:
            print(problem.message, file=sys.stderr)
        return BAD_INPUT
    print(json.dumps(document, ensure_ascii=False, allow_nan=False))
    return 0


def facts_door(name: str, judge: Callable[[Any], Any], argv: list[str], description: str) -> int:
    """A door of the form ``anlan NAME --facts FILE|-``."""
    parser = ArgumentParser(prog=f"anlan {name}", description=description)
    parser.add_argument("--facts", required=True, metavar="FILE|-", help="facts as JSON; - reads standard input")
    options = parser.parse_args(argv)
    return answer(lambda: judge(read_json(options.facts)))


def _unique_keys(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, value in pairs:
        if key in found:
            raise ValueError(f"“{key}”写了两次")
        found[key] = value
    return found


def _no_constant(name: str) -> Any:
    raise ValueError(f"{name} 不是数字；不知道时请填 null")
