"""Reporting clocks: which run, from when, who owes whom, and which rule is the strictest."""

from __future__ import annotations

from datetime import date, datetime
from itertools import product

import pytest

from anlan.analysis.data.incident_kinds import shipped_kinds
from anlan.command.data.reporting_deadlines import shipped_reporting
from anlan.command.deadlines import deadlines, deadlines_door
from anlan.command.timing import end_of_working_days, next_time_of_day
from anlan.kernel.conditions import BadFacts
from anlan.kernel.facts import FactError

OCCURRED, RECEIVED = "2016-07-20T12:20:00+08:00", "2016-07-20T12:40:00+08:00"
BEIJING = {"name": "北京市", "municipality": True}
UNDERPASS = {"event5": "X1101", "occurred_at": OCCURRED, "received_at": RECEIVED, "discovered_at": OCCURRED}
GRADED = {**UNDERPASS, "grade": "较大", "sensitive": False, "severe_loss": False, "may_become_major": False}


def at(text):
    return datetime.fromisoformat(f"2016-07-{text}:00+08:00")


def clock(found, recipient, form, stage="first", certain=True):
    return next(c for c in found if (c.recipient, c.form, c.stage, c.certain) == (recipient, form, stage, certain))


def test_an_underpass_not_graded_yet_is_reported_at_once_by_law_with_the_thirty_minutes_behind_it():
    phone = clock(deadlines(UNDERPASS, locality=BEIJING), "city_gov", "phone")
    assert (phone.rule, phone.sender, phone.immediate, phone.minutes) == ("gov_immediate", "county_gov", True, 0)
    assert "突发事件应对法" in phone.clause
    assert [loser.rule for loser in phone.supersedes] == ["gov_30_60"]
    assert phone.late_after == at("20T13:10")


def test_while_the_grade_is_unknown_stricter_rules_are_shown_as_possible_and_say_what_would_decide():
    found = deadlines(UNDERPASS, locality=BEIJING)
    possible = clock(found, "city_emergency", "written", certain=False)
    assert (possible.rule, possible.due_at, possible.needs) == ("gov_30_60", at("20T13:40"), ("grade", "sensitive"))
    sure = clock(found, "city_emergency", "written")
    assert (sure.rule, sure.due_at, sure.strictest) == ("disaster_first", at("20T14:20"), False)


def test_for_a_larger_incident_the_strictest_rule_wins_per_recipient_and_form_and_names_the_losers():
    found = deadlines({**GRADED, "deaths_missing": 12}, locality=BEIJING)
    written = clock(found, "city_emergency", "written")
    assert (written.rule, written.minutes, written.due_at) == ("gov_30_60", 60, at("20T13:40"))
    assert {loser.rule for loser in written.supersedes} == {"disaster_first", "disaster_severe"}
    keys = [(c.sender, c.recipient, c.form, c.stage) for c in found if c.strictest]
    assert len(keys) == len(set(keys))


def test_party_and_government_have_clocks_of_their_own():
    found = deadlines(GRADED, locality=BEIJING)
    assert clock(found, "city_party", "phone").minutes == 30
    assert clock(found, "city_gov", "written").minutes == 60


def test_an_ordinary_incident_is_reported_in_writing_within_two_hours_of_learning_of_it():
    found = deadlines({**GRADED, "grade": "一般", "deaths_missing": 0}, locality=BEIJING)
    written = clock(found, "city_gov", "written")
    assert (written.rule, written.due_at) == ("gov_general", at("20T14:40"))
    assert all(c.rule != "gov_30_60" for c in found)


def test_figures_grade_the_incident_where_no_grade_is_given():
    found = deadlines({**UNDERPASS, "deaths": 3, "missing": 0, "relocated": 0}, locality=BEIJING)
    assert clock(found, "city_party", "phone").rule == "gov_30_60"


