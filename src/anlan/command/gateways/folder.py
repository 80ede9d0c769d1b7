"""The folder for files: what is laid into ``<folder>/<region code>/`` is taken once and moved to ``done``, or to ``refused`` with a
file beside it that says why.

json: one report or an array, in the format ``plain``; csv: a report in each row, named as in ``plain``; txt: one report; eml: a mail.
A file is taken when it has stood still for a moment and does not end in ``.part`` or ``.tmp``. It is moved after its reports are kept:
whoever is killed in between finds them again by their numbers.
"""

from __future__ import annotations

import csv
import io
import json
import logging
import os
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import DataError, InterfaceError, OperationalError

from anlan.command.models import Incoming
from anlan.kernel import clock
from anlan.kernel.context import system
from anlan.kernel.errors import BadInput, Refused
from anlan.kernel.wording import words as _
from anlan.places.queries import region

from .delivering import Original, deliver
from .formats import Report, format_named, read_alarm
from .mails import read_mail

log = logging.getLogger("anlan.gateways")
#: Seconds that a file must not have changed.
STILL_S = 1.0
LARGEST = 20 * 1024 * 1024
UNFINISHED = (".part", ".tmp", ".crdownload")
DONE, REFUSED = "done", "refused"
LONGEST_NAME = 180
#: Files that could be neither taken nor put aside, as they were: looked at again when they change, and after a start.
_left: dict[Path, int] = {}


def folder() -> Path:
    return Path(settings.DROP_DIR)


def take_files(now: float | None = None) -> dict[str, int]:
    """Take what has been laid down. Returns counts of files taken and refused; a file never stops the others."""
    base, counts = folder(), {"taken": 0, "refused": 0}
    if not base.is_dir():
        return counts
    for path in sorted(base.iterdir()):
        if path.is_dir() and path.name.isdigit() and not path.is_symlink():
            for file in sorted(path.iterdir()):
                _take(file, path.name, now, counts)
        else:
            _take(path, "", now, counts)
    return counts


def _take(path: Path, code: str, now: float | None, counts: dict[str, int]) -> None:
    """One file of a folder; whatever is wrong with it is its own affair. Only a database that is away ends the round."""
    try:
        changed = path.lstat().st_mtime_ns
        if not path.is_file() or _unfinished(path, now) or _left.get(path) == changed:
            return
        _left[path] = changed
        if code:
            counts["taken" if take_file(path, code) else "refused"] += 1
        else:
            _refuse(path, [str(_("请放进以区划码命名的文件夹，例如 110107004"))])
            counts["refused"] += 1
        del _left[path]
    except (OperationalError, InterfaceError):
        _left.pop(path, None)
        raise
    except Exception:
        log.exception("file %s is left where it is", path.name)


