"""``anlan observe FILE|-``: readings from a file or a pipe into a running platform, through its front door, until acknowledged.

A client like any other: it signs in or brings an access token, sends batches, and sends one again until there is an answer; the
platform stores nothing twice.
"""

from __future__ import annotations

import csv
import json
import os
import queue
import sys
import threading
import time
from argparse import ArgumentParser, Namespace
from collections.abc import Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass, field
from typing import Any, BinaryIO

from anlan.kernel.runtime import paths

from .posting import Door, NoEntry, NoService, Refusal

BATCH, MOST_BATCH = 5_000, 20_000
#: A pipe that pauses for so long has its readings sent on.
PAUSE_S = 0.5
SHOWN, KEPT = 20, 10_000
COLUMNS = ("time", "station", "value", "property", "unit")
Line = tuple[int, dict[str, Any] | None, str]


@dataclass
class Tally:
    """What became of the lines."""

    accepted: int = 0
    duplicates: int = 0
    corrected: int = 0
    refused: int = 0
    rejected: list[dict[str, Any]] = field(default_factory=list)

    def refuse(self, line: int, reason: str, mend: str = "") -> None:
        self.refused += 1
        if len(self.rejected) < KEPT:
            self.rejected.append({"line": line, "reason": reason, "mend": mend})
        if self.refused <= SHOWN:
            print(f"第 {line} 行：{reason}{'；' + mend if mend else ''}", file=sys.stderr)


def main(argv: list[str]) -> int:
    """0: every line is stored; 1: some were refused; 2: nothing could be done (file, address, sign-in)."""
    parser = ArgumentParser(prog="anlan observe", description="Feed readings into a running platform.")
    parser.add_argument(
        "file", metavar="FILE|-", help="CSV (time,station,value[,property,unit]) or one JSON object a line"
    )
    parser.add_argument(
        "--address",
        "--url",
        dest="address",
        help="of the platform (default: ANLAN_ADDRESS, else the one that runs here)",
    )
    parser.add_argument("--user", help="name to sign in with (default: ANLAN_USER)")
    parser.add_argument("--password-file", help="its password (default: ANLAN_PASSWORD; at a demonstration its own)")
    parser.add_argument("--token-file", help="an access token instead of name and password (default: ANLAN_TOKEN_FILE)")
    parser.add_argument(
        "--batch", type=int, default=BATCH, help=f"readings a request, at most {MOST_BATCH} (default {BATCH})"
    )
    parser.add_argument("--give-up", type=float, metavar="S", help="seconds without an answer (default: never)")
    told = parser.parse_args(argv)
    tally = Tally()
    try:
        source = sys.stdin.buffer if told.file == "-" else open(told.file, "rb")  # noqa: SIM115  # closed below
        with closing(source):
            door = _door(told)
            door.enter()
            for batch in batches(read_lines(source), min(max(told.batch, 1), MOST_BATCH), tally):
                send(door, batch, tally)
                _progress(tally)
    except OSError as wrong:
        print(f"anlan observe: {wrong.filename or told.file}: {wrong.strerror or wrong}", file=sys.stderr)
        return 2
    except (NoEntry, NoService, ValueError) as wrong:
        print(f"anlan observe: {wrong}", file=sys.stderr)
        print(_summary(tally))
        return 2
    print(_summary(tally))
    return 1 if tally.refused else 0


def send(door: Door, batch: list[tuple[int, dict[str, Any]]], tally: Tally) -> None:
    """One batch until it is acknowledged; in halves when it is too large."""
    try:
        answer = door.post("/api/v1/sensing/observations", {"readings": [row for _line, row in batch]})
    except Refusal as refused:
        if refused.status != 413 or len(batch) == 1:
            for line, _row in batch:
                tally.refuse(line, refused.reason, refused.mend)
            return
        half = len(batch) // 2
        send(door, batch[:half], tally)
        send(door, batch[half:], tally)
        return
    tally.accepted += answer["accepted"]
    tally.duplicates += answer["duplicates"]
    tally.corrected += answer["corrected"]
    for bad in answer["rejected"]:
        tally.refuse(batch[bad["index"]][0], bad["reason"], bad["mend"])


def batches(lines: Iterator[Line], most: int, tally: Tally) -> Iterator[list[tuple[int, dict[str, Any]]]]:
    """Rows in batches; what cannot be read is refused by its line. A pause in the input ends a batch."""
    waiting: queue.Queue[Line | BaseException | None] = queue.Queue(maxsize=4 * most)

    def fill() -> None:
        try:
            for line in lines:
                waiting.put(line)
            waiting.put(None)
        except BaseException as error:  # handed over to who reads the queue
            waiting.put(error)

    threading.Thread(target=fill, daemon=True).start()
    batch: list[tuple[int, dict[str, Any]]] = []
    while True:
        try:
            found = waiting.get(timeout=PAUSE_S if batch else None)
        except queue.Empty:
            yield batch
            batch = []
            continue
        if found is None or isinstance(found, BaseException):
            break
        line, row, reason = found
        if row is None:
            tally.refuse(line, reason)
            continue
        batch.append((line, row))
        if len(batch) >= most:
            yield batch
            batch = []
    if batch:
        yield batch
    if isinstance(found, BaseException):
        raise found


