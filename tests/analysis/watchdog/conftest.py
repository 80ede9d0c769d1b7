"""Real processes with a watchdog beside them; the file that it writes is gone before and after, so that no other test reads it."""

from __future__ import annotations

import pytest
from django.conf import settings

from anlan.kernel.health.state import state_file


@pytest.fixture
def watched(running):
    """`running`, ended before the watchdog's file is taken away: it would write it anew."""
    state_file(settings.VAR_DIR).unlink(missing_ok=True)
    yield running
    running.stop()
    state_file(settings.VAR_DIR).unlink(missing_ok=True)
