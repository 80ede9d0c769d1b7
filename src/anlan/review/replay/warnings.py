"""The warnings of a scenario as the messages that they would come in: CAP 1.2 in the Chinese profile, and plain text."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from anlan.warning.cap.china import GEOCODE_NAME
from anlan.warning.cap.compose import compose_cap
from anlan.warning.cap.model import CapAlert, CapArea, CapInfo, NamedValue, Reference

from .scenario import Scenario


def cap_of(scenario: Scenario, data: dict[str, Any]) -> bytes:
    """The CAP message of one warning. Its references name all earlier messages of the chain."""
    common, sent = scenario.warning_defaults, datetime.fromisoformat(data["sent"])
    earlier = [i.data for i in scenario.inputs if i.kind == "warning" and i.data["number"] < data["number"]]
    areas = tuple(
        CapArea(description=a["description"], geocodes=(NamedValue(GEOCODE_NAME, a["geocode"]),))
        for a in common["areas"]
    )
    info = CapInfo(
        language=common["language"], categories=(common["category"],), event=common["event"], urgency=data["urgency"],
        severity=data["severity"], certainty=data["certainty"], event_codes=(NamedValue("OET", common["event_code"]),),
        effective=datetime.fromisoformat(data["effective"]), expires=datetime.fromisoformat(data["expires"]),
        sender_name=common["issuer"], headline=data["headline"], description=data["description"],
        instruction=data["instruction"], areas=areas,
    )  # fmt: skip
    return compose_cap(
        CapAlert(
            identifier=_identifier(common, sent), sender=common["sender"], sent=sent, status=common["status"],
            msg_type=data["msg_type"], scope=common["scope"], source=common["issuer"], note=common["mark"],
            references=tuple(
                Reference(common["sender"], _identifier(common, at), at)
                for at in (datetime.fromisoformat(e["sent"]) for e in earlier)
            ),
            infos=(info,),
        )
    )  # fmt: skip


def _identifier(common: dict[str, Any], sent: datetime) -> str:
    return f"{common['issuer_code']}_{sent:%Y%m%d%H%M%S}"
