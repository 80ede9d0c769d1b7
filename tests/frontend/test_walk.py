"""Every page of the navigation, walked as several people: nothing fails in the browser, nothing is wider than the phone or the desk,
every page has its name, and in English no fixed text stays Chinese."""

from __future__ import annotations

import re
from functools import cache
from html.parser import HTMLParser

import pytest
from django.conf import settings
from django.test import Client
from django.utils import translation

from anlan.command.services import open_incident
from anlan.kernel.web.nav import nav_for
from anlan.places.identity import context_of
from anlan.places.models import Person
from anlan.review.demonstration import seed
from tests.browsing import chromium, patient

from .stage import ROOT

#: The room, a street, a grid worker with a phone, the one who keeps the platform.
PEOPLE = ("zhibanyuan", "gucheng", "gucheng.wangge", "admin")
DESK, PHONE = {"width": 1366, "height": 768}, {"width": 390, "height": 844}
CALL = "12时35分古城街道来电：古城南路下凹桥积水，两辆车被困，人数不详"
#: Pages beside the navigation.
MORE = ("/me/", "/wall/", "/messages/", "/calls/new/", "/tasks/new/", "/password/")
CHINESE = re.compile(r"[\u4e00-\u9fff]")


def _seeded() -> str:
    """The demonstration district with one incident; the address of its room."""
    # A page asked in English leaves its language behind; the sheets that are read here are Chinese.
    with translation.override("zh-hans"):
        seed()
        return open_incident(context_of(Person.objects.get(username="zhibanyuan")), text=CALL).get_absolute_url()


def _addresses(username: str, room: str) -> list[str]:
    """What the person's own rail leads to, and the pages beside it that this person may open."""
    ctx = context_of(Person.objects.get(username=username))
    found = {page["url"] for stage in nav_for(ctx, "/") for page in [stage, *stage["pages"]]}
    client = _entered(username)
    with translation.override("zh-hans"):
        return sorted({*found, *(beside for beside in (*MORE, room) if client.get(beside).status_code == 200)})


def _entered(username: str) -> Client:
    client = Client()
    client.force_login(Person.objects.get(username=username))
    return client


@pytest.mark.browser
def test_every_page_stands_at_the_desk_and_on_the_phone(running, monkeypatch):
    running.env = {"ANLAN_DEMO": "1"}
    room = _seeded()
    running.web()
    monkeypatch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "1")
    wrong: list[str] = []
    with chromium() as browser:
        for username in PEOPLE:
            client = _entered(username)
            addresses = _addresses(username, room)
            context = patient(browser.new_context(viewport=DESK, locale="zh-CN"))
            cookie = client.cookies[settings.SESSION_COOKIE_NAME].value
            context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": cookie, "url": running.url}])
            page = context.new_page()
            said: list[str] = []
            say = said.append

            page.on("pageerror", lambda error, say=say: say(f"script error {error}"))
            page.on("console", lambda line, say=say: say(f"console {line.text}") if line.type == "error" else None)
            page.on(
                "response",
                lambda answer, say=say: say(f"{answer.status} {answer.url}") if answer.status >= 400 else None,
            )
            for here in addresses:
                said.clear()
                page.goto(running.url + here)
                if not page.title().strip(" ·").removesuffix("安澜").strip(" ·"):
                    say("the title names no page")
                page.locator("h1").first.wait_for(state="attached")
                names = page.locator("h1").all_inner_texts()
                if not all(name.strip() for name in names):
                    say(f"h1 {names}")
                for size in (DESK, PHONE):
                    page.set_viewport_size(size)
                    wide = page.evaluate("document.scrollingElement.scrollWidth")
                    if wide > size["width"]:
                        say(f"{wide} px wide on {size['width']} px")
                page.set_viewport_size(DESK)
                wrong += [f"{username} {here}: {what}" for what in said]
            context.close()
    assert wrong == []


class _Texts(HTMLParser):
    """The texts of a page as one reads or hears them."""

    def __init__(self) -> None:
        super().__init__()
        self.found: set[str] = set()
        self.silent = 0

    def handle_starttag(self, tag, attrs):
        self.silent += tag in ("script", "style")
        self.found |= {
            value.strip() for name, value in attrs if value and name in ("title", "aria-label", "placeholder")
        }

    def handle_endtag(self, tag):
        self.silent -= tag in ("script", "style")

    def handle_data(self, data):
        if not self.silent:
            self.found.add(data.strip().rstrip("…"))


#: Where texts stand that are nobody's data: pages, the rail, the frame, panels and the heads of ledgers.
FIXED = re.compile(r"^#: .*(templates/|/nav\.py|/frame\.py|panels\.py|ledgers\.py)", re.M)
ENTRY = re.compile(r'^msgid "(.+)"\nmsgstr "(.+)"$', re.M)


#: Words of the screens that are also names in the data: roles, a colour as a fact, units of a figure, states of the sample loop.
DATA = {"值班员", "值班长", "救援队伍", "橙色", "厘米", "平方米", "办理中", "已办结", "签收"}


@cache
def _fixed_texts() -> frozenset[str]:
    """Chinese texts of the screens that have an English wording; those with figures in them and units are left out."""
    found = set()
    for file in (ROOT / "src/anlan").rglob("locale/en/LC_MESSAGES/django.po"):
        for entry in file.read_text(encoding="utf-8").split("\n\n"):
            said = ENTRY.search(entry)
            if not said or not FIXED.search(entry) or CHINESE.search(said[2]) or not CHINESE.search(said[1]):
                continue
            if "%" not in said[1] and len(said[1]) > 1:
                found.add(said[1].rstrip("…"))
    return frozenset(found - DATA)


def test_in_english_no_fixed_text_stays_chinese(db, settings, tmp_path):
    settings.DEMO, settings.VAR_DIR, settings.ATTACHMENT_DIR = True, str(tmp_path), str(tmp_path)
    room = _seeded()
    left: set[str] = set()
    for username in ("zhibanyuan", "admin"):
        client = _entered(username)
        client.cookies[settings.LANGUAGE_COOKIE_NAME] = "en"
        for address in _addresses(username, room):
            with translation.override("zh-hans"):
                answer = client.get(address)
            # The administrators' site is the framework's own.
            if answer.status_code == 200 and not address.startswith("/admin/"):
                page = _Texts()
                page.feed(answer.content.decode())
                left |= {f"{address} {text}" for text in page.found & _fixed_texts()}
    assert sorted(left) == []