def test_continued_and_final_reports_go_to_all_who_got_the_first():
    facts = {**GRADED, "deaths_missing": 0, "first_reported_at": "2016-07-20T13:00:00+08:00"}
    found = deadlines(facts, locality=BEIJING)
    continued = [c for c in found if c.stage == "continue"]
    assert {c.recipient for c in continued} == {"city_gov", "city_party", "city_emergency"}
    assert {(c.minutes, c.due_at, c.repeats) for c in continued} == {(120, at("20T15:00"), True)}
    assert {c.recipient for c in found if c.stage == "final"} == {"city_gov", "city_party", "city_emergency"}
    assert all(c.due_at is None and c.start_fact == "handled_at" for c in found if c.stage == "final")
    later = deadlines({**facts, "last_reported_at": "2016-07-20T16:30:00+08:00"}, locality=BEIJING)
    assert {c.due_at for c in later if c.stage == "continue"} == {at("20T18:30")}


def test_the_daily_zero_report_runs_until_the_disaster_is_stable_and_then_verification_does():
    daily = clock(deadlines(UNDERPASS, locality=BEIJING), "city_emergency", "system", "zero")
    assert daily.due_at == at("21T09:00")
    stable = {**UNDERPASS, "stable_at": "2016-07-22T18:00:00+08:00"}
    found = deadlines(stable, locality=BEIJING)
    assert not [c for c in found if c.stage == "zero"]
    assert clock(found, "city_emergency", "system", "verify").due_at == at("30T00:00")


def test_a_drought_reports_every_ten_days_and_not_within_two_hours():
    found = deadlines({"event5": "11A52", "occurred_at": OCCURRED})
    assert {c.rule for c in found} >= {"disaster_drought"}
    assert not {"disaster_first", "disaster_daily"} & {c.rule for c in found}


def test_an_industrial_accident_runs_its_own_rules_and_none_of_the_disaster_statistics():
    found = deadlines({"type": "work_safety", "deaths": 4, "serious_injuries": 0, "direct_loss_wan": 5})
    rules = {c.rule for c in found} | {loser.rule for c in found for loser in c.supersedes}
    assert {"ent_scene", "ent_county", "ent_prov_larger", "dept_level", "dept_phone_larger", "correct_30d"} <= rules
    assert not [r for r in rules if r.startswith("disaster") or r == "correct_7d"]
    assert clock(found, "city_emergency", "written").rule == "gov_30_60"


def test_a_district_of_a_municipality_reports_to_one_level_above_and_not_to_itself_twice():
    facts = {"type": "work_safety", "deaths": 4, "serious_injuries": 0, "direct_loss_wan": 5, "received_at": RECEIVED}
    recipients = {c.recipient for c in deadlines(facts, locality=BEIJING)}
    assert not [r for r in recipients if r.startswith("province")]
    phone = clock(deadlines(facts, locality=BEIJING), "city_emergency", "phone")
    assert {loser.rule for loser in phone.supersedes} >= {"dept_phone_larger"}


def test_a_locality_overrides_minutes_with_a_source_of_its_own_and_may_switch_a_rule_off():
    place = {
        "name": "某市",
        "rules": {"gov_30_60": {"limits": {"phone": 15}, "source": "某市信息报送规定第5条", "confidence": "high"}},
        "off": ["flood_danger"],
    }
    found = deadlines(GRADED, locality=place)
    phone = clock(found, "city_party", "phone")
    assert (phone.minutes, phone.clause, phone.locality) == (15, "某市信息报送规定第5条", "某市")
    assert clock(found, "city_party", "written").minutes == 60
    assert not [c for c in found if c.rule == "flood_danger"]


@pytest.mark.parametrize(
    "place",
    [
        {"rules": {"gov_absent": {"limits": {"phone": 15}, "source": "x", "confidence": "low"}}},
        {"rules": {"gov_30_60": {"limits": {"pigeon": 15}, "source": "x", "confidence": "low"}}},
        {"rules": {"gov_30_60": {"limits": {"phone": 15}}}},
        {"off": ["gov_absent"]},
        {"munincipality": True},
    ],
)
def test_a_locality_that_overrides_nothing_we_know_is_refused(place):
    with pytest.raises(FactError):
        deadlines(GRADED, locality=place)


