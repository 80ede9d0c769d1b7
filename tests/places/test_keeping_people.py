"""An administrator keeps the people, posts and organisations of his region through the ledgers, and nobody reaches further."""

from __future__ import annotations

import io
from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from openpyxl import load_workbook

from anlan.kernel import clock
from anlan.kernel.errors import NotAllowed, Refused
from anlan.kernel.ledgers import ledger_of, restore_row, retire_row, save_row
from anlan.kernel.models import AuditEntry
from anlan.places import services, staffing
from anlan.places.identity import context_of
from anlan.places.models import Holding, Organisation, Person, Post
from tests.cast import DISTRICT, GUCHENG, person, settle, signed_in


@pytest.fixture
def admin(db):
    settle()
    return person("guanli", GUCHENG, "admin")


@pytest.fixture
def colleague(admin):
    """A second administrator of the same street: nobody can help himself."""
    return person("guanli2", GUCHENG, "admin")


@pytest.fixture
def officer(admin):
    return person("jiedao", GUCHENG, "town")


@pytest.fixture
def higher(admin):
    return person("quzhihui", DISTRICT, "commander")


@pytest.fixture
def browser(admin):
    return signed_in(Client(), admin)


def test_an_administrator_sets_up_a_body_a_post_and_a_person_who_signs_in_and_works(browser, admin):
    """By the pages alone: organisation, post, person, password, appointment; each with its history."""
    body = {"scope": "古城街道", "code": "gc.flood", "name": "古城街道防汛办", "kind": "street", "actor": "town"}
    assert browser.post("/ledger/places.organisation/new/", body).status_code == 302
    post = {
        "scope": "古城街道",
        "code": "gc.flood.duty",
        "name": "防汛值班员",
        "organisation": "gc.flood",
        "roles": ["town"],
    }
    assert browser.post("/ledger/places.post/new/", post).status_code == 302
    who = {"scope": "古城街道", "username": "gc.new", "name": "古城街道值班员(示例)", "phone": "", "email": ""}
    assert browser.post("/ledger/places.person/new/", who).status_code == 302
    fresh, made = Person.objects.get(username="gc.new"), Post.objects.get(code="gc.flood.duty")
    assert fresh.standing == "还没有发放密码"
    assert fresh.scope == made.scope == GUCHENG
    assert Client().post("/signin/", {"username": "gc.new", "password": ""}).status_code == 422

    page = browser.post(f"/people/{fresh.pk}/account/", {"do": "password"})
    assert page["Cache-Control"].find("no-store") >= 0
    password = page.content.decode().split("<code data-password>")[1].split("<")[0]
    assert password not in browser.get(f"/people/{fresh.pk}/account/").content.decode()
    assert browser.post(f"/posts/{made.pk}/handover/", {"to": "gc.new", "at": "", "note": "新设"}).status_code == 302

    his = Client()
    assert his.post("/signin/", {"username": "gc.new", "password": password})["Location"] == "/password/"
    assert his.get("/")["Location"] == "/password/"
    assert "town" in context_of(fresh).roles
    listed = browser.get("/ledger/places.person/").content.decode()
    assert "防汛值班员" in listed
    assert "待改临时密码" in listed
    assert "任职：防汛值班员" in browser.get(fresh.get_absolute_url()).content.decode()
    assert "古城街道值班员(示例)" in browser.get(made.get_absolute_url()).content.decode()
    assert "防汛值班员" in browser.get(Organisation.objects.get(pk="gc.flood").get_absolute_url()).content.decode()


def test_a_post_is_handed_over_on_a_day_ahead_and_the_past_stays(admin, officer, browser):
    post = Post.objects.get(code="org-jiedao.jiedao")
    next_one = Person.objects.create(username="jieti", name="接替人(示例)", scope=GUCHENG)
    tomorrow = clock.real_now() + timedelta(days=1)
    form = {"to": "jieti", "ends": [str(officer.pk)], "at": f"{tomorrow:%Y-%m-%dT%H:%M}+00:00", "note": "轮岗"}
    assert browser.post(f"/posts/{post.pk}/handover/", form).status_code == 302
    assert "town" in context_of(officer).roles
    assert "town" not in context_of(next_one).roles
    Holding.objects.filter(post=post).update(since=tomorrow - timedelta(days=9))
    Holding.objects.filter(person=officer).update(until=clock.real_now() - timedelta(minutes=1))
    assert "town" not in context_of(officer).roles
    assert "town" in context_of(next_one).roles
    page = browser.get(f"/posts/{post.pk}/handover/").content.decode()
    assert "已离任" in page
    assert "接替人(示例)" in page
    entries = AuditEntry.objects.filter(object_type="places.post", object_id=str(post.pk)).order_by("id")
    relieved, appointed = entries.values_list("label", flat=True)
    assert "免职" in relieved
    assert "任职" in appointed


