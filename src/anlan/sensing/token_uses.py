"""What programs with an access token do here: report readings, read them, register what measures."""

from __future__ import annotations

import re
from collections.abc import Sequence

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from anlan.kernel.context import Context
from anlan.kernel.errors import BadInput
from anlan.places.token_uses import READ, Limit, add_use

from .feeding import FEED
from .models import Feeder, Thing
from .services import CHANGE
from .services.policies import bind_feeder

VIEW = "sensing.station.view"


def bind_stations(ctx: Context, *, key: str, scope: str, names: Sequence[str]) -> None:
    """The token may report for these stations and no other. Raises BadInput that names what is no station of its region."""
    codes = [code for name in names for code in re.split(r"[\s,;，、；]+", name) if code]
    known = dict(Thing.objects.visible_to(ctx).filter(pk__in=codes, retired=False).values_list("pk", "scope"))
    strange = [code for code in codes if not known.get(code, "").startswith(scope)]
    if strange or not codes:
        raise BadInput(
            gettext("这个单位的区划内没有测站“%(code)s”") % {"code": "、".join(strange[:5])[:120]}, field="limit.sensing.feed",
            mend=gettext("请填写测站编号，多个用空格分开"),
        )  # fmt: skip
    bind_feeder(ctx, key=key, stations=codes)


def stations_of(key: str) -> list[str]:
    return list(Feeder.objects.filter(key=key).order_by("thing_id").values_list("thing_id", flat=True))


add_use(
    "sensing.feed", _("报送读数"), _("向平台报送测站读数，也可经 SensorThings 报送和订正"), permissions=[FEED, VIEW],
    doors=[(["POST"], "/api/v1/sensing/observations"), (["POST", "PATCH"], "/sta/v1.1")],
    limit=Limit(_("只报这些测站"), _("测站编号，多个用空格分开；替别的测站报数会被拒收"), bind_stations, stations_of),
)  # fmt: skip
add_use(
    "sensing.read", _("查阅测站和读数"), _("读取本地区测站、最新值、过程线和逐时值，也可经 SensorThings 读取"), permissions=[VIEW],
    doors=[
        *((READ, f"/api/v1/sensing/{name}") for name in ("observations", "hours", "stations", "silent")), (READ, "/sta/v1.1"),
    ],
)  # fmt: skip
add_use(
    "sensing.describe", _("登记测站"), _("经 SensorThings 登记和修改测站、数据流；不能改校准和保存期"), permissions=[CHANGE, VIEW],
    doors=[(["POST", "PATCH", "DELETE"], "/sta/v1.1")],
)  # fmt: skip
