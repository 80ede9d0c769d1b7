"""Query options of an address: ``$filter``, ``$expand`` with options of its own, ``$select``, ``$orderby``, ``$top``, …"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from django.utils.translation import gettext_lazy as _

from anlan.kernel.errors import BadInput

from .grammar import Node, read_expression, read_order

#: Rows of an answer when nothing is said, and at most; at most for observations as a table.
USUAL_ROWS = 100
MOST_ROWS = 1000
MOST_TABLE_ROWS = 10_000
MOST_SKIPPED = 1_000_000
#: How deep entities may be expanded into each other, and how many at one place.
DEEPEST_EXPANSION = 4
MOST_EXPANSIONS = 12
MOST_CHARACTERS = 16_000


@dataclass(frozen=True, slots=True)
class Options:
    """What was asked of one entity set. `top` None: as many as usual."""

    filter: Node | None = None
    order: tuple[tuple[Node, bool], ...] = ()
    expand: tuple[tuple[str, Options], ...] = ()
    select: tuple[str, ...] = ()
    top: int | None = None
    skip: int = 0
    count: bool = False
    table: bool = False
    after: str = ""
    #: The options as they were written, for the address of the next page.
    written: tuple[tuple[str, str], ...] = field(default=(), compare=False)


def read_options(pairs: Iterable[tuple[str, str]], *, depth: int = 0) -> Options:
    """Raises BadInput that names the option."""
    found = Options()
    written: list[tuple[str, str]] = []
    seen: set[str] = set()
    for name, text in pairs:
        if not name.startswith("$"):
            continue
        if name in seen:
            raise BadInput(_("“%(name)s”写了两次") % {"name": name[:40]}, mend=_("每个选项只写一次"), field=name[:40])
        seen.add(name)
        if len(text) > MOST_CHARACTERS:
            raise BadInput(
                _("“%(name)s”有 %(n)d 个字符，最多 %(most)d 个") % {"name": name[:40], "n": len(text), "most": MOST_CHARACTERS},
                mend=_("请把条件拆成几次查询"), field=name[:40],
            )  # fmt: skip
        try:
            found = _with(found, name, text.strip(), depth)
        except BadInput as bad:
            # The same refusal, with the option it concerns.
            raise BadInput(bad.message, mend=bad.mend, field=bad.field or name[:40]) from None
        written.append((name, text))
    return replace(found, written=tuple(written))


def _with(found: Options, name: str, text: str, depth: int) -> Options:
    if name == "$filter":
        return replace(found, filter=read_expression(text))
    if name == "$orderby":
        return replace(found, order=tuple(read_order(text)))
    if name == "$expand":
        return replace(found, expand=_expansions(text, depth))
    if name == "$select":
        return replace(found, select=tuple(part.strip() for part in text.split(",") if part.strip()))
    if name == "$top":
        return replace(found, top=_whole(text, name, MOST_SKIPPED))
    if name == "$skip":
        return replace(found, skip=_whole(text, name, MOST_SKIPPED))
    if name == "$count":
        return replace(found, count=_truth(text))
    if name == "$resultFormat" and depth == 0:
        if text != "dataArray":
            raise BadInput(_("没有“%(text)s”这种结果格式") % {"text": text[:40]}, mend=_("可用的格式：dataArray"))
        return replace(found, table=True)
    if name == "$skiptoken" and depth == 0:
        return replace(found, after=text)
    raise BadInput(
        _("没有“%(name)s”这个选项") % {"name": name[:40]},
        mend=_("可用的选项：$filter、$expand、$select、$orderby、$top、$skip、$count、$resultFormat"),
    )


def _whole(text: str, name: str, most: int) -> int:
    if not (text.isascii() and text.isdigit()) or len(text) > 9 or int(text) > most:
        raise BadInput(
            _("%(name)s 要写 0 到 %(most)d 的整数，收到的是“%(text)s”") % {"name": name, "most": most, "text": text[:20]},
            mend=_("请改成整数；更靠后的内容请沿 @iot.nextLink 翻页"),
        )  # fmt: skip
    return int(text)


def _truth(text: str) -> bool:
    if text not in ("true", "false"):
        raise BadInput(
            _("$count 要写 true 或 false，收到的是“%(text)s”") % {"text": text[:20]}, mend=_("请写 true 或 false")
        )
    return text == "true"


def _expansions(text: str, depth: int) -> tuple[tuple[str, Options], ...]:
    if depth >= DEEPEST_EXPANSION:
        raise BadInput(_("$expand 最多套 %(most)d 层") % {"most": DEEPEST_EXPANSION}, mend=_("请分几次查询"))
    found: dict[str, Options] = {}
    for part in _split(text, ","):
        name, inner = _expansion(part.strip(), depth)
        before = found.get(name)
        found[name] = inner if before is None else replace(before, expand=(*before.expand, *inner.expand))
    if len(found) > MOST_EXPANSIONS:
        raise BadInput(_("一处最多展开 %(most)d 种") % {"most": MOST_EXPANSIONS}, mend=_("请分几次查询"))
    return tuple(found.items())


def _expansion(part: str, depth: int) -> tuple[str, Options]:
    """``Name``, ``Name(options)`` or ``Name/Other`` (short for an expansion within the expansion)."""
    name, bracket, inside = part.partition("(")
    if "/" in name:
        first, _sign, rest = part.partition("/")
        return first.strip(), Options(expand=_expansions(rest, depth + 1))
    if not bracket:
        if not name:
            raise BadInput(_("$expand 里有空项"), mend=_("请写要展开的名称，用逗号隔开"))
        return name, Options()
    closed, after = _closing(inside)
    pairs = []
    for one in _split(closed, ";"):
        option, sign, value = one.partition("=")
        if one.strip() and not sign:
            raise BadInput(
                _("“%(text)s”里没有等号") % {"text": one.strip()[:40]}, mend=_("括号里写成 $top=1;$orderby=… 的样子")
            )
        if one.strip():
            pairs.append((option.strip(), value))
    inner = read_options(pairs, depth=depth + 1)
    if after.strip().startswith("/"):
        inner = replace(inner, expand=(*inner.expand, *_expansions(after.strip()[1:], depth + 1)))
    elif after.strip():
        raise BadInput(_("右括号后面多了“%(text)s”") % {"text": after.strip()[:40]}, mend=_("请核对括号"))
    return name.strip(), inner


def _closing(text: str) -> tuple[str, str]:
    """What stands before the bracket that closes, and what after it."""
    depth, quoted = 1, False
    for at, sign in enumerate(text):
        if sign == "'":
            quoted = not quoted
        elif not quoted and sign in "()":
            depth += 1 if sign == "(" else -1
            if depth == 0:
                return text[:at], text[at + 1 :]
    raise BadInput(_("少了右括号"), mend=_("请核对括号"))


def _split(text: str, separator: str) -> list[str]:
    """Parts between separators that stand outside brackets and quotation marks."""
    parts, start, depth, quoted = [], 0, 0, False
    for at, sign in enumerate(text):
        if sign == "'":
            quoted = not quoted
        elif not quoted and sign in "()":
            depth += 1 if sign == "(" else -1
        elif not quoted and depth == 0 and sign == separator:
            parts.append(text[start:at])
            start = at + 1
    return [*parts, text[start:]]
