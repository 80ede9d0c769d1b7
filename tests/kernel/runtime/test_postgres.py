"""The private cluster: it starts where it is put, survives a kill, and nobody else gets in."""

import os
import signal
import subprocess
import sys

import psycopg
import pytest

from anlan.kernel.runtime import postgres, postgres_place, process
from anlan.kernel.runtime.postgres import PostgresCluster
from anlan.kernel.runtime.wording import RuntimeRefusal

as_root = pytest.mark.skipif(os.geteuid() != 0, reason="needs root, who hands the server to another user")


@pytest.fixture
def cluster(place):
    made = PostgresCluster(place, durable=False)
    made.start()
    yield made
    made.stop()


def value(dsn, query):
    with psycopg.connect(dsn) as connection:
        return connection.execute(query).fetchone()[0]


def test_a_new_cluster_has_the_database_with_its_extensions(bare_place):
    cluster = PostgresCluster(bare_place)
    cluster.start()
    assert value(cluster.dsn(), "SELECT postgis_lib_version()").startswith("3.")
    assert value(cluster.dsn(), "SELECT extname FROM pg_extension WHERE extname = 'pg_trgm'") == "pg_trgm"
    assert value(cluster.dsn(), "SELECT pg_get_userbyid(datdba) FROM pg_database WHERE datname = 'anlan'") == "anlan"
    assert value(cluster.dsn(), "SHOW data_checksums") == "on"
    assert value(cluster.dsn(), "SELECT rolcreatedb FROM pg_roles WHERE rolname = 'anlan'") is False
    cluster.stop()


def test_the_owner_of_the_data_is_no_superuser(cluster):
    assert value(cluster.dsn(), "SELECT rolsuper FROM pg_roles WHERE rolname = 'anlan'") is False


def test_the_server_listens_on_no_network_address(cluster):
    assert value(cluster.dsn(), "SHOW listen_addresses") == ""
    assert cluster.sockets.stat().st_mode & 0o077 == 0


@as_root
def test_another_system_user_cannot_connect(cluster):
    done = subprocess.run(
        ["/usr/bin/psql", cluster.dsn(), "-c", "select 1"], capture_output=True, text=True, check=False, user="nobody"
    )
    assert done.returncode != 0
    assert "Permission denied" in done.stderr


@as_root
def test_even_with_the_socket_open_the_server_asks_who_it_is(cluster):
    socket = cluster.sockets / f".s.PGSQL.{postgres.PORT}"
    cluster.sockets.chmod(0o755)
    socket.chmod(0o777)
    done = subprocess.run(
        ["/usr/bin/psql", cluster.dsn(), "-c", "select 1"], capture_output=True, text=True, check=False, user="nobody"
    )
    assert "Peer authentication failed" in done.stderr


def test_it_is_durable_unless_it_is_told_not_to_be(place):
    cluster = PostgresCluster(place)
    cluster.start()
    try:
        assert value(cluster.dsn(), "SHOW fsync") == "on"
        assert value(cluster.dsn(), "SHOW synchronous_commit") == "on"
    finally:
        cluster.stop()


def test_what_was_committed_is_there_after_a_kill_and_a_new_start(place):
    cluster = PostgresCluster(place)
    cluster.start()
    try:
        with psycopg.connect(cluster.dsn(), autocommit=True) as connection:
            connection.execute("CREATE TABLE kept AS SELECT 7 AS number")
            cluster.child.send_signal(signal.SIGKILL)
            cluster.child.wait()
            cluster.start()  # while the killed server's back end may still be there
        assert value(cluster.dsn(), "SELECT number FROM kept") == 7
    finally:
        cluster.stop()


def test_a_lock_file_with_a_strangers_process_number_does_not_stop_the_start(place):
    cluster = PostgresCluster(place, durable=False)
    cluster.start()
    lock = cluster.data / "postmaster.pid"
    text = lock.read_text("utf-8")
    cluster.stop()
    stranger = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    try:
        lock.write_text(text.replace(text.split("\n", 1)[0], str(stranger.pid), 1), "utf-8")
        os.chown(lock, cluster.data.stat().st_uid, cluster.data.stat().st_gid)
        cluster.start()
        cluster.stop()
        assert stranger.poll() is None
    finally:
        stranger.communicate(b"\n")


def test_stopping_does_not_wait_for_people_who_are_connected(cluster):
    with psycopg.connect(cluster.dsn()) as connected:
        cluster.stop()
        with pytest.raises(psycopg.OperationalError):
            connected.execute("SELECT 1")


def test_settings_of_the_installation_win(place):
    cluster = PostgresCluster(place, durable=False)
    cluster.start()
    cluster.stop()
    (cluster.data / "local.conf").write_text("work_mem = '13MB'\n", "utf-8")
    cluster.start()
    try:
        assert value(cluster.dsn(), "SHOW work_mem") == "13MB"
    finally:
        cluster.stop()


def test_a_long_path_gets_a_short_socket(bare_place):
    deep = bare_place / ("d" * 60) / ("e" * 60)
    deep.mkdir(parents=True)
    cluster = PostgresCluster(deep, durable=False)
    cluster.start()
    try:
        assert not cluster.sockets.is_relative_to(deep)
        assert value(cluster.dsn(), "SELECT 1") == 1
    finally:
        cluster.stop()
        cluster.sockets.rmdir()


@as_root
def test_under_a_closed_folder_the_data_go_outside_and_are_found_again(bare_place):
    closed = bare_place / "closed"
    closed.mkdir(mode=0o700)
    var = closed / "var"
    var.mkdir()
    (bare_place / "postgres.place").symlink_to(var / "postgres.place")  # for clearing away
    first = PostgresCluster(var, durable=False)
    assert first.data.is_relative_to(postgres_place.OUTSIDE)
    first.start()
    first.stop()
    assert PostgresCluster(var).data == first.data


@as_root
def test_a_copy_of_a_closed_folder_does_not_write_into_the_originals_data(bare_place):
    closed, copy = bare_place / "closed", bare_place / "copy"
    for folder in (closed, copy):
        folder.mkdir(mode=0o700)
    data = postgres_place.data_folder(closed, "postgres")
    (bare_place / "postgres.place").symlink_to(closed / "postgres.place")
    assert data.is_relative_to(postgres_place.OUTSIDE)
    (copy / "postgres.place").write_text((closed / "postgres.place").read_text("utf-8"), "utf-8")
    with pytest.raises(RuntimeRefusal, match="is a copy"):
        postgres_place.data_folder(copy, "postgres")


def test_a_folder_with_something_else_in_it_is_refused(bare_place):
    (bare_place / "postgres").mkdir()
    (bare_place / "postgres" / "letter.txt").write_text("not yours", "utf-8")
    with pytest.raises(RuntimeRefusal):
        PostgresCluster(bare_place, durable=False).start()
    assert (bare_place / "postgres" / "letter.txt").read_text("utf-8") == "not yours"


def test_the_server_ends_when_the_process_that_started_it_is_killed(place):
    script = (
        "import sys; from pathlib import Path\n"
        "from anlan.kernel.runtime.postgres import PostgresCluster\n"
        "c = PostgresCluster(Path(sys.argv[1]), durable=False); c.start(); print(c.child.pid, flush=True); input()"
    )
    parent = subprocess.Popen(
        [sys.executable, "-c", script, str(place)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    server = process.describe(int(parent.stdout.readline()))
    parent.kill()
    parent.communicate()
    assert process.wait_until(lambda: not process.is_same(server), 60)
