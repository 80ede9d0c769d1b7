"""The shipped facts of every room: complete, and refused as soon as a fault is seeded."""

from __future__ import annotations

import copy
import json

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from anlan.analysis.data import criteria_files, incident_grades, incident_kinds, warning_signals
from anlan.command.data import reporting_deadlines
from anlan.decision.data import response_levels
from anlan.kernel.facts import FactError, load_record


def load_all_properties(path):
    """What is measured and what follows from it: two readings of one file."""
    return criteria_files.load_properties(path), criteria_files.load_derivations(path)


LOADERS = {
    "incident_types.yaml": (incident_kinds.FILE, incident_kinds.load_kinds),
    "incident_grades.yaml": (incident_grades.FILE, incident_grades.load_grades),
    "warning_signals.yaml": (warning_signals.FILE, warning_signals.load_signals),
    "properties.yaml": (criteria_files.PROPERTIES_FILE, load_all_properties),
    "response_criteria.yaml": (criteria_files.RESPONSES_FILE, criteria_files.load_response_criteria),
    "response_levels.yaml": (response_levels.FILE, response_levels.load_plans),
    "reporting_deadlines.yaml": (reporting_deadlines.FILE, reporting_deadlines.load_reporting),
}
DATA = {name: dict(load_record(file).data) for name, (file, _) in LOADERS.items()}


def places(data, kind, path=()):
    """The paths of every mapping or leaf condition in the data."""
    if isinstance(data, dict):
        if kind == "mapping" or "op" in data:
            yield path
        for key, value in data.items():
            yield from places(value, kind, (*path, key))
    elif isinstance(data, list):
        for i, value in enumerate(data):
            yield from places(value, kind, (*path, i))


def at(data, path):
    for step in path:
        data = data[step]
    return data


def refused(name, data, folder):
    file = folder / name
    file.write_text(json.dumps(data, ensure_ascii=False), encoding="utf-8")
    with pytest.raises(FactError) as wrong:
        LOADERS[name][1](file)
    assert wrong.value.file == name
    assert wrong.value.path.startswith("$")
    return wrong.value


@pytest.mark.parametrize("name", LOADERS)
def test_every_file_loads_and_stands_unchanged_as_plain_data(name, tmp_path):
    file = tmp_path / name
    file.write_text(json.dumps(DATA[name], ensure_ascii=False), encoding="utf-8")
    assert LOADERS[name][1](file)


@pytest.mark.parametrize("name", LOADERS)
def test_an_unknown_key_is_refused_in_mappings_of_every_shape(name, tmp_path):
    shapes = {tuple(s if isinstance(s, str) else "*" for s in path): path for path in places(DATA[name], "mapping")}
    for path in shapes.values():
        data = copy.deepcopy(DATA[name])
        at(data, path)["unforeseen"] = 1
        refused(name, data, tmp_path)


LEAF_FAULTS = {
    "an operator that does not exist": lambda leaf: leaf.update(op="=>"),
    "a text compared by an order that nobody declared": lambda leaf: leaf.update(var="undeclared", op=">=", value="红"),
    "a number written as a text": lambda leaf: leaf.update(var="undeclared", op="==", value="3"),
    "a leaf without its variable": lambda leaf: leaf.pop("var"),
}


@pytest.mark.parametrize("fault", LEAF_FAULTS)
@pytest.mark.parametrize("name", [n for n in LOADERS if list(places(DATA[n], "leaf"))])
@settings(max_examples=5, deadline=None, suppress_health_check=list(HealthCheck))
@given(choice=st.data())
def test_a_faulty_condition_is_refused(name, fault, tmp_path, choice):
    data = copy.deepcopy(DATA[name])
    path = choice.draw(st.sampled_from(list(places(data, "leaf"))))
    LEAF_FAULTS[fault](at(data, path))
    refused(name, data, tmp_path)


def seeded(name, path, value, tmp_path):
    data = copy.deepcopy(DATA[name])
    at(data, path[:-1])[path[-1]] = value
    return refused(name, data, tmp_path)


