"""Expressions and options: whatever is typed ends in a small tree or in a refusal, never in anything else."""

from __future__ import annotations

import contextlib
import string
from datetime import UTC, datetime

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from anlan.kernel.errors import BadInput, NotFound
from anlan.sensing.sensorthings.addresses import Address, Step, read_address, written_key
from anlan.sensing.sensorthings.columns import Column, fulfilled
from anlan.sensing.sensorthings.grammar import Call, Denied, Joined, Literal, Operation, Path, read_expression
from anlan.sensing.sensorthings.kinds import settled
from anlan.sensing.sensorthings.options import read_options

NOW = datetime(2016, 7, 20, 4, tzinfo=UTC)
ONE, TWO, THREE = (Literal("number", float(n)) for n in (1, 2, 3))
WORDS = [
    "name", "result", "eq", "ne", "gt", "and", "or", "not", "add", "mul", "div", "(", ")", ",", "/", "'", "'a b'", "''''", "5", "1e9",
    "-", "now()", "year(", "contains(", "geography'POINT(1 2)'", "duration'PT1H'", "2016-07-20T04:00:00Z", "2016-07-20",
    "2016-07-20T04:00:00Z/2016-07-20T05:00:00Z", "null", "true", "@iot.id", ";", "$top=1", "%", "\x00", "城", "\ud800", "🌊", "desc",
]  # fmt: skip


def test_strength_of_operators():
    tree = read_expression("not a eq 1 add 2 mul 3 or b eq 'x' and c")
    assert tree == Joined("or", (
        Denied(Operation("eq", Path(("a",)), Operation("add", ONE, Operation("mul", TWO, THREE)))),
        Joined("and", (Operation("eq", Path(("b",)), Literal("text", "x")), Path(("c",)))),
    ))  # fmt: skip


def test_words_of_the_standard():
    assert read_expression("Datastream/Thing/properties/a.b eq 'it''s'") == Operation(
        "eq", Path(("Datastream", "Thing", "properties", "a.b")), Literal("text", "it's")
    )
    assert read_expression("geo.distance(location, geography'POINT (1 2)') lt -1.5") == Operation(
        "lt", Call("geo.distance", (Path(("location",)), Literal("shape", "POINT (1 2)"))), Literal("number", -1.5)
    )
    # A plus sign in an address arrives as a blank.
    for text in ("phenomenonTime gt 2016-07-20T12:00:00+08:00", "phenomenonTime gt 2016-07-20T12:00:00 08:00"):
        assert read_expression(text).right == Literal("time", 1468987200_000_000)


@given(
    st.lists(st.sampled_from(WORDS), max_size=40).map(" ".join)
    | st.text(max_size=200)
    | st.text(string.printable, max_size=80)
)
@settings(max_examples=400)
def test_whatever_is_typed_is_read_or_refused(text):
    for name in ("$filter", "$orderby", "$expand", "$select", "$top", "$skiptoken"):
        options = _read_or_refused(lambda name=name: read_options([(name, text)]))
        if options is None or options.filter is None:
            continue
        values = Column(np.array([1.0, np.nan, 3.0]), np.array([False, True, False]), "number")
        found = _read_or_refused(lambda o=options, c=values: fulfilled(settled(o.filter, NOW), lambda _path: c, 3))
        assert found is None or found.shape == (3,)


def _read_or_refused(ask):
    """The answer; None when it is refused, which must be said with its mending."""
    try:
        return ask()
    except BadInput as bad:
        said = bad.as_dict()
    assert said["message"]
    return None


@given(st.text(max_size=60))
def test_whatever_address_is_asked_is_read_or_not_found(text):
    with contextlib.suppress(NotFound):
        assert read_address(text).steps


@given(st.integers(0, 10**18 - 1) | st.text(min_size=1, max_size=30))
def test_an_id_is_read_as_it_was_written(key):
    assert read_address(f"Things({written_key(key)})/Datastreams") == Address(
        (Step("Things", key), Step("Datastreams"))
    )


NUMBERS = st.none() | st.floats(-1e6, 1e6).map(lambda v: round(v, 3))


@given(
    st.lists(st.tuples(NUMBERS, NUMBERS), min_size=1, max_size=20),
    st.sampled_from(["eq", "ne", "gt", "ge", "lt", "le"]),
)
def test_comparisons_know_what_is_unknown(rows, name):
    """Against plain Python, row by row: what is unknown equals nothing, and differs from everything."""
    plain = {"eq": lambda a, b: a == b, "ne": lambda a, b: a != b, "gt": lambda a, b: a > b, "ge": lambda a, b: a >= b,
             "lt": lambda a, b: a < b, "le": lambda a, b: a <= b}[name]  # fmt: skip
    columns = {
        key: Column(
            np.array([0.0 if r[n] is None else r[n] for r in rows]), np.array([r[n] is None for r in rows]), "number"
        )
        for n, key in enumerate("ab")
    }
    found = fulfilled(read_expression(f"a {name} b"), lambda path: columns[path.parts[0]], len(rows)).tolist()
    assert found == [name == "ne" if None in row else plain(*row) for row in rows]


@pytest.mark.parametrize(
    "text", ["a" + "/b" * 20, "a,b", "a eq", "eq eq eq eq", "f(a)", "contains(a", "a eq 1 1", "'a'/b", "()"]
)
def test_what_is_no_expression_is_refused(text):
    with pytest.raises(BadInput):
        read_expression(text)
