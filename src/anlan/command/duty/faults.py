"""What is wrong with a plan, in words a duty chief would say."""

from __future__ import annotations

from datetime import date, datetime

from django.utils.timezone import localtime
from django.utils.translation import gettext as _

from anlan.places.data.roster import read_role_names

from .cells import Fault


def _when(text: str) -> str:
    return f"{localtime(datetime.fromisoformat(text)):%m-%d %H:%M}"


def said(fault: Fault) -> str:
    """One sentence about a fault."""
    about = fault.about
    match fault.kind:
        case "vacant":
            return _("还没有人")
        case "gone":
            return _("已不在本地区任职，或账号已停用")
        case "leave":
            until = date.fromisoformat(about["until"])
            return _("%(why)s到 %(until)s") % {"why": about["why"], "until": f"{until:%m-%d}"}
        case "elsewhere":
            return _("同一时间在%(where)s值班（%(at)s 起）") % {"where": about["where"], "at": _when(about["starts"])}
        case "twice":
            return _("同一时间还排了%(seat)s（%(at)s 起）") % {"seat": about["seat"], "at": _when(about["starts"])}
        case "rest":
            return _("两班之间只休息 %(hours)g 小时，应有 %(asked)d 小时（建议值）") % about
        case "again":
            return _("重点时段连续两班带班（建议值）")
        case _:
            return _("没有“%(role)s”岗位") % {"role": read_role_names().get(about["role"], about["role"])}
