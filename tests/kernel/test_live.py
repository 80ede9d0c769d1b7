"""Live updates over a real connection: scoped, in order, resumed without gap or repeat."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator

import httpx
import pytest
from django.http import HttpResponse
from django.test import Client
from django.utils.timezone import now

from anlan.kernel.context import system
from anlan.kernel.exercises import end_world, open_world
from anlan.kernel.live.app import _missed, head_position, position_of
from anlan.kernel.live.since import SinceMiddleware
from anlan.kernel.loops import open_record, transition
from anlan.kernel.worlds import REAL
from anlan.places.models import Holding, Organisation, Person, Post, Region
from anlan.places.services import change_person, end_post, reset_password
from tests.running import until
from tests.sample.models import Errand

pytestmark = pytest.mark.django_db(transaction=True)
DISTRICT, STREET, OTHER = "11/110107/", "11/110107/110107004/", "11/110107/110107005/"


class Page:
    """An open page: collects notices in a thread until closed."""

    def __init__(self, url: str, cookie: str, after: str | bytes = "", *, world: str = "") -> None:
        self.notices: list[tuple[str, str, dict]] = []
        self.client = httpx.Client(base_url=url, cookies={"anlan_session": cookie}, timeout=30)
        self.headers = {"Last-Event-ID": after} if after else {}
        self.params = {"world": world} if world else {}
        self.thread = threading.Thread(target=self._read, daemon=True)
        self.thread.start()
        until(lambda: any(n[1] in ("hello", "reload", "world") for n in self.notices), what="the stream opening")

    def _read(self) -> None:
        try:
            with self.client.stream("GET", "/live/", headers=self.headers, params=self.params) as response:
                self.notices += list(self._frames(response.iter_lines()))
        except (httpx.HTTPError, RuntimeError, OSError):
            pass

    def _frames(self, lines: Iterator[str]) -> Iterator[tuple[str, str, dict]]:
        frame: dict[str, str] = {}
        for line in lines:
            if line:
                key, _sep, value = line.partition(": ")
                frame[key] = value
            elif frame:
                self.notices.append((frame.get("id", ""), frame["event"], json.loads(frame["data"])))
                frame = {}
        return iter(())

    def subjects(self) -> list[str]:
        return [event for _id, event, _data in self.notices if event not in ("hello", "beat")]

    def last_id(self) -> str:
        return [i for i, _e, _d in self.notices if i][-1]

    def has_ended(self) -> bool:
        return not self.thread.is_alive()

    def close(self) -> None:
        self.client.close()


@pytest.fixture
def streets(db):
    """Two streets of a district, with one clerk each, signed in."""
    rows = {}
    for code, level, path in (("11", "province", "11/"), ("110107", "county", DISTRICT),
                              ("110107004", "township", STREET), ("110107005", "township", OTHER)):  # fmt: skip
        rows[code] = Region.objects.create(code=code.ljust(12, "0"), name=code, level=level, path=path, full_name=code)
    cookies = {}
    for code in ("110107004", "110107005"):
        office = Organisation.objects.create(code=code, name=code, kind="street", actor="town", region=rows[code])
        post = Post.objects.create(code=code, name=code, organisation=office, region=rows[code], roles=["town"])
        person = Person.objects.create(username=code, name=code, must_change_password=False)
        Holding.objects.create(person=person, post=post, since=now())
        client = Client()
        client.force_login(person)
        cookies[code] = client.cookies["anlan_session"].value
    return cookies


def newcomer(code: str, name: str) -> str:
    """One more clerk of the street, signed in; returns the session's cookie."""
    person = Person.objects.create(username=name, name=name, must_change_password=False)
    Holding.objects.create(person=person, post=Post.objects.get(code=code), since=now())
    client = Client()
    client.force_login(person)
    return client.cookies["anlan_session"].value


def pressed(url: str, cookie: str, address: str, **fields: str) -> None:
    """Press a button of a page in the same session, as another tab does."""
    with httpx.Client(base_url=url, cookies={"anlan_session": cookie, "anlan_csrf": "x" * 32}) as tab:
        answer = tab.post(address, data=fields, headers={"X-CSRFToken": "x" * 32})
        assert answer.status_code in (200, 302), answer.text[:300]


def leave(url: str, cookie: str) -> None:
    pressed(url, cookie, "/signout/")


def step_into(url: str, cookie: str, world: str) -> None:
    pressed(url, cookie, "/world/", world=world)