def read_lines(source: BinaryIO | Iterable[bytes]) -> Iterator[Line]:
    """(line, row or None, why not) of a CSV with a header, or of JSON objects line by line. ValueError for neither."""
    numbered = ((n, _text(raw)) for n, raw in enumerate(source, 1))
    begun = next(((n, text) for n, text in numbered if text.strip()), None)
    if begun is None:
        return
    n, first = begun
    if first.lstrip().startswith("{"):
        yield _json_row(n, first)
        for n, text in numbered:
            if text.strip():
                yield _json_row(n, text)
        return
    header = [name.strip().lower() for name in next(csv.reader([first]))]
    if not {"time", "station", "value"} <= set(header):
        raise ValueError("首行应为 time,station,value[,property,unit]；或者每行一个 JSON 对象")
    yield from _csv_rows(header, numbered, n)


def _csv_rows(header: list[str], numbered: Iterator[tuple[int, str]], begun: int) -> Iterator[Line]:
    at = begun

    def texts() -> Iterator[str]:
        nonlocal at
        for number, text in numbered:
            at = number
            yield text

    for cells in csv.reader(texts()):
        if not cells or not any(cell.strip() for cell in cells):
            continue
        if len(cells) > len(header):
            yield at, None, f"有 {len(cells)} 列，首行只有 {len(header)} 列"
            continue
        row = dict(zip(header, (cell.strip() for cell in cells), strict=False))
        yield at, {name: row[name] for name in COLUMNS if row.get(name)}, ""


def _json_row(line: int, text: str) -> Line:
    try:
        row = json.loads(text)
    except (ValueError, RecursionError):
        return line, None, "不是一个 JSON 对象"
    if not isinstance(row, dict):
        return line, None, "不是一个 JSON 对象"
    return line, {name: row[name] for name in COLUMNS if row.get(name) is not None}, ""


def _text(raw: bytes) -> str:
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            return raw.decode(encoding)
        except UnicodeDecodeError:
            continue
    return raw.decode("utf-8", "replace")


def _door(told: Namespace) -> Door:
    """With a token when one is given, otherwise with name and password. A name that is typed goes before a token of the surroundings."""
    address = _address(told.address)
    file = told.token_file or (None if told.user else os.environ.get("ANLAN_TOKEN_FILE"))
    if file:
        with open(file, encoding="utf-8") as kept:
            token = kept.read().strip()
        if not token or not token.isascii() or not token.isprintable() or " " in token:
            raise ValueError(f"{file} 里不是一个接入令牌")
        return Door(address, token=token, give_up_s=told.give_up)
    user = told.user or os.environ.get("ANLAN_USER") or ""
    return Door(address, user, _password(told.password_file, user), give_up_s=told.give_up)


def _address(given: str | None) -> str:
    address = given or os.environ.get("ANLAN_ADDRESS")
    if not address:
        port = paths.read_runtime(paths.var_dir()).get("web_port")
        if not port:
            raise ValueError("没有说明平台的地址；请用 --address 写明，例如 http://127.0.0.1:8000")
        address = f"http://127.0.0.1:{port}"
    return address.rstrip("/")


def _password(file: str | None, user: str) -> str:
    if not user:
        raise ValueError("没有说明用哪个账号报送；请用 --user 或 ANLAN_USER 写明")
    if file is None and "ANLAN_PASSWORD" in os.environ:
        return os.environ["ANLAN_PASSWORD"]
    name = file or os.path.join(paths.var_dir(), "demo-password.txt")
    if file is None and not os.path.exists(name):
        raise ValueError("没有密码；请用 --password-file 或 ANLAN_PASSWORD 给出")
    with open(name, encoding="utf-8") as kept:
        return kept.read().strip()


_shown_at = 0.0


def _progress(tally: Tally) -> None:
    global _shown_at
    if time.monotonic() - _shown_at > 2:
        _shown_at = time.monotonic()
        print(f"已收 {tally.accepted}，重复 {tally.duplicates}，拒收 {tally.refused}", file=sys.stderr)


def _summary(tally: Tally) -> str:
    return json.dumps(
        {
            "accepted": tally.accepted, "duplicates": tally.duplicates, "corrected": tally.corrected,
            "refused": tally.refused, "rejected": tally.rejected,
        },
        ensure_ascii=False,
    )  # fmt: skip
