"""The composed warnings as the messages they would come in: well-formed, marked, and chained."""

from anlan.review.replay.scenario import load_scenario
from anlan.review.replay.warnings import cap_of
from anlan.warning.cap import china
from anlan.warning.cap.parse import read_cap


def messages():
    scenario = load_scenario("beijing_2016_07_20")
    return [(i.data, read_cap(cap_of(scenario, i.data))) for i in scenario.inputs if i.kind == "warning"]


def test_each_is_a_sound_message_that_says_exercise_and_simulated():
    for data, reading in messages():
        assert reading.errors == ()
        assert reading.alert.status == "Exercise"
        assert "模拟" in reading.alert.infos[0].headline
        notice = china.to_warning(reading.alert)
        assert (notice.hazard, notice.colour, notice.msg_type) == ("rainstorm", data["colour"], data["msg_type"])
        assert notice.region_codes


def test_identifiers_are_issuer_and_time_and_each_names_all_before_it():
    seen = []
    for data, reading in messages():
        issuer, _sep, moment = reading.alert.identifier.partition("_")
        assert len(issuer) == 14
        assert moment == data["sent"][:19].replace("-", "").replace(":", "").replace("T", "")
        assert [r.identifier for r in reading.alert.references] == seen
        seen.append(reading.alert.identifier)
    assert len(set(seen)) == len(seen) == 5
