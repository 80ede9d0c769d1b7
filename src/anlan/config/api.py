"""The public API: one document, versioned under /api/v1/, rooms add their routers."""

from __future__ import annotations

from importlib import import_module
from importlib.util import find_spec
from typing import Any

from django.conf import settings
from django.db import DataError
from django.http import HttpRequest, HttpResponse
from ninja import NinjaAPI, Swagger
from ninja.errors import ValidationError
from ninja.security import HttpBearer, SessionAuth

from anlan.kernel.context import Context
from anlan.kernel.errors import Refused
from anlan.kernel.health.probing import probe_context, shows_token
from anlan.kernel.web.refusals import not_storable
from anlan.places.token_uses import reaches


class ActorAuth(SessionAuth):
    """A signed-in session whose first password is changed. Handlers find the context in ``request.ctx``."""

    def authenticate(self, request: HttpRequest, key: str | None = None) -> Context | None:
        return getattr(request, "ctx", None)


class TokenAuth(HttpBearer):
    """A device, gateway or other system with an access token; the middleware has checked it and put its context on the request."""

    def authenticate(self, request: HttpRequest, token: str) -> Context | None:
        ctx: Context | None = getattr(request, "ctx", None)
        return ctx if ctx is not None and reaches(ctx) else None


def probe_auth(request: HttpRequest) -> Context | None:
    """The platform's own probe, at the door for readings and nowhere else."""
    if request.path != "/api/v1/sensing/observations" or not shows_token(request.headers.get("Authorization", "")):
        return None
    request.ctx = probe_context()  # type: ignore[attr-defined]
    return request.ctx  # type: ignore[attr-defined,no-any-return]


api = NinjaAPI(
    title="Anlan 安澜", version="1.0.0", urls_namespace="api", auth=[probe_auth, TokenAuth(), ActorAuth()],
    docs=Swagger(), docs_url="/docs", openapi_url="/openapi.json",
    description="Times are ISO 8601 with offset; positions WGS84; unknown figures are null, never 0.",
)  # fmt: skip


@api.exception_handler(Refused)
def _refused(request: HttpRequest, error: Refused) -> HttpResponse:
    return api.create_response(request, error.as_dict(), status=error.status)


@api.exception_handler(DataError)
def _not_storable(request: HttpRequest, _error: DataError) -> HttpResponse:
    return _refused(request, not_storable())


@api.exception_handler(ValidationError)
def _invalid(request: HttpRequest, error: ValidationError) -> HttpResponse:
    faults: list[dict[str, Any]] = [
        {"field": ".".join(str(p) for p in e["loc"]), "message": e["msg"]} for e in error.errors
    ]
    body = {
        "error": "bad_input",
        "message": faults[0]["message"],
        "field": faults[0]["field"],
        "details": {"faults": faults},
    }
    return api.create_response(request, body, status=422)


for _room in ("kernel", *settings.ROOMS):
    if find_spec(f"anlan.{_room}.api") is not None:
        api.add_router(f"/{_room}", import_module(f"anlan.{_room}.api").router, tags=[_room])
api.add_router("/webhooks", "anlan.kernel.webhooks.api.router", tags=["webhooks"])
