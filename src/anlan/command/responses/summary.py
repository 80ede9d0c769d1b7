"""The state of a response in one paragraph: counted, nothing invented."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from django.utils.translation import gettext as _

if TYPE_CHECKING:
    from ..models import Response


def summary_of(response: Response) -> str:
    """How many tasks stand where, and the figures that came back."""
    from ..models import Task
    from ..models.task import serving

    tasks = list(Task.objects.unscoped("the office that reports has the whole response").filter(serving(response)))
    states = Counter(t.state for t in tasks)
    figures: Counter[str] = Counter()
    for task in tasks:
        figures.update(
            {k: v for k, v in task.figures.items() if k in ("people", "pumps") and isinstance(v, int | float)}
        )
    parts = [
        _("%(title)s%(level)s级响应中。") % {"title": response.title, "level": response.level},
        _("任务 %(all)d 项，办结 %(done)d 项，办理中 %(doing)d 项，未签收 %(silent)d 项。")
        % {
            "all": len(tasks) - states["cancelled"], "done": states["done"] + states["checked"],
            "doing": states["acknowledged"], "silent": states["issued"],
        },
    ]  # fmt: skip
    if figures["people"]:
        parts.append(_("各单位反馈涉及人员 %(n)d 人次。") % {"n": figures["people"]})
    if figures["pumps"]:
        parts.append(_("投入泵车和泵站 %(n)d 台。") % {"n": figures["pumps"]})
    return "".join(parts)
