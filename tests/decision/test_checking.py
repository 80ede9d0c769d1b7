"""Checking a plan: every fault is named with its place and how to mend it, and one fault does not hide the others."""

from __future__ import annotations

import copy
import json

import pytest

from anlan.decision.checking import check_documents
from anlan.decision.data.response_levels import shipped_plan_data
from anlan.decision.plan_files import read_plan_file
from anlan.kernel.conditions import BadFacts

MM = "rain_1h_mm"


def plan(**changes):
    """A small plan in which everything holds."""

    def level(name, mm, signer, within):
        return {
            "level": name, "zh": f"{name}级", "approve": {"role": signer, "zh": signer}, "report_every_min": within,
            "triggers": {"any": [{"var": MM, "op": ">=", "value": mm, "unit": "mm"}]},
            "tasks": [
                {"id": "sign", "role": signer, "zh": "签发启动令(事项、级别、预计期限、措施)", "t0": "proposal", "within_min": within},
                {"id": "tell", "role": "hq_office", "zh": "下发启动令", "t0": "start", "within_min": within},
                {"id": "move", "role": "town", "zh": "转移危险区人员", "t0": "start", "within_min": 2 * within, "needs": ["tell"]},
            ],
        }  # fmt: skip

    base = {
        "id": "town-flood", "hazard": "flood", "zh": "镇防汛", "hq": "hq_flood", "basis": "示例", "source": "示例", "confidence": "low",
        "downgrade": ["雨停"], "terminate": ["水退"],
        "levels": [level("III", 50, "deputy", 30), level("IV", 20, "hq_office_head", 60)],
    }  # fmt: skip
    return {**base, **changes}


def found(document, held=None):
    return {(p["code"], p["severity"]) for p in check_documents(document, held)["problems"]}


def changed(path, value):
    document = copy.deepcopy(plan())
    *way, last = path
    spot = document
    for step in way:
        spot = spot[step]
    spot[last] = value
    return document


def test_a_plan_that_holds_together_has_nothing_wrong():
    out = check_documents(plan())
    assert (out["valid"], out["problems"]) == (True, [])
    assert (out["plan"], out["levels"], out["tasks"]) == ("town-flood", ["III", "IV"], {"III": 3, "IV": 3})


def test_every_shipped_plan_holds_together():
    out = check_documents({"plans": list(shipped_plan_data())})
    assert out["valid"]
    assert len(out["plans"]) == 7
    assert {p["severity"] for p in out["problems"]} <= {"advice"}


@pytest.mark.parametrize(
    ("path", "value", "code"),
    [
        (("levels", 0, "triggers", "any", 0, "var"), "rain_of_frogs", "unknown_variable"),
        (("levels", 0, "tasks", 1, "role"), "night_watch", "role_nobody_holds"),
        (("levels", 0, "tasks", 1, "needs"), ["move"], "cycle"),
        (("levels", 0, "tasks", 1, "needs"), ["nothing"], "unknown_need"),
        (("levels", 0, "tasks", 1, "within_min"), 90, "impossible_deadline"),
        (("levels", 0, "tasks", 1, "within_min"), 0, "impossible_deadline"),
        (("levels", 0, "tasks", 2, "takes_min"), 600, "impossible_deadline"),
        (("levels", 0, "tasks", 0, "zh"), "签发启动令(事项、级别)", "order_elements"),
        (("levels", 0, "tasks", 0, "t0"), "start", "order_elements"),
        (("levels", 0, "tasks", 0, "role"), "commander", "signer_differs"),
        (("levels", 0, "approve", "role"), "town", "signer_unknown"),
        (("levels", 0, "tasks", 2, "id"), "tell", "duplicate"),
        (("levels", 0, "tasks", 1, "within_min"), "soon", "unreadable"),
        (("levels", 0, "triggers", "any", 0, "op"), "about", "unreadable"),
        (("levels", 1, "level"), "III", "unreadable"),
        (("levels", 1, "triggers", "any", 0, "value"), 60, "stricter_than_higher"),
        (("levels", 1, "triggers", "any", 0, "value"), 60, "unreachable_level"),
        (("notify",), [{"id": "a", "role": "town", "within_min": 5, "after": "a"}], "cycle"),
        (("notify",), [{"id": "a", "role": "town", "within_min": 5, "after": "b"}], "phone_tree"),
        (("organisation",), [{"role": "town", "held_by": []}], "role_nobody_holds"),
        (("upper",), "town-flood", "cycle"),
    ],
)
def test_a_fault_is_named_with_its_place_and_how_to_mend_it(path, value, code):
    out = check_documents(changed(path, value))
    assert not out["valid"]
    (first, *_more) = [p for p in out["problems"] if p["code"] == code]
    assert first["severity"] == "error"
    assert first["where"].startswith("$")
    assert first["what"]
    assert first["mend"]