def test_an_appointment_ahead_can_be_taken_back_and_dates_must_hold_together(admin, officer, browser):
    post = Post.objects.get(code="org-jiedao.jiedao")
    next_one = Person.objects.create(username="jieti", name="接替人(示例)", scope=GUCHENG)
    ctx, now = context_of(admin), clock.real_now()
    ahead = staffing.hand_over(ctx, post=post, to=next_one, at=now + timedelta(days=2))
    with pytest.raises(Refused, match="已在任"):
        staffing.hand_over(ctx, post=post, to=next_one, at=now + timedelta(days=3))
    with pytest.raises(Refused, match="早于"):
        staffing.hand_over(ctx, post=post, to=None, relieves=[officer], at=now - timedelta(days=30))
    refused = browser.post(f"/posts/{post.pk}/handover/", {"to": "nobody", "at": "昨天", "note": "保留我"})
    assert refused.status_code == 422
    assert "保留我" in refused.content.decode()
    assert browser.post(f"/holdings/{ahead.pk}/withdraw/").status_code == 302
    assert not Holding.objects.filter(person=next_one).exists()
    with pytest.raises(Refused, match="已经开始"):
        staffing.withdraw(ctx, holding=Holding.objects.get(person=officer))


def test_nobody_raises_his_own_rights(admin, colleague, browser):
    ctx = context_of(admin)
    mine = Post.objects.get(code="org-guanli.guanli")
    extra = Post.objects.create(
        code="gc.chief", name="街道总指挥", organisation=mine.organisation, region=mine.region, roles=["commander"]
    )
    with pytest.raises(NotAllowed, match="自己"):
        staffing.hand_over(ctx, post=extra, to=admin)
    refused = browser.post(
        f"/api/v1/kernel/ledgers/places.post/{mine.pk}", {}, content_type="application/json"
    )  # no such verb
    assert refused.status_code == 405
    with pytest.raises(NotAllowed, match="自己所任"):
        save_row(ctx, ledger_of("places.post"), {"roles": ["admin", "commander"]}, mine)
    with pytest.raises(NotAllowed):
        services.change_person(ctx, person=admin, is_administrator=True)
    with pytest.raises(NotAllowed):
        retire_row(ctx, ledger_of("places.person"), admin, why="离职")
    save_row(context_of(colleague), ledger_of("places.post"), {"roles": ["admin", "town"]}, mine)
    assert "town" in context_of(admin).roles


def test_an_administrator_reaches_nobody_who_serves_elsewhere_too(admin, higher, browser):
    """Kept here, but commanding the district: whoever resets that password would command the district."""
    both = Person.objects.create(username="both", name="两处任职(示例)", scope=GUCHENG)
    Holding.objects.create(person=both, post=Post.objects.get(code="org-quzhihui.quzhihui"), since=clock.real_now())
    ctx = context_of(admin)
    for act in (
        lambda: services.reset_password(ctx, person=both),
        lambda: services.unlock(ctx, person=both),
        lambda: save_row(ctx, ledger_of("places.person"), {"email": "mine@example.org"}, both),
        lambda: retire_row(ctx, ledger_of("places.person"), both, why="x"),
        lambda: staffing.hand_over(ctx, post=Post.objects.get(code="org-quzhihui.quzhihui"), to=both),
        # A post of this street in a body of the district would be let into what the district shares with that body.
        lambda: save_row(
            ctx, ledger_of("places.post"),
            {"scope": "110107004000", "code": "x", "name": "x", "organisation": "org-quzhihui"},
        ),
    ):  # fmt: skip
        with pytest.raises(NotAllowed):
            act()
    for address in (
        f"/people/{higher.pk}/account/",
        "/posts/{}/handover/".format(Post.objects.get(code="org-quzhihui.quzhihui").pk),
    ):
        assert browser.get(address).status_code == 404
        assert browser.post(address, {"do": "password"}).status_code == 404
    Holding.objects.filter(person=both).update(since=clock.real_now() + timedelta(days=1))
    with pytest.raises(NotAllowed, match="管理的区划之外"):
        services.reset_password(ctx, person=both)
    borrowed = Post.objects.create(
        code="qu.gc",
        name="区派驻岗",
        organisation=Organisation.objects.get(code="org-quzhihui"),
        region=settle()[GUCHENG],
    )
    with pytest.raises(NotAllowed, match="org-quzhihui"):
        save_row(ctx, ledger_of("places.post"), {"organisation": "org-guanli"}, borrowed)
    system = Person.objects.create(username="root", name="系统管理员(示例)", scope=GUCHENG, is_administrator=True)
    with pytest.raises(NotAllowed, match="系统管理员"):
        services.reset_password(ctx, person=system)


