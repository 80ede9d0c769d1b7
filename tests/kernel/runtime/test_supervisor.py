"""The whole supervisor with real servers and processes and a small application in place of the product's."""

import http.client
import json
import os
import re
import signal
import socket
import subprocess
import sys
from pathlib import Path

import psycopg
import pytest

from anlan.kernel.runtime import instance, paths, postgres, process, supervisor

SAMPLE = Path(__file__).with_name("sample_platform.py")


class Platform:
    """A supervisor in a process of its own and what it says."""

    def __init__(self, place, *steps, **env):
        self.place = place
        search = f"{SAMPLE.parent}:{Path(paths.__file__).parents[3]}"
        self.process = subprocess.Popen(
            [sys.executable, str(SAMPLE), "serve", *steps],
            env={**os.environ, "PYTHONPATH": search, "ANLAN_VAR": str(place), "ANLAN_WEB_WORKERS": "2", **env},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        self.said = []

    def hear(self, pattern):
        """Read what it says up to a line with the pattern; fails when it ends before."""
        for line in self.process.stdout:
            self.said.append(line.rstrip())
            if found := re.search(pattern, line):
                return found.group()
        raise AssertionError("\n".join(self.said))

    def ready(self):
        self.address = self.hear(r"http://127\.0\.0\.1:\d+")
        return self

    def get(self, path="/"):
        connection = http.client.HTTPConnection(self.address.removeprefix("http://"), timeout=60)
        try:
            connection.request("GET", path)
            return json.load(connection.getresponse())
        finally:
            connection.close()

    @property
    def record(self):
        return paths.read_runtime(self.place)

    def end(self, number=signal.SIGTERM):
        """Ask for a stop; returns the exit code."""
        self.process.send_signal(number)
        rest, _ = self.process.communicate(timeout=120)
        self.said += rest.splitlines()
        return self.process.returncode


@pytest.fixture
def start(request):
    begun = []

    def begin(*steps, **env):
        where = (
            "bare_place" if "bare_place" in request.fixturenames and "place" not in request.fixturenames else "place"
        )
        begun.append(Platform(request.getfixturevalue(where), *steps, **env))
        return begun[-1]

    yield begin
    for platform in begun:
        if platform.process.poll() is None:
            platform.end()


def alive(record):
    return [entry["pid"] for entry in record["pids"].values() if process.is_same(entry)]


def test_everything_starts_in_order_and_is_told_where_things_are(start, place):
    platform = start("prepare").ready()
    told = platform.get()
    assert told["client"] == "127.0.0.1"
    assert told["env"]["ANLAN_DATABASE_URL"] == platform.record["database_url"]
    assert told["env"]["ANLAN_NATS_URL"] == platform.record["nats_url"]
    assert told["env"]["ANLAN_DEMO"] == "0"
    assert (place / "prepared").read_text("utf-8") == platform.record["database_url"]
    assert set(platform.record["pids"]) == {"postgres", "bus", "web-1", "web-2", "relay", "engine", "judge", "watchdog"}
    assert platform.record["web_port"] == int(platform.address.rpartition(":")[2])
    assert "http" not in "".join(platform.said[:-1])


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP], ids=lambda number: number.name)
def test_a_stop_ends_all_with_a_live_page_open(start, number):
    platform = start().ready()
    host, _, port = platform.address.removeprefix("http://").partition(":")
    before = platform.record
    with socket.create_connection((host, int(port))) as page:
        page.sendall(b"GET /sleep HTTP/1.1\r\nhost: x\r\n\r\n")
        assert b"200" in page.recv(100)
        assert platform.end(number) == 0
    assert alive(before) == []


def test_a_stop_in_the_middle_of_the_start_is_obeyed(start):
    platform = start("linger")
    platform.hear("linger")
    assert platform.end() == 0


def test_a_stop_while_the_house_is_loaded_is_obeyed(start):
    platform = start("prepare", SAMPLE_HOUSE="slow_house")
    platform.hear("loading the house")
    assert platform.end() == 0
    assert alive(platform.record) == []


def test_children_are_copies_of_what_was_loaded_once_also_after_a_kill(start):
    platform = start("prepare", ANLAN_WEB_WORKERS="1").ready()
    first = platform.get()
    assert first["loaded_in"] == platform.process.pid != first["pid"]
    os.kill(first["pid"], signal.SIGKILL)
    platform.hear("web-1 (runs again|已重新启动)")
    second = platform.get()
    assert second["loaded_in"] == platform.process.pid
    assert second["pid"] not in (first["pid"], platform.process.pid)
    assert Path(f"/proc/{second['pid']}/comm").read_text("utf-8").strip() == "anlan web-1"


