"""What is sent: a CloudEvents 1.0 document in structured mode, and the headers that let the receiver trust it. Pure functions."""

from __future__ import annotations

import hashlib
import hmac
import uuid
from base64 import urlsafe_b64encode
from datetime import datetime
from typing import Any

import msgspec

from anlan.kernel.worlds import REAL

CONTENT_TYPE = "application/cloudevents+json; charset=utf-8"
SIGNATURE, WORLD, KIND, ATTEMPT = "X-Anlan-Signature", "X-Anlan-World", "X-Anlan-Kind", "X-Anlan-Attempt"
TEST_SUBJECT = "kernel.webhook.test"
_WORLDS = {False: "real", True: "exercise"}


def body_of(notice: dict[str, Any]) -> bytes:
    """The body for an event as it travels on the bus (`kernel.engine.relay.encode`). The same event has always the same bytes."""
    exercise = is_exercise(notice)
    return msgspec.json.encode(
        {
            "specversion": "1.0",
            "id": notice["event"],
            "source": f"/anlan/{notice['scope']}",
            "type": f"anlan.{notice['subject']}",
            "time": notice["occurred_at"],
            "datacontenttype": "application/json",
            # Extension attributes: small letters and digits only, as the specification has them.
            "sequence": f"{notice['position']:020d}",
            "eventversion": notice["version"],
            "world": _WORLDS[exercise],
            "exercise": exercise,
            "region": _code(notice["scope"]),
            "data": notice["payload"],
        }
    )


def test_body(event: uuid.UUID, *, scope: str, name: str, at: datetime) -> bytes:
    """The body of a test message: the same shape, a type of its own, and no event behind it."""
    return msgspec.json.encode(
        {
            "specversion": "1.0", "id": str(event), "source": f"/anlan/{scope}", "type": f"anlan.{TEST_SUBJECT}",
            "time": at.isoformat(), "datacontenttype": "application/json", "eventversion": 1, "world": "real", "exercise": False,
            "region": _code(scope), "data": {"subscription": name},
        }
    )  # fmt: skip


def headers_of(body: bytes, secret: str, *, at: datetime, exercise: bool, kind: str, attempt: int) -> dict[str, str]:
    """Headers of one attempt. The signature covers the moment of sending, so that an old message cannot be played again."""
    return {
        "Content-Type": CONTENT_TYPE,
        "User-Agent": "Anlan-Webhook/1",
        SIGNATURE: signature(body, secret, int(at.timestamp())),
        WORLD: _WORLDS[exercise],
        KIND: kind,
        ATTEMPT: str(attempt),
    }


def signature(body: bytes, secret: str, stamp: int) -> str:
    """``t=<seconds since 1970>,v1=<hex HMAC-SHA256 of "<t>.<body>">``."""
    digest = hmac.new(secret.encode(), b"%d." % stamp + body, hashlib.sha256).hexdigest()
    return f"t={stamp},v1={digest}"


def secret_of(key: str, subscription: uuid.UUID, serial: int) -> str:
    """The secret that a subscription shares with its receiver, derived from the installation's key: nothing is stored that could leak."""
    digest = hmac.new(key.encode(), f"anlan.webhook:{subscription}:{serial}".encode(), hashlib.sha256).digest()
    return "anlan_" + urlsafe_b64encode(digest).decode().rstrip("=")


def is_exercise(notice: dict[str, Any]) -> bool:
    return str(notice["world"]) != str(REAL)


def _code(scope: str) -> str:
    """The last part of a path: the short code of the region that the event belongs to."""
    return scope.rstrip("/").rpartition("/")[2]
