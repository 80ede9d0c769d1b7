"""The pieces of a paper plan put in their places: general part, levels with conditions, who signs, task cards, ending. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

from ..data.plan_document import FORMAT
from ..data.plan_words import plan_words
from ..data.response_levels import shipped_plan_data
from .conditions import level_in, read_condition
from .document import Piece

SIGNERS = {
    "I": ("top_leader", "总指挥"),
    "II": ("commander", "指挥长"),
    "III": ("deputy", "副指挥长"),
    "IV": ("hq_office_head", "指挥部办公室主任"),
}
REPORT = {"I": 30, "II": 60, "III": 120, "IV": 240}
WITHIN = {"I": 30, "II": 60, "III": 60, "IV": 120}
_LIMIT = re.compile(r"(\d+(?:\.\d+)?|半)\s*(?:个)?(分钟|小时)(?:之)?内")
_TITLED = re.compile(r"^[^，。；启由经报]{0,10}级\s*(?:应急)?\s*响应[：:]?$")
_NUMBERED = re.compile(r"^[（(]?[\d一二三四五六七八九十①-⑳]+[）).、．]?\s*")
_SIGNED = re.compile(
    r"(?:由|经|报)[^，。；]{0,24}?(副指挥长|副总指挥|总指挥|指挥长|办公室主任|局长|区长|县长)[^，。；]{0,12}(?:启动|批准|签发|决定|宣布)"
)


@dataclass(slots=True)
class Imported:
    """`content` is a draft in the exported form; `source` the pieces, each with where it went (``used``) or nothing."""

    content: dict[str, Any]
    source: list[dict[str, Any]] = field(default_factory=list)

    @property
    def unread(self) -> int:
        """Pieces of the responses that nothing was made of."""
        return sum(1 for piece in self.source if piece["wanted"] and not piece["used"])


def recognise(pieces: list[Piece], *, plan_id: str, title: str = "") -> Imported:
    """Put the pieces in their places. What is not said in the paper is filled in by custom (signers, intervals, time limits) and marked
    建议值 (confidence low), for the officer to settle beside the source."""
    reader = _Reader(pieces, plan_id, title)
    for piece in pieces:
        reader.take(piece)
    return reader.imported()


class _Reader:
    def __init__(self, pieces: list[Piece], plan_id: str, title: str) -> None:
        first = next((p.text for p in pieces[:12] if "预案" in p.text and len(p.text) <= 60), pieces[0].text[:60])
        self.title = title or first
        self.hazard = (
            plan_words().hazard(self.title) or plan_words().hazard(" ".join(p.text for p in pieces[:40])) or "flood"
        )
        self.plan_id = plan_id
        self.part, self.level, self.heading = "", "", ""
        self.levels: dict[str, dict[str, Any]] = {}
        self.texts: dict[str, list[str]] = {"scope": [], "basis": [], "downgrade": [], "terminate": []}
        self.sections: list[dict[str, str]] = []
        self.annexes: list[dict[str, str]] = []
        self.source: list[dict[str, Any]] = []
        self.cards = 0

    def take(self, piece: Piece) -> None:
        text = piece.text
        named = level_in(text) if piece.heading or _TITLED.match(text) else ""
        part = plan_words().part(text) if piece.heading or len(text) <= 40 else ""
        used = ""
        wanted = False
        if named:
            self.level, self.part, used = named, part or "conditions", f"{named}级"
            self._level()
        elif piece.heading:
            self._heading(text, part)
            used = self.part
        elif (
            part
            and text.rstrip("：:").endswith(("条件", "情形", "情况", "之一", "一的", "措施", "行动"))
            and self.level
        ):
            self.part, used = part, f"{self.level}级"
        else:
            used, wanted = self._body(piece)
        self.source.append({"n": piece.n, "text": text, "heading": piece.heading, "used": used, "wanted": wanted})

    def _heading(self, text: str, part: str) -> None:
        self.heading = _NUMBERED.sub("", text)
        if part in ("scope", "basis", "downgrade", "terminate", "annex"):
            self.part, self.level = part, ""
            if part == "annex":
                self.annexes.append({"title": self.heading or text, "text": ""})
        elif part in ("conditions", "tasks", "approve") and self.level:
            self.part = part
        else:
            self.part, self.level = "section", ""
            self.sections.append({"title": self.heading or text, "text": ""})

    def _body(self, piece: Piece) -> tuple[str, bool]:
        text = _NUMBERED.sub("", piece.text).strip()
        if self.part in self.texts:
            self.texts[self.part].append(text)
            return self.part, False
        if self.part == "annex":
            self.annexes[-1]["text"] += f"{piece.text}\n"
            return "annexes", False
        if self.level:
            return self._response(text), True
        if self.part == "section":
            self.sections[-1]["text"] += f"{piece.text}\n"
            return "sections", False
        return "", False

    def _response(self, text: str) -> str:
        """A line inside a response: who signs, a condition, or a task."""
        level = self._level()
        if (signed := _SIGNED.search(text)) and self.part != "tasks":
            role = plan_words().role(signed[1]) or {"局长": "hq_office_head", "办公室主任": "hq_office_head"}.get(
                signed[1], ""
            )
            if role:
                level["approve"] = {"role": role, "zh": signed[1]}
                return f"{self.level}级 签发"
        condition = read_condition(text, self.hazard) if self.part != "tasks" else None
        if condition is not None:
            level["triggers"]["any"] += condition.get("any", [condition])
            return f"{self.level}级 条件"
        if self.part == "conditions":
            return ""
        return self._task(text, level)

    def _task(self, text: str, level: dict[str, Any]) -> str:
        cells = [c.strip() for c in text.split("｜") if c.strip()]
        who = cells[0] if len(cells) > 1 else re.split(r"[：:，,负]", text, maxsplit=1)[0][:24]
        role = plan_words().role(who) or plan_words().role(text[:30])
        if not role or len(text) < 6:
            return ""
        what = "；".join(cells[1:]) if len(cells) > 1 else re.sub(r"^[^：:]{1,24}[：:]\s*", "", text)
        limit = _LIMIT.search(text)
        self.cards += 1
        within = self._minutes(limit) if limit else WITHIN[self.level]
        level["tasks"].append({
            "id": f"own_{self.cards}", "role": role, "zh": what[:300], "t0": "start", "within_min": within,
            "source": f"{self.title}" if limit else f"{self.title}（时限未写明，为建议值）", "confidence": "medium" if limit else "low",
        })  # fmt: skip
        return f"{self.level}级 任务"

    @staticmethod
    def _minutes(limit: re.Match[str]) -> int:
        number = 0.5 if limit[1] == "半" else float(limit[1])
        return max(1, round(number * (60 if limit[2] == "小时" else 1)))

    def _level(self) -> dict[str, Any]:
        role, zh = SIGNERS[self.level]
        return self.levels.setdefault(self.level, {
            "level": self.level, "zh": f"{self.level}级", "approve": {"role": role, "zh": zh}, "report_every_min": REPORT[self.level],
            "triggers": {"any": []}, "confidence": "medium",
            "tasks": [{
                "id": "t_sign", "role": role, "zh": "签发启动令(事项、级别、预计期限、措施)", "t0": "proposal", "within_min": 30,
                "source": "平台默认", "confidence": "low",
            }],
        })  # fmt: skip

    def imported(self) -> Imported:
        like = next((p for p in shipped_plan_data() if p["hazard"] == self.hazard), shipped_plan_data()[0])
        levels = []
        for name in ("IV", "III", "II", "I"):
            if name in self.levels:
                level = self.levels[name]
                level["tasks"][0]["role"] = level["approve"]["role"]
                levels.append(level)
        content: dict[str, Any] = {
            "format": FORMAT, "id": self.plan_id, "zh": self.title[:120], "hazard": self.hazard, "hq": like["hq"], "type": "special",
            "basis": "；".join(self.texts["basis"]) or "未注明", "source": self.title[:120], "confidence": "medium",
            "vocabulary": like["vocabulary"], "levels": levels,
            "downgrade": list(dict.fromkeys(self.texts["downgrade"])), "terminate": list(dict.fromkeys(self.texts["terminate"])),
        }  # fmt: skip
        if self.texts["scope"]:
            content["scope"] = "".join(self.texts["scope"])
        content["sections"] = [s for s in self.sections if s["text"].strip()]
        content["annexes"] = [s for s in self.annexes if s["text"].strip()]
        return Imported(content, self.source)
