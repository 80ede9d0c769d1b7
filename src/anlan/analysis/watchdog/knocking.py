"""How the watchdog touches the platform from outside: the front door, and the live stream of an open page. Plain HTTP, no Django."""

from __future__ import annotations

import contextlib
import http.client
import json
import time
from collections.abc import Callable
from datetime import UTC, datetime
from urllib.parse import urlsplit

from anlan.events.health import ProbePassed
from anlan.kernel.health.probing import token
from anlan.sensing.probing import CODE
from anlan.sensing.properties import PROBE

DOOR = "/api/v1/sensing/observations"
#: The server beats every 15 s; a stream that is silent for longer is dead.
SILENCE_S = 35.0


class Refused(Exception):
    """The door answered, and took nothing."""


def connection(address: str, seconds: float) -> http.client.HTTPConnection:
    parts = urlsplit(address)
    kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
    return kind(parts.hostname or "127.0.0.1", parts.port, timeout=seconds)


def knock(address: str, host: str, number: int, seconds: float) -> None:
    """Bring a probe to the front door. Raises OSError or HTTPException when nobody answers, Refused when it is not taken."""
    reading = {
        "station": CODE, "property": PROBE.id, "value": number,
        "time": datetime.fromtimestamp(number / 1000, UTC).isoformat(),
    }  # fmt: skip
    body = json.dumps({"readings": [reading]})
    door = connection(address, seconds)
    try:
        door.request("POST", DOOR, body, _headers(host) | {"Content-Type": "application/json"})
        answer = door.getresponse()
        told = answer.read(100_000)
    finally:
        door.close()
    if answer.status >= 500:
        raise http.client.HTTPException(f"{answer.status}")
    if answer.status != 200:
        raise Refused(f"{answer.status} {told[:200].decode('utf-8', 'replace')}")
    said = json.loads(told)
    if said["accepted"] + said["duplicates"] != 1:
        raise Refused(said["rejected"][0]["reason"] if said["rejected"] else told[:200].decode("utf-8", "replace"))


def _headers(host: str) -> dict[str, str]:
    shown = {"Authorization": f"Bearer {token()}", "Accept-Language": "zh-hans"}
    return shown | ({"Host": host} if host else {})


def listen(address: str, host: str, heard: Callable[[int], None], opened: Callable[[bool], None]) -> None:
    """Be an open page for ever: `heard(number)` for each probe that comes by, `opened(True or False)` as the stream comes and goes."""
    while True:
        with contextlib.suppress(OSError, http.client.HTTPException, ValueError):
            _listen_once(address, host, heard, opened)
        opened(False)
        time.sleep(0.5)


def _listen_once(address: str, host: str, heard: Callable[[int], None], opened: Callable[[bool], None]) -> None:
    stream = connection(address, SILENCE_S)
    try:
        stream.request("GET", f"/live/?topics={ProbePassed.subject}", headers=_headers(host))
        answer = stream.getresponse()
        if answer.status != 200:
            raise http.client.HTTPException(f"live: {answer.status}")
        frame: dict[str, str] = {}
        while line := answer.readline():
            text = line.decode("utf-8", "replace").rstrip("\r\n")
            if text:
                key, _sep, value = text.partition(": ")
                frame[key] = value
                continue
            if frame.get("event") == "hello":
                opened(True)
            elif frame.get("event") == ProbePassed.subject:
                heard(int(json.loads(frame["data"])["number"]))
            frame = {}
    finally:
        stream.close()
