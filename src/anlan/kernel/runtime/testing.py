"""A platform underneath the tests: private cluster and bus, started once per test run.

    platform = start_test_platform(var)
    os.environ.update(platform.env)
    …
    platform.stop()

Nothing survives the test run, however it ends: the servers are told by the kernel when it dies.
"""

import atexit
from dataclasses import dataclass, field
from pathlib import Path

from . import paths
from .bus import PrivateBus
from .postgres import PostgresCluster


@dataclass
class TestPlatform:
    """What runs for the tests; ``env`` holds the settings that lead to it."""

    __test__ = False  # not a test class, whatever its name says to pytest

    var: Path
    postgres: PostgresCluster
    bus: PrivateBus
    env: dict[str, str] = field(default_factory=dict)

    def stop(self) -> None:
        """Stop both servers; may be called twice."""
        atexit.unregister(self.stop)
        self.bus.stop()
        self.postgres.stop()


def start_test_platform(var: Path | str) -> TestPlatform:
    """Start a cluster that does not wait for the disk and a bus, both below ``var``.

    Call it from the main thread. Returns the running platform with ``env``: ANLAN_VAR,
    ANLAN_DATABASE_URL, ANLAN_NATS_URL and ANLAN_SECRET_KEY.
    """
    folder = paths.ensure_var(Path(var).resolve())
    platform = TestPlatform(folder, PostgresCluster(folder, durable=False), PrivateBus(folder, durable=False))
    atexit.register(platform.stop)
    platform.postgres.start()
    platform.bus.start()
    platform.env = {
        "ANLAN_VAR": str(folder),
        "ANLAN_DATABASE_URL": platform.postgres.dsn(),
        "ANLAN_NATS_URL": platform.bus.url(),
        "ANLAN_SECRET_KEY": paths.kept_secret(paths.secret_key_file(folder)),
    }
    return platform
