"""Fact files: read strictly, refused with file, place and reason."""

from __future__ import annotations

import pytest

from anlan.kernel.conditions import parse
from anlan.kernel.facts import FactError, Record, load_record, read_vocabulary, variables_of


@pytest.fixture
def fact_file(tmp_path):
    def write(text):
        path = tmp_path / "sample.yaml"
        path.write_text(text, encoding="utf-8")
        return load_record(path)

    return write


def test_source_and_confidence_are_inherited_from_the_enclosing_item(fact_file):
    root = fact_file("rules: {source: 甲, confidence: low, items: [{id: a}, {id: b, confidence: high}]}")
    first, second = root.record("rules").records("items")
    assert (first.provenance.source, first.provenance.suggested) == ("甲", True)
    assert (second.provenance.source, second.provenance.suggested) == ("甲", False)


def test_an_item_without_any_source_is_refused(fact_file):
    with pytest.raises(FactError, match=r"sample.yaml: \$.items\[a\]: has no source"):
        _ = fact_file("items: [{id: a, confidence: high}]").records("items")[0].provenance


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("a: 1\na: 2", "written twice"),
        ("a: [1", "sample.yaml"),
        ("- a", "must be a mapping"),
        ("confidence: certain", "confidence is one of"),
    ],
)
def test_a_file_that_is_not_sound_is_refused(fact_file, text, what):
    with pytest.raises(FactError, match=what):
        fact_file(text)


def test_a_key_that_nobody_asked_for_is_refused(fact_file):
    root = fact_file("id: a\nwhithin_min: 3")
    root.text("id")
    with pytest.raises(FactError, match="unknown keys whithin_min"):
        root.done()


@pytest.mark.parametrize(
    ("read", "what"),
    [
        (lambda r: r.text("code"), "codes and times need quotes"),
        (lambda r: r.integer("share"), "whole number"),
        (lambda r: r.number("share", least=1), "at least 1"),
        (lambda r: r.flag("code"), "true or false"),
        (lambda r: r.texts("twice"), "twice"),
        (lambda r: r.text("absent"), "lacks absent"),
        (lambda r: r.refer("name", {"x"}, "party"), "names no party"),
        (lambda r: r.records("items"), "used twice"),
    ],
)
def test_a_value_of_the_wrong_kind_is_refused_with_its_place(read, what):
    data = {"code": 12, "share": 0.5, "twice": ["a", "a"], "name": "y", "items": [{"id": "a"}, {"id": "a"}]}
    with pytest.raises(FactError, match=what) as wrong:
        read(Record("f.yaml", "$", data))
    assert wrong.value.path.startswith("$")


def test_the_vocabulary_of_a_file_orders_its_texts(fact_file):
    vocabulary = read_vocabulary(fact_file("vocabulary: {orders: {'signal.*': [none, blue]}, counted_units: [人]}"))
    assert vocabulary.order_of("signal.rain") == ("none", "blue")
    assert parse({"var": "signal.rain", "op": ">=", "value": "blue"}, vocabulary)


def test_one_variable_with_two_units_is_refused():
    conditions = [
        ("$.a", parse({"var": "depth", "op": ">=", "value": 15, "unit": "cm"})),
        ("$.b", parse({"var": "depth", "op": ">=", "value": 0.15, "unit": "m"})),
    ]
    with pytest.raises(FactError, match="number in cm and as number in m"):
        variables_of("f.yaml", conditions)
