"""What we write reads back equal, is canonical, and obeys the same rules."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from anlan.warning.cap import model
from anlan.warning.cap.compose import compose_cap
from anlan.warning.cap.faults import CapRefused
from anlan.warning.cap.parse import parse_cap

from .cast import rainstorm_orange, reference_to, sample

ALPHABET = st.characters(min_codepoint=0x20, max_codepoint=0x2FFFF, exclude_categories=("Cs", "Cc", "Cn", "Co", "Z"))
TEXT = st.text(ALPHABET, min_size=1, max_size=40).map(str.strip).filter(bool)
WORD = st.text(ALPHABET, min_size=1, max_size=20).filter(lambda t: not set(t) & set(' ,<&"'))
MAYBE = st.none() | TEXT
ZONES = st.integers(-12 * 60, 14 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes)))
TIMES = st.builds(
    lambda at, zone: at.replace(microsecond=0).astimezone(zone),
    st.datetimes(datetime(1990, 1, 1), datetime(2090, 1, 1), timezones=st.just(UTC)),
    ZONES,
)


def places(low: float, high: float) -> st.SearchStrategy[float]:
    return st.floats(low, high).map(lambda number: round(number, 9) + 0.0)


LAT, LON = places(-80, 80), places(-170, 170)
NAMED = st.builds(model.NamedValue, TEXT, TEXT)


def square(lat: float, lon: float, side: float) -> model.Polygon:
    north, east = round(lat + side, 9), round(lon + side, 9)
    return ((lat, lon), (lat, east), (north, east), (north, lon), (lat, lon))


AREAS = st.builds(
    model.CapArea,
    TEXT,
    polygons=st.lists(st.builds(square, LAT, LON, places(0.001, 5)), max_size=2).map(tuple),
    circles=st.lists(st.builds(model.Circle, LAT, LON, places(0, 20_000)), max_size=2).map(tuple),
    geocodes=st.lists(NAMED, max_size=2).map(tuple),
    altitude_ft=st.none() | places(0, 100),
)
RESOURCES = st.builds(
    model.CapResource, TEXT, TEXT, size=st.none() | st.integers(0, 10**9), uri=st.just("https://e.org")
)


@st.composite
def infos(draw: st.DrawFn, sent: datetime) -> model.CapInfo:
    return model.CapInfo(
        event=draw(TEXT),
        urgency=draw(st.sampled_from(model.URGENCIES)),
        severity=draw(st.sampled_from(model.SEVERITIES)),
        certainty=draw(st.sampled_from(model.CERTAINTIES)),
        categories=tuple(draw(st.lists(st.sampled_from(model.CATEGORIES), min_size=1, max_size=3))),
        language=draw(st.sampled_from(["zh-CN", "en-US", "zh", "de-LS"])),
        response_types=tuple(draw(st.lists(st.sampled_from(model.RESPONSE_TYPES), max_size=2))),
        audience=draw(MAYBE),
        event_codes=tuple(draw(st.lists(NAMED, max_size=2))),
        effective=draw(st.none() | st.just(sent)),
        onset=draw(st.none() | TIMES),
        expires=draw(st.none() | st.just(sent + timedelta(hours=6))),
        sender_name=draw(MAYBE),
        headline=draw(MAYBE),
        description=draw(MAYBE),
        instruction=draw(MAYBE),
        contact=draw(MAYBE),
        parameters=tuple(draw(st.lists(NAMED, max_size=2))),
        resources=tuple(draw(st.lists(RESOURCES, max_size=2))),
        areas=tuple(draw(st.lists(AREAS, max_size=2))),
    )


@st.composite
def alerts(draw: st.DrawFn) -> model.CapAlert:
    sent = draw(TIMES)
    kind = draw(st.sampled_from(model.MESSAGE_TYPES))
    scope = draw(st.sampled_from(model.SCOPES))
    return model.CapAlert(
        identifier=draw(WORD),
        sender=draw(WORD),
        sent=sent,
        status=draw(st.sampled_from(model.STATUSES)),
        msg_type=kind,
        scope=scope,
        source=draw(MAYBE),
        restriction=draw(TEXT) if scope == "Restricted" else None,
        addresses=tuple(draw(st.lists(WORD, min_size=1, max_size=3))) if scope == "Private" else (),
        codes=tuple(draw(st.lists(TEXT, max_size=2))),
        note=draw(MAYBE),
        references=tuple(draw(st.lists(st.builds(model.Reference, WORD, WORD, TIMES), min_size=1, max_size=2)))
        if kind != "Alert"
        else (),
        infos=tuple(draw(st.lists(infos(sent), min_size=1, max_size=2))),
    )


@settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(alerts())
def test_any_message_we_can_write_reads_back_equal(alert):
    written = compose_cap(alert)
    assert parse_cap(written) == alert
    assert compose_cap(parse_cap(written)) == written


@pytest.mark.parametrize("name", ["rainstorm-orange.xml", "rainstorm-bilingual.xml", "rainstorm-red-update.xml"])
def test_the_samples_are_canonical(name):
    assert compose_cap(parse_cap(sample(name))) == sample(name)


def test_a_message_that_breaks_a_rule_is_not_written():
    with pytest.raises(CapRefused) as refused:
        compose_cap(rainstorm_orange(msg_type="Update", sender="two words"))
    assert {e.code for e in refused.value.errors} == {"references_missing", "characters"}


def test_utc_is_written_the_way_the_standard_asks():
    alert = rainstorm_orange(sent=datetime(2016, 7, 20, 2, 35, tzinfo=UTC))
    assert b"<sent>2016-07-20T02:35:00-00:00</sent>" in compose_cap(alert)


def test_markup_and_control_characters_cannot_break_out():
    info = replace(rainstorm_orange().infos[0], description="a</description><event>假</event>\x00\x0b & b")
    back = parse_cap(compose_cap(rainstorm_orange(infos=(info,))))
    assert back.infos[0].description == "a</description><event>假</event> & b"
    assert back.infos[0].event == "暴雨"


def test_a_cancel_may_come_without_info():
    first = rainstorm_orange()
    cancel = rainstorm_orange(identifier="x", msg_type="Cancel", infos=(), references=(reference_to(first),))
    assert parse_cap(compose_cap(cancel)) == cancel