def test_every_clock_names_parties_that_exist_and_kinds_of_every_class_get_their_first_clock():
    parties = shipped_reporting().parties
    for code, kind in shipped_kinds().kinds.items():
        if kind.level == "class":
            continue
        found = deadlines({"event5": code, "occurred_at": OCCURRED, "received_at": RECEIVED})
        assert clock(found, "city_gov", "phone").immediate, code
        assert {c.sender for c in found} | {c.recipient for c in found} <= parties.keys()
        assert not [c for c in found if parties[c.sender].tier in ("city", "province", "state")]


def test_a_city_sees_its_own_clocks_too():
    found = deadlines(UNDERPASS, tier="city")
    assert clock(found, "province_emergency", "system").rule == "disaster_up"


def test_the_door_keeps_certain_and_possible_clocks_apart_and_speaks_json():
    out = deadlines_door({**UNDERPASS, "locality": BEIJING, "grad": "一般"})
    assert {c["rule"] for c in out["clocks"]} >= {"gov_immediate", "disaster_first", "continue", "final"}
    assert {c["rule"] for c in out["possible"]} >= {"gov_30_60"}
    assert out["unknown"] == ["deaths_missing", "grade", "may_become_major", "sensitive", "severe_loss"]
    assert out["ignored"] == ["grad"]
    phone = next(c for c in out["clocks"] if c["recipient"] == "city_gov" and c["form"] == "phone")
    assert (phone["start_at"], phone["late_after"]) == (OCCURRED, "2016-07-20T13:10:00+08:00")


@pytest.mark.parametrize(
    ("given_json", "code"),
    [
        ([], "not_a_mapping"),
        ({"event5": "99X99"}, "unknown_type"),
        ({"event5": "11A02", "occurred_at": "2016-07-20 12:00"}, "not_a_time"),
        ({"event5": "11A02", "grade": "很大"}, "unknown_text"),
        ({"event5": "11A02", "tier": "planet"}, "unknown_tier"),
        ({"event5": "11A02", "occurred_at": "9999-12-31T23:59:59+08:00"}, "not_a_time"),
        ({"event5": "11A02", "locality": 5}, "bad_locality"),
        ({"event5": "11A02", "locality": {"rules": {"no_such": {}}}}, "bad_locality"),
    ],
)
def test_the_door_refuses_what_it_cannot_use(given_json, code):
    with pytest.raises(BadFacts) as wrong:
        deadlines_door(given_json)
    assert wrong.value.problems[0].code == code


def test_working_days_leave_out_weekends_and_holidays():
    friday = at("22T18:00")
    assert end_of_working_days(friday, 1, frozenset()) == at("26T00:00")
    assert end_of_working_days(friday, 1, frozenset({date(2016, 7, 25)})) == at("27T00:00")
    assert next_time_of_day(at("20T08:00"), "09:00") == at("21T09:00")


def test_days_and_hours_of_the_rules_are_those_of_the_country_whatever_offset_a_time_is_told_in():
    told = {**UNDERPASS, "occurred_at": "2016-07-20T18:00:00Z", "received_at": "2016-07-20T18:10:00Z"}
    daily = [c for c in deadlines(told) if c.rule == "disaster_daily"]
    assert {(c.sender, c.due_at) for c in daily} == {("town", at("22T08:00")), ("county_emergency", at("22T09:00"))}
    stable = clock(
        deadlines({**told, "stable_at": "2016-07-22T20:00:00Z"}), "city_emergency", "written", stage="verify"
    )
    assert stable.due_at == at("30T00:00"), "Saturday the 23rd here, so the week after counts"


