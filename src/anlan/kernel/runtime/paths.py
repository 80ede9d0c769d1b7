"""Where everything lies: one folder, ``var``, holds all that an installation creates.

``var/runtime.json`` says what runs now (addresses, process ids) and is private (0600), since the
address of the bus contains its token. It stays after a stop: the next start reads from it which
ports to prefer and which processes of a killed predecessor to clear away.
"""

import json
import os
import secrets
import tempfile
from pathlib import Path
from typing import Any

RUNTIME_FILE = "runtime.json"
LOG_LIMIT_BYTES = 5_000_000
LOGS_KEPT = 3


def project_dir() -> Path:
    """The folder that holds ``src``, ``bin`` and, unless told otherwise, ``var``."""
    return Path(__file__).resolve().parents[4]


def var_dir() -> Path:
    """The folder of this installation's data: ``ANLAN_VAR``, else ``var`` in the project."""
    named = os.environ.get("ANLAN_VAR")
    return Path(named).expanduser().resolve() if named else project_dir() / "var"


def ensure_var(var: Path) -> Path:
    """Create ``var`` with its private subfolders and return it.

    The folder itself may be passed through (0711), because the database server runs as another
    user when root starts it; what lies in it is private.
    """
    if not var.is_dir():
        var.mkdir(parents=True, mode=0o711)
        os.chmod(var, 0o711)
    (var / "log").mkdir(mode=0o700, exist_ok=True)
    return var


def runtime_file(var: Path) -> Path:
    """The record of what runs in ``var``."""
    return var / RUNTIME_FILE


def read_runtime(var: Path) -> dict[str, Any]:
    """What the last start recorded; empty when there is no record or it cannot be read."""
    try:
        loaded = json.loads(runtime_file(var).read_text("utf-8"))
    except (OSError, ValueError):
        return {}
    return loaded if isinstance(loaded, dict) else {}


def write_runtime(var: Path, record: dict[str, Any]) -> None:
    """Replace the record in one step, readable by its owner only."""
    write_private(runtime_file(var), json.dumps(record, ensure_ascii=False, indent=2) + "\n")


def write_private(path: Path, text: str) -> None:
    """Write a file that only its owner may read (0600), never leaving a half-written one."""
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as stream:
            stream.write(text)
            stream.flush()
            os.fsync(stream.fileno())
        os.replace(name, path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


def kept_secret(path: Path, length: int = 48) -> str:
    """Read the secret in ``path``; make one of ``length`` random bytes the first time."""
    try:
        text = path.read_text("utf-8").strip()
    except FileNotFoundError:
        text = ""
    if not text:
        text = secrets.token_urlsafe(length)
        write_private(path, text + "\n")
    return text


def secret_key_file(var: Path) -> Path:
    """Where the installation's signing key is kept."""
    return var / "secret_key"


def last_backup_file(var: Path | str) -> Path:
    """Where the last backup made on this machine is noted: ``{"made_at", "file", "bytes"}``."""
    return Path(var) / "last-backup.json"


def attachments_dir(var: Path) -> Path:
    """Where attachments are kept: ``ANLAN_ATTACHMENTS``, else ``attachments`` in ``var``."""
    named = os.environ.get("ANLAN_ATTACHMENTS")
    return Path(named).expanduser().resolve() if named else var / "attachments"


def open_log(var: Path, name: str) -> int:
    """Open ``var/log/<name>.log`` for appending and return its descriptor; the caller closes it.

    A log that outgrew its limit is moved aside first, three old ones are kept.
    """
    folder = ensure_var(var) / "log"
    current = folder / f"{name}.log"
    if current.exists() and current.stat().st_size > LOG_LIMIT_BYTES:
        for number in range(LOGS_KEPT, 0, -1):
            older = folder / f"{name}.log.{number - 1}" if number > 1 else current
            if older.exists():
                os.replace(older, folder / f"{name}.log.{number}")
    return os.open(current, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)


def log_tail(var: Path, name: str, lines: int = 15) -> str:
    """The last lines of a log, for telling an operator why something did not start."""
    try:
        text = (var / "log" / f"{name}.log").read_text("utf-8", errors="replace")
    except OSError:
        return ""
    return "\n".join(text.splitlines()[-lines:])
