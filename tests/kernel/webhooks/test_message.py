"""What is sent, byte by byte."""

from __future__ import annotations

import hashlib
import hmac
import json
import uuid
from datetime import UTC, datetime

from anlan.kernel.webhooks.message import body_of, headers_of, secret_of
from anlan.kernel.worlds import REAL

AT = datetime(2026, 7, 20, 4, 0, 1, 500000, tzinfo=UTC)
NOTICE = {
    "event": "5f0c6f9e-0000-4000-8000-000000000001", "position": 7, "subject": "analysis.signal.raised", "version": 1,
    "world": str(REAL), "scope": "11/110107/110107004/", "shared_with": [], "live": {}, "occurred_at": AT.isoformat(),
    "payload": {"value": 61.5, "text": "达到橙色标准"},
}  # fmt: skip


def test_an_event_is_a_cloud_event_in_structured_mode():
    sent = json.loads(body_of(NOTICE))
    assert sent == {
        "specversion": "1.0", "id": NOTICE["event"], "source": "/anlan/11/110107/110107004/",
        "type": "anlan.analysis.signal.raised", "time": "2026-07-20T04:00:01.500000+00:00",
        "datacontenttype": "application/json", "sequence": "00000000000000000007", "eventversion": 1, "world": "real",
        "exercise": False, "region": "110107004", "data": {"value": 61.5, "text": "达到橙色标准"},
    }  # fmt: skip
    assert all(name.isalnum() and name.islower() for name in sent), "CloudEvents allows small letters and digits only"


def test_what_belongs_to_an_exercise_says_so_in_body_and_header():
    body = body_of({**NOTICE, "world": str(uuid.uuid4())})
    sent = json.loads(body)
    assert (sent["exercise"], sent["world"]) == (True, "exercise")
    assert headers_of(body, "x", at=AT, exercise=True, kind="event", attempt=1)["X-Anlan-World"] == "exercise"


def test_the_signature_covers_the_body_and_the_moment_of_sending():
    body = body_of(NOTICE)
    given = headers_of(body, "secret", at=AT, exercise=False, kind="event", attempt=1)["X-Anlan-Signature"]
    stamp = int(AT.timestamp())
    expected = hmac.new(b"secret", str(stamp).encode() + b"." + body, hashlib.sha256).hexdigest()
    assert given == f"t={stamp},v1={expected}"


def test_each_subscription_and_each_renewal_has_a_secret_of_its_own():
    one, other = uuid.uuid4(), uuid.uuid4()
    made = {
        secret_of("key", one, 1),
        secret_of("key", one, 2),
        secret_of("key", other, 1),
        secret_of("other key", one, 1),
    }
    assert len(made) == 4
    assert secret_of("key", one, 1) in made, "and the same one each time it is asked for"
