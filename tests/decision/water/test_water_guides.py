"""The guide of a river reach: what the registry knows, what nobody entered, who does not fit into which shelter."""

from __future__ import annotations

import pytest

from anlan.decision.data.water_guides import water_guide
from anlan.decision.water.nav import _guide as offered
from anlan.decision.water.queries import guide_of, works
from anlan.kernel.context import system
from anlan.kernel.errors import NotFound
from anlan.kernel.ledgers import ledger_of, save_row
from anlan.kernel.worlds import REAL
from anlan.places.identity import context_of
from anlan.places.models import Person
from anlan.registry.checking import check_area, check_water
from anlan.registry.models import EvacuationArea, Shelter, Station, WaterWork
from anlan.registry.seeding import load_demonstration

from ..test_plan_pages import browser, text_of  # noqa: F401


def test_the_technical_guide_says_for_each_danger_how_it_is_seen_and_what_must_not_be_done():
    river, reservoir = water_guide().of("river"), water_guide().of("reservoir")
    assert [s.level for s in reservoir.states] == ["limit_m", "warn_m", "guarantee_m", "danger"]
    assert "limit_m" not in {s.level for s in river.states}, "a river has no limit of the flood season"
    assert {"piping", "overflow", "breach"} <= {d.id for d in river.dangers}
    assert "breach" not in {d.id for d in reservoir.dangers}


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"kind": "river", "warn_m": 73, "guarantee_m": 72}, "guarantee_m"),
        ({"kind": "river", "guarantee_m": 75, "crest_m": 74}, "crest_m"),
        ({"kind": "river", "limit_m": 70}, "limit_m"),
        ({"kind": "reservoir", "limit_m": 70, "warn_m": 69, "guarantee_m": 72, "crest_m": 74}, None),
    ],
)
def test_levels_that_do_not_rise_are_said(values, field):
    assert [f for f, _why in check_water(values)] == ([field] if field else [])


def test_no_more_need_help_than_leave():
    assert check_area({"people": 5, "weak": 6})
    assert not check_area({"people": None, "weak": 6})


@pytest.fixture
def river(district):
    load_demonstration()
    return WaterWork.everything.get(code="ww.yongding.1")


def reader(username="fangban"):
    return context_of(Person.objects.get(username=username), world=REAL)


@pytest.mark.django_db
def test_the_page_and_the_paper_say_who_leaves_when_and_where_to(river, browser):  # noqa: F811
    office, said = browser("fangban"), text_of(browser("fangban").get(f"/water-guides/{river.pk}/"))
    area = ("麻峪低洼院落（示例）", "沿麻峪东街步行上坡", "广宁街道避灾安置点（示例）")
    for part in ("达到警戒水位", "71.50", "区水务局", "275", "管涌", "五里坨滨河平房", *area):
        assert part in said, part
    assert "未填" in said[said.rindex("技术责任人") :][:20], "nobody has named the technical one"
    assert "永定河左岸麻峪段" in text_of(office.get("/water-guides/"))
    assert office.get(f"/water-guides/{river.pk}/paper.docx").content[:2] == b"PK"
    street = text_of(browser("guangning").get(f"/water-guides/{river.pk}/"))
    assert "麻峪低洼院落" in street, "a street whose people leave reads the guide"
    assert "五里坨滨河平房" not in street, "not the roll of its neighbours"
    assert browser("gucheng").get(f"/water-guides/{river.pk}/").status_code == 404, "a street that it does not concern"


@pytest.mark.django_db
def test_what_is_not_entered_is_unknown_and_a_shelter_that_is_too_small_is_named(river):
    ctx = reader()
    assert [(w["areas"], w["people"]) for w in works(ctx)] == [(2, 275)]
    area = EvacuationArea.everything.get(code="ea.yongding.1")
    Shelter.everything.filter(code="sh.guangning.1").update(capacity=100)
    guide = guide_of(ctx, river.pk)
    assert {p.shelter.code: p.too_small for p in guide.places} == {"sh.guangning.1": True, "sh.wulituo.1": False}
    save_row(system("test"), ledger_of("registry.evacuation_area"), {"people": None, "route": ""}, area)
    guide = guide_of(ctx, river.pk)
    assert (guide.people, guide.uncounted) == (95, 1), "unknown is not zero"
    assert guide.rows[0]["lacks"] == ["人数", "转移路线"]
    assert not next(p for p in guide.places if p.shelter.code == "sh.guangning.1").too_small


@pytest.mark.django_db
def test_a_signal_of_its_gauge_leads_to_it_and_elsewhere_nobody_sees_it(river, somebody):
    class Signal:
        place_key = "station:uci.gucheng"

    assert offered(reader(), Signal()) is None, "a gauge of no water work"
    station = Station.everything.get(code="uci.gucheng")
    save_row(system("test"), ledger_of("registry.water_work"), {"station": station.code}, river)
    assert offered(reader(), Signal())[1] == f"/water-guides/{river.pk}/"
    elsewhere = somebody(
        "duty_officer", "33/3309/", ["registry.water_work.view", "registry.evacuation_area.view"], keys=[]
    )
    assert works(elsewhere) == []
    with pytest.raises(NotFound):
        guide_of(elsewhere, river.pk)
