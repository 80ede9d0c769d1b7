"""The demonstration district in one call: regions, people, base records, stations, plans. Idempotent."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

from django.conf import settings

from anlan.command.cooperation.demonstration import load_partners
from anlan.command.duty.demonstration import load_rosters
from anlan.command.headquarters.services import set_up_headquarters
from anlan.command.liaisons.demonstration import load_liaisons
from anlan.command.mobilisation.demonstration import load_appeal
from anlan.command.whistle.demonstration import load_whistle
from anlan.decision.services import load_shipped_handbooks, load_shipped_plans
from anlan.kernel import auditing
from anlan.kernel.context import system
from anlan.kernel.models import AuditEntry
from anlan.places.demonstration import load_people
from anlan.places.seeding import load_regions
from anlan.registry.seeding import load_demonstration
from anlan.sensing.following import FOLLOWED, follow_registry

#: Audit action that notes from which files the demonstration was loaded.
SEEDED = "review.demonstration.seeded"


def seed() -> dict[str, Any]:
    """Load everything that the demonstration shows; returns what each part counted.

    What was loaded from is noted in the audit: a start that finds the same files writes the people's sign-in list and is done.
    """
    digest = _digest()
    if _seeded_from() == digest:
        return {
            "people": load_people(),
            "rosters": load_rosters(),
            "whistles": load_whistle(),
            "appeals": load_appeal(),
        }
    ctx = system("demonstration")
    counts = {
        "regions": load_regions(),
        "people": load_people(),
        "registry": load_demonstration(),
        "stations": sum(follow_registry(ctx, ledger=ledger) for ledger in FOLLOWED),
        "plans": load_shipped_plans(),
        "handbooks": load_shipped_handbooks(),
        "rosters": load_rosters(),
        "liaisons": load_liaisons(),
        "partners": load_partners(),
        "whistles": load_whistle(),
        "appeals": load_appeal(),
        "headquarters": set_up_headquarters(ctx, template="p1_21_9_x", region="110107000000").bodies,
    }
    auditing.record(
        ctx, action=SEEDED, object_type="demonstration", object_id="shijingshan", scope="", data={"digest": digest}
    )
    return counts


def _digest() -> str:
    """One digest over every file that a seeding reads."""
    total = hashlib.sha256()
    for room in ("places", "registry", "decision", "sensing"):
        for file in sorted((Path(settings.BASE_DIR) / room / "data").rglob("*.*")):
            if file.suffix in (".yaml", ".csv", ".geojson"):
                total.update(file.name.encode() + file.read_bytes())
    return total.hexdigest()


def _seeded_from() -> str:
    last = AuditEntry.objects.filter(action=SEEDED, object_type="demonstration").order_by("-id").first()
    return last.data["digest"] if last else ""
