"""What a paper says, without how it looks. Everything is frozen and plain; `rendering` gives it its look."""

from __future__ import annotations

import zoneinfo
from dataclasses import dataclass, field
from datetime import date, datetime, tzinfo
from typing import Literal

Day = date  # inside Document the word is a field

EXERCISE = "演练"
SIMULATED = "模拟"


@dataclass(frozen=True, slots=True)
class Serial:
    """发文字号: agency word, year, running number. Prints as 石应急〔2016〕12号 (no 第, no leading zeros)."""

    agency: str
    year: int
    number: int

    def __str__(self) -> str:
        return f"{self.agency}〔{self.year}〕{self.number}号"


@dataclass(frozen=True, slots=True)
class Heading:
    """A heading of level 1–4. Its number (一、 （一） 1. （1）) is counted by the renderer."""

    text: str
    level: int = 1

    def __post_init__(self) -> None:
        if self.level not in (1, 2, 3, 4):
            raise ValueError(f"heading level must be 1..4, got {self.level}")


@dataclass(frozen=True, slots=True)
class Paragraph:
    """A paragraph; `lead` is a short beginning set in bold. Line feeds in `text` begin new paragraphs.

    `simulated` prints the mark 【模拟】 in front: the content is part of a drill's script, not a fact.
    """

    text: str
    lead: str = ""
    simulated: bool = False


@dataclass(frozen=True, slots=True)
class Items:
    """A numbered list. `numbering`: "1." or "（1）" or "一是"."""

    items: tuple[str, ...]
    numbering: Literal["1.", "（1）", "一是"] = "1."


@dataclass(frozen=True, slots=True)
class Column:
    """A table's column. `width` is relative to the others; numbers are aligned right with equal-width figures."""

    label: str
    width: float = 1.0
    align: Literal["left", "center", "right"] = "left"


@dataclass(frozen=True, slots=True)
class Table:
    """A table with a repeated head and rows that stay whole. None in a cell prints as a dash: unknown is not 0."""

    columns: tuple[Column, ...]
    rows: tuple[tuple[object, ...], ...]
    caption: str = ""
    note: str = ""
    empty: str = "（无记录）"
    total: bool = False
    """The last row is a total and is set in bold."""

    def __post_init__(self) -> None:
        if not self.columns:
            raise ValueError("a table needs columns")
        for number, row in enumerate(self.rows, 1):
            if len(row) != len(self.columns):
                raise ValueError(f"table row {number} has {len(row)} cells, the head has {len(self.columns)}")


@dataclass(frozen=True, slots=True)
class Moment:
    """One line of a timeline. `at` is local when naive, else it is shown in the document's zone."""

    at: datetime
    text: str
    source: str = ""
    simulated: bool = False


@dataclass(frozen=True, slots=True)
class Timeline:
    """Moments in order of time, one group a day, printed as a table of time, matter and source."""

    moments: tuple[Moment, ...]
    caption: str = ""


@dataclass(frozen=True, slots=True)
class Figure:
    """A picture (PNG or JPEG bytes) with its caption and the words for those who cannot see it."""

    image: bytes = field(repr=False)
    caption: str
    alt: str = ""
    width_mm: float = 150.0
    note: str = ""


Block = Heading | Paragraph | Items | Table | Timeline | Figure


@dataclass(frozen=True, slots=True)
class Annex:
    """An attachment. With blocks it is printed behind the paper on pages of its own, without it is only listed."""

    title: str
    body: tuple[Block, ...] = ()


@dataclass(frozen=True, slots=True)
class Document:
    """One paper.

    `style`: "official" (red head, GB/T 9704), "bulletin" (快报, meant for one page) or "report" (longer, its issuer and
    date under the title). An empty `head` leaves the red head out. `signers` turns the head into that of an upward
    paper: serial on the left, 签发人 on the right. `exercise` prints 演练 above every page and over the title; `notes`
    are small print before the signature, e.g. what in the paper is simulated.
    """

    title: str
    body: tuple[Block, ...]
    head: str = ""
    style: Literal["official", "bulletin", "report"] = "official"
    serial: Serial | str | None = None
    copy_number: int | None = None
    urgency: Literal["", "特急", "加急"] = ""
    signers: tuple[str, ...] = ()
    addressee: str = ""
    annexes: tuple[Annex, ...] = ()
    signature: str = ""
    date: Day | None = None
    remark: str = ""
    cc: tuple[str, ...] = ()
    printed_by: str = ""
    printed_on: Day | None = None
    notes: tuple[str, ...] = ()
    exercise: bool = False
    zone: tzinfo = field(default_factory=lambda: zoneinfo.ZoneInfo("Asia/Shanghai"))

    @property
    def full_title(self) -> str:
        """The title as file and search show it, with the mark of an exercise."""
        plain = self.title.replace("\n", "")
        return f"【{EXERCISE}】{plain}" if self.exercise else plain

    def local(self, at: datetime) -> datetime:
        return at.astimezone(self.zone) if at.tzinfo else at


def chinese_date(day: date) -> str:
    """2016年7月20日: Arabic figures without leading zeros (GB/T 9704, 7.3.5.4)."""
    return f"{day.year}年{day.month}月{day.day}日"
