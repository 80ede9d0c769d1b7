"""A private PostgreSQL/PostGIS cluster that needs no administrator.

It listens on a Unix socket in a private folder and nowhere else, and lets in the system user who
started it (peer authentication), so it has no password that could leak.
"""

import os
import pwd
import re
import shutil
import signal
import subprocess
from pathlib import Path
from urllib.parse import quote

import psycopg

from . import paths
from .postgres_place import data_folder, make_private_folder, server_user, socket_folder
from .process import Watch, end_child, end_in_folder, identity, no_watch, start_child, wait_until, works_in
from .wording import RuntimeRefusal, pick

PORT = 5432  # Only names the socket file: the folder is private, so it is in nobody's way.
OLDEST_MAJOR = 15
NAME = "anlan"
EXTENSIONS = ("postgis", "pg_trgm")
START_SECONDS = 300.0
"""Patience with a slow machine, and with a log that has to be replayed after a kill; a stop is obeyed all the same."""
STOP_STEPS = ((signal.SIGINT, 1.2), (signal.SIGQUIT, 0.4))
"""Fast shutdown first; immediate shutdown loses nothing committed, the next start replays the log."""

_SETTINGS = {
    "listen_addresses": "''",
    "unix_socket_permissions": "0700",
    "max_connections": "120",
    "shared_buffers": "128MB",
    "work_mem": "8MB",
    "maintenance_work_mem": "64MB",
    "effective_cache_size": "1GB",
    "random_page_cost": "1.1",
    "max_wal_size": "512MB",
    "checkpoint_timeout": "2min",  # little is left to write when a stop asks for it
    "synchronous_commit": "on",
    "jit": "off",  # short queries: compiling them costs more than it saves
    "timezone": "'UTC'",
    "log_timezone": "'UTC'",
    "log_line_prefix": "'%m [%p] '",
    "log_min_duration_statement": "2000",
}
# A test's rows live in a transaction that never ends well: a vacuum in between would tell the planner that its tables are empty,
# and a join of three of them then walks their product.
_NOT_DURABLE = {"fsync": "off", "full_page_writes": "off", "synchronous_commit": "off", "autovacuum": "off"}


