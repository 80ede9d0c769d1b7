"""Grading: by what is known, with the clause, what is open and what would raise it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from anlan.analysis.grading import grade, grade_door
from anlan.kernel.conditions import BadFacts


def test_three_dead_in_an_industrial_accident_are_a_larger_one_while_the_rest_is_unknown():
    found = grade({"type": "work_safety", "deaths": 3})
    assert (found["grade"], found["level"], found["provisional"]) == ("较大", 3, True)
    assert found["unknown"] == ["direct_loss_wan", "serious_injuries"]
    assert "国务院令第493号" in found["clause"]
    assert {"var": "deaths", "fact": 3, "op": ">=", "threshold": 10, "unit": "人"} in found["would_raise"][0]["needs"]


def test_the_highest_level_proven_wins():
    found = grade({"type": "work_safety", "deaths": 2, "serious_injuries": 120, "direct_loss_wan": 10})
    assert (found["grade"], found["provisional"], found["would_raise"]) == ("特别重大", False, [])


def test_with_everything_known_nothing_is_provisional():
    found = grade({"type": "fire", "deaths": 1, "serious_injuries": 0, "direct_loss_wan": 30})
    assert (found["grade"], found["level"], found["provisional"], found["unknown"]) == ("一般", 4, False, [])


def test_nothing_known_gives_no_grade_and_never_the_lowest():
    found = grade({"type": "11A02", "deaths_missing": None, "relocated": None})
    assert (found["grade"], found["level"], found["provisional"]) == (None, None, True)
    assert found["unknown"] == ["deaths_missing", "relocated"]


def test_nothing_that_counts_gives_no_grade_and_leaves_nothing_open():
    found = grade({"type": "work_safety", "deaths": 0, "serious_injuries": 0, "direct_loss_wan": 0})
    assert (found["grade"], found["provisional"]) == (None, False)


def test_an_underpass_of_ours_is_graded_like_the_national_kind_and_says_that_the_scale_is_a_suggestion():
    found = grade({"event5": "X1101", "deaths": 0, "missing": 0, "relocated": 12})
    assert (found["scale"], found["grade"], found["suggested"]) == ("natural_generic", "一般", True)


def test_at_least_twelve_dead_prove_a_major_accident_and_leave_the_top_level_open():
    found = grade({"type": "work_safety", "deaths": {"at_least": 12}})
    assert (found["grade"], found["provisional"]) == ("重大", True)


def test_missing_people_count_with_the_dead_where_the_scale_says_so():
    assert grade({"type": "natural_generic", "deaths": 2, "missing": 1})["grade"] == "较大"
    half_known = grade({"type": "natural_generic", "deaths": 3, "missing": None})
    assert (half_known["grade"], half_known["provisional"]) == ("较大", True)


def test_a_sensitive_place_raises_the_reporting_level_and_never_the_grade():
    found = grade({"type": "fire", "deaths": 1, "serious_injuries": 0, "direct_loss_wan": 5, "sensitive": True})
    assert (found["grade"], found["reporting_grade"], found["reporting_level"]) == ("一般", "较大", 3)
    assert found["reporting_clause"]


def test_the_near_miss_flag_stands_beside_and_takes_no_part_in_the_maximum():
    facts = {"type": "work_safety", "deaths": 0, "serious_injuries": 0, "direct_loss_wan": 0, "trapped_or_missing": 5}
    found = grade(facts)
    assert found["grade"] is None
    assert [(b["scale"], b["kind"]) for b in found["beside"]] == [("near_miss", "flag")]


def test_a_danger_not_yet_a_disaster_is_judged_beside_the_disaster():
    found = grade(
        {"type": "11D00", "deaths": 0, "direct_loss_wan": 0, "threatened_people": 600, "potential_loss_wan": 10}
    )
    assert (found["scale"], found["grade"]) == ("geo_disaster", "小型")
    assert [(b["scale"], b["grade"]) for b in found["beside"]] == [("geo_danger", "大型")]


def test_a_grassland_fire_is_not_graded_as_a_forest_fire():
    found = grade({"type": "11G05", "grassland_area_ha": 20, "deaths": 0})
    assert (found["scale"], found["grade"]) == ("grassland_fire", "一般")


def test_a_scale_with_one_window_takes_the_plain_figure():
    assert grade({"type": "rain_24h", "rain_mm": 100})["grade"] == "大暴雨"
    assert grade({"type": "rain_24h", "rain_mm@24h": 99.9})["grade"] == "暴雨"


def test_a_misspelt_variable_is_named_and_not_passed_over():
    assert grade({"type": "fire", "death": 3})["ignored"] == ["death"]


@pytest.mark.parametrize(
    ("given_json", "code"),
    [
        ([], "not_a_mapping"),
        ({"deaths": 3}, "missing_type"),
        ({"type": "worksafety"}, "unknown_type"),
        ({"type": "14A00"}, "no_scale"),
        ({"type": "fire", "deaths": "三"}, "not_a_number"),
        ({"type": "fire", "deaths": -1}, "negative"),
        ({"type": "fire", "sensitive": "yes"}, "not_a_flag"),
    ],
)
def test_the_door_refuses_what_cannot_be_graded_and_says_why(given_json, code):
    with pytest.raises(BadFacts) as wrong:
        grade_door(given_json)
    assert wrong.value.problems[0].code == code


counts = st.one_of(st.none(), st.integers(0, 200))


@given(counts, counts, st.integers(0, 200))
def test_more_dead_never_lower_the_grade(deaths, injured, more):
    if deaths is None:
        return
    before = grade({"type": "work_safety", "deaths": deaths, "serious_injuries": injured})["level"] or 5
    after = grade({"type": "work_safety", "deaths": deaths + more, "serious_injuries": injured})["level"] or 5
    assert after <= before


@pytest.mark.parametrize(
    ("name", "figure", "code", "hint"),
    [
        ("deaths", 2.5, "not_whole", "取整"),
        ("deaths", {"at_least": 2.5}, "not_whole", "取整"),
        ("deaths", 99_999_999_999, "not_credible", "核对位数"),
        ("deaths", -1, "negative", "不能是负数"),
        ("missing", 0.5, "not_whole", "取整"),
    ],
)
def test_people_are_counted_whole_and_a_slip_grades_nothing(name, figure, code, hint):
    with pytest.raises(BadFacts) as refused:
        grade_door({"type": "natural_generic" if name == "missing" else "work_safety", name: figure})
    problem = refused.value.problems[0]
    assert (problem.var, problem.code) == (name, code)
    assert name in problem.message
    assert hint in problem.message


def test_money_may_be_broken_and_a_whole_float_is_whole():
    assert grade_door({"type": "work_safety", "deaths": 3.0, "direct_loss_wan": 20.5})["grade"] == "较大"
