"""A unit's line on a day sheet: filled in, put right, or filled in by the duty room for a unit that called."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from django.db import transaction

from anlan.command.intake.numerals import read_count
from anlan.command.models import DaySheet, SheetLine
from anlan.kernel.context import Context
from anlan.kernel.errors import BadInput, Conflict
from anlan.kernel.loops import transition
from anlan.kernel.texts import whole
from anlan.kernel.wording import words as _

from ..loops import DUTY

LONGEST = 500
UNKNOWN = frozenset({"", "不详", "未知", "不清楚"})
NONE = frozenset({"无", "没有", "零"})


def read_values(form: list[dict[str, Any]], given: Mapping[str, Any]) -> dict[str, Any]:
    """Values of a line from what was typed: 3, 三, 无; None where it is not known. Raises BadInput naming the first field at fault."""
    return {f["name"]: read_value(f, given.get(f["name"])) for f in form}


def read_value(field: Mapping[str, Any], typed: Any) -> Any:
    text = "" if typed is None else str(typed).strip()
    if text in UNKNOWN:
        if field["required"]:
            raise BadInput(
                _("没有填“%(label)s”") % {"label": field["label"]}, field=field["name"],
                mend=_("没有就填 0 或“无”") if field["kind"] != "text" else _("请补上"),
            )  # fmt: skip
        return None
    if field["kind"] == "text":
        if len(text) > LONGEST:
            raise BadInput(
                _("“%(label)s”超过 %(n)d 字") % {"label": field["label"], "n": LONGEST},
                field=field["name"],
                mend=_("请删减"),
            )
        return text
    number = 0.0 if text in NONE else _number(text.removesuffix(str(field["unit"])).strip())
    whole = field["kind"] == "int"
    if number is None or number < 0 or (whole and number != int(number)):
        raise BadInput(
            _("“%(label)s”写的是“%(text)s”") % {"label": field["label"], "text": text[:30]}, field=field["name"],
            mend=_("请填整数，没有就填 0") if whole else _("请填数字，没有就填 0"),
        )  # fmt: skip
    if field["maximum"] is not None and number > field["maximum"]:
        raise BadInput(
            _("“%(label)s”填了 %(n)s，太大了") % {"label": field["label"], "n": f"{number:g}"}, field=field["name"],
            mend=_("最多 %(n)s，请核对") % {"n": f"{field['maximum']:g}"},
        )  # fmt: skip
    return int(number) if whole else number


def _number(text: str) -> float | None:
    try:
        number = float(text) if text.isascii() else None
    except ValueError:
        return None
    if number is None:
        found = read_count(text).value
        number = float(found) if isinstance(found, int | float) else None
    return number if number is not None and math.isfinite(number) else None


def fill_line(ctx: Context, line: SheetLine, given: Mapping[str, Any], *, how: str = "") -> SheetLine:
    """Fill in or put right. `how`: who told the duty room, when it fills in for the unit. After closing only the duty room adds.

    Raises BadInput naming the field, NotAllowed, Conflict after closing.
    """
    with transaction.atomic():
        sheet: DaySheet = DaySheet.objects.select_for_update(of=("self",)).in_world(ctx).get(pk=line.sheet_id)
        fresh: SheetLine = SheetLine.objects.select_related("organisation").get_visible(ctx, pk=line.pk)
        fresh.sheet = sheet
        own = bool(ctx.keys & set(fresh.owner_keys))
        duty = any(ctx.holds(role, sheet.scope) for role in DUTY)
        if sheet.state == "cancelled" or fresh.state == "dropped":
            raise Conflict(_("「%(title)s」已取消，不需填报") % {"title": sheet}, mend=_("请刷新后查看"))
        if not sheet.is_open and not duty:
            raise Conflict(
                _("「%(title)s」已截止，不能再填") % {"title": sheet}, mend=_("请电话报告值班室，由值班员补登")
            )
        if not own and not how.strip():
            raise BadInput(_("替单位填报，请写明谁报来的"), field="how", mend=_("例如：街道值班员 16:20 电话"))
        values = read_values(sheet.form, given)
        step = {"asked": "fill", "filled": "refill", "missing": "add"}[fresh.state]
        said = "；".join(f"{f['label']} {values[f['name']]}" for f in sheet.form if values[f["name"]] is not None)[
            :4000
        ] or str(_("全部不详"))
        now = ctx.now()
        return transition(
            ctx, fresh, step, evidence={"said": said, "how": how.strip() or None}, values=values, how=whole(how, 200, "how"),
            filled_by=f"{ctx.actor.name} {ctx.actor.post}".strip()[:160], filled_at=fresh.filled_at or now,
            late=fresh.late or (fresh.filled_at is None and now > sheet.wanted_at),
        )  # fmt: skip
