"""Every address of the platform, as somebody who has no business with it: nothing is shown, and no guess tells what exists.

New pages and routes join by being there. What is asked of ledgers, loops, layers and models one by one stands in test_scope.
"""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterator

import pytest
from django.db import models
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver

from anlan.decision.models import HandbookVersion, PlanVersion
from anlan.places.models import Person
from anlan.places.permissions import permissions_by_role
from tests.cast import BAJIAO, GUCHENG, HAIDIAN, person, signed_in
from tests.contracts.specimens import Maker, scoped_models

#: Parts of an address that are no ids: any value that leads on.
_PARTS = {
    "ending": "docx",
    "form": "csv",
    "stage": "first",
    "kind": "incident",
    "name": "note",
    "code": "110107004000",
    "region": "110107",
}
#: Addresses whose whole point is elsewhere: the framework's site for system administrators, files, the way in and out.
_NOT_OURS = ("admin/", "signin/", "signout/", "static/", "language/", "api/v1/docs", "api/v1/openapi.json")
#: Published: these pages are for everybody, signed in or not.
_FOR_EVERYBODY = ("liaisons/", "help/")
#: Asked one by one in test_scope.
_ONE_BY_ONE = ("api/v1/kernel/ledgers/", "api/v1/kernel/loops/")
_PARAMETER = re.compile(r"<(?:(\w+):)?(\w+)>")


def addresses(patterns=None, before: str = "") -> Iterator[str]:
    """Every route as it is declared: ``incidents/<uuid:pk>/``."""
    for pattern in get_resolver().url_patterns if patterns is None else patterns:
        route = before + str(pattern.pattern).removeprefix("^").removesuffix("$")
        if isinstance(pattern, URLResolver):
            yield from addresses(pattern.url_patterns, route)
        elif isinstance(pattern, URLPattern) and not route.startswith(_NOT_OURS) and "(" not in route:
            yield route


def room_of(route: str) -> str:
    return route.removeprefix("api/v1/").split("/")[0]


def filled(route: str, pk: str) -> str | None:
    """The address with `pk` for each id; None where a part is nothing that we can fill."""

    def value(found: re.Match[str]) -> str:
        kind, name = found.groups()
        if kind == "uuid" or (name not in _PARTS and kind in (None, "str")):
            return pk
        return _PARTS.get(name, "1")

    return "/" + _PARAMETER.sub(value, route)


@pytest.fixture
def land(db, settings, tmp_path):
    """One row of every scoped model in 古城街道, and all that could give it away."""
    settings.ATTACHMENT_DIR = str(tmp_path)
    maker = Maker()
    rows = [maker.one(model) for model in scoped_models() if not model._meta.label_lower.startswith("sample.")]
    # What has no region is shipped and holds for everybody; these are the street's own.
    for shipped in (PlanVersion, HandbookVersion):
        shipped.objects.unscoped("a specimen").update(region=maker.land[GUCHENG])
    marks = {str(row.pk) for row in rows if len(str(row.pk)) > 11}
    for row in rows:
        for field in row._meta.concrete_fields:
            text = getattr(row, field.attname)
            if (
                isinstance(field, models.CharField | models.TextField)
                and isinstance(text, str)
                and re.fullmatch(r"[0-9a-f]{12,32}", text)
            ):
                marks.add(text)
    return rows, marks


@pytest.fixture
def strangers(land):
    """By name: another district, another street of the same district, its grid worker, somebody without a post."""
    everything = sorted(permissions_by_role())
    made = {
        "another district": person("haidian", HAIDIAN, *everything),
        "another street": person("bajiao", BAJIAO, "town"),
        "a grid worker there": person("grid", BAJIAO, "grid"),
        "no post": Person.objects.create(username="idle", name="idle", must_change_password=False),
    }
    return {name: signed_in(Client(raise_request_exception=False), somebody) for name, somebody in made.items()}


