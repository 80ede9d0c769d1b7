"""Names of figures: as a line of text gives them, as an incident keeps them, as a report wants them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from anlan.kernel.errors import BadInput

#: Name in an incident → (name in a recognised line, label, unit). Order is that of screens. People are people, cars are things.
FIGURES: dict[str, tuple[str, Any, str]] = {
    "deaths": ("dead", _("死亡"), "人"),
    "missing": ("missing", _("失联"), "人"),
    "trapped": ("trapped", _("被困"), "人"),
    "serious_injuries": ("seriously_injured", _("重伤"), "人"),
    "injured": ("injured", _("受伤"), "人"),
    "evacuated": ("evacuated", _("转移"), "人"),
    "rescued": ("rescued", _("救出"), "人"),
    "cars": ("cars", _("车辆"), "辆"),
    "houses": ("houses", _("房屋"), "间"),
    "water_depth_cm": ("water_depth_cm", _("积水深度"), "厘米"),
    "area_m2": ("area_m2", _("面积"), "平方米"),
}
#: What the reporting rules ask and no count answers (data/reporting_deadlines.yaml): True, False, or None while nobody knows.
QUESTIONS: dict[str, Any] = {"severe_loss": _("严重损失"), "may_become_major": _("可能发展为重大以上")}
ANSWERS: dict[str, bool | None] = {"yes": True, "no": False, "unknown": None, "": None}
#: What must be asked after until somebody knows it.
PEOPLE = ("deaths", "missing", "trapped", "injured")
#: The words of a person who does not know.
UNKNOWN_WORDS = frozenset({"", "未知", "不详", "不明", "待核", "人数不详", "?", "？"})


def from_recognised(fields: Mapping[str, Any]) -> dict[str, Any]:
    """An incident's figures from recognised values by their names there; what is not said stays None."""
    return {name: fields.get(recognised) for name, (recognised, _label, _unit) in FIGURES.items()}


def said_fact(name: str, value: Any) -> tuple[str, str]:
    """Label and value of one fact as a line of text has them: 死亡 and 0人, 严重损失 and 否; 不详 when it is unknown."""
    if value is None:
        return str(label_of(name)), gettext("不详")
    if isinstance(value, bool):
        return str(label_of(name)), gettext("是") if value else gettext("否")
    return str(label_of(name)), f"{_plain(value)}{FIGURES[name][2]}"


def label_of(name: str) -> Any:
    return FIGURES[name][1] if name in FIGURES else QUESTIONS[name]


def read_answer(value: Any, name: str) -> bool | None:
    """True, False or None from a form's or a program's words. Raises BadInput naming the field."""
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, str) and value in ANSWERS:
        return ANSWERS[value]
    raise BadInput(
        gettext("“%(label)s”没有读懂") % {"label": QUESTIONS[name]}, field=name, mend=gettext("请选是、否或未知")
    )


def for_report(facts: Mapping[str, Any]) -> dict[str, Any]:
    """Figures under the names that `intake.first_report.compose_report` takes."""
    return {recognised: facts.get(name) for name, (recognised, _label, _unit) in FIGURES.items()}


def shown_figures(facts: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Figures for a page: people first, known or not; things and answers only where they are known. ``value`` None is unknown."""
    counted = [
        {"name": name, "label": label, "unit": unit, "value": _plain(facts.get(name))}
        for name, (_recognised, label, unit) in FIGURES.items()
        if name in PEOPLE or facts.get(name) is not None
    ]
    answered = [
        {"name": name, "label": label, "unit": "", "value": gettext("是") if facts[name] else gettext("否")}
        for name, label in QUESTIONS.items()
        if facts.get(name) is not None
    ]
    return counted + answered


def _plain(value: Any) -> Any:
    """60 centimetres, not 60.0; what is not whole stays as it is."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


def said_figures(facts: Mapping[str, Any]) -> str:
    """Known figures in one line: 死亡0人、车辆2辆."""
    known = [(label, facts[name], unit) for name, (_r, label, unit) in FIGURES.items() if facts.get(name) is not None]
    return "、".join(f"{label}{value:g}{unit}" for label, value, unit in known)
