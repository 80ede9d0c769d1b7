"""Backup of everything to one file, and restoring it into an empty place.

The database is taken in one snapshot while the platform runs, the attachments after it, so that every
attachment the snapshot speaks of is there. The signing key and the bus's store are not part of it:
people sign in again after a restore, and what waits to be sent lies in the database's outbox.
"""

import hashlib
import os
import platform
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql

from . import backup_archive as archive
from . import paths
from .instance import is_running, sole_instance
from .postgres import PostgresCluster, find_programs
from .wording import RuntimeRefusal, pick

_OURS = """
SELECT n.nspname, c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind IN ('r', 'p') AND NOT c.relispartition
  AND n.nspname NOT IN ('pg_catalog', 'information_schema') AND n.nspname NOT LIKE 'pg_toast%'
  AND NOT EXISTS (SELECT 1 FROM pg_depend d WHERE d.objid = c.oid AND d.deptype = 'e')
ORDER BY 1, 2
"""


def backup(target: Path, *, var: Path | None = None) -> dict[str, Any]:
    """Write a consistent backup to ``target`` and return its manifest; the platform may run meanwhile.

    Refuses to overwrite a file. A private cluster that does not run is started for it and stopped again.
    """
    place = var or paths.var_dir()
    target = target.resolve()
    if target.exists():
        raise RuntimeRefusal(
            pick(f"{target} 已存在，请换一个文件名。", f"{target} exists already; choose another name.")
        )
    if not target.parent.is_dir():
        raise RuntimeRefusal(pick(f"没有这个目录：{target.parent}", f"There is no folder {target.parent}."))
    with _database(place, must_exist=True) as dsn, tempfile.TemporaryDirectory(dir=target.parent) as work:
        dump = Path(work) / archive.DATABASE
        with psycopg.connect(dsn, autocommit=False) as connection:
            connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
            connection.read_only = True
            snapshot = _one(connection, "SELECT pg_export_snapshot()")
            _run("pg_dump", ["--format=custom", "--no-owner", f"--snapshot={snapshot}", f"--file={dump}", dsn])
            manifest = {
                "format": archive.FORMAT,
                "made_at": datetime.now(UTC).isoformat(timespec="seconds"),
                "anlan": _own_version(),
                "postgresql": _one(connection, "SHOW server_version"),
                "postgis": _one(connection, "SELECT extversion FROM pg_extension WHERE extname = 'postgis'"),
                "python": platform.python_version(),
                "rows": count_rows(connection),
            }
        files = [(archive.DATABASE, dump), *archive.attachment_files(paths.attachments_dir(place))]
        manifest["attachments"] = len(files) - 1
        archive.write_archive(target, manifest, files)
    return archive.read_manifest(target)


def restore(source: Path, *, var: Path | None = None) -> dict[str, Any]:
    """Restore ``source`` into an empty place and return its manifest.

    Refuses a running platform, a database with tables, existing attachments, and a damaged file; all
    of that is checked before anything is written. Afterwards every table is counted against the manifest.
    """
    place = paths.ensure_var(var or paths.var_dir())
    manifest = archive.read_manifest(source)
    attachments = paths.attachments_dir(place)
    if attachments.is_dir() and any(attachments.iterdir()):
        raise RuntimeRefusal(
            pick(
                f"{attachments} 里已有附件。只能恢复到空的地方，请换一个 ANLAN_VAR。",
                f"{attachments} holds attachments. A backup is restored into an empty place only: "
                "choose another ANLAN_VAR.",
            )
        )
    with tempfile.TemporaryDirectory(dir=place, prefix="restore-") as work:
        archive.unpack_verified(source, manifest, Path(work))
        with _database(place, must_exist=False) as dsn:
            _refuse_used(dsn)
            _load(dsn, Path(work) / archive.DATABASE, Path(work))
            with psycopg.connect(dsn) as connection:
                found = count_rows(connection)
            if found != manifest["rows"]:
                differing = sorted(set(found.items()) ^ set(manifest["rows"].items()))[0][0]
                raise RuntimeRefusal(
                    pick(
                        f"恢复后 {differing} 表的行数与备份不符，请不要使用这个库。",
                        f"After the restore the table {differing} has another number of rows than the backup "
                        "says; do not use this database.",
                    )
                )
        restored = Path(work) / archive.ATTACHMENTS
        if restored.is_dir():
            attachments.parent.mkdir(parents=True, exist_ok=True)
            if attachments.is_dir():
                attachments.rmdir()
            shutil.move(restored, attachments)
    return manifest


