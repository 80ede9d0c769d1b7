"""What ships: every standard with its clause, its confidence and its exact threshold. `data/thresholds.txt` was compared with the
standards line by line; a change of a threshold has to be made there too."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

from anlan.analysis.book.bodies import shipped_bodies
from anlan.analysis.book.table import rows_of
from anlan.analysis.book.unobserved import elements, undecidable
from anlan.analysis.criteria import for_one_station, shipped_criteria
from anlan.analysis.data.criteria_files import own_levels, shipped_derivations, shipped_properties
from anlan.kernel.conditions import leaves

EXACT = Path(__file__).parent / "data" / "thresholds.txt"


def line(row):
    cells = row.cells
    said = [cells[name] for name in ("var", "fn", "window", "op", "value", "unit")]
    return "|".join([row.criterion, row.level, row.joined, *said, cells["confidence"][0]])


def test_every_threshold_is_the_one_of_its_standard():
    assert [line(row) for body in shipped_bodies().values() for row in rows_of(body)] == EXACT.read_text(
        "utf-8"
    ).splitlines()


def test_all_standards_and_levels_are_there_with_clause_and_confidence():
    counted = Counter(c.scheme for c in shipped_criteria())
    assert counted == {"warning": 27, "response": 2}
    assert sum(len(c.levels) for c in shipped_criteria() if c.scheme == "warning") == 93
    assert all(c.provenance.source and c.provenance.confidence in ("high", "medium", "low") for c in shipped_criteria())
    assert {c.id for c in shipped_criteria() if c.provenance.suggested} == {
        "thunder_gale", "lowtemp_rain_snow_ice", "waterlog", "eew", "response.flood",
    }  # fmt: skip


def test_what_no_station_can_decide_is_listed_with_its_reason_and_everything_else_can_be_decided():
    listed = {(u.criterion, u.level) for u in undecidable()}
    assert all(u.elements or u.share for u in undecidable())
    for criterion in shipped_criteria():
        for level in criterion.levels:
            one = for_one_station(level, shipped_properties(), own_levels())
            assert (one is None) == ((criterion.id, level.name) in listed)
    asked = {leaf.var for c in shipped_criteria() for lv in c.levels for leaf in leaves(lv.when)}
    assert asked - set(shipped_properties()) == set(elements())


def test_whatever_is_derived_is_derived_from_something_measured():
    for name, ways in shipped_derivations().items():
        assert name in shipped_properties()
        assert all(way.source in shipped_properties() for way in ways)
