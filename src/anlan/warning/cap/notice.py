"""What the platform keeps of a received warning, whichever form it came in."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from datetime import datetime

from .faults import Fault
from .model import Circle, Polygon, Reference


@dataclass(frozen=True, slots=True)
class WarningNotice:
    """One warning in the words of the desk.

    ``colour`` is blue…red (white for the local first typhoon signal), ``level`` 4…1; ``action`` is one of 发布, 变更,
    继续, 解除, 升级, 降级 or 更新. What could not be told is None, its reason in ``unknown``; ``doubts`` are notices.
    Only ``live`` warnings may reach the public: tests and exercises never do.
    """

    form: str
    hazard: str | None = None
    hazard_zh: str | None = None
    event_code: str | None = None
    colour: str | None = None
    level: int | None = None
    action: str | None = None
    msg_type: str | None = None
    status: str | None = None
    identifier: str | None = None
    issuer: str | None = None
    issuer_code: str | None = None
    sender: str | None = None
    sent: datetime | None = None
    effective: datetime | None = None
    onset: datetime | None = None
    expires: datetime | None = None
    region_codes: tuple[str, ...] = ()
    area_names: tuple[str, ...] = ()
    polygons: tuple[Polygon, ...] = ()
    circles: tuple[Circle, ...] = ()
    headline: str | None = None
    text: str | None = None
    instruction: str | None = None
    urgency: str | None = None
    certainty: str | None = None
    references: tuple[Reference, ...] = ()
    language: str | None = None
    previous_colour: str | None = None
    unknown: dict[str, str] = field(default_factory=dict)
    doubts: tuple[Fault, ...] = ()

    @property
    def live(self) -> bool:
        """Whether it is about the real world and meant for the public."""
        return self.status == "Actual"

    @property
    def exercise(self) -> bool:
        return self.status in ("Exercise", "Test", "System", "Draft")

    def as_dict(self) -> dict[str, object]:
        """JSON-ready; times in ISO 8601."""

        def plain(value: object) -> object:
            if isinstance(value, datetime):
                return value.isoformat()
            if isinstance(value, dict):
                return {key: plain(item) for key, item in value.items()}
            if isinstance(value, list | tuple):
                return [plain(item) for item in value]
            return value

        return {key: plain(value) for key, value in asdict(self).items()}
