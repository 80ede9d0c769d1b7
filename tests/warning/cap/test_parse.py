"""Messages from outside are read completely, judged completely, and never trusted."""

from __future__ import annotations

import tracemalloc

import pytest

from anlan.warning.cap.document import Limits
from anlan.warning.cap.faults import CapRefused
from anlan.warning.cap.parse import parse_cap, read_cap

from .cast import SENT, rainstorm_orange, sample

ALERT = sample("rainstorm-orange.xml").decode()


def codes(data: bytes | str, **options: object) -> set[str]:
    reading = read_cap(data.encode() if isinstance(data, str) else data, **options)  # type: ignore[arg-type]
    return {found.code for found in reading.errors}


def test_every_element_of_a_good_message_is_kept():
    assert parse_cap(sample("rainstorm-orange.xml")) == rainstorm_orange()


def test_everything_that_is_wrong_is_said_at_once():
    with pytest.raises(CapRefused) as refused:
        parse_cap(sample("many-faults.xml"))
    assert {e.code for e in refused.value.errors} == {
        "characters",
        "time_offset",
        "value",
        "missing",
        "empty_value",
        "time",
        "polygon_crossing",
    }
    by_path = {(e.path, e.code) for e in refused.value.errors}
    assert ("/alert/status", "value") in by_path
    assert ("/alert/info[1]/urgency", "value") in by_path
    assert ("/alert/info[1]/area[1]/polygon[1]", "polygon_crossing") in by_path


def test_an_error_says_where_what_and_how_to_mend_in_both_languages():
    error = read_cap(ALERT.replace("<scope>Public</scope>", "").encode()).errors[0]
    assert error.path == "/alert/scope"
    assert error.message_zh == "缺少必填元素“scope”。"
    assert error.message_en == 'The required element "scope" is missing.'
    assert error.mend_zh
    assert error.mend_en


@pytest.mark.parametrize("name", ["xxe.xml", "billion-laughs.xml"])
def test_a_document_type_is_refused_before_anything_is_expanded(name):
    tracemalloc.start()
    try:
        assert codes(sample(name)) == {"doctype"}
        _now, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert most < 5 * 2**20


def test_a_doctype_hidden_in_utf_16_is_refused_too():
    text = sample("xxe.xml").decode().replace("encoding='UTF-8'", "encoding='UTF-16'")
    assert codes(text.encode("utf-16")) == {"doctype"}


def test_an_undeclared_entity_is_not_resolved():
    assert codes(ALERT.replace("低洼地带", "&secret;")) == {"xml_broken"}


def test_thirty_megabytes_are_refused_unread():
    content = b"<alert>" + b"x" * 30_000_000
    tracemalloc.start()
    try:
        assert codes(content) == {"too_large"}
        _now, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert most < 2**20, "not even copied"