def take_file(path: Path, code: str) -> bool:
    """Take one file. True when nothing in it was refused; its reports that are sound are kept in either case."""
    ctx = system("drop", cause=f"drop:{path.name}"[:120])
    faults: list[str] = []
    try:
        if path.is_symlink():
            raise BadInput(_("不收快捷方式（链接）"), mend=_("请放文件本身"))
        if path.stat().st_size > LARGEST:
            raise BadInput(_("文件超过 %(n)d MB") % {"n": LARGEST // 2**20}, mend=_("请拆成几个文件"))
        scope = region(code).path
        for where, report, original in _reports(path, faults):
            try:
                deliver(
                    ctx, gateway=f"drop:{code}", report=report, original=original, scope=scope, channel=_channel(path)
                )
            except (Refused, DataError, ValueError) as fault:
                faults.append(f"{where}{fault}"[:300])
    except Refused as fault:
        faults.append(f"{fault}{'：' + str(fault.mend) if fault.mend else ''}")
    except (OperationalError, InterfaceError):
        raise
    except Exception as fault:
        log.warning("file %s", path.name, exc_info=True)
        faults.append(str(_("读不了：%(why)s") % {"why": str(fault)[:200]}))
    if faults:
        _refuse(path, faults)
    else:
        _move(path, path.parent / DONE / f"{clock.real_now():%Y%m%d}")
    return not faults


def _channel(path: Path) -> str:
    return Incoming.Channel.MAIL if path.suffix.lower() == ".eml" else Incoming.Channel.FILE


def _reports(path: Path, faults: list[str]) -> Iterator[tuple[str, Report, Original]]:
    """(where in the file, report, original) one by one; what is unsound is noted in `faults`."""
    raw, kind = _bytes_of(path), path.suffix.lower()
    # Without a number it is the file that tells a repeat: taken once more after a kill, it has not changed.
    laid = f".{path.stat().st_mtime_ns}"
    if kind == ".eml":
        yield "", *read_mail(raw)
        return
    if kind not in (".json", ".csv", ".txt"):
        raise BadInput(
            _("不收“%(kind)s”文件") % {"kind": kind or path.name[-20:]}, mend=_("请用 json、csv、txt 或 eml")
        )
    text = _decoded(raw)
    if kind == ".txt":
        report = read_alarm({"text": text, "source": str(_("文件投递"))}, format_named("plain"))
        yield "", replace(report, foreign_id=report.foreign_id + laid, numbered=True), Original(raw, "text/plain")
        return
    rows = _json_rows(text) if kind == ".json" else _csv_rows(text)
    for where, row in rows:
        try:
            if isinstance(row, Refused):
                raise row
            report = read_alarm(row, format_named("plain"))
        except Refused as fault:
            faults.append(f"{where}{fault}")
            continue
        if not report.numbered:
            report = replace(report, foreign_id=report.foreign_id + laid, numbered=True)
        body = json.dumps(row, ensure_ascii=False, sort_keys=True).encode("utf-8", "replace")
        yield where, report, Original(body, "application/json")


def _json_rows(text: str) -> Iterator[tuple[str, Any]]:
    given = json.loads(text)
    for number, row in enumerate(given if isinstance(given, list) else [given], 1):
        yield str(_("第 %(n)d 条：") % {"n": number}), row


def _csv_rows(text: str) -> Iterator[tuple[str, Any]]:
    """Columns with a dot go into an object: ``facts.injured``."""
    table = csv.DictReader(io.StringIO(text, newline=""))
    if "text" not in (table.fieldnames or ()):
        raise BadInput(_("首行没有 text 列"), mend=_("首行写列名：id,time,place,text,phone,facts.injured"))
    for row in table:
        where = str(_("第 %(n)d 行：") % {"n": table.line_num})
        if None in row:
            yield where, BadInput(_("列数比首行多"), mend=_("内容里有逗号的，请加引号"))
            continue
        whole: dict[str, Any] = {}
        for name, value in row.items():
            if value not in (None, ""):
                part, _dot, rest = name.partition(".")
                if rest:
                    whole.setdefault(part, {})[rest] = value
                else:
                    whole[name] = value
        yield where, whole


def _bytes_of(path: Path) -> bytes:
    """The file itself, not what somebody made its name lead to meanwhile."""
    with os.fdopen(os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK), "rb") as file:
        return file.read(LARGEST + 1)


def _decoded(raw: bytes) -> str:
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            return raw.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise BadInput(_("不是 UTF-8 或 GB18030 文本"), mend=_("请另存为 UTF-8 再放一次"))


def _unfinished(path: Path, now: float | None) -> bool:
    if path.name.startswith(".") or path.suffix.lower() in UNFINISHED:
        return True
    try:
        return (time.time() if now is None else now) - path.stat().st_mtime < STILL_S
    except FileNotFoundError:
        return True


def _refuse(path: Path, faults: list[str]) -> None:
    kept = _move(path, path.parent / REFUSED)
    kept.with_name(f"{kept.name}.reason.txt").write_text("\n".join(faults) + "\n", "utf-8")
    log.warning("file %s refused: %s", path.name, faults[0])


def _move(path: Path, to: Path) -> Path:
    """Into `to`, under a name of its own."""
    to.mkdir(parents=True, exist_ok=True)
    stem = path.stem.encode()[: LONGEST_NAME - len(path.suffix.encode())].decode("utf-8", "ignore")
    target, number = to / f"{stem}{path.suffix}", 1
    while target.exists():
        number += 1
        target = to / f"{stem}-{number}{path.suffix}"
    path.replace(target)
    return target
