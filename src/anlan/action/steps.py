"""The services behind a shelter's buttons."""

from __future__ import annotations

from typing import Any

from anlan.kernel.context import Context
from anlan.kernel.loops.stepping import step_service

from .loops import SHELTER_USE
from .services import close_shelter, count_people


@step_service(SHELTER_USE.key, "count")
def count_step(ctx: Context, use: Any, given: dict[str, Any]) -> Any:
    return count_people(
        ctx, use=use, people=given.get("people"), note=given.get("note") or "", photo=given.get("photo")
    )


@step_service(SHELTER_USE.key, "close")
def close_step(ctx: Context, use: Any, given: dict[str, Any]) -> Any:
    return close_shelter(ctx, use=use, where=given.get("where") or "")
