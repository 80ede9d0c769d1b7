"""docs/integrator/sensorthings.md: its examples run, in their order, against a live server."""

from __future__ import annotations

import re
from datetime import UTC, timedelta
from pathlib import Path
from typing import Any

import pytest

PAGE = Path(__file__).resolve().parents[2] / "docs" / "integrator" / "sensorthings.md"
PASSWORD = "an-example-for-this-test"


@pytest.fixture
def caller(transactional_db: Any) -> str:
    """Somebody of the district who feeds readings and keeps stations; one station is there."""
    from anlan.kernel.context import system
    from anlan.sensing.services import register_station
    from tests.cast import DISTRICT, person, settle

    settle()
    somebody = person("sta-example", DISTRICT, "meteo", "admin")
    somebody.set_password(PASSWORD)
    somebody.save()
    register_station(
        system("test"),
        code="ex.gucheng",
        name="古城站（示例）",
        region="110107004000",
        lon=116.18,
        lat=39.91,
        properties=["rain_mm"],
    )
    return somebody.username


def test_every_example_does_what_the_page_says(caller: str, live_server: Any) -> None:
    from anlan.kernel.clock import real_now

    hour = real_now().astimezone(UTC).replace(minute=0, second=0, microsecond=0) - timedelta(hours=1)
    said: dict[str, Any] = {
        "ADDRESS": live_server.url, "USERNAME": caller, "PASSWORD": PASSWORD, "HOUR": hour.isoformat(),
        "HOUR_UTC": hour.strftime("%Y-%m-%dT%H:%M:%SZ"),
    }  # fmt: skip
    text = PAGE.read_text(encoding="utf-8")
    for block in re.finditer(r"```python\n(.*?)```", text, re.S):
        # The line numbers of a failure are those of the page.
        line = text[: block.start()].count("\n") + 1
        exec(compile("\n" * line + block[1], str(PAGE), "exec"), said)
    said["sta"].close()
