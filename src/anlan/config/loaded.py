"""Importing this loads the house: what any process of the platform needs. The supervisor does so once, its children are copies.

Nothing here asks the database or the bus: a copy must not share a connection.
"""

from __future__ import annotations

import os
from importlib import import_module

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "anlan.config.settings")

for _name in (
    "uvicorn.main",
    "uvicorn.protocols.http.httptools_impl",
    "uvicorn.lifespan.on",
    "uvloop",
    "anlan.config.asgi",
):
    import_module(_name)

from django.urls import get_resolver  # noqa: E402 (needs the apps)
from django.utils import translation  # noqa: E402

# Reads every address and what is behind it, and the texts of both languages.
_ = get_resolver().url_patterns
for _language in ("zh-hans", "en"):
    with translation.override(_language):
        translation.gettext("")

for _name in ("programs", "command"):
    import_module(f"anlan.config.{_name}")
for _name in ("kernel.engine.main", "analysis.watching.program", "analysis.watchdog.program"):
    import_module(f"anlan.{_name}")
