"""Conditions: what is true, what is false, and what nobody knows yet."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from anlan.kernel.conditions import (
    BadFacts,
    ConditionError,
    Vocabulary,
    bind_windows,
    deciding_unknowns,
    evaluate,
    guarded,
    parse,
    ways_to_true,
    without_upper_bounds,
)

COLOURS = Vocabulary(
    orders={"signal.*": ("none", "blue", "yellow", "orange", "red")},
    values={"dike": ("无", "决口"), "weather": ("雾", "*")},
    counted_units=frozenset({"人"}),
)
DEATHS = {"var": "deaths", "op": ">=", "value": 3, "unit": "人"}
RAIN = {"var": "rain", "op": ">=", "value": 100, "unit": "mm", "area_pct": 30}


def judged(raw, **facts):
    return evaluate(parse(raw, COLOURS), facts).value


def test_null_is_unknown_and_never_zero():
    assert judged(DEATHS, deaths=None) is None
    assert judged(DEATHS) is None
    assert judged(DEATHS, deaths=0) is False


def test_any_is_true_as_soon_as_one_part_is_and_all_false_as_soon_as_one_part_is():
    other = {"var": "injured", "op": ">=", "value": 10}
    assert judged({"any": [DEATHS, other]}, deaths=3) is True
    assert judged({"any": [DEATHS, other]}, deaths=0) is None
    assert judged({"all": [DEATHS, other]}, deaths=0) is False
    assert judged({"all": [DEATHS, other]}, deaths=3) is None


@pytest.mark.parametrize(("value", "expected"), [(9.99, False), (10, True), (29, True), (30, False)])
def test_a_range_counts_its_lower_bound_and_not_its_upper(value, expected):
    assert judged({"var": "deaths", "op": "range", "min": 10, "max": 30}, deaths=value) is expected


def test_colours_are_compared_by_their_order_and_not_as_strings():
    at_least_blue = {"var": "signal.rainstorm", "op": ">=", "value": "blue"}
    assert judged(at_least_blue, **{"signal.rainstorm": "red"}) is True
    assert judged(at_least_blue, **{"signal.rainstorm": "none"}) is False  # "none" > "blue" as a string
    assert judged(at_least_blue, signal={"rainstorm": "orange"}) is True


def test_a_lower_bound_proves_what_it_reaches_and_leaves_the_rest_open():
    assert judged(DEATHS, deaths={"at_least": 3}) is True
    assert judged(DEATHS, deaths={"at_least": 2}) is None
    assert judged(DEATHS, deaths={"at_most": 2}) is False
    assert judged({"var": "deaths", "op": "range", "min": 1, "max": 3}, deaths={"at_least": 1}) is None
    at_least = without_upper_bounds(parse({"var": "deaths", "op": "range", "min": 1, "max": 3}))
    assert evaluate(at_least, {"deaths": {"at_least": 1}}).value is True


def test_a_figure_with_an_area_needs_its_share_and_an_unknown_share_leaves_it_unknown():
    assert judged(RAIN, rain=120) is None
    assert judged(RAIN, rain=120, area_pct=30) is True
    assert judged(RAIN, rain=120, area_pct=29.9) is False
    assert judged(RAIN, rain={"value": 120, "area_pct": 45}) is True
    assert judged(RAIN, rain=80) is False
    assert evaluate(parse(RAIN), {"rain": 120}).trace[0].need == "rain.area_pct"


def test_a_profile_adds_up_the_shares_that_reach_the_figure():
    assert judged(RAIN, rain=[[120, 20.0], [101, 10.0], [80, 70.0]]) is True
    assert judged(RAIN, rain=[[120, 20.0], [80, 80.0]]) is False
    assert judged(RAIN, rain=[[120, 20.0], [None, 15.0], [80, 65.0]]) is None
    assert judged(RAIN, rain=[[120, 20.0], [80, 60.0]]) is None  # 20 % of the area is not covered
    assert judged(RAIN, rain=[{"at_least": 90, "share_pct": 40.0}, {"value": 80, "share_pct": 60.0}]) is None


def test_a_premise_must_hold_and_an_exclusion_must_be_known_to_hold():
    wind = parse({"var": "wind", "op": ">=", "value": 8})
    typhoon = parse({"var": "typhoon", "op": "is_true"})
    with_premise, with_exclusion = guarded(wind, applies_when=typhoon), guarded(wind, excluded_when=typhoon)
    assert [evaluate(with_premise, {"wind": 9, "typhoon": t}).value for t in (True, None, False)] == [True, None, False]
    assert [evaluate(with_exclusion, {"wind": 9, "typhoon": t}).value for t in (True, None, False)] == [
        False,
        True,
        True,
    ]


def test_a_window_makes_a_variable_of_its_own():
    three, six = ({"var": "rain_mm", "op": ">=", "value": 50, "window_h": h} for h in (3, 6))
    assert judged(three, **{"rain_mm@3h": 50, "rain_mm@6h": 10}) is True
    assert judged(six, **{"rain_mm@3h": 50, "rain_mm@6h": 10}) is False
    assert judged(three, rain_mm=80) is None
    one_window = bind_windows([parse(three)], {"rain_mm": 80})
    assert evaluate(parse(three), one_window).value is True
    two_windows = bind_windows([parse(three), parse(six)], {"rain_mm": 80})
    assert evaluate(parse(three), two_windows).value is None


def test_every_leaf_leaves_a_trace_and_an_unknown_one_says_what_it_needs():
    result = evaluate(parse({"any": [DEATHS, {"var": "dike", "op": "==", "value": "决口"}]}, COLOURS), {"deaths": 4})
    assert [t.as_dict() for t in result.trace] == [
        {"var": "deaths", "op": ">=", "threshold": 3, "fact": 4, "result": "true", "unit": "人"},
        {
            "var": "dike",
            "op": "==",
            "threshold": "决口",
            "fact": None,
            "result": "unknown",
            "why": "missing",
            "need": "dike",
        },
    ]


def test_only_facts_that_would_decide_are_asked_for():
    condition = parse({"any": [{"all": [DEATHS, {"var": "x", "op": "is_true"}]}, {"var": "y", "op": "is_true"}]})
    assert deciding_unknowns(condition, {"deaths": 0}) == ["y"]
    assert deciding_unknowns(condition, {"deaths": 5}) == ["x", "y"]
    assert deciding_unknowns(condition, {"y": True}) == []


def test_what_would_make_it_true_is_said_as_alternatives():
    condition = parse({"any": [DEATHS, {"all": [{"var": "x", "op": "is_true"}, {"var": "y", "op": "is_true"}]}]})
    ways = ways_to_true(condition, {"deaths": 1, "x": True})
    assert [[t.leaf.key for t in way] for way in ways] == [["deaths"], ["y"]]


@pytest.mark.parametrize(
    ("raw", "what"),
    [
        ({"var": "a", "op": ">=", "value": "red"}, "no order"),
        ({"var": "a", "op": "==", "value": "red"}, "neither an order nor its values"),
        ({"var": "signal.x", "op": ">=", "value": "purple"}, "not among"),
        ({"var": "a", "op": "=>", "value": 1}, "unknown op"),
        ({"var": "a", "op": ">=", "value": 1, "hours": 3}, "unknown keys hours"),
        ({"var": "a", "op": ">=", "value": True}, "needs a number"),
        ({"var": "a", "op": ">=", "value": float("nan")}, "needs a number"),
        ({"var": "a", "op": "range", "min": 5, "max": 5}, "empty"),
        ({"var": "a", "op": "range", "value": 5}, "needs a number"),
        ({"var": "a", "op": ">=", "value": 1, "window_h": 3, "duration_h": 3}, "exclude each other"),
        ({"var": "a", "op": ">=", "value": 1, "area_pct": 130}, "at most 100"),
        ({"any": []}, "at least one"),
        ({"any": [DEATHS], "all": [DEATHS]}, "unknown keys all"),
        ("deaths >= 3", "a mapping"),
    ],
)
def test_what_is_not_machine_readable_is_refused_when_it_is_read(raw, what):
    with pytest.raises(ConditionError, match=what):
        parse(raw, COLOURS)


def test_an_error_names_the_place_inside_the_condition():
    with pytest.raises(ConditionError) as wrong:
        parse({"any": [DEATHS, {"all": [{"var": "a", "op": "??"}]}]}, path="$.rules[x].applies")
    assert wrong.value.path == "$.rules[x].applies.any[1].all[0]"


@pytest.mark.parametrize(
    "facts",
    [
        {"deaths": "3"},
        {"deaths": True},
        {"deaths": float("inf")},
        {"deaths": -1},
        {"deaths": {"value": 3, "unit": "户"}},
        {"deaths": {"valeu": 3}},
        {"deaths": {"at_least": 5, "at_most": 2}},
        {"deaths": [[3, 60.0], [4, 60.0]]},
    ],
)
def test_a_fact_of_the_wrong_kind_is_refused_and_named(facts):
    with pytest.raises(BadFacts) as wrong:
        judged(DEATHS, **facts)
    assert wrong.value.problems[0].var.startswith("deaths")


def test_a_text_outside_a_closed_list_is_refused_and_outside_an_open_one_is_simply_another():
    with pytest.raises(BadFacts, match="决口"):
        judged({"var": "dike", "op": "==", "value": "决口"}, dike="漫溢")
    assert judged({"var": "weather", "op": "==", "value": "雾"}, weather="晴") is False


leaf_facts = st.fixed_dictionaries({name: st.sampled_from([True, False, None]) for name in "abcd"})
trees = st.recursive(
    st.sampled_from([{"var": name, "op": "is_true"} for name in "abcd"]),
    lambda inner: st.builds(
        lambda kind, parts: {kind: parts}, st.sampled_from(["any", "all"]), st.lists(inner, min_size=1, max_size=3)
    ),
    max_leaves=8,
)


@given(trees, leaf_facts, st.sampled_from("abcd"), st.booleans())
def test_learning_an_unknown_never_overturns_a_verdict(raw, facts, name, learnt):
    condition = parse(raw)
    before = evaluate(condition, facts).value
    if facts[name] is None and before is not None:
        assert evaluate(condition, {**facts, name: learnt}).value is before


@given(trees, leaf_facts)
def test_what_is_undecided_can_always_be_decided_by_the_facts_it_asks_for(raw, facts):
    condition = parse(raw)
    if evaluate(condition, facts).value is None:
        asked = deciding_unknowns(condition, facts)
        assert asked
        assert evaluate(condition, {**facts, **dict.fromkeys(asked, True)}).value is True
