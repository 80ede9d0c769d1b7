"""Readings of a sender that was let in a moment ago take a quick door: same answers, same rights, less work."""

from __future__ import annotations

import asyncio
import json
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import httpx
import pytest
from django.conf import settings
from django.core.asgi import get_asgi_application
from django.db import connections
from django.test import Client

from anlan.kernel import clock
from anlan.kernel.context import system
from anlan.kernel.worlds import REAL
from anlan.places.models import Holding, Organisation, TokenRefusal
from anlan.places.seeding import load_regions
from anlan.places.tokens import make_token, revoke_token
from anlan.sensing import quick_door, store
from anlan.sensing.models import Journal
from anlan.sensing.quick_door import PATH, QuickDoor
from anlan.sensing.seeding import load_stations
from tests.cast import person, signed_in

FORM = "application/x-www-form-urlencoded"
NOON = datetime(2016, 7, 20, 4, tzinfo=UTC)


def row(hours=0, value=1.0, station="uci.gucheng"):
    return {"station": station, "time": (NOON - timedelta(hours=hours)).isoformat(), "value": value}


class LongWay:
    """Django's own application, and how often it was asked."""

    def __init__(self):
        self.application, self.asked = get_asgi_application(), 0

    async def __call__(self, scope, receive, send):
        self.asked += 1
        await self.application(scope, receive, send)


def headers_of(browser):
    """As a browser sends them that has opened a page: session, and the form's token as cookie and header."""
    secret = "k" * 32
    session = browser.cookies[settings.SESSION_COOKIE_NAME].value
    return {
        "Cookie": f"{settings.SESSION_COOKIE_NAME}={session}; {settings.CSRF_COOKIE_NAME}={secret}", "X-CSRFToken": secret,
        "Referer": "http://testserver/",
    }  # fmt: skip


@pytest.mark.django_db(transaction=True)
def test_who_was_let_in_is_let_in_again_for_as_long_as_the_right_lasts(monkeypatch):
    load_regions()
    load_stations()
    somebody = person("gateway", "11/110107/", "meteo")
    browser = signed_in(Client(enforce_csrf_checks=True), somebody)
    headers, way = headers_of(browser), LongWay()
    door = QuickDoor(way)

    async def send(client, *rows, **other):
        return await client.post(PATH, json={"readings": list(rows)}, headers=headers | other)

    async def story():
        way.asked = 0
        async with httpx.AsyncClient(transport=httpx.ASGITransport(door), base_url="http://testserver") as client:
            # A page that was forged has no token: refused the long way, and nobody is remembered by it.
            forged = await client.post(PATH, json={"readings": [row()]}, headers={"Cookie": headers["Cookie"]})
            assert (forged.status_code, way.asked) == (403, 1)
            bad = [row(1), row(2, -1), row(station="nowhere"), {"station": "uci.gucheng", "time": "x", "value": 1}]
            long = await send(client, *bad)
            quick = await send(client, *bad)
            assert (long.status_code, quick.status_code, way.asked) == (200, 200, 2)
            assert quick.headers["content-type"] == long.headers["content-type"]
            assert long.json()["rejected"] == quick.json()["rejected"] != []
            assert (long.json()["accepted"], quick.json()["accepted"], quick.json()["duplicates"]) == (1, 0, 1)
            # Many at once: few commits, an answer for each, every reading once.
            told = await asyncio.gather(*(send(client, row(10 + n), row(10 + n + 1)) for n in range(12)))
            assert [t.status_code for t in told] == [200] * 12
            assert sum(t.json()["accepted"] for t in told) == 13
            assert way.asked == 2
            # What is no batch, and what belongs to another world, is for the long way.
            nonsense = await client.post(
                PATH, content=b"no json", headers=headers | {"Content-Type": "application/json"}
            )
            assert (nonsense.status_code, way.asked) == (422, 3)
            asked = way.asked
            assert (await send(client, row(30), **{"X-Anlan-World": str(uuid4())})).status_code == 409
            assert (await send(client, row(1), **{"X-Anlan-World": str(REAL)})).status_code == 200
            assert way.asked == asked + 2
            # Nor is it for the quick door what can be read in two ways: another's token beside the session, the form's token in the body.
            asked = way.asked
            for twice in (
                [("Authorization", "Basic x"), ("Authorization", f"Bearer {secret}")],
                [("Cookie", headers["Cookie"])],
            ):
                for _turn in range(2):
                    said = [*headers.items(), *twice, ("Content-Type", "application/json")]
                    answer = await client.post(PATH, content=json.dumps({"readings": [row(1)]}), headers=said)
                    assert answer.status_code in (200, 401, 403)
            assert way.asked == asked + 4
            bare = {k: v for k, v in headers.items() if k != "X-CSRFToken"} | {"Content-Type": FORM}
            body = json.dumps({"readings": [row(1)], "x": f"&csrfmiddlewaretoken={headers['X-CSRFToken']}&"})
            assert (await client.post(PATH, content=body, headers=bare)).status_code in (200, 403)
            forged = await client.post(PATH, content=json.dumps({"readings": [row(60)]}), headers=bare)
            assert (forged.status_code, way.asked) == (403, asked + 6)
            # The post has ended: nothing more is taken, whatever was remembered.
            assert (await send(client, row(31))).status_code == 200
            asked = way.asked
            assert (await send(client, row(31))).status_code == 200
            assert way.asked == asked
            monkeypatch.setattr(quick_door, "RIGHTS_S", 0.0)
            await asyncio.to_thread(ended, somebody)
            assert (await send(client, row(32))).status_code == 403
            # Nor after signing out.
            await asyncio.to_thread(signed_out, browser)
            assert (await send(client, row(33))).status_code == 401

    async def of_a_program(secret, token):
        bearer = {"Authorization": f"Bearer {secret}"}
        async with httpx.AsyncClient(transport=httpx.ASGITransport(door), base_url="http://testserver") as client:
            asked = way.asked
            for n in range(3):
                answer = await client.post(PATH, json={"readings": [row(40 + n)]}, headers=bearer)
                assert (answer.status_code, answer.json().get("accepted")) == (200, 1)
            assert way.asked == asked + 1
            await asyncio.to_thread(revoked, token)
            assert (await client.post(PATH, json={"readings": [row(50)]}, headers=bearer)).status_code == 401

    token, secret = make_token(
        system("admin"), organisation=Organisation.objects.get(code="org-gateway"), name="gauge", purpose="rain", uses=["sensing.feed"],
        expires_at=clock.real_now() + timedelta(days=1), limits={"sensing.feed": None},
    )  # fmt: skip
    try:
        asyncio.run(of_a_program(secret, token))
        asyncio.run(story())
    finally:
        door.close()
    (columns,) = store.read(REAL, None).values()
    assert len(columns.value) == 18
    assert Journal.objects.count() <= 18
    # What was refused is noted once, however it came in.
    assert TokenRefusal.objects.count() == 1


def revoked(token):
    revoke_token(system("admin"), token=token, why="lost")
    connections.close_all()


def ended(somebody):
    Holding.objects.filter(person=somebody).update(until=clock.real_now())
    connections.close_all()


def signed_out(browser):
    browser.session.flush()
    connections.close_all()
