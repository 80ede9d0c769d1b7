"""Proposals: the highest level that the figures prove, with the trace of every trigger; a person decides."""

from __future__ import annotations

import copy

import pytest

from anlan.analysis.data.criteria_files import shipped_properties, shipped_response_criteria
from anlan.decision.data.response_levels import parse_plan, roles_of, shipped_plan_data, shipped_plans
from anlan.decision.proposing import propose, propose_door
from anlan.kernel.conditions import BadFacts, leaves
from anlan.kernel.facts import FactError

CALM = {"signal": {"rainstorm": "none", "flash_flood": "none"}, "city_response.flood": "none"}


def levels(facts, hazard="flood"):
    return [(p["hazard"], p["level"]) for p in propose(facts, hazard)["proposals"]]


def test_a_hundred_millimetres_on_forty_percent_of_the_area_propose_level_three_to_the_deputy():
    out = propose({"rain_24h_mm": 120, "area_pct": 40, **CALM}, "flood")
    (proposal,) = out["proposals"]
    expected = {"plan": "flood", "hazard": "flood", "level": "III", "level_number": 3, "approve_role": "deputy"}
    assert {k: proposal[k] for k in expected} == expected
    assert proposal["because"] == [
        {
            "var": "rain_24h_mm",
            "op": ">=",
            "threshold": 100,
            "fact": 120,
            "result": "true",
            "unit": "mm",
            "area_pct": 30,
            "share_pct": 40,
        }
    ]
    assert {t["result"] for t in proposal["trace"]} == {"true", "false", "unknown"}
    assert proposal["suggested"] is True
    assert "rain_3h_mm" in out["unknown"]


def test_too_small_a_share_proposes_nothing_and_an_unknown_share_is_asked_for():
    assert levels({"rain_24h_mm": 120, "area_pct": 20}) == []
    assert "rain_24h_mm.area_pct" in propose({"rain_24h_mm": 120}, "flood")["unknown"]


def test_a_profile_is_judged_by_each_level_with_its_own_threshold_and_share():
    profile = [[260, 45.0], [210, 20.0], [90, 35.0]]
    out = propose({"rain_24h_mm": profile}, "flood")
    assert out["proposals"][0]["level"] == "II"
    by_level = {lv["level"]: lv["result"] for lv in out["considered"][0]["levels"]}
    assert by_level["III"] == "true"
    assert by_level["I"] == "unknown"


def test_an_official_orange_signal_proposes_three_and_none_proposes_nothing():
    assert levels({"signal.rainstorm": "orange"}) == [("flood", "III")]
    assert levels({"signal.rainstorm": "none"}) == []


def test_a_response_of_the_city_pulls_ours():
    assert levels({"city_response": {"flood": "II"}}) == [("flood", "II")]


def test_all_parts_of_a_joint_trigger_must_hold():
    assert levels({"waterlog_depth_cm": 30, "waterlog_points": 4}) == [("flood", "IV")]
    assert levels({"waterlog_depth_cm": 30, "waterlog_points": 5}) == [("flood", "III")]


def test_a_distant_great_earthquake_proposes_nothing():
    assert levels({"magnitude": 7.8, "in_area": False, "deaths_missing": 0, "local_intensity": 1}, None) == []
    assert levels({"magnitude": 7.8, "in_area": True}, "earthquake") == [("earthquake", "I")]


def test_at_least_two_dead_prove_the_level_whose_range_begins_below():
    assert levels({"deaths_missing": {"at_least": 2}}, "relief") == [("relief", "IV")]


def test_without_a_hazard_every_plan_that_the_facts_speak_to_is_considered_and_no_other():
    out = propose({"rain_1h_mm": 85, "relocated_plus_aid": 600})
    assert [(p["hazard"], p["level"]) for p in out["proposals"]] == [("flood", "II"), ("relief", "III")]
    assert {c["hazard"] for c in out["considered"]} == {"flood", "relief"}
    assert "tc_class" not in out["unknown"]


def test_nothing_known_proposes_nothing():
    assert not any(propose({}).values())


def test_a_sensitive_time_offers_one_level_more_and_does_not_take_it():
    (proposal,) = propose({"rain_1h_mm": 55, "sensitive": True}, "flood")["proposals"]
    assert proposal["level"] == "III"
    assert (proposal["may_raise"]["level"], proposal["may_raise"]["approve_role"]) == ("II", "commander")


def test_a_misspelt_variable_is_named():
    assert propose({"rain_24_mm": 120}, "flood")["ignored"] == ["rain_24_mm"]


@pytest.mark.parametrize(
    ("given_json", "code"),
    [
        ("flood", "not_a_mapping"),
        ({"hazard": "meteorite"}, "unknown_hazard"),
        ({"hazard": 3}, "not_a_text"),
    ],
)
def test_the_door_refuses_what_cannot_be_judged(given_json, code):
    with pytest.raises(BadFacts) as wrong:
        propose_door(given_json)
    assert wrong.value.problems[0].code == code


@pytest.mark.parametrize(
    ("bad", "code"),
    [
        ({"signal.rainstorm": "purple"}, "unknown_text"),
        ({"signal": {"rainstorm": "purple"}}, "unknown_text"),
        ({"rain_24h_mm": 120, "area_pct": 140}, "not_a_share"),
        ({"rain_24h_mm": {"value": 120, "area_pct": -1}}, "not_a_share"),
        ({"rain_1h_mm": {"value": 5, "unit": "cm"}}, "wrong_unit"),
        ({"relocated": -3}, "negative"),
        ({"sensitive": "perhaps"}, "not_a_flag"),
    ],
)
def test_a_figure_that_cannot_be_used_is_told_and_the_rest_is_judged(bad, code):
    out = propose_door({"hazard": "flood", "rain_3h_mm": 40, "stage_vs_warning_m": 0.1, **bad})
    assert [p["level"] for p in out["proposals"]] == ["III"]
    assert [p["code"] for p in out["problems"]] == [code]
    assert out["problems"][0]["mend"]


