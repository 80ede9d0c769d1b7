"""The directory: found by what one types, a personal number shown on demand and noted, entries confirmed by their units."""

import io

import pytest
from django.test import Client
from openpyxl import load_workbook

from anlan.kernel import clock
from anlan.kernel.errors import BadInput, Conflict, NotAllowed, NotFound, Refused
from anlan.kernel.loops.stepping import take_step
from anlan.kernel.models import AuditEntry
from anlan.kernel.worlds import REAL
from anlan.places.demonstration import load_people
from anlan.places.directory.matching import pinyin_of, says, typed
from anlan.places.directory.queries import search
from anlan.places.directory.services import ask_units, show_number
from anlan.places.identity import context_of
from anlan.places.models import DirectoryCheck, Holding, Organisation, Person
from anlan.places.seeding import load_regions
from tests.remembered import put_back


@pytest.fixture
def acting(db, settings, tmp_path):
    settings.DEMO, settings.VAR_DIR = True, str(tmp_path)
    put_back("district", lambda: (load_regions(), load_people()))
    return lambda username: context_of(Person.objects.get(username=username), world=REAL)


def test_a_name_is_found_by_characters_pinyin_and_initials():
    assert pinyin_of("古城街道") == ("guchengjiedao", "gcjd")
    for words in ("古城", "gcjd", "gucheng", "ＧＣＪＤ", "GC JD", "cj"):
        assert says(typed(words), "古城街道"), words
    assert not says(typed("bjjd"), "古城街道")
    assert not says(typed("chengjie"), "古城街道"), "whole pinyin from its beginning, or every third word would fit"


def test_what_is_found_and_whose_number_may_be_shown(acting):
    desk, water, street = acting("zhibanyuan"), acting("shuiwu"), acting("gucheng")
    found = search(desk, "swj")
    assert {e.organisation.pk for e in found} == {"sjs.water", "sjs.commerce"}, "two bureaus have these initials"
    assert all(h.may_see for e in found for h in e.holders)
    lead = Person.objects.get(username="gucheng.zhuren")
    assert [h.person.pk for e in search(desk, lead.phone[-4:]) for h in e.holders if h.person.pk == lead.pk] == [
        lead.pk
    ]
    full_width = "".join(chr(ord(c) + 0xFEE0) if c.isdigit() else c for c in lead.phone)
    assert search(desk, full_width), "full-width digits"
    assert search(water, lead.phone) == [], "a number that one may not see finds nobody"
    assert search(desk, "1") == []

    with pytest.raises(NotAllowed):
        show_number(water, person=lead)
    assert show_number(desk, person=lead)[1] == lead.phone
    assert show_number(street, person=lead)[1] == lead.phone
    with pytest.raises(NotAllowed):
        show_number(street, person=Person.objects.get(username="bajiao.zhuren"))
    looked = AuditEntry.objects.filter(action="places.person.number_seen", object_id=str(lead.pk))
    assert sorted(looked.values_list("actor_name", flat=True)) == [
        "区总值班室值班员1（示例）",
        "古城街道值班员（示例）",
    ]
    Holding.objects.filter(person=lead).update(until=clock.real_now())
    with pytest.raises(NotFound):
        show_number(desk, person=lead)


def test_units_confirm_their_own_entry_once_a_month(acting):
    desk = acting("zhibanzhang")
    asked = ask_units(desk)
    assert asked > 30
    assert ask_units(desk) == 0
    with pytest.raises(NotAllowed):
        ask_units(acting("shuiwu"))
    check = DirectoryCheck.everything.get(organisation="sjs.water")
    with pytest.raises(NotFound):
        take_step(acting("gongan"), check, "confirm", {})
    with pytest.raises(BadInput) as refused:
        take_step(acting("shuiwu"), check, "correct", {"duty_phone": "值班室"})
    assert refused.value.field == "duty_phone"
    take_step(acting("shuiwu"), check, "correct", {"duty_phone": "０１０－６８６０７０００"})
    with pytest.raises(Conflict):
        take_step(acting("shuiwu"), check, "confirm", {})
    row = Organisation.objects.get(pk="sjs.water")
    assert (row.duty_phone, row.confirmed_by, row.confirmed_at is not None) == (
        "010-68607000",
        "区水务局联络员（示例）",
        True,
    )
    load_people()
    assert Organisation.objects.get(pk="sjs.water").duty_phone == "010-68607000", "what was corrected stays"
    assert DirectoryCheck.everything.get(pk=check.pk).state == "corrected"


def test_nobody_is_asked_in_an_exercise(acting, exercise):
    with pytest.raises(Refused):
        ask_units(acting("zhibanzhang").inside(exercise.pk))


def test_the_pages(acting):
    def browser(username):
        client = Client()
        client.force_login(Person.objects.get(username=username))
        return client

    desk, water, chief = browser("zhibanyuan"), browser("shuiwu"), browser("zhibanzhang")
    lead = Person.objects.get(username="gucheng.zhuren")
    page = desk.get("/directory/").content.decode()
    assert "古城街道" in page
    assert lead.phone not in page, "no personal number stands in the list"
    assert "老古城东社区" in desk.get("/directory/?street=sjs.st.gucheng").content.decode()
    assert lead.phone in desk.post(f"/directory/people/{lead.pk}/number/").content.decode()
    assert water.post(f"/directory/people/{lead.pk}/number/").status_code == 403
    assert "查看号码" not in water.get("/directory/?q=gcjd").content.decode()
    assert desk.get("/directory/directory.xlsx").status_code == 403
    sheet = load_workbook(io.BytesIO(chief.get("/directory/directory.xlsx").content)).active
    cells = {str(c.value) for row in sheet.iter_rows() for c in row if c.value is not None}
    assert lead.phone in cells
    assert AuditEntry.objects.get(action="places.directory.export").data["numbers"] > 100
    assert Client().get("/directory/").status_code == 302
