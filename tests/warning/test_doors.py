"""`anlan cap`: a judgement is an answer, an unreadable file is bad input."""

from __future__ import annotations

import json

from anlan.warning.doors import cap_door

from .cap.cast import SAMPLES


def test_a_valid_message(capsys):
    assert cap_door(["check", str(SAMPLES / "rainstorm-orange.xml")]) == 0
    printed = json.loads(capsys.readouterr().out)
    assert printed["valid"] is True
    assert printed["messages"][0]["warning"]["colour"] == "orange"


def test_an_invalid_message_is_an_answer_with_all_errors(capsys):
    assert cap_door(["check", str(SAMPLES / "many-faults.xml")]) == 0
    printed = json.loads(capsys.readouterr().out)
    assert printed["valid"] is False
    assert len(printed["messages"][0]["errors"]) >= 7
    assert printed["messages"][0]["warning"] is None


def test_a_file_that_is_not_there_is_bad_input(capsys):
    assert cap_door(["check", "/nowhere/at/all.xml"]) == 2
    assert "读不了" in capsys.readouterr().err


def test_the_plain_text_of_a_signal(capsys):
    assert cap_door(["signal", "市气象台20日10时35分发布暴雨橙色预警信号", "--now", "2016-07-20T11:00"]) == 0
    printed = json.loads(capsys.readouterr().out)
    assert (printed["hazard"], printed["colour"], printed["sent"]) == (
        "rainstorm",
        "orange",
        "2016-07-20T10:35:00+08:00",
    )
