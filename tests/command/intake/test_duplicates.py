"""Earlier reports of the same event are suggested with reasons; different events are not."""

from __future__ import annotations

from anlan.command.intake.duplicates import suggest_duplicates

NEW = {
    "time": "2016-07-20T12:40:00+08:00",
    "place": "古城南路铁路桥下",
    "kind": "X1101",
    "region_code": "110107004000",
}


def test_the_same_call_again_is_suggested_first():
    found = suggest_duplicates(
        NEW,
        [
            {**NEW, "id": "far", "place": "衙门口桥", "region_code": "110107011000"},
            {**NEW, "id": "same", "time": "2016-07-20T12:55:00+08:00", "place": "古城南路", "kind": "11A02"},
        ],
    )
    assert [s.id for s in found] == ["same"]
    assert found[0].reasons == ("地点相同：古城南路", "时间相差15分钟", "类型相近")


def test_another_kind_at_another_time_is_not():
    assert suggest_duplicates(NEW, [{**NEW, "id": 1, "time": "2016-07-18T12:40:00+08:00"}]) == []
    assert suggest_duplicates(NEW, [{**NEW, "id": 1, "place": "古城大街", "kind": "13B03"}]) == []


def test_positions_count_within_a_kilometre():
    here = {"time": NEW["time"], "kind": "X1101", "lon": 116.19, "lat": 39.91}
    near = {**here, "id": "near", "lat": 39.914}
    far = {**here, "id": "far", "lat": 39.93}
    (found,) = suggest_duplicates(here, [near, far])
    assert found.id == "near"
    assert "相距约445米" in found.reasons


def test_without_a_place_in_common_nothing_is_suggested():
    assert suggest_duplicates({"time": NEW["time"], "kind": "X1101"}, [{**NEW, "id": 1}]) == []


def test_the_same_telephone_number_is_a_reason():
    new = {"time": NEW["time"], "phone": "13800001111"}
    (found,) = suggest_duplicates(new, [{"id": 7, "time": NEW["time"], "phone": "13800001111"}])
    assert "同一来电号码" in found.reasons


def test_the_same_words_pasted_again_are_recognised_without_a_place():
    text = "村里来电说后山掉石头，砸坏两间平房，人都撤出来了"
    again = {"time": NEW["time"], "text": f"转：{text}。"}
    (found,) = suggest_duplicates(again, [{"id": 1, "time": NEW["time"], "text": text}, {"id": 2, "text": "西井停电"}])
    assert (found.id, found.reasons) == (1, ("时间相差0分钟", "原文相同"))
    elsewhere = {**again, "place": "麻峪", "region_code": "110107009000"}
    assert not suggest_duplicates(elsewhere, [{**NEW, "id": 3, "text": text}]), "the same words about another place"
    days_ago = {"id": 4, "time": "2016-07-17T12:40:00+08:00", "text": text}
    assert not suggest_duplicates(again, [days_ago])


def test_broken_values_are_unknown_not_errors():
    assert suggest_duplicates({"time": "yesterday", "lon": float("nan")}, [{"id": 1, "lat": True, "time": 5}]) == []
