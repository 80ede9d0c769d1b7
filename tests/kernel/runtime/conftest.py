"""A place of its own for each test, reachable for the database's user, gone afterwards."""

import os
import shutil
import subprocess
import tempfile
from pathlib import Path

import pytest

from anlan.kernel.runtime.postgres import PostgresCluster


@pytest.fixture(scope="module", autouse=True)
def own_servers():
    """These tests start servers themselves: what leads to the test run's own ones is set aside."""
    set_aside = ("ANLAN_DATABASE_URL", "ANLAN_NATS_URL", "ANLAN_SECRET_KEY", "LC_ALL")
    kept = {name: os.environ.pop(name, None) for name in set_aside}
    os.environ["LC_ALL"] = "C.UTF-8"  # refusals in English, whatever the terminal speaks
    yield
    del os.environ["LC_ALL"]
    os.environ.update({name: value for name, value in kept.items() if value is not None})


def new_place():
    folder = Path(tempfile.mkdtemp(prefix="anlan-runtime-"))
    folder.chmod(0o711)
    return folder


@pytest.fixture(scope="session")
def made_place():
    """A place whose cluster was made and stopped, to be copied: quicker than making one for each test."""
    folder = new_place()
    cluster = PostgresCluster(folder, durable=False)
    cluster.start()
    cluster.stop()
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def bare_place():
    """An empty folder; data that had to go outside are cleared away with it."""
    folder = new_place()
    yield folder
    note = folder / "postgres.place"
    if note.exists():
        outside = Path(note.read_text("utf-8").strip())
        if outside.is_absolute():
            for left in outside.parent.glob(f"{outside.name}*"):
                shutil.rmtree(left) if left.is_dir() else left.unlink()
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def place(bare_place, made_place):
    """A folder with a stopped cluster in it."""
    subprocess.run(["cp", "-a", f"{made_place}/.", str(bare_place)], check=True)
    return bare_place
