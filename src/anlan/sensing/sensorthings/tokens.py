"""Words of a filter expression: strings, numbers, instants, shapes, names and signs. Bounded, and without any guess."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from django.utils.dateparse import parse_datetime, parse_duration
from django.utils.translation import gettext_lazy as _

from anlan.kernel.errors import BadInput

#: Longest expression, in characters.
MOST_CHARACTERS = 4000
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_INSTANT = r"\d{4}-\d\d-\d\dT\d\d:\d\d(?::\d\d(?:\.\d{1,9})?)?(?:Z|[+\- ]\d\d:?\d\d)?"
_WORDS = re.compile(
    rf"""\s*(?:
      (?P<shape>geography'[^']*')
    | (?P<duration>duration'[^']*')
    | (?P<string>'(?:[^']|'')*')
    | (?P<interval>{_INSTANT}/{_INSTANT})
    | (?P<instant>{_INSTANT})
    | (?P<date>\d{{4}}-\d\d-\d\d(?![\d:]))
    | (?P<number>\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)
    | (?P<name>[@$]?[^\W\d][\w.]*)
    | (?P<sign>[(),/*-])
    )""",
    re.VERBOSE | re.UNICODE,
)


@dataclass(frozen=True, slots=True)
class Token:
    """`kind`: shape, duration, string, interval, instant, date, number, name, sign or end. `at`: character, counted from 1."""

    kind: str
    value: Any
    at: int


def tokens_of(text: str) -> list[Token]:
    """The words of an expression, closed by one of kind ``end``. Raises BadInput that names the character."""
    if len(text) > MOST_CHARACTERS:
        raise BadInput(
            _("表达式有 %(n)d 个字符，最多 %(most)d 个") % {"n": len(text), "most": MOST_CHARACTERS},
            mend=_("请把条件拆成几次查询"),
        )
    if "\x00" in text or any(0xD800 <= ord(c) < 0xE000 for c in text):
        raise BadInput(_("表达式里有无法处理的字符"), mend=_("请去掉不可见的字符再试"))
    found: list[Token] = []
    at, end = 0, len(text.rstrip())
    while at < end:
        match = _WORDS.match(text, at)
        if match is None:
            raise unreadable(text, at + 1)
        kind = str(match.lastgroup)
        found.append(Token(kind, _value(kind, match[kind], match.start(kind) + 1), match.start(kind) + 1))
        at = match.end()
    found.append(Token("end", "", len(text) + 1))
    return found


def unreadable(text: str, at: int) -> BadInput:
    near = text[max(0, at - 1) : at + 19].strip()
    return BadInput(
        _("第 %(at)d 个字符处读不懂：“%(near)s”") % {"at": at, "near": near or "…"},
        mend=_("文字用单引号括起来，时间写成 2016-07-20T12:00:00Z；地址里的加号要写成 %2B"),
    )


def _value(kind: str, raw: str, at: int) -> Any:
    if kind == "string":
        return raw[1:-1].replace("''", "'")
    if kind == "number":
        return _number(raw, at)
    if kind == "instant":
        return instant_us(raw)
    if kind == "interval":
        first, last = raw.split("/")
        return instant_us(first), instant_us(last)
    if kind == "date":
        return instant_us(f"{raw}T00:00:00Z")
    if kind == "duration":
        found = parse_duration(raw[len("duration'") : -1])
        if found is None:
            raise unreadable(raw, 1)
        return found // timedelta(microseconds=1)
    if kind == "shape":
        return raw[len("geography'") : -1]
    return raw


def _number(raw: str, at: int) -> float:
    value = float(raw)
    if value in (float("inf"), float("-inf")):
        raise BadInput(
            _("第 %(at)d 个字符处的数字太大") % {"at": at}, mend=_("请写成双精度浮点数放得下的数，绝对值小于 1.8e308")
        )
    return value


def instant_us(text: str) -> int:
    """Microseconds since 1970 UTC of an ISO 8601 instant with its offset. Raises BadInput."""
    # A plus sign in an address is read as a blank.
    given = re.sub(r" (\d\d:?\d\d)$", r"+\1", text)
    try:
        moment = parse_datetime(given)
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is None:
        raise BadInput(
            _("时间“%(time)s”认不出来，或没有时区") % {"time": text[:40]},
            mend=_("请写成 2016-07-20T12:00:00Z 或 2016-07-20T12:00:00%2B08:00 的样子"),
        )
    return (moment - EPOCH) // timedelta(microseconds=1)
