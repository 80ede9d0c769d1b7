"""A backup restored elsewhere equals what was backed up; anything doubtful is refused before it is written."""

import hashlib
import io
import json
import resource
import subprocess
import tarfile
import threading

import psycopg
import pytest

from anlan.kernel.runtime import backup_archive
from anlan.kernel.runtime.backup import backup, digest_rows, restore
from anlan.kernel.runtime.backup_fitness import explained_when_full
from anlan.kernel.runtime.instance import sole_instance
from anlan.kernel.runtime.postgres import PostgresCluster
from anlan.kernel.runtime.wording import RuntimeRefusal


def digests(cluster):
    with psycopg.connect(cluster.dsn()) as connection:
        return digest_rows(connection)


@pytest.fixture
def original(bare_place, made_place):
    """A place with geometry, partitions, a trigger, text of every kind, and attachments; its cluster stopped."""
    var = bare_place / "original"
    subprocess.run(["cp", "-a", str(made_place), str(var)], check=True)
    cluster = PostgresCluster(var, durable=False)
    cluster.start()
    with psycopg.connect(cluster.dsn(), autocommit=True) as connection:
        connection.execute(
            "CREATE TABLE station (id serial PRIMARY KEY, name text, seat geometry(Point, 4326), extra jsonb);"
            "INSERT INTO station (name, seat, extra) SELECT '古城站' || n, ST_Point(116.1 + n * .001, 39.9, 4326), "
            "jsonb_build_object('n', n) FROM generate_series(1, 300) n;"
            "CREATE INDEX ON station USING gist (seat);"
            "CREATE INDEX ON station USING gin (name gin_trgm_ops);"
            "CREATE TABLE reading (at timestamptz, mm numeric) PARTITION BY RANGE (at);"
            "CREATE TABLE reading_2016 PARTITION OF reading FOR VALUES FROM ('2016-01-01') TO ('2017-01-01');"
            "INSERT INTO reading SELECT '2016-07-20'::timestamptz + n * interval '1 min', n / 7.0 "
            "FROM generate_series(1, 500) n;"
        )
    (var / "attachments" / "ab").mkdir(parents=True)
    (var / "attachments" / "ab" / "现场照片.jpg").write_bytes(bytes(range(256)) * 400)
    (var / "attachments" / "empty").write_bytes(b"")
    yield cluster
    cluster.stop()


@pytest.fixture
def saved(original, bare_place):
    """A backup of it, made while nothing runs, and the digests of what it holds."""
    before = digests(original)
    original.stop()
    backup(bare_place / "saved.tar", var=original.var)
    return bare_place / "saved.tar", before


@pytest.fixture
def elsewhere(bare_place):
    folder = bare_place / "elsewhere"
    folder.mkdir(mode=0o711)
    return folder


def test_what_is_restored_elsewhere_equals_the_original(saved, original, elsewhere):
    file, before = saved
    manifest = restore(file, var=elsewhere)
    assert manifest["rows"]["public.station"] == 300
    assert manifest["rows"]["public.reading"] == 500
    cluster = PostgresCluster(elsewhere, durable=False)
    cluster.start()
    try:
        assert digests(cluster) == before
        with psycopg.connect(cluster.dsn()) as connection:
            near = connection.execute("SELECT count(*) FROM station WHERE ST_X(seat) < 116.15").fetchone()
            assert connection.execute("INSERT INTO station (name) VALUES ('x') RETURNING id").fetchone() == (301,)
        assert near == (49,)
    finally:
        cluster.stop()
    for name in ("ab/现场照片.jpg", "empty"):
        copied = (elsewhere / "attachments" / name).read_bytes()
        assert copied == (original.var / "attachments" / name).read_bytes()


def test_the_manifest_names_versions_counts_and_sums(saved):
    manifest = backup_archive.read_manifest(saved[0])
    assert manifest["postgis"].startswith("3.")
    assert manifest["attachments"] == 2
    assert set(manifest["files"]) == {"database.dump", "attachments/ab/现场照片.jpg", "attachments/empty"}
    assert saved[0].stat().st_mode & 0o777 == 0o600


def test_a_place_with_tables_is_refused_and_left_as_it_was(saved, original):
    attachments = original.var / "attachments"
    attachments.rename(original.var / "aside")
    with pytest.raises(RuntimeRefusal, match="empty place"):
        restore(saved[0], var=original.var)
    original.start()
    assert digests(original) == saved[1]
    assert not attachments.exists()


def test_a_place_with_attachments_is_refused(saved, elsewhere):
    (elsewhere / "attachments").mkdir()
    (elsewhere / "attachments" / "one").write_text("x", "utf-8")
    with pytest.raises(RuntimeRefusal, match="attachments"):
        restore(saved[0], var=elsewhere)
    assert not (elsewhere / "postgres").exists()


def test_a_running_platform_is_not_restored_into(saved, elsewhere):
    with sole_instance(elsewhere), pytest.raises(RuntimeRefusal, match="already runs"):
        restore(saved[0], var=elsewhere)


