"""docs/integrator/api.md: its examples run, in their order, against a live platform."""

from __future__ import annotations

import re
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

PAGE = Path(__file__).resolve().parents[2] / "docs" / "integrator" / "api.md"
PASSWORD = "an-example-for-this-test"


def snippets() -> list[tuple[int, str]]:
    """(line of the page, code) of each Python block."""
    text = PAGE.read_text(encoding="utf-8")
    return [(text[: m.start()].count("\n") + 1, m[1]) for m in re.finditer(r"```python\n(.*?)```", text, re.S)]


@pytest.fixture
def caller(transactional_db: Any) -> str:
    """A duty officer with a password of his own in a land with a station and a shelter; may feed readings."""
    from anlan.kernel.clock import real_now
    from anlan.kernel.context import system
    from anlan.registry.models import Shelter
    from anlan.sensing.services import register_station
    from tests.cast import DISTRICT, GUCHENG, person, settle

    settle()
    somebody = person("api-duty", DISTRICT, "duty_officer", "duty_chief", "admin")
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
    Shelter.objects.create(
        updated_at=real_now(),
        code="ex.shelter",
        name="古城街道避灾安置点（示例）",
        grade="town",
        shelter_class="fixed_short",
        scope=GUCHENG,
        sample=True,
    )
    return somebody.username


def test_every_example_does_what_the_page_says(caller: str, running: Any) -> None:
    from anlan.kernel.clock import real_now

    running.web()
    hour = real_now().replace(minute=0, second=0, microsecond=0) - timedelta(hours=1)
    said: dict[str, Any] = {
        "ADDRESS": running.url, "USERNAME": caller, "PASSWORD": PASSWORD, "STATION": "ex.gucheng", "HOUR": hour.isoformat(),
    }  # fmt: skip
    for line, code in snippets():
        # The line numbers of a failure are those of the page.
        exec(compile("\n" * line + code, str(PAGE), "exec"), said)
    said["api"].close()
