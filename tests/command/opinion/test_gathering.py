"""Which items are about the same matter, and why."""

from datetime import datetime, timedelta

from anlan.command.opinion.gathering import heat, item_key, likest, plain_address, title_key

NOW = datetime.fromisoformat("2016-07-20T13:00:00+08:00")


def thing(text, *, id=None, hours=0.0, region="", place="", kind=""):
    return {
        "id": id or text,
        "text": text,
        "at": NOW + timedelta(hours=hours),
        "region": region,
        "place": place,
        "kind": kind,
    }


UNDERPASS = thing("古城南街桥下积水齐腰深，两辆车被淹", region="110107004000", place="古城南街桥下", kind="X1101")


def best(new):
    return next(iter(likest(new, [UNDERPASS])), None)


def test_the_same_place_kind_and_hour_is_the_same_matter_in_other_words():
    found = best(thing("太可怕了 车都漂起来了", hours=1, region="110107004000", place="古城南街桥下", kind="11A02"))
    assert found is not None
    assert {"地点相同：古城南街桥下", "类型相近"} <= set(found.reasons)


def test_nearly_the_same_words_are_the_same_matter_without_any_place():
    assert best(thing("【视频】古城南街桥下积水齐腰深 两辆车被淹没", hours=2)) is not None


def test_another_street_another_kind_or_another_day_is_another_matter():
    assert best(thing("八角西街桥下积水，车被淹", region="110107003000", kind="X1101")) is None
    assert best(thing("古城南街桥下有人打架", region="110107004000", place="古城南街桥下", kind="13A01")) is None
    assert best(thing(UNDERPASS["text"], hours=60, region="110107004000", kind="X1101")) is None
    assert best(thing("积水")) is None


def test_an_item_is_known_again_by_its_address_or_its_title():
    assert plain_address("https://www.news.example/a?id=1&utm_source=x&from=wx") == plain_address(
        "http://m.news.example/a?id=1#top"
    )
    assert item_key("甲", "", "https://news.example/a?id=1") != item_key("甲", "", "https://news.example/a?id=2")
    assert title_key("古城南街桥下积水两车被淹 - 某某新闻") == title_key("古城南街桥下积水两车被淹")
    assert title_key("积水了") == ""


def test_heat_counts_by_hour_and_leaves_out_what_is_older():
    moments = [NOW - timedelta(minutes=5), NOW - timedelta(minutes=65), NOW - timedelta(hours=30)]
    assert heat(moments, NOW, hours=3) == [0, 1, 1]