@pytest.mark.parametrize("where", [0.3, 0.6, 0.97], ids=["in the dump", "in an attachment", "near the end"])
def test_one_flipped_byte_is_noticed_before_anything_is_written(saved, elsewhere, where):
    file, _ = saved
    content = bytearray(file.read_bytes())
    with tarfile.open(file) as archive:
        entries = [entry for entry in archive if entry.size > 0 and entry.name != "manifest.json"]
    entry = entries[0] if where < 0.5 else entries[-1]
    content[entry.offset_data + int(entry.size * where)] ^= 1
    file.write_bytes(content)
    with pytest.raises(RuntimeRefusal, match="damaged"):
        restore(file, var=elsewhere)
    assert not (elsewhere / "postgres").exists()
    assert not (elsewhere / "attachments").exists()


def test_a_cut_off_file_is_refused(saved, elsewhere):
    file, _ = saved
    file.write_bytes(file.read_bytes()[: file.stat().st_size // 2])
    with pytest.raises(RuntimeRefusal, match="damaged"):
        restore(file, var=elsewhere)


def test_names_that_lead_out_of_the_folder_are_refused(elsewhere, bare_place):
    file, text = bare_place / "evil.tar", b"owned"
    manifest = {"format": 1, "rows": {}, "files": {"attachments/../../evil": {"sha256": "0", "bytes": 5}}}
    with tarfile.open(file, "w") as archive:
        for name, content in (("manifest.json", json.dumps(manifest).encode()), ("attachments/../../evil", text)):
            entry = tarfile.TarInfo(name)
            entry.size = len(content)
            archive.addfile(entry, io.BytesIO(content))
    with pytest.raises(RuntimeRefusal, match="damaged"):
        restore(file, var=elsewhere)
    assert not list(bare_place.rglob("evil"))


@pytest.mark.parametrize("content", [b"", b"hello", b"\0" * 4096], ids=["empty", "text", "zeroes"])
def test_a_file_that_is_no_backup_is_refused(elsewhere, bare_place, content):
    (bare_place / "letter").write_bytes(content)
    with pytest.raises(RuntimeRefusal, match="not a backup"):
        restore(bare_place / "letter", var=elsewhere)


def test_an_existing_file_is_not_overwritten(saved, original):
    with pytest.raises(RuntimeRefusal, match="exists already"):
        backup(saved[0], var=original.var)


def test_without_a_database_there_is_nothing_to_back_up(elsewhere, bare_place):
    with pytest.raises(RuntimeRefusal, match="nothing to back up"):
        backup(bare_place / "none.tar", var=elsewhere)
    assert not (bare_place / "none.tar").exists()


def rewritten(file, target, *, manifest=None, dump=None):
    """The backup with its manifest changed, or with another dump whose sums agree."""
    with tarfile.open(file) as archive:
        parts = {entry.name: archive.extractfile(entry).read() for entry in archive}
    told = json.loads(parts["manifest.json"]) | (manifest or {})
    if dump is not None:
        parts["database.dump"] = dump
        told["files"]["database.dump"] = {"sha256": hashlib.sha256(dump).hexdigest(), "bytes": len(dump)}
    parts["manifest.json"] = json.dumps(told).encode()
    with tarfile.open(target, "w") as archive:
        for name, content in parts.items():
            entry = tarfile.TarInfo(name)
            entry.size = len(content)
            archive.addfile(entry, io.BytesIO(content))
    return target


def left_in(place):
    return {p.name for p in place.iterdir()} - {"log", "lock", "postgres.place"}


def test_while_people_work_only_what_is_whole_is_taken(original, bare_place, elsewhere):
    """Each row says which file belongs to it; the file is there before the row commits, as attachments are kept."""
    store, going, enough = original.var / "attachments", threading.Event(), threading.Event()
    (store / "incoming").mkdir()
    (store / "incoming" / "half.part").write_bytes(b"half")
    with psycopg.connect(original.dsn(), autocommit=True) as connection:
        connection.execute("CREATE TABLE kernel_attachment (id serial PRIMARY KEY, digest text)")

    def work():
        with psycopg.connect(original.dsn(), autocommit=True) as connection:
            number = 0
            while not enough.is_set():
                number += 1
                content = str(number).encode()
                digest = hashlib.sha256(content).hexdigest()
                (store / "incoming" / f"{number}.part").write_bytes(content)
                (store / "incoming" / f"{number}.part").rename(store / digest)
                connection.execute("INSERT INTO kernel_attachment (digest) VALUES (%s)", [digest])
                going.set()

    worker = threading.Thread(target=work)
    worker.start()
    going.wait()
    try:
        told = backup_of_running(original, bare_place / "live.tar")
    finally:
        enough.set()
        worker.join()
    assert told["missing"] == told["damaged"] == []
    assert not [name for name in told["files"] if "incoming" in name]
    original.stop()
    restore(bare_place / "live.tar", var=elsewhere)
    cluster = PostgresCluster(elsewhere, durable=False)
    cluster.start()
    try:
        with psycopg.connect(cluster.dsn()) as connection:
            digests = [d for (d,) in connection.execute("SELECT digest FROM kernel_attachment").fetchall()]
    finally:
        cluster.stop()
    assert digests
    for digest in digests:
        assert hashlib.sha256((elsewhere / "attachments" / digest).read_bytes()).hexdigest() == digest


def backup_of_running(cluster, target):
    """A backup beside a platform that holds the place."""
    with sole_instance(cluster.var):
        (cluster.var / "runtime.json").write_text(json.dumps({"database_url": cluster.dsn()}), "utf-8")
        return backup(target, var=cluster.var)


def test_attachments_that_are_lost_or_damaged_are_named_and_the_rest_is_saved(original, bare_place):
    lost, hurt = "a" * 64, "b" * 64
    with psycopg.connect(original.dsn(), autocommit=True) as connection:
        connection.execute("CREATE TABLE kernel_attachment (digest text)")
        connection.execute("INSERT INTO kernel_attachment VALUES (%s), (%s)", [lost, hurt])
    (original.var / "attachments" / hurt).write_bytes(b"not what its name says")
    original.stop()
    told = backup(bare_place / "saved.tar", var=original.var)
    assert (told["missing"], told["damaged"]) == ([lost], [hurt])
    assert told["attachments"] == 3


def test_a_file_that_changes_while_it_is_packed_gives_no_backup(bare_place):
    file = bare_place / "growing"
    file.write_bytes(b"1" * 100)
    files = [("attachments/growing", file)]
    measured = backup_archive.measure(files)
    file.write_bytes(b"2" * 100)
    with pytest.raises(RuntimeRefusal, match="changed while"):
        backup_archive.write_archive(bare_place / "saved.tar", {"format": 1}, files, measured)
    assert {p.name for p in bare_place.iterdir()} == {"growing"}


def test_a_backup_of_a_later_version_is_refused_before_anything_is_written(saved, elsewhere, bare_place):
    told = {"migrations": ["kernel.0001_initial", "kernel.9999_from_the_future"], "anlan": "9.0"}
    later = rewritten(saved[0], bare_place / "later.tar", manifest=told)
    with pytest.raises(RuntimeRefusal, match=r"later version \(9.0\): kernel.9999_from_the_future"):
        restore(later, var=elsewhere)
    newer = rewritten(saved[0], bare_place / "newer.tar", manifest={"postgresql": "99.1"})
    with pytest.raises(RuntimeRefusal, match="PostgreSQL 99"):
        restore(newer, var=elsewhere)
    with pytest.raises(RuntimeRefusal, match="format 7"):
        restore(rewritten(saved[0], bare_place / "format.tar", manifest={"format": 7}), var=elsewhere)
    assert left_in(elsewhere) == set()


def test_a_disk_that_is_too_small_is_told_before_anything_is_written(saved, elsewhere, bare_place):
    huge = rewritten(saved[0], bare_place / "huge.tar", manifest={"database_bytes": 10**18})
    with pytest.raises(RuntimeRefusal, match="Not enough room"):
        restore(huge, var=elsewhere)
    assert left_in(elsewhere) == set()


def test_a_disk_that_fills_up_while_the_backup_is_written_leaves_none(original, bare_place):
    (original.var / "attachments" / "large").write_bytes(b"x" * 3_000_000)
    original.stop()
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    folder = bare_place / "backups"
    folder.mkdir()
    try:
        files = [("attachments/large", original.var / "attachments" / "large")]
        measured = backup_archive.measure(files)
        resource.setrlimit(resource.RLIMIT_FSIZE, (1_000_000, before[1]))
        with pytest.raises(RuntimeRefusal, match="is full"), explained_when_full(folder):
            backup_archive.write_archive(folder / "saved.tar", {"format": 1}, files, measured)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert list(folder.iterdir()) == []


def test_what_fails_half_way_leaves_nothing_and_the_next_attempt_succeeds(saved, elsewhere, bare_place):
    broken = rewritten(saved[0], bare_place / "broken.tar", dump=b"PGDMP but not really")
    with pytest.raises(RuntimeRefusal, match="pg_restore failed"):
        restore(broken, var=elsewhere)
    assert left_in(elsewhere) <= {"postgres.socket"}
    uncounted = rewritten(saved[0], bare_place / "uncounted.tar", manifest={"rows": {"public.station": 299}})
    with pytest.raises(RuntimeRefusal, match="another number of rows"):
        restore(uncounted, var=elsewhere)
    assert left_in(elsewhere) <= {"postgres.socket"}
    (elsewhere / "restore-of-a-killed-one").mkdir()
    assert restore(saved[0], var=elsewhere)["rows"]["public.station"] == 300
    assert not list(elsewhere.glob("restore-*"))
    assert (elsewhere / "attachments" / "ab" / "现场照片.jpg").exists()
