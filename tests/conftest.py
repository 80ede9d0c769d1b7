"""Fixtures that every test may use. The platform underneath is started by anlan.kernel.runtime.pytest_plugin."""

from __future__ import annotations

import os
import uuid
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

# No example fails because the machine is slow or busy.
settings.register_profile("patient", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("patient")

# Real data is reached through this variable only; a test that needs it says so when it is absent.
_beside = Path(__file__).resolve().parents[2] / "shared"
if "ANLAN_SHARED" not in os.environ and _beside.is_dir():
    os.environ["ANLAN_SHARED"] = str(_beside)


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Files with stories and browsers first, then the fullest: two sides that take whole files end together that way."""
    files: dict[Path, list[pytest.Item]] = {}
    for item in items:
        files.setdefault(item.path, []).append(item)

    def long_first(file: Path) -> tuple[bool, int]:
        own = files[file]
        long = "stories" in file.parts or any(item.get_closest_marker("browser") for item in own)
        return not long, -len(own)

    items[:] = [item for file in sorted(files, key=long_first) for item in files[file]]


@pytest.fixture
def shared() -> Path:
    """The folder of real data; skips with its reason when the machine has none."""
    folder = os.environ.get("ANLAN_SHARED")
    if not folder or not Path(folder).is_dir():
        pytest.skip("ANLAN_SHARED is not set: this test compares with real data that the project does not ship")
    return Path(folder)


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup, django_db_blocker):
    """The test database. Before it is dropped, what killed processes and ended threads left open in it is closed."""
    from django.db import connection
    from django.test import TransactionTestCase

    from tests.emptying import empty

    TransactionTestCase._fixture_teardown = lambda _case: empty()
    yield

    with django_db_blocker.unblock(), connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )


@pytest.fixture
def exercise(db):
    """An exercise world whose clock stands at 2016-07-20 12:00 +08:00; move it with `clock_to`."""
    from anlan.kernel.models import World

    at = datetime(2016, 7, 20, 4, 0, tzinfo=UTC)
    return World.objects.create(
        title="演练", kind="exercise", scope="11/110107/", anchor_real=at, anchor_world=at, rate=0
    )


@pytest.fixture
def clock_to(exercise):
    """Set the exercise's standing clock to an instant (aware datetime)."""

    def move(at: datetime) -> None:
        exercise.anchor_world = at
        exercise.save(update_fields=["anchor_world"])

    return move


@pytest.fixture
def somebody():
    """A context by hand: ``somebody("duty_officer", "11/110107/", permissions={...}, keys={...})``."""
    from anlan.kernel.context import Actor, Context, Grant
    from anlan.kernel.worlds import REAL

    def make(role="duty_officer", path="11/110107/", permissions=(), keys=(), world=REAL, name=""):
        grant = Grant(role=role, path=path, permissions=frozenset(permissions))
        return Context(
            actor=Actor(key=f"person:{uuid.uuid5(uuid.NAMESPACE_OID, role + path)}", name=name or role),
            grants=(grant,),
            keys=frozenset(keys),
            world=world,
        )

    return make


@pytest.fixture
def running(transactional_db):
    """Real processes against the test database: ``running.engine()``, ``running.web()``, ``running.url``."""
    from tests.running import Running

    processes = Running()
    yield processes
    processes.stop()
