"""What a column of a table holds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

from django.utils.translation import gettext as _

Kind = Literal["text", "int", "decimal", "date", "datetime", "choice", "choices", "bool", "lonlat", "region_code"]

RISKY = ("=", "+", "-", "@", "\t", "\r")
"""Text that begins with one of these is taken for a formula by spreadsheet programs."""


@dataclass(frozen=True, slots=True)
class Column:
    """A column. `name` is the key of the values, `label` the heading (may be lazy), `aliases` other headings accepted.

    `choices` are (value, label) pairs for the kinds choice and choices; `minimum` and `maximum` bound numbers,
    `max_length` counts characters of a text.
    """

    name: str
    label: Any
    kind: Kind = "text"
    required: bool = False
    choices: Sequence[tuple[Any, Any]] = ()
    minimum: float | None = None
    maximum: float | None = None
    max_length: int | None = None
    help: Any = ""
    aliases: Sequence[str] = ()

    def __post_init__(self) -> None:
        if self.kind in ("choice", "choices") and not self.choices:
            raise ValueError(f"column {self.name}: kind {self.kind} needs choices")

    def labels_of_choices(self) -> list[str]:
        return [str(label) for _value, label in self.choices]

    def expected(self) -> str:
        """What to fill in, in words: for messages, notes and templates."""
        match self.kind:
            case "int":
                return _("整数") + self._bounds()
            case "decimal":
                return _("数字") + self._bounds()
            case "date":
                return _("日期，如 2016-07-20")
            case "datetime":
                return _("日期和时刻，如 2016-07-20 12:40")
            case "choice":
                return _("任选其一：%(choices)s") % {"choices": "、".join(self.labels_of_choices())}
            case "choices":
                return _("可选多项，用顿号隔开：%(choices)s") % {"choices": "、".join(self.labels_of_choices())}
            case "bool":
                return _("是 或 否")
            case "lonlat":
                return _("经度,纬度（WGS84，十进制度），如 116.19,39.91")
            case "region_code":
                return _("区划代码，2、4、6、9 或 12 位数字")
        return _("文字，最多 %(n)d 字") % {"n": self.max_length} if self.max_length else _("文字")

    def _bounds(self) -> str:
        low, high = self.minimum, self.maximum
        if low is not None and high is not None:
            return _("（%(low)g 至 %(high)g）") % {"low": low, "high": high}
        if low is not None:
            return _("（不小于 %(low)g）") % {"low": low}
        return _("（不大于 %(high)g）") % {"high": high} if high is not None else ""