def test_a_page_hears_of_its_own_region_only_and_resumes_exactly(running, streets, somebody):
    running.engine()
    running.web()
    boss = somebody("boss", DISTRICT, ["sample.errand.view", "*"])
    mine, other = Page(running.url, streets["110107004"]), Page(running.url, streets["110107005"])
    first = open_record(boss, Errand, title="关闸", scope=STREET, owner_keys=["org:110107004"])
    until(lambda: mine.subjects() == ["kernel.loop.opened"], what="the notice")
    assert mine.notices[-1][2]["record"] == str(first.pk)
    last = mine.last_id()
    mine.close()
    transition(boss, first, "accept")
    open_record(boss, Errand, title="排水", scope=STREET)
    again = Page(running.url, streets["110107004"], after=last)
    until(lambda: len(again.subjects()) == 2, what="what was missed")
    assert again.subjects() == ["kernel.loop.stepped", "kernel.loop.opened"]
    assert other.subjects() == []
    assert httpx.get(f"{running.url}/live/").status_code == 401
    again.close()
    other.close()


def test_a_page_hears_of_what_happens_while_it_is_being_made(running, streets, somebody, rf):
    running.engine()
    boss = somebody("boss", DISTRICT, ["sample.errand.view", "*"])

    def make(request):
        open_record(boss, Errand, title="关闸", scope=STREET)
        until(lambda: head_position() > before, what="the event's turn")
        return HttpResponse(str(request.live_after))

    request = rf.get("/", headers={"accept": "text/html"})
    request.ctx = boss
    before = head_position()
    assert SinceMiddleware(make)(request).content == str(before).encode()


def test_every_page_says_from_where_it_has_to_hear(streets):
    client = Client()
    client.cookies["anlan_session"] = streets["110107004"]
    page = client.get("/me/", headers={"accept": "text/html,application/xhtml+xml"})
    assert b'data-live-after="0"' in page.content


def test_whoever_may_no_longer_see_hears_nothing_of_what_comes_next(running, streets, somebody):
    running.engine()
    running.web()
    boss = somebody("boss", DISTRICT, ["sample.errand.view", "*"])
    lost, stays = Page(running.url, streets["110107004"]), Page(running.url, newcomer("110107004", "stays"))
    away, retired, reset = (Page(running.url, newcomer("110107004", name)) for name in ("away", "retired", "reset"))
    open_record(boss, Errand, title="关闸", scope=STREET)
    for page in (lost, stays, away, retired, reset):
        until(lambda page=page: page.subjects() == ["kernel.loop.opened"], what="the first notice")
    clerk = Person.objects.get(username="110107004")
    end_post(system("test"), person=clerk, post=clerk.posts.get())
    change_person(system("test"), person=Person.objects.get(username="retired"), is_active=False)
    reset_password(system("test"), person=Person.objects.get(username="reset"))
    leave(running.url, away.client.cookies["anlan_session"])
    open_record(boss, Errand, title="排水", scope=STREET)
    until(lambda: len(stays.subjects()) == 2, what="the next notice for whoever stays")
    until(lambda: "reload" in lost.subjects(), what="rights read anew")
    for page in (away, retired, reset):
        until(page.has_ended, what="the end of the stream")
    for page in (lost, away, retired, reset):
        assert page.subjects().count("kernel.loop.opened") == 1
    lost.close()
    stays.close()


def test_a_page_is_told_when_its_person_comes_to_work_in_another_world(running, streets, somebody):
    running.engine()
    running.web()
    boss = somebody("boss", DISTRICT, ["*"])
    real = str(REAL)
    stays = Page(running.url, streets["110107004"], world=real)
    choosing = Page(running.url, streets["110107005"], world=real)
    world = open_world(boss, title="演练", scope=DISTRICT, starts_at=now())
    until(lambda: stays.has_ended() and choosing.has_ended(), what="the streams of the real world")
    told = [(event, data) for _id, event, data in stays.notices if event == "world"]
    assert told == [("world", {"world": str(world.pk), "exercise": True})]
    # A page that was made before and connects after is told at once; one of the exercise works.
    late = Page(running.url, streets["110107004"], world=real)
    assert [n[1] for n in late.notices] == ["world"]
    inside, other = (Page(running.url, streets[code], world=str(world.pk)) for code in streets)
    step_into(running.url, streets["110107005"], real)
    until(other.has_ended, what="the other tab of whoever chose the real world")
    assert other.notices[-1][1:] == ("world", {"world": real, "exercise": False})
    assert not inside.has_ended()
    end_world(boss, world.pk)
    until(inside.has_ended, what="the end of the exercise")
    assert inside.notices[-1][1:] == ("world", {"world": real, "exercise": False})


@pytest.mark.parametrize(
    "odd", ["²", "٣", "-1", "1e3", "9" * 30, "18446744073709551616", "abc", "0x10", b"\xff\xfe", "5; drop"]
)
def test_a_position_that_was_never_given_makes_the_page_load_anew(odd):
    text = odd.decode("latin-1") if isinstance(odd, bytes) else odd
    head, missed = _missed(position_of(text))
    assert (head, missed) == (0, None)


def test_an_odd_position_is_answered_over_the_wire(running, streets):
    running.engine()
    running.web()
    for odd in ("²".encode(), b"\xff\xfe", b"-1", b"9" * 5000):
        page = Page(running.url, streets["110107004"], after=odd)
        assert [n[1] for n in page.notices] == ["reload"]
        page.close()