def test_what_would_make_an_unknown_known_is_said_with_its_form_and_the_level_it_could_prove():
    asked = {a["var"]: a for a in propose({"rain_24h_mm": 220}, "flood")["to_know"]}
    assert asked["rain_3h_mm"]["level"] == "I"
    assert (asked["rain_24h_mm.area_pct"]["level"], asked["rain_24h_mm.area_pct"]["unit"]) == ("II", "%")
    assert asked["dike"]["texts"][-1] == "决口"


def test_a_plan_kept_elsewhere_is_judged_like_a_shipped_one():
    data = copy.deepcopy(shipped_plan_data()[0])
    data |= {"id": "flood-of-a-town", "vocabulary": data["vocabulary"]}
    data["levels"][0]["triggers"] = {"var": "rain_1h_mm", "op": ">=", "value": 20, "unit": "mm"}
    plan = parse_plan(data)
    assert [p["plan"] for p in propose({"rain_1h_mm": 25}, plans=[plan])["proposals"]] == ["flood-of-a-town"]


def test_a_plan_whose_trigger_cannot_be_read_is_refused_with_its_place():
    data = copy.deepcopy(shipped_plan_data()[0])
    data["levels"][1]["triggers"]["any"][0]["op"] = "about"
    with pytest.raises(FactError) as wrong:
        parse_plan(data)
    assert "triggers.any[0]" in wrong.value.path


def test_every_shipped_role_that_signs_or_acts_is_named():
    roles = roles_of(shipped_plans())
    assert {
        "hq_office_head",
        "deputy",
        "commander",
        "top_leader",
        "duty_officer",
        "police",
        "utility",
        "media",
    } <= roles


def test_watched_response_criteria_and_the_plan_say_the_same():
    """The stations are watched by thresholds kept in the analysis room: they must be those of the plans."""
    names = {f"rain_{h}h_mm": ("rain_mm", h) for h in (1, 3, 24)}
    names |= {"waterlog_depth_cm": ("depth_cm", None), "waterlog_points": ("points", None)}

    def watched(condition):
        for leaf in leaves(condition):
            var, window = names.get(leaf.var, (leaf.var, leaf.window_h))
            if var in shipped_properties() and leaf.op in (">=", "range"):
                yield var, window, leaf.value if leaf.op == ">=" else (leaf.low, leaf.high), leaf.area_pct

    plans = {p.id: p for p in shipped_plans()}
    assert [c.hazard for c in shipped_response_criteria()] == [
        name for name in plans if any(list(watched(lv.triggers)) for lv in plans[name].levels)
    ]
    for criterion in shipped_response_criteria():
        for level, condition in criterion.levels:
            assert set(watched(condition)) == set(watched(plans[criterion.hazard].level(level).triggers)), level


def test_a_response_above_pulls_ours_even_where_the_plan_does_not_say_so():
    (proposal,) = propose({"city_response": {"typhoon": "II"}})["proposals"]
    assert (proposal["plan"], proposal["level"]) == ("typhoon", "II")
    assert proposal["because"][0]["var"] == "city_response.typhoon"
    assert (
        propose({"city_response.typhoon": "none", "signal.typhoon": "blue"}, "typhoon")["proposals"][0]["level"] == "IV"
    )
    assert propose({"city_response.typhoon": "IV", "signal.typhoon": "red"}, "typhoon")["proposals"][0]["level"] == "I"


def test_several_responses_at_once_are_told_together_with_no_card_doubled():
    out = propose({"rain_1h_mm": 85, "signal.typhoon": "yellow", "relocated_plus_aid": 600})
    together = out["together"]
    assert [p["rank"] for p in out["proposals"]] == [1, 2, 3]
    assert (together["level"], together["plans"][0]) == ("II", "flood")
    keys = [(t["id"], t["role"], t["t0"]) for t in together["tasks"]]
    assert len(keys) == len(set(keys))
    (notify,) = [t for t in together["tasks"] if t["id"] == "t_notify"]
    assert (notify["within_min"], set(notify["plans"])) == (10, {"flood", "typhoon", "relief"})
    assert propose({"rain_1h_mm": 85})["together"] is None


def test_plans_made_ready_are_judged_as_their_conditions_are():
    """The fast way and the plain one say the same, leaf by leaf, for facts of every kind."""
    import random

    from anlan.decision.proposing import judge_plan
    from anlan.kernel.conditions import bind_windows, evaluate, without_upper_bounds

    chance = random.Random(3)
    for plan in shipped_plans():
        for _ in range(40):
            facts = {"area_pct": 40} if chance.random() < 0.5 else {}
            for key, variable in plan.variables.items():
                if chance.random() < 0.4 and not key.startswith("city_response"):
                    number = chance.choice([0, 2, 30, 120, 5000, {"at_least": 40}, [[130, 40.0], [10, 60.0]]])
                    facts[key] = chance.choice(variable.texts) if variable.kind == "text" else number
                    if variable.kind == "flag":
                        facts[key] = chance.random() < 0.5
            bound = bind_windows([lv.triggers for lv in plan.levels], facts)
            for level, result in judge_plan(plan, facts).results:
                plain = evaluate(level.triggers, bound)
                if plain.value is None and (least := evaluate(without_upper_bounds(level.triggers), bound)).value:
                    plain = least
                assert (result.value, [t.as_dict() for t in result.trace]) == (
                    plain.value,
                    [t.as_dict() for t in plain.trace],
                )