def test_where_the_house_cannot_be_loaded_each_child_loads_it_itself(start):
    platform = start("prepare", ANLAN_WEB_WORKERS="1", SAMPLE_HOUSE="no_such_house").ready()
    told = platform.get()
    assert told["loaded_in"] == told["pid"]
    assert "no_such_house" in "".join(platform.said)


def test_a_copy_has_the_listening_socket_and_nothing_else_of_the_supervisor(start):
    platform = start("prepare", ANLAN_WEB_WORKERS="1").ready()
    listening = set(listening_on(platform.record["web_port"]))
    assert len(listening) == 1
    assert opened(platform.process.pid) & opened(platform.get()["pid"]) == listening
    assert opened(platform.process.pid) & opened(platform.record["pids"]["engine"]["pid"]) == set()


def opened(pid):
    """Sockets and pipes that a process holds."""
    held = {os.readlink(entry) for entry in Path(f"/proc/{pid}/fd").iterdir() if entry.is_symlink()}
    return {name for name in held if name.startswith(("socket:", "pipe:"))}


def listening_on(port):
    """Sockets that listen on a port of this machine, as `opened` names them."""
    for line in Path("/proc/self/net/tcp").read_text("utf-8").splitlines()[1:]:
        parts = line.split()
        if parts[3] == "0A" and int(parts[1].rpartition(":")[2], 16) == port:
            yield f"socket:[{parts[9]}]"


def test_what_a_stop_waits_for_adds_up_to_less_than_three_seconds():
    """Whoever does not end by then is killed: measured here as said, since a busy machine takes its own time."""
    assert supervisor.WEB_STOP_SECONDS + sum(seconds for _signal, seconds in postgres.STOP_STEPS) < 2.8


def test_children_that_hear_no_signal_are_killed(start):
    platform = start().ready()
    os.kill(platform.record["pids"]["engine"]["pid"], signal.SIGSTOP)
    before = platform.record
    assert platform.end() == 0
    assert alive(before) == []


@pytest.mark.parametrize("name", ["web-1", "engine", "bus", "postgres"])
def test_a_killed_child_is_started_again_and_said_so(start, name):
    platform = start().ready()
    before = platform.record["pids"][name]["pid"]
    os.kill(before, signal.SIGKILL)
    platform.hear(rf"{name} .*(unexpectedly|意外)")
    platform.hear(rf"{name} (runs again|已重新启动)")
    assert process.wait_until(lambda: platform.record["pids"][name]["pid"] != before, 60)
    assert platform.get()["client"] == "127.0.0.1"
    with psycopg.connect(platform.record["database_url"]) as connection:
        assert connection.execute("SELECT 1").fetchone() == (1,)


def test_after_a_kill_of_the_supervisor_nothing_is_left_and_the_next_start_works(start, place):
    first = start().ready()
    before = first.record
    first.process.kill()
    first.process.communicate()
    assert process.wait_until(lambda: alive(before) == [], 60)
    assert not instance.is_running(place)
    second = start().ready()
    assert second.address == first.address
    assert second.get()["env"]["ANLAN_SECRET_KEY"]


def test_a_second_one_in_the_same_place_is_refused(start):
    first = start().ready()
    second = start()
    said, _ = second.process.communicate(timeout=120)
    assert second.process.returncode == 1
    assert first.address in said
    assert str(first.process.pid) in said
    assert first.get()


def test_a_failing_preparation_is_shown_and_nothing_stays(start, place):
    platform = start("fail")
    said, _ = platform.process.communicate(timeout=120)
    assert platform.process.returncode == 1
    assert "the reason of the failure" in said
    assert alive({"pids": paths.read_runtime(place).get("pids", {})}) == []


def test_managed_servers_are_used_instead_of_private_ones(start, bare_place):
    from anlan.kernel.runtime.testing import start_test_platform

    elsewhere = bare_place / "elsewhere"
    elsewhere.mkdir(mode=0o711)
    given = start_test_platform(elsewhere)
    try:
        platform = start(**{name: given.env[name] for name in ("ANLAN_DATABASE_URL", "ANLAN_NATS_URL")}).ready()
        assert platform.get()["env"]["ANLAN_DATABASE_URL"] == given.env["ANLAN_DATABASE_URL"]
        assert set(platform.record["pids"]) == {"web-1", "web-2", "relay", "engine", "judge", "watchdog"}
        assert not (bare_place / "postgres").exists()
        platform.end()
    finally:
        given.stop()


def test_what_a_process_has_compiled_is_kept_for_the_next_one_whatever_python_was_told(tmp_path, monkeypatch):
    monkeypatch.setenv("PYTHONDONTWRITEBYTECODE", "1")
    overseer = supervisor.Supervisor(tmp_path, demo=False, host="127.0.0.1", port=None, announce=print)
    overseer.record |= {"database_url": "postgres://", "nats_url": "nats://"}
    assert "PYTHONDONTWRITEBYTECODE" not in overseer.child_environment()
