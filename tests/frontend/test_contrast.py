"""Text is readable in every theme: WCAG AA, computed from the tokens themselves."""

from __future__ import annotations

import re

import pytest

from .stage import ROOT

TOKENS = (ROOT / "frontend/src/tokens.css").read_text(encoding="utf-8")


def tokens_of(theme: str) -> dict[str, str]:
    found: dict[str, str] = {}
    for selector, body in re.findall(r"([^{}]+)\{([^{}]*)\}", TOKENS):
        if ":root" in selector or f'data-theme="{theme}"' in selector:
            found |= dict(re.findall(r"(--[\w-]+):\s*(#[0-9a-f]{6})", body))
    return found


def luminance(colour: str) -> float:
    def linear(part: str) -> float:
        c = int(part, 16) / 255
        return c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4

    r, g, b = (linear(colour[i : i + 2]) for i in (1, 3, 5))
    return 0.2126 * r + 0.7152 * g + 0.0722 * b


def contrast(one: str, other: str) -> float:
    high, low = sorted((luminance(one), luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


TEXT = [
    (ink, ground)
    for ink in ("--ink", "--ink-2", "--ink-3", "--accent")
    for ground in ("--ground", "--surface", "--raised", "--hover", "--chosen")
]
TEXT += [
    ("--accent-ink", "--accent"),
    ("--accent-ink", "--accent-strong"),
    ("--late-ink", "--late"),
    ("--ink", "--sunken"),
    ("--ink", "--stripe"),
    ("--map-ink", "--map-land"),
]
TEXT += [(f"--level-{c}-ink", f"--level-{c}") for c in ("blue", "yellow", "orange", "red")]


@pytest.mark.parametrize("theme", ["light", "night", "wall"])
def test_text_reaches_aa(theme):
    t = tokens_of(theme)
    poor = {
        f"{ink} on {ground}": round(contrast(t[ink], t[ground]), 2)
        for ink, ground in TEXT
        if contrast(t[ink], t[ground]) < 4.5
    }
    assert poor == {}


@pytest.mark.parametrize("theme", ["light", "night", "wall"])
def test_edges_of_controls_and_the_focus_reach_three_to_one(theme):
    t = tokens_of(theme)
    for edge in ("--line-strong", "--accent"):
        assert contrast(t[edge], t["--surface"]) >= 3, edge
