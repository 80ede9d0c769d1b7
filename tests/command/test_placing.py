"""The place of an incident is put right by a person; what it was before, and on whose word, stays in the story."""

from __future__ import annotations

import pytest

from anlan.command.models import Incident
from anlan.command.queries.timeline import timeline
from anlan.command.services import add_followup, correct_place, open_incident
from anlan.kernel.errors import BadInput, Conflict, NotFound


def told(ctx, incident):
    return [item.text for item in timeline(ctx, incident) if item.action.endswith((".place", ".split", ".split_from"))]


def test_a_point_and_a_name_move_it_and_the_story_keeps_both(acting, at, call):
    ctx = acting("zhibanyuan")
    was = call.position.coords
    at("12:50")
    correct_place(ctx, call, lon="116.18950", lat="39.91020", source="网格员到场确认")
    assert call.position.coords == (116.1895, 39.9102)
    assert call.accuracy_m == 30
    at("12:55")
    correct_place(ctx, call, place="古城南街与石景山路交口", source="110 回拨")
    assert (call.place, call.position.coords) == ("古城南街与石景山路交口", (116.1895, 39.9102))
    assert "古城南街与石景山路交口" in call.title
    first, second = told(ctx, call)
    assert "网格员到场确认" in first
    assert "116.18950，39.91020" in first
    assert "距原位置" in first
    assert "原“古城街道古城南路下凹桥”" in second
    # A less exact position that another system sends later does not undo what a person has made sure of.
    from django.contrib.gis.geos import Point

    add_followup(ctx, call, text="联动系统再报", kind="system", position=Point(*was, srid=4326), accuracy_m=100)
    assert call.position.coords == (116.1895, 39.9102)
    # A name that the platform knows brings its point.
    correct_place(ctx, call, place="老古城东社区", source="社区来电")
    assert call.position.coords != (116.1895, 39.9102)


@pytest.mark.parametrize(
    ("given", "field", "words"),
    [
        ({"lon": "39.91", "lat": "116.19"}, "lon", "填反"),
        ({"lon": "116.19"}, "lat", "两个数"),
        ({"lon": "路口", "lat": "39.9"}, "lon", "两个数"),
        ({"lon": "nan", "lat": "39.9"}, "lon", "国内"),
        ({"lon": "121.47", "lat": "31.23"}, "lon", "公里"),
        ({"place": "古城街道古城南路下凹桥"}, "place", "没有改动"),
        ({"place": "古城大街"}, "source", "依据"),
    ],
)
def test_what_cannot_be_is_refused_with_how_to_mend(acting, call, given, field, words):
    source = "" if field == "source" else "来电"
    with pytest.raises(BadInput) as fault:
        correct_place(acting("zhibanyuan"), call, **given, source=source)
    assert (fault.value.field, words in str(fault.value)) == (field, True)
    assert fault.value.mend


def test_another_street_is_another_matter_and_only_who_may_changes_it(acting, call):
    with pytest.raises(NotFound):
        correct_place(acting("bajiao"), call, place="别处", source="来电")
    street = open_incident(acting("gucheng"), text="古城街道古城路社区地下室积水")
    with pytest.raises(Conflict, match="辖区"):
        correct_place(acting("gucheng"), street, place="八角街道八角北路", source="来电")
    street.refresh_from_db()
    assert "八角" not in street.place
    assert Incident.objects.in_world(acting("gucheng")).filter(pk=street.pk, place=street.place).exists()
