"""Stations and datastreams from the base records of the demonstration. Idempotent."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml
from django.conf import settings

from anlan.kernel.context import Context, system

from .services import register_station


def load_stations(ctx: Context | None = None, file: Path | None = None) -> int:
    """Register the stations of the demonstration district; returns how many there are."""
    file = file or Path(settings.BASE_DIR) / "registry" / "data" / "shijingshan.yaml"
    stations: list[dict[str, Any]] = yaml.safe_load(file.read_text(encoding="utf-8"))["stations"]
    ctx = ctx or system("sensing.seeding")
    for row in stations:
        register_station(
            ctx, code=row["code"], name=row["name"], region=row["region"], lon=row.get("lon"), lat=row.get("lat"),
            accuracy_m=row.get("accuracy_m"), properties=[row["property"]], interval_s=60 * int(row["interval_min"]),
            period_s=60 * int(row["period_min"]) if row.get("period_min") else None,
            county=row.get("county", ""), sample=not row.get("real", False),
        )  # fmt: skip
    return len(stations)
