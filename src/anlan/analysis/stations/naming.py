"""What a datastream measures, in words: 小时雨量, 5分钟雨量, 水位."""

from __future__ import annotations

from django.utils.translation import gettext as _

from anlan.sensing.models import Datastream

from ..data.criteria_files import shipped_properties

HOUR_S = 3600


def name_of(stream: Datastream) -> str:
    """Its property; an amount of less than an hour says over how long."""
    known = shipped_properties().get(stream.property)
    # Names of properties are facts in the platform's own language; those that screens use too have an English one.
    name = _(known.zh) if known else stream.property
    if 0 < stream.period_s < HOUR_S:
        return period_words(stream.period_s) + (known.zh if known else name).removeprefix("小时")
    return name


def period_words(seconds: int) -> str:
    """A stretch shorter than an hour."""
    if seconds % 60:
        return _("%(n)d秒") % {"n": seconds}
    return _("%(n)d分钟") % {"n": seconds // 60}
