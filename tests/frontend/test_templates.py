"""The parts stand by themselves: with what their comment names, with nothing, and with hostile words."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from . import samples
from .stage import ROOT, render

TEMPLATES = ROOT / "src/anlan/templates"
PARTS = sorted(p.name for p in (TEMPLATES / "parts").glob("*.html"))
#: These show one given thing; without it there is nothing to show.
NEED_A_SUBJECT = {"map.html", "chart.html", "field.html"}


@pytest.mark.parametrize("name", [p for p in PARTS if p not in NEED_A_SUBJECT])
def test_a_part_without_context_is_rendered_all_the_same(name):
    assert isinstance(render(f"parts/{name}", {}), str)


@pytest.mark.parametrize("level", ["blue", "yellow", "orange", "red"])
def test_a_level_is_always_word_and_shape(level):
    shown = render("parts/level.html", {"level": level})
    word = {"blue": "蓝色", "yellow": "黄色", "orange": "橙色", "red": "红色"}[level]
    assert word in shown
    assert "<svg" in shown


def test_the_four_levels_have_four_shapes():
    shapes = {
        re.search(r"<svg.*?</svg>", render("parts/level.html", {"level": level}), re.S).group()
        for level in samples.SAMPLE["levels"]
    }
    assert len(shapes) == 4


def test_an_unknown_level_is_said_to_be_unknown_and_takes_no_colour():
    shown = render("parts/level.html", {"level": "purple"})
    assert "级别不明" in shown
    assert "data-level" not in shown


def test_an_unknown_figure_is_not_zero():
    assert "未知" in render("parts/figure.html", {"name": "被困", "value": None})
    assert ">0<" in render("parts/figure.html", {"name": "被困", "value": 0, "url": "/x/"})


def test_a_field_shows_zero_and_prefers_the_value_to_the_default():
    field = {"name": "n", "label": "数", "kind": "int", "default": 7}
    assert 'value="0"' in render("parts/field.html", {"field": field, "value": 0})
    assert 'value="7"' in render("parts/field.html", {"field": field})
    assert 'value=""' in render("parts/field.html", {"field": {"name": "n", "label": "数", "kind": "int"}})


def test_words_from_outside_are_never_markup():
    hostile = "<script>alert(1)</script>"
    shown = render(
        "parts/todo.html",
        {"todo": [{"id": 1, "text": hostile, "where": hostile, "url": "/x/", "due": samples.after(1)}]},
    )
    assert "<script" not in shown
    config = render("parts/map.html", {"map_config": {"title": "</script><script>alert(1)</script>"}})
    assert config.count("<script") == 1


def test_the_error_page_speaks_without_any_context_and_without_built_files():
    for code in (403, 404, 500):
        shown = render(f"{code}.html", {})
        assert str(code) in shown
        assert "怎么办" in shown
        assert "built/" not in shown


def test_the_traces_unknown_is_shown_as_unknown():
    shown = render("parts/basis.html", {"basis": samples.BASIS})
    assert 'data-holds="unknown"' in shown
    assert "被困人数若达到 3 人，升为Ⅱ级" in shown


def test_an_empty_ledger_says_how_rows_get_there():
    shown = render("parts/ledger.html", {"ledger": samples.ledger(0)})
    assert "这里会列出应急队伍" in shown
    assert "<table" not in shown


def test_no_template_and_no_script_names_another_host():
    files = [
        *TEMPLATES.rglob("*.html"),
        *(ROOT / "frontend/src").rglob("*.ts"),
        *(ROOT / "frontend/src").rglob("*.css"),
        *(ROOT / "src/anlan/static").glob("*.*"),
    ]
    named = [
        (f.name, m)
        for f in files
        if isinstance(f, Path)
        for m in re.findall(r"(?:https?:)?//[\w-]+\.[\w.-]+", f.read_text(encoding="utf-8"))
    ]
    assert [n for n in named if "www.w3.org" not in n[1]] == []


def test_warning_colours_are_used_by_levels_only():
    users = {
        f.relative_to(ROOT / "frontend/src").as_posix()
        for f in (ROOT / "frontend/src").rglob("*")
        if f.suffix in (".css", ".ts") and "--level-" in f.read_text(encoding="utf-8")
    }
    assert users == {"tokens.css", "styles/base.css", "styles/parts.css", "map/style.ts", "map/symbols.ts"} - {
        "styles/base.css"
    }


def test_no_template_switches_off_what_keeps_typed_words_from_becoming_markup():
    off = re.compile(r"\|\s*safe\b|\|\s*safeseq\b|autoescape\s+off")
    found = [str(p.relative_to(ROOT)) for p in TEMPLATES.rglob("*.html") if off.search(p.read_text("utf-8"))]
    assert found == []
