"""Every scale at every limit: just below, at, just above; once with nothing else known, once with everything else known to be nothing.

What is expected comes from a reader of the table that shares no line with the product's: three values, the highest proven level, and
whether a higher one is open.
"""

from __future__ import annotations

from importlib.resources import files

import pytest
import yaml

from anlan.analysis.grading import grade

SHIPPED = yaml.safe_load(files("anlan.analysis.data").joinpath("incident_grades.yaml").read_text("utf-8"))


def condition(row):
    return row.get("when") or row["cond"]


def leaves(of):
    for key in ("any", "all"):
        if key in of:
            return [leaf for part in of[key] for leaf in leaves(part)]
    return [of]


def holds(leaf, facts):
    """True, False, or None for unknown."""
    if "any" in leaf or "all" in leaf:
        found = [holds(part, facts) for part in leaf.get("any") or leaf["all"]]
        deciding = "any" in leaf
        if deciding in found:
            return deciding
        return None if None in found else not deciding
    value = facts.get(leaf["var"])
    if value is None:
        return None
    return {
        ">=": lambda: value >= leaf["value"], ">": lambda: value > leaf["value"],
        "<=": lambda: value <= leaf["value"], "<": lambda: value < leaf["value"],
        "==": lambda: value == leaf["value"], "is_true": lambda: value is True,
        "range": lambda: leaf["min"] <= value < leaf["max"],
    }[leaf["op"]]()  # fmt: skip


def expected(scale, facts):
    judged = [
        (row["level"], holds(condition(row), facts)) for row in sorted(scale["levels"], key=lambda row: row["level"])
    ]
    level = next((number for number, value in judged if value), None)
    return level, any(value is None for number, value in judged if level is None or number < level)


def around(leaf):
    """Values below, at and above each limit of a leaf; counts in steps of one, measures in hundredths."""
    if leaf["op"] == "is_true":
        return [True, False]
    limits = [leaf["min"], leaf["max"]] if leaf["op"] == "range" else [leaf["value"]]
    if isinstance(limits[0], str):
        return [*limits, "其他"]
    step = 1 if leaf.get("unit") in ("人", "例", "头") else 0.01
    return [value for limit in limits for value in (limit - step, limit, limit + step) if value >= 0]


def nothing(leaf):
    return {"is_true": False, "==": "其他"}.get(leaf["op"], 0)


def trials(scale):
    every = {leaf["var"]: leaf for row in scale["levels"] for leaf in leaves(condition(row))}
    for row in scale["levels"]:
        own = leaves(condition(row))
        for leaf in own:
            for value in around(leaf):
                yield {leaf["var"]: value}
                yield {name: nothing(other) for name, other in every.items()} | {leaf["var"]: value}
                # the rest of an `all` just reached
                beside = {o["var"]: around(o)[0] if o["op"] == "is_true" else o.get("min", o.get("value")) for o in own}
                yield beside | {leaf["var"]: value}


def check(scales):
    tried = 0
    for scale in scales:
        for facts in trials(scale):
            if "deaths_plus_serious" in {leaf["var"] for row in scale["levels"] for leaf in leaves(condition(row))}:
                # the product adds up what is given apart, also in part; here only where both are given
                parts = [facts.get("deaths"), facts.get("serious_injuries")]
                if parts.count(None) == 1 and "deaths_plus_serious" not in facts:
                    continue
                if None not in parts:
                    facts = facts | {"deaths_plus_serious": sum(parts)}
            level, provisional = expected(scale, facts)
            found = grade({"type": scale["id"], **facts})
            assert (found["level"], found["provisional"]) == (level, provisional), (scale["id"], facts)
            tried += 1
    return tried


def test_the_shipped_scales_turn_at_their_limits():
    assert check(SHIPPED["scales"]) > 1500


def test_the_reference_scales_turn_at_the_same_limits(shared):
    reference = yaml.safe_load((shared / "reference/incident-grades.yaml").read_text("utf-8"))
    assert {s["id"] for s in reference["scales"]} == {s["id"] for s in SHIPPED["scales"]}
    assert check(reference["scales"]) > 1500


@pytest.mark.parametrize("value", ["3人", [1], {"about": 3}, True, -1, -0.5, float("nan"), float("inf"), 10**400])
def test_what_is_no_count_is_refused_by_name(value):
    from anlan.kernel.conditions import BadFacts

    with pytest.raises(BadFacts) as wrong:
        grade({"type": "work_safety", "deaths": value})
    assert wrong.value.problems[0].var == "deaths"
    assert wrong.value.problems[0].message