def test_only_an_administrator_sees_the_buttons_and_may_press_them(officer, admin):
    street = signed_in(Client(), officer)
    assert street.get("/ledger/places.person/").status_code == 200
    assert "/ledger/places.person/new/" not in street.get("/ledger/places.person/").content.decode()
    assert street.get(f"/people/{admin.pk}/account/").status_code == 403
    assert street.post("/people/passwords/", {"id": str(admin.pk)}).status_code == 403
    assert street.get("/ledger/places.person/export.xlsx").status_code == 403


def test_whoever_is_deactivated_is_out_at_once_and_old_sessions_stay_dead(admin, officer, browser):
    his = signed_in(Client(), officer)
    assert his.get("/me/").status_code == 200
    assert browser.post(f"/ledger/places.person/{officer.pk}/retire/", {"why": "调离"}).status_code == 302
    assert his.get("/me/").status_code == 302
    officer.refresh_from_db()
    restore_row(context_of(admin), ledger_of("places.person"), officer)
    assert his.get("/me/").status_code == 302
    history = browser.get(officer.get_absolute_url()).content.decode()
    assert "停用" in history
    assert "恢复使用" in history
    assert "调离" in history


def test_what_is_in_use_cannot_be_retired(admin, officer):
    ctx, post = context_of(admin), Post.objects.get(code="org-jiedao.jiedao")
    with pytest.raises(Refused, match="还在任"):
        retire_row(ctx, ledger_of("places.post"), post, why="撤并")
    with pytest.raises(Refused, match="在用岗位"):
        retire_row(ctx, ledger_of("places.organisation"), post.organisation, why="撤并")
    staffing.hand_over(ctx, post=post, to=None, relieves=[officer], at=clock.real_now() + timedelta(microseconds=1))
    retire_row(ctx, ledger_of("places.post"), post, why="撤并")
    retire_row(ctx, ledger_of("places.organisation"), post.organisation, why="撤并")
    from anlan.places.queries import posts_with_role

    assert post not in posts_with_role("town", GUCHENG)


def test_a_locked_account_is_unlocked_by_a_press(admin, officer, browser):
    for _i in range(5):
        Client().post("/signin/", {"username": "jiedao", "password": "wrong"})
    address = f"/people/{officer.pk}/account/"
    assert "锁定到" in browser.get(address).content.decode()
    assert browser.post(address, {"do": "unlock"}, follow=True).status_code == 200
    assert "锁定到" not in browser.get(address).content.decode()


def test_people_come_in_by_spreadsheet_line_by_line(admin, higher, browser):
    sheet = "\n".join(
        [
            "区划,账号,姓名,电话,邮箱",
            "古城街道,gc.one,值班员一(示例),,",
            "古城街道,quzhihui,冒名(示例),,",
            "古城街道,坏 账号,值班员二(示例),,",
            "古城街道,gc.three,值班员三(示例),,不是邮箱",
            "石景山区,qu.one,区里的人(示例),,",
        ]
    )
    file = SimpleUploadedFile("people.csv", sheet.encode("utf-8-sig"))
    seen = browser.post("/api/v1/kernel/ledgers/places.person/import", {"file": file}).json()
    assert seen["counts"] == {"new": 1, "changed": 0, "unchanged": 0, "error": 4}
    said = {e["line"]: e["message"] for e in seen["errors"]}
    assert "已有人使用" in said[3]
    assert "不能用" in said[4]
    assert "邮箱" in said[5]
    browser.post(f"/api/v1/kernel/ledgers/places.person/import/{seen['id']}")
    assert not Person.objects.get(username="gc.one").has_usable_password()
    assert not Person.objects.filter(username="qu.one").exists()
    out = load_workbook(io.BytesIO(browser.get("/ledger/places.person/export.xlsx").content)).worksheets[0]
    text = "".join(str(c) for row in out.iter_rows(values_only=True) for c in row)
    assert "gc.one" in text
    assert "quzhihui" not in text


def test_a_code_is_said_once(admin):
    ctx, ledger = context_of(admin), ledger_of("places.organisation")
    row = save_row(ctx, ledger, {"scope": "110107004000", "code": "gc.a", "name": "甲", "kind": "street"})
    with pytest.raises(Refused, match="不能改"):
        save_row(ctx, ledger, {"code": "gc.b"}, row)
    with pytest.raises(Refused, match="已有人使用"):
        save_row(ctx, ledger, {"scope": "110107004000", "code": "gc.a", "name": "乙", "kind": "street"})
    assert list(Organisation.objects.filter(code__in=["gc.a", "gc.b"]).values_list("name", flat=True)) == ["甲"]


def test_an_exercise_changes_nobody(admin, officer, exercise):
    ctx = context_of(admin).inside(exercise.pk)
    for act in (
        lambda: staffing.hand_over(ctx, post=Post.objects.get(code="org-jiedao.jiedao"), to=None, relieves=[officer]),
        lambda: services.reset_password(ctx, person=officer),
        lambda: retire_row(ctx, ledger_of("places.person"), officer, why="x"),
    ):
        with pytest.raises(Refused, match="演练"):
            act()
