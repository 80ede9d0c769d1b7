"""The demonstration district in one call: regions, people, base records, stations, plans. Idempotent."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

import yaml
from django.conf import settings

from anlan.decision.services import load_shipped_plans
from anlan.kernel import auditing
from anlan.kernel.context import Context, system
from anlan.kernel.models import AuditEntry
from anlan.places.demonstration import load_people
from anlan.places.queries import region
from anlan.places.seeding import load_regions
from anlan.registry.seeding import load_demonstration
from anlan.sensing.seeding import load_stations
from anlan.sensing.services import register_station

#: A point under water is read when somebody looks, so it is not silent for lack of a schedule.
_UNSCHEDULED_S = 366 * 86400
#: Audit action that notes from which files the demonstration was loaded.
SEEDED = "review.demonstration.seeded"
#: Kinds of waterlogging points → what is measured there.
_MEASURED = {"underpass": "underpass_depth_cm"}


def seed() -> dict[str, Any]:
    """Load everything that the demonstration shows; returns what each part counted.

    What was loaded from is noted in the audit: a start that finds the same files writes the people's sign-in list and is done.
    """
    digest = _digest()
    if _seeded_from() == digest:
        return {"people": load_people()}
    ctx = system("demonstration")
    counts = {
        "regions": load_regions(),
        "people": load_people(),
        "registry": load_demonstration(),
        "stations": load_stations() + _load_waterlog_points(ctx),
        "plans": load_shipped_plans(),
    }
    auditing.record(
        ctx, action=SEEDED, object_type="demonstration", object_id="shijingshan", scope="", data={"digest": digest}
    )
    return counts


def _digest() -> str:
    """One digest over every file that a seeding reads."""
    total = hashlib.sha256()
    for room in ("places", "registry", "decision", "sensing"):
        for file in sorted((Path(settings.BASE_DIR) / room / "data").glob("*.*")):
            if file.suffix in (".yaml", ".csv", ".geojson"):
                total.update(file.name.encode() + file.read_bytes())
    return total.hexdigest()


def _seeded_from() -> str:
    last = AuditEntry.objects.filter(action=SEEDED, object_type="demonstration").order_by("-id").first()
    return last.data["digest"] if last else ""


def waterlog_points() -> list[dict[str, Any]]:
    """The waterlogging points of the district, as its base records list them."""
    file = Path(settings.BASE_DIR) / "registry" / "data" / "shijingshan.yaml"
    found: list[dict[str, Any]] = yaml.safe_load(file.read_text(encoding="utf-8"))["waterlog_points"]
    return found


def measured_at(kind: str) -> str:
    """The property that is measured at a waterlogging point of a kind."""
    return _MEASURED.get(kind, "depth_cm")


def _load_waterlog_points(ctx: Context) -> int:
    points = waterlog_points()
    for row in points:
        register_station(
            ctx, code=row["code"], name=row["name"], region=region(row["region"]).code, lon=row.get("lon"), lat=row.get("lat"),
            accuracy_m=row.get("accuracy_m"), properties=[measured_at(row["kind"])], interval_s=_UNSCHEDULED_S, kind="waterlog",
            sample=True,
        )  # fmt: skip
    return len(points)
