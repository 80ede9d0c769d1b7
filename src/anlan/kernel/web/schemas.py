"""Shapes of the API that are made from declarations: one schema per ledger and per step, so that OpenAPI shows the real fields."""

from typing import Any

from ninja import Schema
from pydantic import ConfigDict, Field, create_model
from pydantic.config import JsonDict

from anlan.kernel.ledgers import Ledger
from anlan.kernel.ledgers.declaration import Field as Column
from anlan.kernel.loops import Step
from anlan.kernel.loops.declaration import Evidence


class Trouble(Schema):
    """A refusal: what, how to mend it, and which field is concerned; all faults under `details.faults`."""

    error: str
    message: str
    mend: str = ""
    field: str = ""
    details: dict[str, Any] | None = None


class Position(Schema):
    lon: float
    lat: float


class HistoryEntry(Schema):
    """One audit entry: `at` by the clock of its world, `recorded_at` by the wall clock."""

    id: int
    at: str
    recorded_at: str
    who: str
    post: str
    simulated: bool
    action: str
    label: str
    changes: list[dict[str, Any]]
    evidence: list[dict[str, Any]]
    reason: str


class Why(Schema):
    why: str


#: What every operation may answer when it refuses.
TROUBLES: dict[int, Any] = {400: Trouble, 403: Trouble, 404: Trouble, 409: Trouble, 413: Trouble, 422: Trouble}

_LEDGER_TYPES: dict[str, Any] = {
    "text": str, "longtext": str, "int": int, "decimal": float, "bool": bool, "choice": str, "choices": list[str],
    "date": str, "datetime": str, "place": Position, "region": str, "link": str,
}  # fmt: skip
_EVIDENCE_TYPES: dict[str, Any] = {
    "text": str, "longtext": str, "int": int, "decimal": float, "bool": bool, "choice": str, "level": str, "datetime": str,
    "photo": list[str], "place": Position,
}  # fmt: skip


def public_name(field: Column) -> str:
    """The region is called what it is; the kernel's word for it stays inside."""
    return "region" if field.name == "scope" else field.name


def schema_name(key: str, role: str) -> str:
    return "".join(part.capitalize() for part in key.replace("_", ".").split(".")) + role


def _described(field: Column) -> str:
    parts = [str(field.label) + (f"（{field.unit}）" if field.unit else ""), str(field.help or "")]
    if field.kind in ("choice", "choices") and field.choices:
        parts.append("；".join(f"{key}={label}" for key, label in field.choices))
    if field.kind == "region":
        parts.append("12-digit division code")
    elif field.kind == "link":
        parts.append(f"{field.found_by} of the {field.target.__name__}")
    return " · ".join(p for p in parts if p)


def _limits(field: Column) -> dict[str, Any]:
    """Bounds as the document shows them; the ledger itself refuses what is beyond them, in words."""
    shown = {"maxLength": field.max_length, "minimum": field.minimum, "maximum": field.maximum}
    extra: dict[str, Any] = {
        key: value
        for key, value in shown.items()
        if value is not None and field.kind in ("text", "longtext", "int", "decimal")
    }
    if field.kind == "choice" and field.choices:
        extra["enum"] = [*(key for key, _label in field.choices), *([] if field.required else [None])]
    return extra


def input_schema(ledger: Ledger) -> type[Schema]:
    """What is sent to enter or correct a row. Everything is optional here so that the ledger can name all faults at once;
    `required` in the document says what a new row needs.
    """
    needed = [public_name(f) for f in ledger.form_fields if f.required]
    fields: dict[str, Any] = {
        public_name(f): (
            _LEDGER_TYPES[f.kind] | None,
            Field(None, description=_described(f), json_schema_extra=_limits(f) or None),
        )
        for f in ledger.form_fields
    }
    name = schema_name(ledger.key, "In")
    return create_model(name, __base__=_strict(needed), **fields)


def _strict(needed: list[str]) -> type[Schema]:
    shown: JsonDict = {"required": [*needed]} if needed else {}

    class Strict(Schema):
        model_config = ConfigDict(extra="forbid", json_schema_extra=shown)

    return Strict


def output_schema(ledger: Ledger) -> type[Schema]:
    fields: dict[str, Any] = {
        f.name: (_LEDGER_TYPES[f.kind] | None, Field(None, description=_described(f)))
        for f in ledger.resolved
        if f.name != "scope"
    }
    return create_model(
        schema_name(ledger.key, "Row"), __base__=Schema, id=(str, ...), region=(str, ...), region_name=(str, ...), **fields,
        retired_at=(str | None, None), updated_at=(str, ...),
    )  # fmt: skip


def page_schema(ledger: Ledger, row: type[Schema]) -> type[Schema]:
    return create_model(
        schema_name(ledger.key, "Page"), __base__=Schema, count=(int, ...), page=(int, ...), pages=(int, ...),
        items=(list[row], ...),  # type: ignore[valid-type]
    )  # fmt: skip


def evidence_schema(loop: str, step: Step) -> type[Schema]:
    """The body of a step: its declared evidence, null for what is unknown or left out."""
    needed = [e.name for e in step.evidence if e.required and e.kind != "bool"]
    fields: dict[str, Any] = {
        e.name: (_EVIDENCE_TYPES[e.kind] | None, Field(None, description=_evidence_text(e))) for e in step.evidence
    }
    return create_model(schema_name(f"{loop}.{step.name}", "Evidence"), __base__=_strict(needed), **fields)


def _evidence_text(spec: Evidence) -> str:
    parts = [str(spec.label) + (f"（{spec.unit}）" if spec.unit else ""), str(spec.help or "")]
    if spec.choices:
        parts.append("；".join(f"{key}={label}" for key, label in spec.choices))
    if spec.kind == "photo":
        parts.append("ids of attachments of this record")
    return " · ".join(p for p in parts if p)