def test_a_truncated_message_is_refused_with_its_place():
    reading = read_cap(ALERT[: len(ALERT) // 2].encode())
    assert reading.errors[0].code == "xml_broken"
    assert "行" in reading.errors[0].message_zh


@pytest.mark.parametrize("data", [b"", b"   \n", b"\xef\xbb\xbf", b"\x00\x00"])
def test_nothing_is_refused_as_nothing(data):
    assert codes(data) <= {"empty", "xml_broken"}
    assert codes(data)


def test_bytes_that_are_not_the_declared_encoding_are_refused():
    assert codes(sample("gbk-declared-utf8.xml")) == {"encoding_wrong"}


def test_gb18030_and_utf_16_are_read():
    assert parse_cap(sample("gb18030.xml")) == rainstorm_orange()
    assert parse_cap(ALERT.replace("'UTF-8'", "'UTF-16'").encode("utf-16")) == rainstorm_orange()


def test_an_unheard_of_encoding_is_refused():
    assert codes(ALERT.replace("UTF-8", "EBCDIC-X")) == {"encoding_unknown"}


def test_deep_nesting_is_refused():
    assert codes("<alert>" + "<a>" * 200 + "</a>" * 200 + "</alert>") == {"too_deep"}
    assert codes("<alert>" + "<a>" * 5000 + "</a>" * 5000 + "</alert>") == {"too_deep"}


def test_an_outline_with_too_many_points_is_refused():
    points = " ".join(f"39.{n:06d},116.1" for n in range(10_001))
    ring = "39.9,116.1 39.9,116.25 40,116.25 40,116.1 39.9,116.1"
    assert "too_many" in codes(ALERT.replace(ring, points))


@pytest.mark.parametrize(
    ("ring", "code"),
    [
        ("39.9,116.1 39.9,116.2 39.9,116.1", "polygon_few"),
        ("39.9,116.1 39.9,116.2 40,116.2 40,116.1", "polygon_open"),
        ("39.9,116.1 40,116.2 39.9,116.2 40,116.1 39.9,116.1", "polygon_crossing"),
        ("39.9,116.1 39.9,116.1 39.9,116.1 39.9,116.1", "polygon_crossing"),
        ("116.1,39.9 116.2,39.9 116.2,40 116.1,39.9", "polygon_swapped"),
        ("39.9,516.1 39.9,516.2 40,516.2 39.9,516.1", "polygon_range"),
        ("39.9,nan 39.9,116.2 40,116.2 39.9,nan", "polygon_points"),
        ("39.9;116.1 39.9;116.2 40;116.2 39.9;116.1", "polygon_points"),
    ],
)
def test_a_bad_outline_is_refused_with_its_own_reason(ring, code):
    good = "39.9,116.1 39.9,116.25 40,116.25 40,116.1 39.9,116.1"
    assert codes(ALERT.replace(good, ring)) == {code}


@pytest.mark.parametrize(("old", "new", "code"), [
    ("<identifier>11", "<identifier>1 1", "characters"),
    ("<sent>2016-07-20T10:35:00+08:00", "<sent>2016-07-20T10:35:00", "time_offset"),
    ("<sent>2016-07-20T10:35:00+08:00", "<sent>2016-07-20 10:35:00+08:00", "time"),
    ("<sent>2016-07-20T10:35:00+08:00", "<sent>2016-07-20T25:35:00+08:00", "time"),
    ("<msgType>Alert", "<msgType>Update", "references_missing"),
    ("<msgType>Alert", "<msgType>Cancel", "references_missing"),
    ("<scope>Public", "<scope>Restricted", "restriction_missing"),
    ("<scope>Public", "<scope>Private", "addresses_missing"),
    ("<category>Met</category>", "", "missing"),
    ("<category>Met", "<category>Weather", "value"),
    ("2016-07-20T22:35:00+08:00</expires>", "2016-07-20T09:35:00+08:00</expires>", "expires_early"),
    ("<language>zh-CN", "<language>中文", "language"),
    ("</instruction>", "</instruction><web>javascript:alert(1)</web>", "uri_scheme"),
    ("</instruction>", "</instruction><web>java\tscript:alert(1)</web>", "uri_scheme"),
    ("</polygon>", "</polygon><circle>39.9,116.1 -1</circle>", "circle"),
    ("</polygon>", "</polygon><circle>39.9,116.1</circle>", "circle"),
    ("</area>", "<ceiling>100</ceiling></area>", "ceiling_alone"),
    ("<headline>", "<headline>一</headline><headline>", "repeated"),
    ("<identifier>", "<identifier>a</identifier><identifier>", "repeated"),
    ("<event>暴雨</event>", "<event><b>暴雨</b></event>", "not_text"),
    ("<info>", "<colour>red</colour><info>", "element_unknown"),
    ("urn:oasis:names:tc:emergency:cap:1.2", "urn:somebody:else", "namespace"),
])  # fmt: skip
def test_one_fault_gives_its_own_code(old, new, code):
    assert old in ALERT
    assert codes(ALERT.replace(old, new, 1)) == {code}


@pytest.mark.parametrize("reference", ["only-two,parts", "a,b,2016-07-20T10:00:00", "a,,2016-07-20T10:00:00+08:00"])
def test_a_malformed_reference_is_refused(reference):
    text = ALERT.replace("<info>", f"<references>{reference}</references><info>", 1)
    assert codes(text) & {"references", "time_offset"}


def test_elements_out_of_order_are_refused_but_a_lenient_reader_keeps_the_message():
    moved = ALERT.replace("  <status>Exercise</status>\n", "").replace("<info>", "<status>Exercise</status><info>", 1)
    assert codes(moved) == {"order"}
    lenient = read_cap(moved.encode(), strict=False)
    assert lenient.alert == rainstorm_orange()
    assert {n.code for n in lenient.notices} == {"order"}


def test_a_colour_written_as_severity_is_understood_and_said():
    reading = read_cap(sample("colour-severity.xml"))
    assert reading.alert == rainstorm_orange()
    assert [n.code for n in reading.notices] == ["severity_colour"]


def test_cap_1_1_is_upgraded_and_stays_marked():
    reading = read_cap(ALERT.replace("cap:1.2", "cap:1.1").encode())
    assert reading.alert is not None
    assert reading.alert.version == "1.1"
    assert [n.code for n in reading.notices] == ["version_11"]


def test_what_is_not_cap_at_all_is_refused():
    assert codes(b"<html><body>busy</body></html>") == {"not_cap"}
    assert codes(b'{"identifier": "1"}') == {"xml_broken"}


def test_the_same_message_twice_has_the_same_key_in_any_time_zone():
    other = ALERT.replace("<sent>2016-07-20T10:35:00+08:00", "<sent>2016-07-20T02:35:00-00:00")
    assert parse_cap(ALERT.encode()).key == parse_cap(other.encode()).key
    assert parse_cap(other.encode()).sent == SENT


def test_limits_can_be_tightened():
    assert codes(ALERT, limits=Limits(size=100)) == {"too_large"}


def test_a_source_that_must_sign_is_refused_without_signature():
    assert codes(ALERT, require_signature=True) == {"signature_missing"}


def test_the_door_prints_plain_values():
    door = read_cap(sample("many-faults.xml")).as_dict()
    assert door["valid"] is False
    assert door["errors"][0].keys() == {  # type: ignore[index]
        "path", "code", "message_zh", "message_en", "mend_zh", "mend_en", "level",
    }  # fmt: skip