def test_no_page_shows_what_is_not_theirs(land, strangers):
    _rows, marks = land
    owner = signed_in(
        Client(raise_request_exception=False), person("resident", GUCHENG, *sorted(permissions_by_role()))
    )
    plain = [
        route for route in addresses() if "<" not in route and not route.startswith((*_ONE_BY_ONE, *_FOR_EVERYBODY))
    ]
    assert len(plain) > 30
    seen_by_owner, shown, broken = 0, [], []
    for route in plain:
        queries = [""] if not route.startswith("search/") else [f"?q={mark[:12]}" for mark in sorted(marks)[:3]]
        for query in queries:
            body = text_of(owner.get(f"/{route}{query}"))
            seen_by_owner += any(mark in body for mark in marks)
            for name, client in strangers.items():
                answer = client.get(f"/{route}{query}")
                body = text_of(answer)
                if answer.status_code >= 500:
                    broken.append(f"{name}: /{route} {answer.status_code}")
                shown += [f"{name}: /{route} shows {mark}" for mark in marks if mark in body and mark not in query]
    assert seen_by_owner > 10, "the specimens can be seen by whom they belong to"
    assert not broken, "\n".join(broken)
    assert not shown, "\n".join(shown[:20])


def test_no_guess_tells_what_exists(land, strangers):
    """An id that exists elsewhere and one that exists nowhere are answered in the same words."""
    rows, _marks = land
    told, broken, asked = [], [], 0
    for route in addresses():
        if "<" not in route or "<int:" in route or room_of(route) == "kernel":
            continue
        prefix = room_of(route)
        for client_name, methods in (("another district", ("get", "post")), ("no post", ("get",))):
            client = strangers[client_name]
            for method in methods:
                nowhere = str(uuid.uuid4())
                absent = getattr(client, method)(filled(route, nowhere))
                if absent.status_code == 405:
                    continue
                for row in candidates(rows, route, prefix):
                    asked += 1
                    there = getattr(client, method)(filled(route, str(row.pk)))
                    if there.status_code >= 500:
                        broken.append(f"{method} {filled(route, str(row.pk))} {there.status_code}")
                    elif (there.status_code, words(there, str(row.pk))) != (absent.status_code, words(absent, nowhere)):
                        told.append(
                            f"{client_name}: {method} /{route} with {row._meta.label}: {there.status_code}, else {absent.status_code}"
                        )
    assert asked > 100
    assert not broken, "\n".join(broken)
    assert not told, "\n".join(told[:30])


#: The room whose rows an address is about, where its first word does not say so.
_ABOUT = {
    "shelters": "action", "phone": "action", "stations": "analysis", "signals": "analysis", "incidents": "command", "desk": "command",
    "reports": "command", "responses": "command", "tasks": "command", "orders": "command", "proposals": "decision", "plans": "decision",
    "calls": "messaging", "messages": "messaging", "warnings": "warning", "attachment": "kernel", "attach": "kernel", "replay": "review",
    "review": "command", "people": "places", "posts": "places", "holdings": "places",
}  # fmt: skip


def text_of(answer) -> str:
    content = b"".join(answer.streaming_content) if answer.streaming else answer.content
    return content.decode(errors="replace")


def candidates(rows, route, prefix):
    room = _ABOUT.get(prefix, prefix)
    return [row for row in rows if row._meta.app_label == room and isinstance(row.pk, uuid.UUID)][:6]


def words(answer, pk: str) -> str:
    """What the answer says, without the id that was asked for and without what changes with every page."""
    body = answer.content.decode(errors="replace") if not answer.streaming else "stream"
    body = re.sub(r'(csrfmiddlewaretoken" value="|"csrf" content="|X-CSRFToken":")[^"]*', r"\1", body)
    body = re.sub(r"\d{4}-\d\d-\d\dT[\d:.+]*|\d\d:\d\d:\d\d|data-live-after=\"\d+\"", "", body)
    return body.replace(pk, "ID")
