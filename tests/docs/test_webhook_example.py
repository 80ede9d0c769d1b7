"""The receiver that docs/integrator/webhooks.md shows: run as it stands there."""

from __future__ import annotations

import json
import os
import re
import socket
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest

from anlan.kernel.webhooks.message import body_of, headers_of
from anlan.kernel.worlds import REAL
from tests.running import until

PAGE = Path(__file__).resolve().parents[2] / "docs" / "integrator" / "webhooks.md"
NOTICE = {
    "event": "5f0c6f9e-6f0e-4a50-9a43-8c1f6a1f0b11", "position": 1, "subject": "analysis.signal.raised", "version": 1,
    "world": str(REAL), "scope": "11/110107/", "occurred_at": "2026-07-20T04:00:01+00:00", "payload": {"text": "达到橙色标准"},
}  # fmt: skip


def example() -> str:
    return re.search(r"```python title=\"receiver.py\"\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.S)[1]


@pytest.fixture
def port():
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        number = free.getsockname()[1]
    env = {**os.environ, "SECRET": "anlan_x", "PORT": str(number)}
    process = subprocess.Popen(
        [sys.executable, "-c", example()], env=env, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    )
    until(lambda: _listens(number), what="the example's listening")
    yield number, process
    process.kill()
    process.communicate()


def _listens(number: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", number), 30).close()
    except OSError:
        return False
    return True


def test_the_receiver_takes_what_is_genuine_and_refuses_what_is_not(port):
    number, process = port
    body = body_of(NOTICE)

    def post(secret: str = "anlan_x", at: datetime | None = None, sent: bytes = body) -> int:
        headers = headers_of(body, secret, at=at or datetime.now(UTC), exercise=False, kind="event", attempt=1)
        return httpx.post(f"http://127.0.0.1:{number}/", content=sent, headers=headers, timeout=60).status_code

    assert post(secret="another") == 401
    assert post(at=datetime.now(UTC) - timedelta(hours=1)) == 401, "played again an hour later"
    assert post(sent=body.replace(b"1.0", b"1.1")) == 401
    assert post() == 204
    assert json.loads(process.stdout.readline())["data"] == {"text": "达到橙色标准"}


def test_the_receiver_is_short_and_the_page_names_every_field():
    page = PAGE.read_text(encoding="utf-8")
    code = [line for line in example().splitlines() if line.strip()]
    assert len(code) <= 16, "a receiver fits into a handful of lines"
    for name in (*json.loads(body_of(NOTICE)), "X-Anlan-Signature", "X-Anlan-World", "X-Anlan-Kind", "X-Anlan-Attempt"):
        assert f"`{name}`" in page, name
