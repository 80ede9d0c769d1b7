"""A real browser for tests, with patience: it waits for a state, however slow and busy the machine is."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

#: Milliseconds. Long enough for a machine many times slower than a developer's; only a failure ever waits so long.
PATIENCE_MS = 300_000


@contextmanager
def chromium() -> Iterator[Any]:
    """A launched Chromium; skips with its reason when the machine has none.

    While it is open Playwright's event loop runs in the main thread, and no other test could start one: open it once for a
    file at most, and close it with the file.
    """
    api = pytest.importorskip("playwright.sync_api")
    path = shutil.which("chromium") or shutil.which("chromium-browser")
    if path is None:
        pytest.skip("no Chromium on this machine: bin/setup --dev installs it")
    api.expect.set_options(timeout=PATIENCE_MS)
    with api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, timeout=PATIENCE_MS)
        try:
            yield browser
        finally:
            browser.close()


def patient(context: Any) -> Any:
    """The same browser context, whose pages wait as long as everything here."""
    context.set_default_timeout(PATIENCE_MS)
    return context