@pytest.mark.parametrize(
    ("occasion", "rules"),
    [
        ("warning", {"warn_report"}),
        ("forecast", {"possible_major"}),
        ("drill", {"drill_report"}),
        ("season", {"winter_spring"}),
    ],
)
def test_where_nothing_has_happened_no_incident_is_reported(occasion, rules):
    out = deadlines_door({"event5": "12D00", "grade": "重大", "occasion": occasion, "high_risk_unit": True})
    assert {c["rule"] for c in [*out["clocks"], *out["possible"]]} == rules


def test_the_elements_of_a_first_report_are_listed():
    required = {e.key for e in shipped_reporting().required_at("first")}
    assert {"time", "place", "casualties", "measures", "signer"} <= required
    assert "loss" not in required


#: Facts by which each rule of the file comes into play; `type` is a scale that covers the kind.
_SITUATIONS = [
    *({"event5": code, "grade": grade, "sensitive": True, "severe_loss": True, "social_impact": "恶劣", "near_miss": True}
      for code in ("11A02", "11A51", "11A52", "11C00", "11D00", "11G00", "12A00", "12D00", "12N00", "13B03", "13A00")
      for grade in (None, "一般", "较大", "重大")),
    *({"type": scale, "grade": grade, "heavy_metal": True, "near_miss": scale == "near_miss"}
      for scale in ("work_safety", "road_traffic", "fire", "environment", "near_miss", "geo_disaster")
      for grade in (None, "一般", "较大", "重大")),
    {"event5": "11D00", "geo_disaster": "大型"}, {"event5": "11D00", "geo_disaster": "小型"}, {"event5": "11G00", "deaths": 3},
    {"event5": "11A02", "stable_at": "2016-07-22T08:00:00+08:00"},
    *({"event5": "12D00", "occasion": occasion, "high_risk_unit": True} for occasion in ("warning", "forecast", "drill")),
    {"event5": "11A02", "occasion": "season"},
]  # fmt: skip


def test_every_rule_of_the_file_is_reached_through_the_door_with_its_form_start_and_clause():
    times = dict.fromkeys(
        ("occurred_at", "received_at", "discovered_at", "first_reported_at", "handled_at", "published_at", "consulted_at",
         "triggered_at", "drilled_at"), OCCURRED,
    )  # fmt: skip
    seen = {}
    for facts, tier in product(_SITUATIONS, ("county", "state")):
        given = {k: v for k, v in facts.items() if v is not None}
        try:
            out = deadlines_door({**times, **given, "tier": tier})
        except BadFacts:
            continue
        for clock_out in [*out["clocks"], *out["possible"]]:
            seen[clock_out["rule"]] = clock_out
            for loser in clock_out["supersedes"]:
                seen.setdefault(loser["rule"], None)
    missing = set(shipped_reporting().rules) - set(seen)
    assert not missing, f"no situation reaches {sorted(missing)}"
    for name, clock_out in seen.items():
        if clock_out is not None:
            assert all(clock_out[key] for key in ("recipient", "form", "start", "clause")), name
            timed = clock_out["minutes"] is not None or clock_out["due_at"] or clock_out["repeats"]
            assert timed, f"{name} says neither how many minutes nor when"


def test_the_party_is_told_where_a_rule_names_the_government_only():
    found = deadlines({**UNDERPASS, "grade": "一般", "sensitive": False, "severe_loss": False})
    party = clock(found, "city_party", "written")
    assert (party.rule, party.minutes) == ("gov_general", 120)
    assert "党委政府双报送" in party.rule_zh
    assert party.confidence == "medium"


def test_a_village_owes_its_street_and_a_department_its_own_line():
    found = deadlines({"type": "environment", "grade": "较大", "discovered_at": OCCURRED, "received_at": RECEIVED})
    village = next(c for c in found if c.sender == "village")
    assert (village.recipient, village.minutes, village.suggested) == ("town", 10, True)
    mine = [c for c in found if c.sender == "county_env" and c.recipient == "county_gov"]
    assert [c.minutes for c in mine] == [240], "not hidden behind what the duty desk owes the same recipient"
