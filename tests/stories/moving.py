"""The platform moves: everything is saved, restored on "another machine", compared, and worked with there."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from unittest.mock import patch

import httpx
import psycopg
from django.conf import settings

from anlan.kernel.attachments import Store
from anlan.kernel.runtime.backup import backup, digest_rows, restore
from anlan.kernel.runtime.postgres import PostgresCluster
from anlan.kernel.services.files import file_store
from tests.running import Running, database_url


@contextmanager
def moved() -> Iterator[Moved]:
    """Save all that is committed in the tests' database and their store; restore it into a place of its own and run it."""
    folder = Path(tempfile.mkdtemp(prefix="anlan-elsewhere-"))
    folder.chmod(0o711)
    here = {"ANLAN_DATABASE_URL": database_url(), "ANLAN_ATTACHMENTS": str(file_store().root)}
    file, place = folder / "saved.tar", folder / "place"
    place.mkdir(mode=0o711)
    try:
        with patch.dict(os.environ, here):
            said = backup(file, var=folder)
        without = {name: value for name, value in os.environ.items() if name not in here}
        with patch.dict(os.environ, without, clear=True):
            restore(file, var=place)
            cluster = PostgresCluster(place, durable=False)
            cluster.start()
        processes = Running()
        try:
            yield Moved(said, cluster.dsn(), place, processes)
        finally:
            processes.stop()
            cluster.stop()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


class Moved:
    """What was saved (`said`, the manifest) and what stands at the new place."""

    def __init__(self, said: dict[str, Any], dsn: str, place: Path, processes: Running) -> None:
        self.said, self.dsn, self.place, self.processes = said, dsn, place, processes

    def assert_every_table_is_equal(self) -> None:
        here, there = _digests(database_url()), _digests(self.dsn)
        assert len(there) > 60
        assert {t for t in here.keys() | there.keys() if here.get(t) != there.get(t)} == set()

    def assert_every_attachment_is_whole(self) -> None:
        assert self.said["missing"] == self.said["damaged"] == []
        with psycopg.connect(self.dsn) as opened:
            digests = [d for (d,) in opened.execute("SELECT DISTINCT digest FROM kernel_attachment").fetchall()]
        store = Store(self.place / "attachments")
        assert digests
        assert all(store.is_intact(digest) for digest in digests)

    def assert_nobody_changed_the_record(self) -> None:
        command = [sys.executable, "-m", "anlan.config.command", "audit", "verify"]
        env = {**os.environ, "ANLAN_DATABASE_URL": self.dsn}
        done = subprocess.run(command, env=env, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        assert json.loads(done.stdout)["linked"] > 100

    def assert_one_signs_in_and_reads(
        self, username: str, password: str, *, world: Any, address: str, word: str
    ) -> None:
        """Signed in at the new place through its page, a person finds the page at `address` with `word` in it."""
        attachments = str(self.place / "attachments")
        self.processes.env = {
            "ANLAN_DEMO": "1", "ANLAN_DATABASE_URL": self.dsn, "ANLAN_VAR": str(self.place), "ANLAN_ATTACHMENTS": attachments,
        }  # fmt: skip
        self.processes.web()
        url = self.processes.url
        with httpx.Client(base_url=url, timeout=300, follow_redirects=True) as person:
            found = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', person.get("/signin/").text)
            assert found
            given = {"username": username, "password": password, "csrfmiddlewaretoken": found.group(1)}
            person.post("/signin/", data=given, headers={"Referer": f"{url}/signin/"})
            person.post(
                "/world/",
                data={"world": str(world)},
                headers={"X-CSRFToken": person.cookies[settings.CSRF_COOKIE_NAME]},
            )
            page = person.get(address)
        assert page.status_code == 200
        assert word in page.text


def _digests(dsn: str) -> dict[str, str]:
    with psycopg.connect(dsn) as opened:
        return digest_rows(opened)