def test_one_unreadable_card_does_not_hide_what_is_wrong_elsewhere():
    document = changed(("levels", 0, "tasks", 1, "within_min"), "soon")
    document["levels"][1]["triggers"]["any"][0]["var"] = "rain_of_frogs"
    assert {("unreadable", "error"), ("unknown_variable", "error")} <= found(document)


def test_a_variable_that_the_plan_declares_is_known():
    document = changed(("levels", 0, "triggers", "any", 0, "var"), "river_colour_index")
    document["variables"] = [{"var": "river_colour_index"}]
    assert ("unknown_variable", "error") not in found(document)


def test_parts_that_can_never_hold_together_are_told():
    never = {
        "all": [{"var": MM, "op": ">=", "value": 80, "unit": "mm"}, {"var": MM, "op": "<", "value": 60, "unit": "mm"}]
    }
    assert ("unreachable_level", "error") in found(changed(("levels", 0, "triggers"), never))
    either = {"any": [never, {"var": MM, "op": ">=", "value": 50, "unit": "mm"}]}
    assert ("contradiction", "error") in found(changed(("levels", 0, "triggers"), either))


@pytest.mark.parametrize(
    ("low", "high", "stricter"),
    [
        ({"op": ">=", "value": 50}, {"op": ">=", "value": 50, "area_pct": 30}, False),
        ({"op": ">=", "value": 60, "area_pct": 40}, {"op": ">=", "value": 50, "area_pct": 30}, True),
        ({"op": "range", "min": 10, "max": 30}, {"op": "range", "min": 30, "max": 60}, False),
        ({"op": "range", "min": 35, "max": 50}, {"op": "range", "min": 30, "max": 60}, True),
        ({"op": "==", "value": 40}, {"op": "<=", "value": 40}, True),
    ],
)
def test_a_lower_level_stricter_than_a_higher_one_is_seen_by_value_range_and_share(low, high, stricter):
    document = plan()
    for level, leaf in zip(document["levels"], (high, low), strict=True):
        level["triggers"] = {"any": [{"var": MM, "unit": "mm", **leaf}]}
    assert (("stricter_than_higher", "error") in found(document)) is stricter


def test_a_roster_says_who_holds_each_role():
    roster = {"deputy": ["post:1"], "hq_office_head": ["post:2"], "hq_office": ["post:3"], "town": []}
    out = check_documents(plan(), roster)
    (problem, *_more) = [p for p in out["problems"] if p["code"] == "role_nobody_holds"]
    assert "town" in problem["what"]


def test_upper_plans_that_lead_in_a_circle_are_told():
    plans = [plan(id="a", upper="b"), plan(id="b", upper="c"), plan(id="c", upper="a")]
    assert ("cycle", "error") in found({"plans": plans})


def test_a_bare_file_of_levels_with_numbers_for_levels_is_read(tmp_path):
    bare = plan()
    for key in ("basis", "hq"):
        del bare[key]
    for level, number in zip(bare["levels"], (3, 4), strict=True):
        level["level"] = number
    file = tmp_path / "levels.yaml"
    file.write_text(
        json.dumps({"meta": {"orders": {"signal.*": ["none", "red"]}}, "hazards": [bare]}), encoding="utf-8"
    )
    out = check_documents(read_plan_file(str(file)))
    assert (out["valid"], out["levels"]) == (True, ["III", "IV"])
    assert {p["code"] for p in out["problems"]} == {"missing"}


@pytest.mark.parametrize(
    "text", ["", "[]", "{}", '{"levels": 1, "levels": 2}', "a: &x [1]\nb: *x\nlevels: [*x]", "\t:", '{"plans": 3}']
)
def test_a_file_that_holds_no_plan_is_refused_in_words(tmp_path, text):
    file = tmp_path / "x"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(BadFacts):
        check_documents(read_plan_file(str(file)))


@pytest.mark.parametrize("levels", [3, [3], [None], [{}], [{"level": "IX"}], [{"level": "I", "tasks": 3}]])
def test_levels_of_any_shape_are_answered_and_never_crash(levels):
    assert not check_documents(plan(levels=levels))["valid"]


def test_a_lower_plan_is_held_against_the_one_above_it():
    upper = plan(id="district-flood")
    lower = plan(id="street-flood", type="street", upper="district-flood")
    for level in lower["levels"]:
        level["tasks"] = [t for t in level["tasks"] if t["role"] != "town"]
        level["triggers"]["any"][0]["value"] += 15
    out = check_documents({"plans": [upper, lower]})
    told = {p["code"]: p for p in out["problems"] if p["plan"] == "street-flood"}
    assert told["role_missing_below"]["severity"] == "error"
    assert "转移危险区人员" in told["role_missing_below"]["what"]
    assert told["looser_than_upper"]["severity"] == "warning"
    fitting = plan(id="street-flood", type="street", upper="district-flood")
    assert {c for c, s in found({"plans": [upper, fitting]}) if s != "advice"} == set()
