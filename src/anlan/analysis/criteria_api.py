"""The API of the book of criteria: what is in force at a moment, versions, drafts, trials."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from django.http import HttpRequest
from ninja import Router, Schema, Status

from anlan.kernel.errors import NotFound
from anlan.kernel.web.schemas import TROUBLES
from anlan.places.queries import region as region_of

from . import services
from .book import showing
from .book.in_force import bodies_in_force
from .models import CriteriaVersion, Trial

router = Router()
VIEW = "analysis.criteria.view"


class CriterionOut(Schema):
    """`body` as the book keeps it; `version` is the row that it comes from, null for what ships."""

    body: dict[str, Any]
    version: UUID | None


class VersionOut(Schema):
    """`content`: everything that the region has of its own. `changes` against the version that it was made from."""

    id: UUID
    region: str
    number: int
    state: str
    author: str
    released_by: str
    effective_from: datetime | None
    effective_until: datetime | None
    why: str
    content: dict[str, Any]
    changes: list[dict[str, str]]
    trial: dict[str, Any]


class DraftIn(Schema):
    region: str


class BodyIn(Schema):
    """A whole criterion; `station` for one that holds at a single station only."""

    body: dict[str, Any]
    station: str = ""


class TrialIn(Schema):
    since: datetime
    until: datetime


class TrialOut(Schema):
    """How a trial goes: `done` of `total` stations; what it found is in the version's `trial` once `state` is ``done``."""

    id: UUID
    state: Literal["waiting", "running", "done", "failed", "cancelled"]
    since: datetime
    until: datetime
    done: int
    total: int
    why: str
    asked_by: str


def _shown(version: CriteriaVersion) -> dict[str, Any]:
    names = (
        "number", "state", "author", "released_by", "effective_from", "effective_until", "why", "content", "trial",
    )  # fmt: skip
    changes = [{k: str(v) for k, v in one.items()} for one in showing.changes(version)]
    return {name: getattr(version, name) for name in names} | {
        "id": version.pk, "region": version.region.short_code, "changes": changes,
    }  # fmt: skip


def _one(request: HttpRequest, version: UUID) -> CriteriaVersion:
    rows = CriteriaVersion.objects.select_related("region", "based_on")
    found: CriteriaVersion = rows.get_visible(request.ctx, pk=version)  # type: ignore[attr-defined]
    return found


@router.get("", response=list[CriterionOut], summary="The criteria in force in a region at a moment")
def get_in_force(request: HttpRequest, region: str, at: datetime | None = None) -> list[dict[str, Any]]:
    ctx = request.ctx  # type: ignore[attr-defined]
    place = region_of(region)
    if not ctx.may(VIEW, place.path):
        raise NotFound()
    found = bodies_in_force(at or ctx.now(), place.path)
    return [{"body": body, "version": version.pk if version else None} for body, version in found]


@router.get("/versions", response=list[VersionOut], summary="Versions of the book, the newest first")
def get_versions(request: HttpRequest, limit: int = 50) -> list[dict[str, Any]]:
    rows = CriteriaVersion.objects.visible_to(request.ctx).select_related("region", "based_on")  # type: ignore[attr-defined]
    return [_shown(v) for v in rows.order_by("-opened_at")[: max(1, min(limit, 200))]]


@router.get("/versions/{version}", response=VersionOut, summary="One version")
def get_version(request: HttpRequest, version: UUID) -> dict[str, Any]:
    return _shown(_one(request, version))


@router.post("/versions", response=VersionOut, summary="Begin a draft for a region")
def post_version(request: HttpRequest, given: DraftIn) -> dict[str, Any]:
    ctx = request.ctx  # type: ignore[attr-defined]
    return _shown(_one(request, services.open_draft(ctx, region=region_of(given.region)).pk))


@router.put("/versions/{version}/criteria", response=VersionOut, summary="Put a whole criterion into a draft")
def put_criterion(request: HttpRequest, version: UUID, given: BodyIn) -> dict[str, Any]:
    ctx = request.ctx  # type: ignore[attr-defined]
    services.put_body(ctx, version=_one(request, version), body=given.body, station=given.station)
    return _shown(_one(request, version))


@router.post(
    "/versions/{version}/trial", response={202: TrialOut, **TROUBLES}, summary="Have a draft tried on past readings"
)
def post_trial(request: HttpRequest, version: UUID, given: TrialIn) -> Any:
    """It runs by itself; ask for how far it is with GET."""
    ctx = request.ctx  # type: ignore[attr-defined]
    trial = services.ask_trial(ctx, version=_one(request, version), since=given.since, until=given.until)
    return Status(202, _shown_trial(trial))


@router.get("/versions/{version}/trial", response={200: TrialOut, **TROUBLES}, summary="How the latest trial goes")
def get_trial(request: HttpRequest, version: UUID) -> dict[str, Any]:
    found = services.latest_trial(_one(request, version))
    if found is None:
        raise NotFound()
    return _shown_trial(found)


@router.delete("/versions/{version}/trial", response={200: TrialOut, **TROUBLES}, summary="Cancel the trial under way")
def delete_trial(request: HttpRequest, version: UUID) -> dict[str, Any]:
    return _shown_trial(services.cancel_trial(request.ctx, version=_one(request, version)))  # type: ignore[attr-defined]


def _shown_trial(trial: Trial) -> dict[str, Any]:
    names = ("id", "state", "since", "until", "done", "total", "why")
    return {name: getattr(trial, name) for name in names} | {"asked_by": trial.asked_by_name}
