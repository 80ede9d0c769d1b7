"""The stage and a real browser in front of it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests import browsing

from .stage import STATIC, Stage


@pytest.fixture(scope="session")
def built() -> Path:
    """The manifest of the built files. Without it no page can be shown: the set-up builds them."""
    manifest = STATIC / "built/manifest.json"
    assert manifest.is_file(), "the frontend is not built: run bin/setup, or npm ci && npm run build in frontend/"
    return manifest


@pytest.fixture(scope="module")
def chromium() -> Iterator[object]:
    """Ended with each file: while it is open its event loop runs in the main thread, and no other test could start one."""
    with browsing.chromium() as browser:
        yield browser


@pytest.fixture
def stage(built: Path) -> Iterator[Stage]:
    running = Stage()
    yield running
    running.stop()


@pytest.fixture
def context(chromium, stage):
    """A fresh browser with a known place; any script error fails the test."""
    opened = chromium.new_context(
        viewport={"width": 1366, "height": 768},
        geolocation={"longitude": 116.19, "latitude": 39.91, "accuracy": 35},
        permissions=["geolocation"],
    )
    errors: list[str] = []
    opened.on("weberror", lambda error: errors.append(str(error.error)))
    browsing.patient(opened)
    yield opened
    opened.close()
    assert errors == []


@pytest.fixture
def page(context):
    return context.new_page()
