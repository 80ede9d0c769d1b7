"""Loaded by pytest before Django's settings: a private cluster and bus for this run only, gone when it ends.

ANLAN_TEST_VAR names the folder; without it a fresh temporary one is used, so that no run meets another or a
demonstration.
"""

from __future__ import annotations

import os
import shutil
import tempfile

from .testing import TestPlatform, start_test_platform

_given = os.environ.get("ANLAN_TEST_VAR")
_var = _given or tempfile.mkdtemp(prefix="anlan-test-")
os.chmod(_var, 0o755) if not _given else None
os.makedirs(os.path.join(_var, "static"), exist_ok=True)  # where collected files would lie: its absence is warned of
for _name in ("ANLAN_DATABASE_URL", "ANLAN_NATS_URL", "ANLAN_DEMO"):
    os.environ.pop(_name, None)
platform: TestPlatform = start_test_platform(_var)
os.environ.update(platform.env)
# The browser's driver keeps an event loop running in the main thread; the tests' own queries there are synchronous all the same.
os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
os.environ["ANLAN_EXTRA_APPS"] = "tests.sample.apps.SampleConfig"


def pytest_report_header() -> str:
    return f"anlan: private PostgreSQL and NATS under {_var}"


def pytest_unconfigure() -> None:
    platform.stop()
    if not _given:
        shutil.rmtree(_var, ignore_errors=True)