def count_rows(connection: psycopg.Connection[Any]) -> dict[str, int]:
    """Rows of each table of ours, partitions counted with their parent: "schema.table" → number."""
    counts: dict[str, int] = {}
    for schema, table in connection.execute(_OURS).fetchall():
        query = sql.SQL("SELECT count(*) FROM {}").format(sql.Identifier(schema, table))
        counts[f"{schema}.{table}"] = _one(connection, query)
    return counts


def digest_rows(connection: psycopg.Connection[Any]) -> dict[str, str]:
    """SHA-256 of each table's rows as text, in the order of that text: proves two databases equal."""
    digests: dict[str, str] = {}
    for schema, table in connection.execute(_OURS).fetchall():
        digest = hashlib.sha256()
        query = sql.SQL('SELECT t::text FROM {} t ORDER BY t::text COLLATE "C"').format(sql.Identifier(schema, table))
        with connection.cursor(name="digest") as rows:
            for (row,) in rows.execute(query):
                digest.update(row.encode() + b"\n")
        digests[f"{schema}.{table}"] = digest.hexdigest()
    return digests


@contextmanager
def _database(var: Path, *, must_exist: bool) -> Iterator[str]:
    """The address of the database: managed, running privately, or started for us alone."""
    managed = os.environ.get("ANLAN_DATABASE_URL")
    if managed:
        yield managed
        return
    if must_exist and is_running(var):
        address = paths.read_runtime(var).get("database_url")
        if not address:
            raise RuntimeRefusal(
                pick("平台正在启动，请稍后再试。", "The platform is just starting; try again in a moment.")
            )
        yield str(address)
        return
    with sole_instance(var):  # a restore beside a running platform is refused here
        cluster = PostgresCluster(var)
        if must_exist and not cluster.exists:
            raise RuntimeRefusal(
                pick(f"{var} 里没有数据库，没有可备份的内容。", f"There is no database in {var}: nothing to back up.")
            )
        cluster.start()
        try:
            yield cluster.dsn()
        finally:
            cluster.stop()


def _refuse_used(dsn: str) -> None:
    with psycopg.connect(dsn) as connection:
        tables = connection.execute(_OURS).fetchall()
    if tables:
        raise RuntimeRefusal(
            pick(
                f"数据库里已有 {len(tables)} 张表。只能恢复到空的地方，请换一个 ANLAN_VAR 或一个空库。",
                f"The database already has {len(tables)} tables. A backup is restored into an empty place only: "
                "choose another ANLAN_VAR or an empty database.",
            )
        )


def _load(dsn: str, dump: Path, work: Path) -> None:
    """Load the dump in one transaction, without the extensions, which only an administrator may make."""
    contents = _run("pg_restore", ["--list", str(dump)])
    made_elsewhere = (" EXTENSION ", " SCHEMA - public ", " spatial_ref_sys ")
    wanted = [line for line in contents.splitlines() if not any(part in line for part in made_elsewhere)]
    chosen = work / "contents"
    chosen.write_text("\n".join(wanted) + "\n", "utf-8")
    _run(
        "pg_restore",
        [
            *("--no-owner", "--no-privileges", "--single-transaction", "--exit-on-error"),
            *(f"--use-list={chosen}", f"--dbname={dsn}", str(dump)),
        ],
    )


def _run(program: str, arguments: list[str]) -> str:
    """Run one of PostgreSQL's own programs and return what it printed; refuses with its message."""
    try:
        path = str(find_programs(Path("/nonexistent")) / program)
    except RuntimeRefusal:
        path = shutil.which(program) or ""  # a managed database: only the client is installed here
        if not path:
            raise
    done = subprocess.run([path, *arguments], capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise RuntimeRefusal(pick(f"{program} 失败：", f"{program} failed:") + "\n" + done.stderr.strip())
    return done.stdout


def _one(connection: psycopg.Connection[Any], query: Any) -> Any:
    row = connection.execute(query).fetchone()
    return row[0] if row else None


def _own_version() -> str | None:
    try:
        return version("anlan")
    except PackageNotFoundError:
        return None
