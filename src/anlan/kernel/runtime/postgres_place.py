"""Where a private cluster's files can lie, given who must reach them and how long a socket path may be."""

import os
import pwd
import secrets
import stat
import subprocess
import tempfile
from pathlib import Path

from .process import identity
from .wording import RuntimeRefusal, pick

SOCKET_PATH_LIMIT = 107
"""Longest path of a Unix socket in bytes (``sockaddr_un`` holds 108 with its end mark)."""

SERVICE_USER = "postgres"
OUTSIDE = Path("/var/lib/anlan")
"""Where the data go when the database's user cannot pass through the folders above ``var``."""


def server_user() -> str | None:
    """Who the server runs as: root hands it to ``postgres``, anybody else runs it as oneself."""
    if os.geteuid() != 0:
        return None
    try:
        pwd.getpwnam(SERVICE_USER)
    except KeyError:
        raise RuntimeRefusal(
            pick(
                "系统里没有 postgres 用户，数据库不能以 root 身份运行。请先执行 bin/setup。",
                "There is no user 'postgres', and a database must not run as root. Run bin/setup first.",
            )
        ) from None
    return SERVICE_USER


def data_folder(var: Path, user: str | None) -> Path:
    """Choose the cluster's data folder and remember the choice in ``var/postgres.place``.

    Normally ``var/postgres``. When ``user`` cannot pass through a folder above it (a project under
    /root), a folder of its own below /var/lib/anlan, with a random name so that a new ``var``
    never meets the data of a deleted one.
    """
    note = var / "postgres.place"
    if note.exists():
        place = var / note.read_text("utf-8").strip()
        _refuse_foreign(place, var)
        return place
    place = var / "postgres"
    if not place.exists() and user is not None and not can_pass(var, user):
        OUTSIDE.mkdir(mode=0o711, parents=True, exist_ok=True)
        place = OUTSIDE / f"{var.name}-{secrets.token_hex(6)}"
        _owner_note(place).write_text(f"{var}\n", "utf-8")
        note.write_text(f"{place}\n", "utf-8")
    else:
        note.write_text("postgres\n", "utf-8")
    return place


def _owner_note(place: Path) -> Path:
    return place.with_name(f"{place.name}.owner")


def _refuse_foreign(place: Path, var: Path) -> None:
    """A copied ``var`` must not write into the data of the one it was copied from."""
    if not _owner_note(place).exists():
        return
    owner = Path(_owner_note(place).read_text("utf-8").strip())
    if owner == var:
        return
    if (owner / "postgres.place").exists():
        raise RuntimeRefusal(
            pick(
                f"{place} 里的数据库属于 {owner}。{var} 是它的副本：删除其中的 postgres.place 可从空库开始。",
                f"The database in {place} belongs to {owner}, of which {var} is a copy. "
                "Delete postgres.place in the copy to start there with an empty database.",
            )
        )
    _owner_note(place).write_text(f"{var}\n", "utf-8")  # the folder was moved


def can_pass(folder: Path, user: str) -> bool:
    """Whether ``user`` may pass through ``folder`` and all folders above it."""
    check = subprocess.run(["test", "-x", str(folder)], cwd="/", check=False, **identity(user))
    return check.returncode == 0


def make_private_folder(folder: Path, user: str | None) -> None:
    """Make a folder that only the server's user may enter; refuse one that belongs to somebody else."""
    owner = os.geteuid() if user is None else pwd.getpwnam(user).pw_uid
    try:
        folder.mkdir(mode=0o700)
        if user is not None:
            os.chown(folder, owner, pwd.getpwnam(user).pw_gid)
    except FileExistsError:
        found = folder.lstat()
        if not stat.S_ISDIR(found.st_mode) or found.st_uid != owner:
            raise RuntimeRefusal(
                pick(
                    f"{folder} 属于另一个系统用户。请用上次启动时的同一用户启动，或换一个 ANLAN_VAR。",
                    f"{folder} belongs to another system user. Start as the user who started it before, "
                    "or choose another ANLAN_VAR.",
                )
            ) from None
        os.chmod(folder, 0o700)


def socket_folder(data: Path, user: str | None, port: int) -> Path:
    """A private folder for the socket whose full path stays below the limit."""
    beside = data.parent / f"{data.name}.socket"
    short_enough = len(os.fsencode(beside / f".s.PGSQL.{port}.lock")) <= SOCKET_PATH_LIMIT
    if short_enough and (user is None or can_pass(data.parent, user)):
        make_private_folder(beside, user)
        return beside
    # The name is not guessable by accident: it carries the data folder's own inode.
    number = f"{os.stat(data).st_dev:x}{os.stat(data).st_ino:x}"
    short = (
        Path(tempfile.gettempdir() if len(tempfile.gettempdir()) < 40 else "/tmp") / f"anlan-{os.geteuid()}-{number}"
    )
    make_private_folder(short, user)
    return short
