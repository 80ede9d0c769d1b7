from datetime import timedelta

import pytest
from django.test import Client

from anlan.kernel import clock
from anlan.kernel.models import AuditEntry
from anlan.places import signing_in
from anlan.places.models import Person

GOOD = "correct-horse-battery"


@pytest.fixture
def officer(db):
    person = Person(username="officer", name="值班员(示例)", must_change_password=False)
    person.set_password(GOOD)
    person.save()
    return person


def attempt(username, password, **extra):
    return Client().post("/signin/", {"username": username, "password": password, "next": "/me/"}, **extra)


def test_the_right_password_leads_to_where_one_wanted_to_go(officer):
    answer = attempt("officer", GOOD)
    assert (answer.status_code, answer["Location"]) == (302, "/me/")
    assert AuditEntry.objects.get(action="places.person.signed_in").actor == officer.key


def test_a_stranger_address_is_not_followed_after_sign_in(officer):
    answer = Client().post("/signin/", {"username": "officer", "password": GOOD, "next": "https://evil.invalid/"})
    assert answer["Location"] == "/"


def test_known_and_unknown_names_are_refused_in_the_same_words(officer):
    known = [attempt("officer", "wrong").context["fault"] for _i in range(6)]
    unknown = [attempt("nobody", "wrong").context["fault"] for _i in range(6)]
    assert [str(f.mend) for f in known] == [str(f.mend) for f in unknown]
    assert [str(f.message)[:12] for f in known] == [str(f.message)[:12] for f in unknown]


def test_five_failures_lock_the_name_for_fifteen_minutes_and_say_so(officer):
    start = clock.real_now()
    with clock.fixed(start):
        for _i in range(4):
            assert "不对" in attempt("officer", "wrong").context["fault"].message
        assert "锁定" in attempt("officer", "wrong").context["fault"].message
    with clock.fixed(start + timedelta(minutes=14, seconds=59)):
        assert "锁定" in attempt("officer", GOOD).context["fault"].message
    with clock.fixed(start + timedelta(minutes=15)):
        assert attempt("officer", GOOD).status_code == 302
    officer.refresh_from_db()
    assert officer.failed_attempts == 0
    assert AuditEntry.objects.filter(action="places.person.signin_failed").count() == 5
    assert AuditEntry.objects.filter(action="places.person.signin_locked").count() == 1


def test_slow_failures_do_not_lock(officer):
    start = clock.real_now()
    for n in range(8):
        with clock.fixed(start + timedelta(minutes=5 * n)):
            assert "不对" in attempt("officer", "wrong").context["fault"].message


def test_one_address_trying_many_names_has_to_wait(officer, monkeypatch):
    monkeypatch.setattr(signing_in, "ADDRESS_LIMIT", 4)
    for n in range(4):
        attempt(f"name{n}", "wrong", REMOTE_ADDR="203.0.113.9")
    assert "这台机器" in attempt("officer", GOOD, REMOTE_ADDR="203.0.113.9").context["fault"].message
    assert attempt("officer", GOOD, REMOTE_ADDR="203.0.113.10").status_code == 302


def test_a_temporary_password_must_be_changed_before_anything_else(officer):
    Person.objects.update(must_change_password=True)
    browser = Client()
    assert browser.post("/signin/", {"username": "officer", "password": GOOD})["Location"] == "/password/"
    assert browser.get("/me/")["Location"] == "/password/"
    weak = browser.post("/password/", {"old": GOOD, "new": "password", "again": "password"})
    assert "至少 10 个字符" in weak.context["fault"].message
    assert "两次" in browser.post("/password/", {"old": GOOD, "new": "x" * 12, "again": "y"}).context["fault"].message
    assert "现在的密码" in browser.post("/password/", {"old": "no", "new": "x", "again": "x"}).context["fault"].message
    changed = browser.post("/password/", {"old": GOOD, "new": "seven-blue-kettles", "again": "seven-blue-kettles"})
    assert changed["Location"] == "/"
    assert browser.get("/me/").status_code == 200, "the session goes on"


def test_signing_out_ends_the_session_and_is_recorded(officer):
    browser = Client()
    browser.force_login(officer)
    assert browser.get("/signout/").status_code == 405
    browser.post("/signout/")
    assert browser.get("/me/")["Location"] == "/signin/?next=/me/"
    assert AuditEntry.objects.filter(action="places.person.signed_out").exists()


def test_whoever_is_not_signed_in_is_told_in_the_form_that_was_asked_for(db):
    assert Client().get("/me/", HTTP_HX_REQUEST="1")["HX-Redirect"] == "/signin/"
    assert Client().get("/me/", HTTP_ACCEPT="application/json").json()["error"] == "signed_out"
