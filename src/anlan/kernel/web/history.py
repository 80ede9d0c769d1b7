"""The history of one thing, read from the audit: who, by which post, when by both clocks, what changed, with what proof."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any
from uuid import UUID

from django.utils.timezone import localtime
from django.utils.translation import gettext as _

from anlan.kernel.context import PLATFORM
from anlan.kernel.models import Attachment, AuditEntry
from anlan.kernel.wording import read
from anlan.kernel.worlds import REAL

MAX_ENTRIES = 500


#: How a stored value of a named field reads: ``(name, value) -> text``.
Saying = Callable[[str, Any], str]


def entries_of(
    object_type: str, object_id: Any, *, names: Mapping[str, str] | None = None, say: Saying | None = None,
    choices: Mapping[str, Mapping[str, str]] | None = None,
) -> list[dict[str, Any]]:  # fmt: skip
    """Newest first, as templates and the API show it. The caller has made sure that the object itself may be seen.

    `names` are the labels of its fields; `say` words a stored value (codes as labels), plain wording without it. `choices`: the labels
    of codes that evidence was chosen from, by its name.
    """
    entries = AuditEntry.objects.filter(object_type=object_type, object_id=str(object_id))
    rows = list(entries.order_by("-at_world", "-id")[:MAX_ENTRIES])
    files = _files(rows)
    return [_shown(row, names or {}, say or (lambda _name, value: said(value)), files, choices or {}) for row in rows]


def _files(rows: Sequence[AuditEntry]) -> dict[str, str]:
    """Names of the photos and files that evidence points to, by their ids."""
    asked = {text for row in rows for value in (row.data.get("evidence") or {}).values() for text in _ids(value)}
    found = Attachment.objects.unscoped("the object they prove may be seen by the reader").filter(pk__in=asked)
    return {str(pk): name for pk, name in found.values_list("pk", "name")} if asked else {}


def _ids(value: Any) -> list[str]:
    """The ids in a stored value: one, or a list of them, as text."""
    texts = value if isinstance(value, list) else [value]
    return [text for text in texts if isinstance(text, str) and _is_id(text)]


def _is_id(text: str) -> bool:
    try:
        return str(UUID(text)) == text
    except ValueError:
        return False


def _shown(
    row: AuditEntry, names: Mapping[str, str], say: Saying, files: Mapping[str, str], choices: Mapping[str, Mapping[str, str]]
) -> dict[str, Any]:  # fmt: skip
    data = row.data
    return {
        "id": row.pk,
        "at": row.at_world.isoformat(),
        "recorded_at": row.at.isoformat(),
        "recorded": f"{localtime(row.at):%m-%d %H:%M}",
        "both_clocks": row.world_id != REAL,
        "who": _("平台") if row.actor_name == PLATFORM else row.actor_name,
        "post": row.post,
        "simulated": row.simulated,
        "action": row.action,
        "label": read(row.label),
        "changes": _changes(data, names, say),
        "evidence": [
            {
                "name": k,
                "label": names.get(k, k),
                "value": "、".join(files.get(i, i) for i in _ids(v)) or choices.get(k, {}).get(str(v)) or said(v),
            }
            for k, v in (data.get("evidence") or {}).items()
            if v not in (None, "", [])
        ],
        "reason": _reason(data),
        "from": data.get("from") if isinstance(data.get("from"), str) else "",
        "to": data.get("to") if isinstance(data.get("to"), str) else "",
        "sequence": row.seq,
    }


def _reason(data: Mapping[str, Any]) -> str:
    given = data.get("reason") or data.get("why") or data.get("note") or ""
    return said(given) if isinstance(given, list) else given


def _changes(data: Mapping[str, Any], names: Mapping[str, str], say: Saying) -> list[dict[str, str]]:
    """What changed; what a new row began with has no before."""
    before, after = data.get("before"), data.get("after")
    if not isinstance(before, Mapping) or not isinstance(after, Mapping):
        return []
    return [
        {
            "name": key,
            "label": names.get(key, key),
            "before": say(key, before[key]) if key in before else "",
            "after": say(key, value),
        }
        for key, value in after.items()
        if key in before or value not in (None, "", [], False)
    ]


def said(value: Any) -> str:
    """A stored value as a person reads it."""
    if value is None or value == "":
        return _("（空）")
    if isinstance(value, bool):
        return _("是") if value else _("否")
    if isinstance(value, Mapping) and {"lon", "lat"} <= set(value):
        return f"{value['lon']:.5f}, {value['lat']:.5f}"
    if isinstance(value, list):
        return "、".join(said(v) for v in value) if value else _("（空）")
    if isinstance(value, Mapping):
        return "；".join(f"{k} {said(v)}" for k, v in value.items())
    return str(value)
