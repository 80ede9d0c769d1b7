"""The pure doors, through the real command: JSON on stdout, messages on stderr, 2 for what cannot be used."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from anlan.decision.data.response_levels import shipped_plan_data


def door(*args, given=""):
    command = [sys.executable, "-m", "anlan.config.command", *args]
    done = subprocess.run(command, input=given, capture_output=True, text=True, timeout=600)
    return done.returncode, json.loads(done.stdout) if done.stdout else None, done.stderr


def test_grade_answers_from_standard_input():
    code, found, said = door("grade", "--facts", "-", given='{"type": "work_safety", "deaths": 3}')
    assert (code, found["grade"], found["level"], found["provisional"], said) == (0, "较大", 3, True, "")


def test_plan_propose_answers_from_a_file(tmp_path):
    facts = tmp_path / "facts.json"
    facts.write_text(json.dumps({"hazard": "flood", "rain_24h_mm": 210, "area_pct": 35}), encoding="utf-8")
    code, found, _ = door("plan", "propose", "--facts", str(facts))
    assert (code, [p["level"] for p in found["proposals"]]) == (0, ["II"])


def test_plan_check_accepts_an_exported_plan_and_says_what_is_wrong_with_a_broken_one():
    plan = json.loads(json.dumps(shipped_plan_data()[0]))
    code, found, _ = door("plan", "check", "-", given=json.dumps(plan))
    assert (code, found["levels"]) == (0, ["I", "II", "III", "IV"])
    plan["levels"][0]["tasks"][0]["within_min"] = "soon"
    code, found, said = door("plan", "check", "-", given=json.dumps(plan))
    assert (code, found["valid"]) == (2, False)
    assert "within_min" in found["problems"][0]["where"]
    assert "within_min" in said


def test_plan_try_answers_with_who_does_what_by_when_and_export_gives_a_plan_to_try(tmp_path):
    code, exported, _ = door("plan", "export", "typhoon")
    assert (code, exported["format"], len(exported["levels"])) == (0, "anlan.plan/1", 4)
    plan, event = tmp_path / "plan.json", tmp_path / "event.jsonl"
    plan.write_text(json.dumps(exported), encoding="utf-8")
    event.write_text('{"time": "2018-07-22T08:00:00+08:00", "facts": {"signal.typhoon": "orange"}}\n', encoding="utf-8")
    for name in (str(plan), "typhoon"):
        code, found, said = door("plan", "try", name, "--event", str(event))
        assert (code, said, [c["level"] for c in found["levels"]]) == (0, "", ["II"])
        assert {"p_boat", "t_sit"} <= {t["id"] for t in found["tasks"]}


def test_criteria_try_answers_with_signals_and_rejected_rows():
    text = "time,station,value\n2016-07-20T12:00:00+08:00,古城,55\n2099-07-20T12:00:00+08:00,古城,1\n"
    code, found, _ = door("criteria", "try", "--series", "-", "--criterion", "rainstorm", "--json", given=text)
    assert code == 0
    assert [(s["criterion"], s["level"]) for s in found["signals"]] == [("rainstorm", "orange")]
    assert [r["line"] for r in found["rejected"]] == [3]


def test_deadlines_answers_with_clocks():
    code, found, _ = door("deadlines", "--facts", "-", given='{"event5": "11A02", "grade": "较大"}')
    assert code == 0
    assert {"recipient", "form", "minutes", "start", "clause"} <= found["clocks"][0].keys()


@pytest.mark.parametrize(
    "given",
    [
        "",
        "[1",
        '{"type": "fire", "deaths": NaN}',
        '{"type": "fire", "deaths": 1, "deaths": 3}',
        '{"type": "volcano"}',
        "3",
    ],
)
def test_input_that_cannot_be_used_is_answered_with_two_and_a_sentence(given):
    code, found, said = door("grade", "--facts", "-", given=given)
    assert (code, found) == (2, None)
    assert said.strip()
    assert "Traceback" not in said


def test_a_file_that_is_not_there_is_named(tmp_path):
    code, _, said = door("grade", "--facts", str(tmp_path / "absent.json"))
    assert code == 2
    assert "absent.json" in said
