"""A draft checked where it will hold: with the plans above it, the people of the region, and what its stores and teams have."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from anlan.kernel.context import Context
from anlan.kernel.errors import BadInput
from anlan.kernel.figures import BadFacts
from anlan.kernel.wording import words as _
from anlan.places.queries import Region

from ..checking import check_documents
from ..drafting import faults_of
from ..models import PlanRecord, PlanVersion
from ..queries import holders, upper_record
from .feasibility import lacking

#: A plan above a plan above a plan; deeper chains are a circle or a mistake.
MOST_ABOVE = 8


def check_draft(content: Mapping[str, Any], region: Region | None, ctx: Context | None = None) -> dict[str, Any]:
    """``{"valid", "problems": [{"what", "mend", "where", "severity", "code"}], "first"}``: what keeps the draft from review (errors), and
    what else to look at.

    A role that nobody holds here, and resources that the stores and teams which `ctx` may see do not have, are told as warnings:
    directory and registry may lag behind.
    """
    typed = [f for f in faults_of(content) if f.severity == "error"]
    name = str(content.get("id"))
    try:
        found = check_documents({"plans": [dict(content), *_above(content, region)]})["problems"]
        problems = [p for p in found if p.get("plan", name) == name]
        if not any(p["severity"] == "error" for p in problems):
            problems += _of_here(content, region, ctx, {p["where"] for p in problems})
    except BadFacts as wrong:
        problems = [{"severity": "error", "what": str(wrong), "mend": "", "where": "", "code": "not_a_plan"}]
    valid = not typed and not any(p["severity"] == "error" for p in problems)
    return {"valid": valid, "problems": problems, "first": _first(typed, problems)}


def demand_fit(content: Mapping[str, Any], region: Region | None) -> None:
    """Raises BadInput while the draft does not fit the plans above it (a circle, work that nobody below takes on)."""
    checked = check_draft(content, region)
    if not checked["valid"]:
        first = checked["first"] or {"what": "", "mend": ""}
        raise BadInput(_("草稿还不能送审：%(what)s") % {"what": first["what"]}, mend=first["mend"], field="content")


def _first(typed: list[Any], problems: list[dict[str, str]]) -> dict[str, str] | None:
    """What to mend first, in the words of the form where there are any."""
    if typed:
        found: dict[str, str] = typed[0].as_dict()
        return found
    return next((p for p in problems if p["severity"] == "error"), None)


def _of_here(
    content: Mapping[str, Any], region: Region | None, ctx: Context | None, told: set[str]
) -> list[dict[str, str]]:
    found: list[dict[str, str]] = []
    held = holders(region)
    if held is not None:
        here = check_documents(dict(content), held)["problems"]
        found += [
            {**p, "severity": "warning"} for p in here if p["code"] == "role_nobody_holds" and p["where"] not in told
        ]
    if region is not None and ctx is not None:
        found += [f.as_dict() for f in lacking(ctx, content, region)]
    return found


def _above(content: Mapping[str, Any], region: Region | None) -> list[dict[str, Any]]:
    """The newest versions of the plans above, nearest first, until there is none or the chain comes back."""
    found: list[dict[str, Any]] = []
    seen, code = {str(content.get("id"))}, str(content.get("upper") or "")
    while code and code not in seen and len(found) < MOST_ABOVE:
        seen.add(code)
        record: PlanRecord | None = upper_record(region, code)
        rows = PlanVersion.objects.unscoped("which plan a plan stands under is no secret").filter(record=record)
        version = rows.order_by("-version").first() if record else None
        if version is None:
            break
        found.append(dict(version.content))
        code = str(version.content.get("upper") or "")
    return found
