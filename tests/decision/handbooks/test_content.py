"""What the shipped handbooks say holds together; a handbook that does not is refused with its place. No database."""

from __future__ import annotations

import copy

import pytest

from anlan.analysis.data.incident_kinds import shipped_kinds
from anlan.decision.handbooks.content import parse_handbook, shipped_handbooks
from anlan.kernel.facts import FactError


def test_each_shipped_handbook_says_what_a_commander_asks_first_and_marks_what_has_no_source():
    books = {name: parse_handbook(data) for name, data in shipped_handbooks().items()}
    assert {"hazchem", "mine", "forest_fire", "waterlogging", "earthquake", "traffic", "special_equipment"} <= set(
        books
    )
    for name, book in books.items():
        parts = (book.kinds, book.first_hour, book.key_points, book.dangers, book.stop_lines, book.call)
        assert all(parts), name
        times = [one.within_min for one in book.first_hour]
        assert times == sorted(times), name
        assert times[-1] <= 60, name
        lines = (*book.key_points, *book.dangers, *book.stop_lines)
        assert {one.provenance.suggested for one in lines} == {True, False}, name
    hazchem = books["hazchem"]
    assert "X1211" in {k.code for k in hazchem.kinds}, "liquid ammonia has the leak's card"
    assert (30, "police") in {(one.within_min, one.who) for one in hazchem.first_hour}, "a step of its card"
    assert "hq_hazchem" in hazchem.in_charge


def test_no_two_handbooks_claim_the_same_card():
    """Which handbook opens for a kind of incident is never a matter of chance."""
    claimed = [card for data in shipped_handbooks().values() for card in data["cards"]]
    assert len(claimed) == len(set(claimed))
    assert set(claimed) <= set(shipped_kinds().cards)


@pytest.mark.parametrize(
    ("part", "broken", "where"),
    [
        ("cards", ["card_of_nobody"], "cards"),
        ("call", [{"who": "nobody", "zh": "来"}], "call[0].who"),
        ("first_hour", [{"who": "fire", "zh": "到场", "within_min": 90}], "first_hour[0].within_min"),
        ("stop_lines", [{"zh": "撤", "colour": "red"}], "stop_lines[0]"),
        ("key_points", [{"zh": ""}], "key_points[0].zh"),
    ],
)
def test_a_handbook_that_does_not_hold_together_is_refused_with_its_place(part, broken, where):
    data = copy.deepcopy(shipped_handbooks()["hazchem"])
    data[part] = broken
    with pytest.raises(FactError) as refused:
        parse_handbook(data)
    assert where in refused.value.path
