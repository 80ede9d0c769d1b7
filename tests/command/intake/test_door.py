"""The pure doors answer on a bare machine: JSON on stdout, messages on stderr, exit 0 or 2."""

from __future__ import annotations

import io
import json

from anlan.command.doors import intake_door


def test_intake_parse_prints_one_document(capsys):
    assert intake_door(["parse", "古城南路积水，两车被困", "--now", "2016-07-20T12:55:00+08:00"]) == 0
    printed = json.loads(capsys.readouterr().out)
    assert printed["fields"]["cars"]["value"] == 2
    assert printed["fields"]["trapped"]["value"] is None
    assert "trapped" in printed["unknown"]


def test_the_text_may_come_from_standard_input(capsys, monkeypatch):
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO("5人被困".encode())))
    assert intake_door(["parse", "-"]) == 0
    assert json.loads(capsys.readouterr().out)["fields"]["trapped"]["value"] == 5


def test_a_bad_clock_is_bad_input(capsys):
    assert intake_door(["parse", "积水", "--now", "soon"]) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert "不是时间" in captured.err