@pytest.mark.parametrize(
    ("name", "path", "value", "what"),
    [
        ("incident_types.yaml", ("types", "items", 0, "card"), "card_absent", "names no card"),
        ("incident_types.yaml", ("types", "items", 1, "code"), "11A01", "used twice"),
        ("incident_types.yaml", ("own_types", "items", 0, "parent"), "19Z99", "names no kind"),
        ("incident_types.yaml", ("headquarters", "source"), None, "source"),
        ("incident_grades.yaml", ("scales", 0, "applies"), ["12Z00"], "names no event code"),
        ("incident_grades.yaml", ("scales", 0, "kind"), "gravity", "is not one of"),
        ("incident_grades.yaml", ("scales", 0, "confidence"), "sure", "confidence is one of"),
        ("incident_grades.yaml", ("scales", 0, "levels", 0, "level"), 3, "from the highest"),
        ("warning_signals.yaml", ("signals", 0, "event_code"), "11B98", "names no event code"),
        ("warning_signals.yaml", ("signals", 0, "levels", 0, "cap", "severity"), "Extreme", "does not belong to"),
        ("warning_signals.yaml", ("cap", "identifier", "example"), "123", "does not match"),
        ("response_levels.yaml", ("hazards", 0, "hq"), "hq_none", "names no headquarters"),
        ("response_levels.yaml", ("hazards", 0, "tasks", 0, "t0"), "sometime", "is not one of"),
        ("response_levels.yaml", ("hazards", 0, "tasks", 0, "within_min", "IV"), -5, "at least 0"),
        ("response_levels.yaml", ("hazards", 0, "tasks", 0, "id"), "t_verify", "common task"),
        ("reporting_deadlines.yaml", ("rules", 0, "routes", 0, "to"), ["nobody"], "names no party"),
        ("reporting_deadlines.yaml", ("rules", 0, "start"), "someday", "names no start"),
        ("reporting_deadlines.yaml", ("rules", 0, "every_min"), 60, "exactly one of"),
        ("reporting_deadlines.yaml", ("rules", 0, "applies", "var"), "scale.absent", "names no scale"),
        ("reporting_deadlines.yaml", ("elements", "items", 0, "required_at"), ["someday"], "required_at"),
        ("properties.yaml", ("properties", "items", 0, "most"), -1, "not below"),
        ("response_criteria.yaml", ("criteria", 0, "levels", 0, "when", "any", 0, "var"), "moon", "no property"),
    ],
)
def test_a_reference_into_nowhere_or_a_wrong_value_is_refused(name, path, value, what, tmp_path):
    assert what in seeded(name, path, value, tmp_path).what


def test_every_low_confidence_is_marked_as_a_suggestion():
    plans = response_levels.shipped_plans()
    flood = next(p for p in plans if p.id == "flood")
    assert all(level.provenance.suggested for level in flood.levels)
    assert not incident_grades.shipped_grades().scales["work_safety"].provenance.suggested


def test_every_kind_knows_its_group_its_card_and_what_others_are_told():
    kinds = incident_kinds.shipped_kinds()
    underpass = kinds.kinds["X1101"]
    assert (underpass.national, underpass.group, underpass.klass) == ("11A02", "11A00", "natural")
    assert kinds.cards[underpass.card].steps[1].who == "police"
    assert len([k for k in kinds.kinds.values() if k.level == "kind"]) == 304


def test_seven_hazards_are_shipped_with_four_levels_each():
    plans = response_levels.shipped_plans()
    hazards = {"flood", "typhoon", "relief", "earthquake", "forest_fire", "geology", "hazchem"}
    assert {p.hazard for p in plans} == hazards
    assert all([lv.number for lv in p.levels] == [1, 2, 3, 4] for p in plans)
    flood = next(p for p in plans if p.id == "flood")
    assert [lv.approve.role for lv in flood.levels] == ["top_leader", "commander", "deputy", "hq_office_head"]
    assert {t.id: t.within_min for t in flood.level("III").tasks}["f_underpass"] == 30
