"""The Chinese profile: colours, codes and regions in the words of the desk."""

from dataclasses import replace

import pytest

from anlan.warning.cap.china import is_chinese, profile_faults, to_warning
from anlan.warning.cap.model import CapArea, NamedValue
from anlan.warning.cap.parse import parse_cap

from .cast import SENT, rainstorm_orange, sample


def changed(**changes):
    return rainstorm_orange(infos=(replace(rainstorm_orange().infos[0], **changes),))


def test_a_rainstorm_message_becomes_a_warning():
    warning = to_warning(rainstorm_orange())
    assert (warning.hazard, warning.hazard_zh, warning.event_code) == ("rainstorm", "暴雨", "11B03")
    assert (warning.colour, warning.level) == ("orange", 2)
    assert warning.issuer == "某市气象台(模拟)"
    assert warning.issuer_code == "11010741600000"
    assert warning.region_codes == ("110107000000",)
    assert warning.sent == warning.effective == SENT
    assert warning.action == "发布"
    assert warning.unknown == {}
    assert warning.doubts == ()


@pytest.mark.parametrize(
    ("severity", "colour"),
    [("Extreme", "red"), ("Severe", "orange"), ("Moderate", "yellow"), ("Minor", "blue"), ("Unknown", None)],
)
def test_severity_stands_for_the_colour(severity, colour):
    warning = to_warning(changed(severity=severity, headline=None))
    assert warning.colour == colour
    assert ("colour" in warning.unknown) == (colour is None)


def test_written_words_win_over_a_severity_that_differs():
    alert = changed(severity="Minor")
    assert to_warning(alert).colour == "orange"
    assert [f.code for f in to_warning(alert).doubts] == ["china_colour_differs"]


def test_the_chinese_block_is_chosen_and_english_on_request():
    alert = parse_cap(sample("rainstorm-bilingual.xml"))
    assert to_warning(alert).language == "zh-CN"
    english = to_warning(alert, language="en-US")
    assert english.headline == "Orange rainstorm warning (simulated)"
    assert (english.hazard, english.colour) == ("rainstorm", "orange")


def test_an_exercise_and_a_test_are_never_live():
    assert to_warning(rainstorm_orange()).exercise
    assert not to_warning(rainstorm_orange(status="Test")).live
    assert to_warning(rainstorm_orange(status="Actual")).live


def test_a_cancel_without_info_keeps_what_it_says_and_names_the_rest_unknown():
    warning = to_warning(parse_cap(sample("rainstorm-cancel.xml")))
    assert warning.action == "解除"
    assert warning.references[0].identifier == "11010741600000_20160720124000"
    assert warning.hazard is None
    assert "hazard" in warning.unknown


def test_an_update_names_what_it_replaces():
    warning = to_warning(parse_cap(sample("rainstorm-red-update.xml")))
    assert (warning.colour, warning.msg_type) == ("red", "Update")
    assert warning.references[0].identifier == "11010741600000_20160720103500"


def test_departures_from_the_profile_are_all_named():
    area = CapArea("某地", geocodes=(NamedValue("CPEAS Geographic Code", "110107"),))
    alert = replace(
        changed(event_codes=(NamedValue("SAME", "FFW"),), areas=(area,)), identifier="1101074160000_20160720103500"
    )
    assert is_chinese(alert)
    assert {f.code for f in profile_faults(alert)} == {"china_identifier", "china_event_code", "china_geocode"}


def test_a_time_in_the_identifier_that_does_not_exist_is_named():
    alert = rainstorm_orange(identifier="11010741600000_20160231103500")
    assert [f.code for f in profile_faults(alert)] == ["china_identifier_time"]


def test_fourteen_digit_area_codes_are_cut_to_the_division():
    area = CapArea("石景山区", geocodes=(NamedValue("CPEAS Geographic Code", "11010700000000"),))
    assert to_warning(changed(areas=(area,))).region_codes == ("110107000000",)


def test_a_foreign_message_is_not_measured_by_the_profile():
    alert = replace(changed(areas=(CapArea("Somewhere"),)), identifier="urn:oid:2.49.0")
    assert not is_chinese(alert)
    assert to_warning(alert).doubts == ()
    assert "region_codes" in to_warning(alert).unknown


def test_a_warning_can_be_put_into_json():
    import json

    text = json.dumps(to_warning(rainstorm_orange()).as_dict(), ensure_ascii=False)
    assert '"sent": "2016-07-20T10:35:00+08:00"' in text
