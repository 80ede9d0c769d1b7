"""A loop drawn as SVG from its declaration: layers from the first state to the ends, steps as arrows; no script, no network.

States stand in columns by their distance from the first one. Arrows that go back run below the boxes, arrows that skip a
column above them, each in a lane of its own so that no two lie on each other.
"""

from __future__ import annotations

from dataclasses import dataclass
from html import escape
from typing import Any

from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from anlan.kernel.loops import Loop, State
from anlan.kernel.scope_names import scope_names

BOX_W, BOX_H = 152, 58
GAP_X, GAP_Y = 148, 34
LANE = 26
PAD = 16
#: How far apart two ways around lie in the gap between columns.
STRIDE = 6
DASHED = ' stroke-dasharray="4 3"'


@dataclass(frozen=True)
class _Arrow:
    source: str
    target: str
    label: str


def layered(loop: Loop) -> list[list[str]]:
    """State names in columns: each stands one further than the last state that leads to it, ways back left aside."""
    order, back = _walked(loop)
    rank = dict.fromkeys(order, 0)
    for name in reversed(order):
        for step in loop.steps_from(name):
            if step.target != name and (name, step.target) not in back:
                rank[step.target] = max(rank[step.target], rank[name] + 1)
    columns: list[list[str]] = [[] for _layer in range(max(rank.values()) + 1)]
    for state in loop.states:
        # What nothing leads to (opened there by a service) stands at the left edge.
        columns[rank.get(state.name, 0)].append(state.name)
    return columns


def _walked(loop: Loop) -> tuple[list[str], set[tuple[str, str]]]:
    """States in the order in which a walk from the first one leaves them for good, and the steps that go back on it."""
    done: list[str] = []
    back: set[tuple[str, str]] = set()
    trail = [(loop.initial, iter([s.target for s in loop.steps_from(loop.initial)]))]
    on_trail = {loop.initial}
    while trail:
        name, onwards = trail[-1]
        target = next(onwards, None)
        if target is None:
            trail.pop()
            on_trail.discard(name)
            done.append(name)
        elif target in on_trail:
            back.add((name, target))
        elif target not in done:
            on_trail.add(target)
            trail.append((target, iter([s.target for s in loop.steps_from(target)])))
    return done, back


def drawn(loop: Loop, *, here: str = "") -> SafeString:
    """The SVG of the loop; `here` marks the present state of a record."""
    columns = layered(loop)
    tallest = max(len(c) for c in columns)
    arrows = _arrows(loop)
    rank = {name: i for i, column in enumerate(columns) for name in column}
    above = [a for a in arrows if rank[a.target] - rank[a.source] > 1]
    below = [a for a in arrows if rank[a.target] <= rank[a.source] and a.source != a.target]
    top = PAD + LANE * len(above)
    edge = PAD + 10 + STRIDE * max(len(above), len(below))
    at: dict[str, tuple[float, float]] = {}
    for i, column in enumerate(columns):
        slack = (tallest - len(column)) * (BOX_H + GAP_Y) / 2
        for j, name in enumerate(column):
            at[name] = (edge + i * (BOX_W + GAP_X), top + slack + j * (BOX_H + GAP_Y))
    bottom = top + tallest * (BOX_H + GAP_Y) - GAP_Y
    width = 2 * edge + len(columns) * (BOX_W + GAP_X) - GAP_X
    height = bottom + LANE * len(below) + PAD + 8
    parts = [_straight(a, at) for a in arrows if rank[a.target] - rank[a.source] == 1]
    parts += [_around(a, at, top - LANE * (i + 1) + 8, i, up=True) for i, a in enumerate(above)]
    parts += [_around(a, at, bottom + LANE * (i + 1) + 4, i, up=False) for i, a in enumerate(below)]
    parts += [_box(loop, s, at[s.name], s.name == here) for s in loop.states]
    parts += [_own(a, at[a.source]) for a in arrows if a.source == a.target]
    marker = f"arrow-{loop.key.replace('.', '-')}"
    body = "".join(parts).replace("url(#arrow)", f"url(#{marker})")
    title = escape(str(loop.title))
    return mark_safe(
        f'<svg class="loopdrawing" viewBox="0 0 {width:g} {height:g}" width="{width:g}" height="{height:g}" role="img" '
        f'aria-label="{title}" style="max-width:100%;height:auto" fill="none" stroke="currentColor" font-size="13">'
        f'<defs><marker id="{marker}" viewBox="0 0 8 8" refX="8" refY="4" markerWidth="8" markerHeight="8" orient="auto">'
        f'<path d="M0 0 8 4 0 8Z" fill="currentColor" stroke="none"/></marker></defs>{body}</svg>'
    )


