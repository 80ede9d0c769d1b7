"""Where the settings come from: the environment first, then what the supervisor wrote down about what runs."""

from __future__ import annotations

import json
import os
import secrets
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

PROJECT = Path(__file__).resolve().parents[4]


@dataclass(frozen=True, slots=True)
class Source:
    var_dir: str
    database: dict[str, Any]
    nats_url: str
    secret_key: str
    demo: bool


def resolve() -> Source:
    """Read the ANLAN_… variables for the place, database, bus, key and demonstration; else var/runtime.json."""
    var_dir = os.environ.get("ANLAN_VAR") or str(PROJECT / "var")
    runtime = _runtime(var_dir)
    database_url = os.environ.get("ANLAN_DATABASE_URL") or runtime.get("database_url") or "postgresql://anlan@/anlan"
    return Source(
        var_dir=var_dir,
        database=database_settings(database_url),
        nats_url=os.environ.get("ANLAN_NATS_URL") or runtime.get("nats_url") or "nats://127.0.0.1:4222",
        secret_key=_secret_key(runtime),
        demo=(os.environ.get("ANLAN_DEMO") or str(int(bool(runtime.get("demo"))))) == "1",
    )


def _runtime(var_dir: str) -> dict[str, Any]:
    try:
        with open(os.path.join(var_dir, "runtime.json"), encoding="utf-8") as file:
            return json.load(file)
    except (OSError, ValueError):
        return {}


def _secret_key(runtime: dict[str, Any]) -> str:
    if key := os.environ.get("ANLAN_SECRET_KEY"):
        return key
    try:
        return Path(runtime["secret_key_file"]).read_text(encoding="ascii").strip()
    except (KeyError, OSError):
        # Commands that need no running platform (pure doors, migrations of an empty database) sign nothing that lasts.
        return secrets.token_urlsafe(48)


def database_settings(url: str) -> dict[str, Any]:
    """Django's database settings from ``postgresql://user:password@host:port/name?host=/socket/dir``.

    ANLAN_DATABASE_POOL is how many connections one process shares among its threads; without it each thread keeps its own.
    """
    parts = urlsplit(url)
    query = parse_qs(parts.query)
    host = (query.get("host") or [parts.hostname or ""])[0]
    port = (query.get("port") or [str(parts.port or "")])[0]
    options: dict[str, Any] = {"sslmode": query["sslmode"][0]} if "sslmode" in query else {}
    database = {
        "ENGINE": "django.contrib.gis.db.backends.postgis",
        "NAME": unquote(parts.path.lstrip("/")) or "anlan",
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": host,
        "PORT": port,
        "CONN_MAX_AGE": 600,
        "CONN_HEALTH_CHECKS": True,
        "OPTIONS": options,
    }
    if pool := int(os.environ.get("ANLAN_DATABASE_POOL") or 0):
        share_connections(database, pool)
    return database


def share_connections(database: dict[str, Any], most: int) -> None:
    """Have the threads of this process share at most ``most`` connections; before the first of them is opened."""
    database["CONN_MAX_AGE"] = 0
    database["OPTIONS"]["pool"] = {"min_size": min(2, most), "max_size": most, "timeout": 20}
