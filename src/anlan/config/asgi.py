"""The web application: live updates as a bare ASGI application beside Django."""

from __future__ import annotations

import os
from typing import Any

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "anlan.config.settings")
from django.conf import settings
from django.core.asgi import get_asgi_application
from django.urls import get_resolver

_django = get_asgi_application()

from anlan.kernel.health.app import chain_app  # noqa: E402 (needs the apps)
from anlan.kernel.live.app import live_app  # noqa: E402 (needs the apps)
from anlan.kernel.live.hub import hub  # noqa: E402
from anlan.kernel.runtime.memory import keep_loaded  # noqa: E402
from anlan.kernel.runtime.settings_source import share_connections  # noqa: E402
from anlan.sensing.quick_door import PATH as READINGS  # noqa: E402 (needs the apps)
from anlan.sensing.quick_door import QuickDoor  # noqa: E402 (needs the apps)

_readings = QuickDoor(_django)
#: Database connections of a web process, unless ANLAN_DATABASE_POOL says otherwise.
CONNECTIONS = 24


async def application(scope: dict[str, Any], receive: Any, send: Any) -> None:
    if scope["type"] == "lifespan":
        await _lifespan(receive, send)
    elif scope["type"] == "http" and scope["path"] == "/live/":
        await live_app(scope, receive, send)
    elif scope["type"] == "http" and scope["path"] == "/health/chain":
        await chain_app(scope, receive, send)
    elif scope["type"] == "http" and scope["path"] == READINGS and scope["method"] == "POST":
        await _readings(scope, receive, send)
    elif scope["type"] == "http":
        await _django(scope, receive, send)


async def _lifespan(receive: Any, send: Any) -> None:
    while True:
        message = await receive()
        if message["type"] == "lifespan.startup":
            # Each request has a thread of its own here: connections are shared through a pool, or each would leave one behind. Said
            # here, because modules are loaded before it is known which process this copy of them becomes.
            share_connections(settings.DATABASES["default"], int(os.environ.get("ANLAN_DATABASE_POOL") or CONNECTIONS))
            # Reads every address and what is behind it, which the first request would wait for.
            _ = get_resolver().url_patterns
            keep_loaded()
            await send({"type": "lifespan.startup.complete"})
        elif message["type"] == "lifespan.shutdown":
            await hub.close()
            _readings.close()
            await send({"type": "lifespan.shutdown.complete"})
            return
