"""The loop of a shelter in use."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from anlan.kernel.loops import ASSIGNEE, Evidence, Loop, Rung, State, Step

#: The street answers for its shelters; the district's duty room and relief group may record what they are told.
KEEPERS = (ASSIGNEE, "town", "duty_officer", "duty_chief", "relief_group")
_PEOPLE = Evidence("people", _("现有人数"), "int", minimum=0, maximum=100_000, unit="人")
_NOTE = Evidence("note", _("说明"), "longtext", required=False)

SHELTER_USE = Loop(
    key="action.shelter_use",
    title=_("避难场所启用"),
    initial="open",
    opened_by=KEEPERS,
    states=(
        # A head count every four hours: what is older than that looks old on the map (platform default).
        State("open", _("开放中"), owner="town", within=240, todo=_("清点人数"),
              escalate=(Rung(ASSIGNEE, 0), Rung("duty_officer", 60))),
        State("closed", _("已关闭"), final=True),
    ),
    steps=(
        Step("count", _("清点人数"), ("open",), "open", may=KEEPERS, main=True,
             evidence=(_PEOPLE, Evidence("photo", _("照片"), "photo", required=False), _NOTE)),
        Step("close", _("关闭"), ("open",), "closed", may=KEEPERS, confirm=_("关闭后需重新启用才能安置人员"),
             evidence=(Evidence("where", _("人员去向"), "longtext", help=_("例如：经评估安全返家 68 人，投亲靠友 0 人")),),
             guard=lambda ctx, use, given: (
                 _("还有 %(n)d 人在场，请先清点为 0 再关闭") % {"n": use.people} if use.people else None
             )),
    ),
)  # fmt: skip