def _arrows(loop: Loop) -> list[_Arrow]:
    """One arrow per pair of states; several steps between the same two share it."""
    labels: dict[tuple[str, str], list[str]] = {}
    for step in loop.steps:
        for source in step.source:
            labels.setdefault((source, step.target), []).append(str(step.label))
    return [_Arrow(s, t, " / ".join(names)) for (s, t), names in labels.items()]


def _box(loop: Loop, state: State, at: tuple[float, float], here: bool) -> str:
    x, y = at
    weight = 3 if here else 1.2
    limit = _limit(state)
    end = (
        f'<rect x="{x + 4:g}" y="{y + 4:g}" width="{BOX_W - 8}" height="{BOX_H - 8}" rx="4" stroke-width="1"/>'
        if state.final
        else ""
    )
    start = f'<circle cx="{x:g}" cy="{y:g}" r="5" fill="currentColor"/>' if state.name == loop.initial else ""
    return (
        f'<g><rect x="{x:g}" y="{y:g}" width="{BOX_W}" height="{BOX_H}" rx="6" stroke-width="{weight}"'
        f' style="fill:var(--surface,#fff)"/>{end}{start}'
        + _text(x + BOX_W / 2, y + (25 if limit else 34), str(state.label), bold=True)
        + (_text(x + BOX_W / 2, y + 44, limit, small=True) if limit else "")
        + "</g>"
    )


def _limit(state: State) -> str:
    if state.final:
        return ""
    if isinstance(state.within, int | float):
        time = _("%(n)g 分钟内") % {"n": state.within}
    elif state.within:
        time = _("限时按规定")
    else:
        time = _("不计时")
    return f"{scope_names().role_label(state.owner)} · {time}"


def _straight(arrow: _Arrow, at: dict[str, tuple[float, float]]) -> str:
    (x1, y1), (x2, y2) = at[arrow.source], at[arrow.target]
    x1, y1, y2 = x1 + BOX_W, y1 + BOX_H / 2, y2 + BOX_H / 2
    middle = (x1 + x2) / 2
    line = f'<path d="M{x1:g} {y1:g}C{middle:g} {y1:g} {middle:g} {y2:g} {x2:g} {y2:g}" marker-end="url(#arrow)"/>'
    return line + _text(middle, (y1 + y2) / 2 - 6, arrow.label, small=True, halo=True)


def _around(arrow: _Arrow, at: dict[str, tuple[float, float]], lane: float, turn: int, *, up: bool) -> str:
    """Out at the right, through the gap to its lane, along it, and in at the left: past all boxes."""
    (x1, y1), (x2, y2) = at[arrow.source], at[arrow.target]
    side = -1 if up else 1
    y1, y2 = y1 + BOX_H / 2 + side * 9, y2 + BOX_H / 2 + side * 9
    out, into = x1 + BOX_W + 8 + STRIDE * turn, x2 - 10 - STRIDE * turn
    line = (
        f'<path d="M{x1 + BOX_W:g} {y1:g}H{out:g}V{lane:g}H{into:g}V{y2:g}H{x2:g}"{"" if up else DASHED} '
        'marker-end="url(#arrow)"/>'
    )
    return line + _text((out + into) / 2, lane - 4, arrow.label, small=True, halo=True)


def _own(arrow: _Arrow, at: tuple[float, float]) -> str:
    """A step that stays in its state is written at the box."""
    x, y = at
    words = f"↻ {arrow.label}"
    # Wider than its box and the gap beside it, the words would run into the next column: they end there and are told in full on pointing.
    return _text(x, y + BOX_H + 14, words, small=True, halo=True, anchor="start", most=24)


def _text(
    x: float, y: float, words: Any, *, bold: bool = False, small: bool = False, halo: bool = False, anchor: str = "middle",
    most: int = 0,
) -> str:  # fmt: skip
    whole = str(words)
    shown = _cut(whole, most) if most else whole
    hint = f"<title>{escape(whole)}</title>" if shown != whole else ""
    weight, size = ' font-weight="600"' if bold else "", ' font-size="11.5"' if small else ""
    style = "stroke:none" if not halo else "stroke:var(--surface,#fff);stroke-width:4;paint-order:stroke"
    return (
        f'<text x="{x:g}" y="{y:g}" text-anchor="{anchor}" fill="currentColor" style="{style}"'
        f"{weight}{size}>{escape(shown)}{hint}</text>"
    )


def _cut(words: str, most: int) -> str:
    """So many Chinese characters, or twice as many Latin ones."""
    room = 2 * most
    for at, letter in enumerate(words):
        room -= 2 if ord(letter) > 255 else 1
        if room < 0:
            return words[:at] + "…"
    return words
