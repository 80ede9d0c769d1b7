"""Backup of everything to one file, and restoring it into an empty place.

The database is taken in one snapshot while the platform runs, the attachments after it, so that every
attachment the snapshot speaks of is there. The signing key and the bus's store are not part of it:
people sign in again after a restore, and what waits to be sent lies in the database's outbox.

A restore puts the attachments into place first and the database last, in one transaction: a place has
either everything or no table. What fails half-way is taken out again.
"""

import json
import os
import platform
import re
import shutil
import subprocess
import tempfile
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import psycopg
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from . import backup_archive as archive
from . import backup_fitness as fitness
from . import paths
from .backup_contents import count_rows, digest_rows, digests_spoken_of, migrations, one, our_tables
from .instance import is_running, sole_instance
from .postgres import PostgresCluster, find_programs
from .wording import RuntimeRefusal, pick

_DIGEST = re.compile(r"[0-9a-f]{64}")


def backup(target: Path, *, var: Path | None = None) -> dict[str, Any]:
    """Write a consistent backup to ``target`` and return its manifest; the platform may run meanwhile.

    Refuses to overwrite a file. A private cluster that does not run is started for it and stopped again.
    The manifest's ``missing`` and ``damaged`` name attachments that the database speaks of and the store
    no longer holds, or no longer holds as they were put there: the backup is made all the same.
    """
    place = var or paths.var_dir()
    target = target.resolve()
    if target.exists():
        raise RuntimeRefusal(
            pick(f"{target} 已存在，请换一个文件名。", f"{target} exists already; choose another name.")
        )
    if not target.parent.is_dir():
        raise RuntimeRefusal(pick(f"没有这个目录：{target.parent}", f"There is no folder {target.parent}."))
    with (
        fitness.explained_when_full(target.parent),
        _database_to_read(place) as dsn,
        tempfile.TemporaryDirectory(dir=target.parent, prefix=".anlan-backup-") as work,
    ):
        dump = Path(work) / archive.DATABASE
        with psycopg.connect(dsn, autocommit=False) as connection:
            connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
            connection.read_only = True
            snapshot = one(connection, "SELECT pg_export_snapshot()")
            _run("pg_dump", ["--format=custom", "--no-owner", f"--snapshot={snapshot}", f"--file={dump}"], dsn)
            manifest = {
                "format": archive.FORMAT,
                "made_at": datetime.now(UTC).isoformat(timespec="seconds"),
                "anlan": _own_version(),
                "postgresql": one(connection, "SHOW server_version"),
                "postgis": one(connection, "SELECT extversion FROM pg_extension WHERE extname = 'postgis'"),
                "python": platform.python_version(),
                "rows": count_rows(connection),
                "migrations": migrations(connection),
                "database_bytes": one(connection, "SELECT pg_database_size(current_database())"),
            }
            spoken_of = digests_spoken_of(connection)
        files = [(archive.DATABASE, dump), *archive.attachment_files(paths.attachments_dir(place))]
        manifest["attachments"] = len(files) - 1
        fitness.demand_room(target.parent, sum(path.stat().st_size for _name, path in files))
        measured = archive.measure(files)
        manifest |= _gaps(spoken_of, measured)
        archive.write_archive(target, manifest, files, measured)
    noted = {"made_at": manifest["made_at"], "file": str(target), "bytes": target.stat().st_size}
    paths.write_private(paths.last_backup_file(place), json.dumps(noted, ensure_ascii=False) + "\n")
    return archive.read_manifest(target)


def restore(source: Path, *, var: Path | None = None) -> dict[str, Any]:
    """Restore ``source`` into an empty place and return its manifest.

    Refuses a running platform, a database with tables, existing attachments, a backup of a later version, a disk
    that is too small, and a damaged file; all of that is checked before anything is written. Afterwards every table
    is counted against the manifest. Whatever stops it half-way leaves no table and no attachment behind.
    """
    manifest = archive.read_manifest(source)
    fitness.demand_known_version(source, manifest)
    place = paths.ensure_var(var or paths.var_dir())
    attachments = paths.attachments_dir(place)
    with sole_instance(place):  # a restore beside a running platform is refused here
        if attachments.is_dir() and any(attachments.iterdir()):
            raise RuntimeRefusal(
                pick(
                    f"{attachments} 里已有附件。只能恢复到空的地方，请换一个 ANLAN_VAR。",
                    f"{attachments} holds attachments. A backup is restored into an empty place only: "
                    "choose another ANLAN_VAR.",
                )
            )
        for left in place.glob("restore-*"):  # of a restore that was killed
            shutil.rmtree(left, ignore_errors=True)
        fitness.demand_room(place, fitness.room_needed(manifest))
        with (
            fitness.explained_when_full(place),
            tempfile.TemporaryDirectory(dir=place, prefix="restore-") as work,
        ):
            archive.unpack_verified(source, manifest, Path(work))
            with _database_to_fill(place) as dsn:
                _refuse_used(dsn)
                with _attachments_in_place(Path(work) / archive.ATTACHMENTS, attachments):
                    _load(dsn, Path(work) / archive.DATABASE, Path(work))
                    _demand_equal_counts(dsn, manifest)
    return manifest