class PostgresCluster:
    """One private cluster below ``var``.

    ``durable=False`` is for tests: it does not wait for the disk, and the role may create databases and empty them past keys and guards.
    """

    def __init__(self, var: Path, *, durable: bool = True) -> None:
        self.var = var
        self.durable = durable
        self.user = server_user()
        self.data = data_folder(var, self.user)
        self.child: subprocess.Popen[bytes] | None = None
        self.sockets = Path()

    @property
    def exists(self) -> bool:
        """Whether a cluster was made here before."""
        return (self.data / "PG_VERSION").exists()

    def dsn(self, role: str = NAME, database: str = NAME) -> str:
        """Connection address for ``role``; known once the cluster was started."""
        return f"postgresql://{role}@/{database}?host={quote(str(self.sockets), safe='')}&port={PORT}"

    def start(self, watch: Watch = no_watch) -> None:
        """Make the cluster when there is none, clear what a killed predecessor left, start, make the database."""
        programs = find_programs(self.data)
        fresh = not self.exists
        if fresh:
            self._create(programs)
        make_private_folder(self.data, self.user)
        self.sockets = socket_folder(self.data, self.user, PORT)
        self._configure()
        for last in (False, False, True):
            self._clear_leftovers()
            if self._launch(programs, watch):
                break
            if last:
                raise RuntimeRefusal(
                    pick("数据库没有启动：", "The database did not start:")
                    + "\n"
                    + paths.log_tail(self.var, "postgres")
                )
        self._make_database(fresh)

    def stop(self) -> None:
        """Shut down within about two seconds."""
        if self.child is not None:
            end_child(self.child, STOP_STEPS)
            end_in_folder(self.data, "postgres", 1.0)
            self.child = None

    def _create(self, programs: Path) -> None:
        if self.data.is_dir() and any(self.data.iterdir()):
            raise RuntimeRefusal(
                pick(
                    f"{self.data} 不是空的，也不是数据库，请移开里面的内容再启动。",
                    f"{self.data} is neither empty nor a database; move away what is in it and start again.",
                )
            )
        making = self.data.with_name(f"{self.data.name}.making")
        shutil.rmtree(making, ignore_errors=True)
        make_private_folder(making, self.user)
        command = [
            *(str(programs / "initdb"), "-D", str(making), "-U", "postgres", "-A", "peer", "--data-checksums"),
            *("-E", "UTF8", "--locale=C.UTF-8"),
            *(() if self.durable else ("--no-sync",)),
        ]
        done = subprocess.run(
            command,
            cwd="/",
            env={**os.environ, "HOME": "/", "LC_ALL": "C.UTF-8"},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
            **identity(self.user),
        )
        if done.returncode != 0:
            raise RuntimeRefusal(pick("建立数据库失败：", "Making the database cluster failed:") + "\n" + done.stdout)
        # Only a finished cluster gets the final name.
        os.rename(making, self.data)

    def _configure(self) -> None:
        settings = {**_SETTINGS, "unix_socket_directories": f"'{self.sockets!s}'"}
        if not self.durable:
            settings |= _NOT_DURABLE
        lines = ["# Written at every start; put your own settings into local.conf beside this file."]
        lines += [f"{name} = {value}" for name, value in settings.items()]
        self._write("anlan.conf", "\n".join(lines) + "\n")
        if not (self.data / "local.conf").exists():
            self._write("local.conf", "# Settings of this installation; they win over anlan.conf.\n")
        main = self.data / "postgresql.conf"
        text = main.read_text("utf-8")
        if "anlan.conf" not in text:
            self._write("postgresql.conf", text + "\ninclude_if_exists 'anlan.conf'\ninclude_if_exists 'local.conf'\n")
        own = pwd.getpwuid(os.geteuid()).pw_name
        people = sorted({own, self.user or own})
        self._write("pg_hba.conf", "local all all peer map=anlan\n")
        self._write("pg_ident.conf", "".join(f"anlan {who} {role}\n" for who in people for role in (NAME, "postgres")))

    def _write(self, name: str, text: str) -> None:
        target = self.data / name
        making = self.data / f"{name}.making"
        making.write_text(text, "utf-8")
        making.chmod(0o600)
        if self.user is not None:
            like = self.data.stat()
            os.chown(making, like.st_uid, like.st_gid)
        os.replace(making, target)

    def _clear_leftovers(self) -> None:
        """End back ends of a killed server and remove lock files whose process is not ours.

        The server trusts a lock file when any process has its number, which after a restart of the
        machine or a container may be a stranger.
        """
        end_in_folder(self.data, "postgres")
        for lock in (self.data / "postmaster.pid", self.sockets / f".s.PGSQL.{PORT}.lock"):
            try:
                pid = int(lock.read_text("utf-8").split("\n", 1)[0])
            except (OSError, ValueError):
                pid = 0
            if not works_in(pid, self.data, "postgres"):
                lock.unlink(missing_ok=True)

    def _launch(self, programs: Path, watch: Watch) -> bool:
        log = paths.open_log(self.var, "postgres")
        try:
            self.child = start_child(
                [str(programs / "postgres"), "-D", str(self.data)],
                log=log,
                env={"PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8", "HOME": "/", "PGDATA": str(self.data)},
                user=self.user,
                cwd="/",
                death_signal=signal.SIGINT,
            )
        finally:
            os.close(log)
        child = self.child
        try:
            wait_until(lambda: child.poll() is not None or self._answers(), START_SECONDS, watch)
        except BaseException:
            self.stop()
            raise
        if child.poll() is None and self._answers():
            return True
        self.stop()
        return False

    def _answers(self) -> bool:
        try:
            with psycopg.connect(self.dsn("postgres", "postgres"), connect_timeout=2):
                return True
        except psycopg.Error:
            return False

    def _make_database(self, fresh: bool) -> None:
        # From template1, so that databases made for tests have the extensions as well.
        with psycopg.connect(self.dsn("postgres", "template1"), autocommit=True) as connection:
            for extension in EXTENSIONS:
                connection.execute(f"CREATE EXTENSION IF NOT EXISTS {extension}")
            if connection.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [NAME]).fetchone() is None:
                connection.execute(f"CREATE ROLE {NAME} LOGIN")
            if not self.durable:
                connection.execute(f"ALTER ROLE {NAME} CREATEDB")
                connection.execute(f"GRANT SET ON PARAMETER session_replication_role TO {NAME}")
        with psycopg.connect(self.dsn("postgres", "postgres"), autocommit=True) as connection:
            if connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [NAME]).fetchone() is None:
                connection.execute(f"CREATE DATABASE {NAME} OWNER {NAME}")


def find_programs(data: Path) -> Path:
    """The folder of the server's programs, in the version that made ``data`` or the newest fit one.

    ``ANLAN_PG_BIN`` names one explicitly. Refuses when PostgreSQL or PostGIS is missing.
    """
    named = os.environ.get("ANLAN_PG_BIN")
    if named:
        return Path(named)
    made_by = data / "PG_VERSION"
    wanted = made_by.read_text("utf-8").strip() if made_by.exists() else None
    for folder in sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=_major, reverse=True):
        major = _major(folder)
        with_gis = Path(f"/usr/share/postgresql/{major}/extension/postgis.control").exists()
        if (folder / "initdb").exists() and with_gis and major >= OLDEST_MAJOR and wanted in (None, str(major)):
            return folder
    version = wanted or "15"
    raise RuntimeRefusal(
        pick(
            f"没有找到带 PostGIS 的 PostgreSQL {version}。请执行 bin/setup，"
            f"或由管理员安装 postgresql-{version} 和 postgresql-{version}-postgis-3。",
            f"PostgreSQL {version} with PostGIS was not found. Run bin/setup, or have an administrator install "
            f"postgresql-{version} and postgresql-{version}-postgis-3.",
        )
    )


def _major(folder: Path) -> int:
    found = re.fullmatch(r"\d+", folder.parent.name)
    return int(found.group()) if found else 0
