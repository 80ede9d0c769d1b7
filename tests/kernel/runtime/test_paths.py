"""Secrets and records on disk."""

from anlan.kernel.runtime import paths


def test_a_secret_is_made_once_and_kept_private(tmp_path):
    first = paths.kept_secret(tmp_path / "key")
    assert len(first) >= 48
    assert paths.kept_secret(tmp_path / "key") == first
    assert (tmp_path / "key").stat().st_mode & 0o777 == 0o600


def test_a_broken_record_counts_as_none(tmp_path):
    (tmp_path / paths.RUNTIME_FILE).write_text("{half", "utf-8")
    assert paths.read_runtime(tmp_path) == {}


def test_the_record_is_private_because_it_holds_the_bus_token(tmp_path):
    paths.write_runtime(tmp_path, {"nats_url": "nats://secret@127.0.0.1:1"})
    assert paths.runtime_file(tmp_path).stat().st_mode & 0o777 == 0o600
    assert paths.read_runtime(tmp_path) == {"nats_url": "nats://secret@127.0.0.1:1"}


def test_a_log_that_outgrew_its_limit_moves_aside(tmp_path, monkeypatch):
    import os

    monkeypatch.setattr(paths, "LOG_LIMIT_BYTES", 10)
    for text in ("first, too long", "second, too long", "third"):
        handle = paths.open_log(tmp_path, "web")
        os.write(handle, text.encode())
        os.close(handle)
    assert paths.log_tail(tmp_path, "web") == "third"
    assert (tmp_path / "log" / "web.log.1").read_text("utf-8") == "second, too long"
    assert (tmp_path / "log" / "web.log.2").read_text("utf-8") == "first, too long"


def test_anlan_var_decides_the_place(tmp_path, monkeypatch):
    monkeypatch.setenv("ANLAN_VAR", str(tmp_path / "here"))
    assert paths.var_dir() == tmp_path / "here"
    assert paths.attachments_dir(paths.var_dir()) == tmp_path / "here" / "attachments"