@contextmanager
def _attachments_in_place(unpacked: Path, attachments: Path) -> Iterator[None]:
    """The attachments where they belong, for good when the block succeeds; else taken out again."""
    if not unpacked.is_dir():
        yield
        return
    attachments.parent.mkdir(parents=True, exist_ok=True)
    if attachments.is_dir():
        attachments.rmdir()
    try:
        shutil.move(unpacked, attachments)
        yield
    except BaseException:
        shutil.rmtree(attachments, ignore_errors=True)
        raise


def _demand_equal_counts(dsn: str, manifest: dict[str, Any]) -> None:
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


def _gaps(spoken_of: Collection[str], measured: dict[str, dict[str, Any]]) -> dict[str, list[str]]:
    """Attachments that the store lost, and those whose content is not what their name says."""
    kept = {name.rsplit("/", 1)[-1]: told["sha256"] for name, told in measured.items() if name != archive.DATABASE}
    damaged = {name for name, digest in kept.items() if _DIGEST.fullmatch(name) and name != digest}
    return {"missing": sorted(set(spoken_of) - kept.keys()), "damaged": sorted(damaged)}


@contextmanager
def _database_to_read(var: Path) -> Iterator[str]:
    """The address of the database: managed, running privately, or started for us alone."""
    managed = os.environ.get("ANLAN_DATABASE_URL")
    if managed:
        yield managed
        return
    if is_running(var):
        address = paths.read_runtime(var).get("database_url")
        if not address:
            raise RuntimeRefusal(
                pick("平台正在启动，请稍后再试。", "The platform is just starting; try again in a moment.")
            )
        yield str(address)
        return
    with sole_instance(var):
        cluster = PostgresCluster(var)
        if not cluster.exists:
            raise RuntimeRefusal(
                pick(f"{var} 里没有数据库，没有可备份的内容。", f"There is no database in {var}: nothing to back up.")
            )
        try:
            cluster.start()
            yield cluster.dsn()
        finally:
            cluster.stop()


@contextmanager
def _database_to_fill(var: Path) -> Iterator[str]:
    """The address of the managed database, or of a private one that is made when there is none. One that was made here
    goes again when the block fails. The caller holds the place.
    """
    managed = os.environ.get("ANLAN_DATABASE_URL")
    if managed:
        yield managed
        return
    cluster = PostgresCluster(var)
    made_here = not cluster.exists
    try:
        cluster.start()
        yield cluster.dsn()
    except BaseException:
        cluster.stop()
        if made_here:
            shutil.rmtree(cluster.data, ignore_errors=True)
        raise
    finally:
        cluster.stop()


def _refuse_used(dsn: str) -> None:
    with psycopg.connect(dsn) as connection:
        tables = our_tables(connection)
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
            *(f"--use-list={chosen}", str(dump)),
        ],
        dsn,
    )


def _run(program: str, arguments: list[str], dsn: str = "") -> str:
    """Run one of PostgreSQL's own programs and return what it printed; refuses with its message.

    A password in ``dsn`` does not appear in the list of processes.
    """
    env = dict(os.environ)
    if dsn:
        told = conninfo_to_dict(dsn)
        if password := told.pop("password", None):
            env["PGPASSWORD"] = str(password)
        arguments = [f"--dbname={make_conninfo(**told)}", *arguments]  # type: ignore[arg-type]
    try:
        path = str(find_programs(Path("/nonexistent")) / program)
    except RuntimeRefusal:
        path = shutil.which(program) or ""  # a managed database: only the client is installed here
        if not path:
            raise
    done = subprocess.run([path, *arguments], capture_output=True, text=True, check=False, env=env)
    if done.returncode != 0:
        said = done.stderr.strip() or pick(f"以 {done.returncode} 结束", f"it ended with {done.returncode}")
        if fitness.speaks_of_full_disk(said):
            said += "\n" + pick(
                "请腾出磁盘空间，或换一个目录后重试。",
                "Make room on the disk or choose another folder, then try again.",
            )
        raise RuntimeRefusal(pick(f"{program} 失败：", f"{program} failed:") + "\n" + said)
    return done.stdout


def _own_version() -> str | None:
    try:
        return version("anlan")
    except PackageNotFoundError:
        return None


__all__ = ["backup", "count_rows", "digest_rows", "restore"]
