"""Live updates over a real connection: scoped, in order, resumed without gap or repeat."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator

import httpx
import pytest
from django.test import Client
from django.utils.timezone import now

from anlan.kernel.loops import open_record, transition
from anlan.places.models import Holding, Organisation, Person, Post, Region
from tests.running import until
from tests.sample.models import Errand

pytestmark = pytest.mark.django_db(transaction=True)
DISTRICT, STREET, OTHER = "11/110107/", "11/110107/110107004/", "11/110107/110107005/"


class Page:
    """An open page: collects notices in a thread until closed."""

    def __init__(self, url: str, cookie: str, after: str = "") -> None:
        self.notices: list[tuple[str, str, dict]] = []
        self.client = httpx.Client(base_url=url, cookies={"anlan_session": cookie}, timeout=30)
        self.headers = {"Last-Event-ID": after} if after else {}
        self.thread = threading.Thread(target=self._read, daemon=True)
        self.thread.start()
        until(lambda: any(n[1] in ("hello", "reload") for n in self.notices), what="the stream opening")

    def _read(self) -> None:
        try:
            with self.client.stream("GET", "/live/", headers=self.headers) as response:
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
