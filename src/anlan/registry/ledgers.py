"""The base database: one declaration per kind of thing that exists."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from anlan.kernel.ledgers import Field, Ledger, add_ledger

from . import facts
from .checking import check_area, check_shelter, check_site, check_station, check_stock, check_water
from .models import (
    Enterprise,
    Equipment,
    EvacuationArea,
    ProtectedSite,
    RiskSite,
    Shelter,
    Station,
    StockLine,
    Team,
    Warehouse,
    WaterWork,
)
from .queries import stock_by_item

_CODE = Field("code", search=True, listed=False, aliases=("编码",))
_NAME = Field("name", search=True)
_KIND = Field("kind", filter=True)

add_ledger(
    Ledger(
        key="registry.station", model=Station, title=_("监测站点"), symbol="station", on_map=False, order=10, check=check_station,
        fields=[
            _CODE, _NAME, _KIND, "unit", Field("interval_min", unit=_("分钟")),
            Field("period_min", unit=_("分钟"), listed=False), Field("organisation", listed=False),
            Field("county", filter=True), Field("shared_gauge", listed=False), Field("simulated", filter=True),
        ],
    ),
    Ledger(
        key="registry.risk_site", model=RiskSite, title=_("易积水点"), symbol="risk", shown=False, order=20, check=check_site,
        fields=[
            _CODE, _NAME, _KIND, Field("warn_cm", unit=_("厘米")), Field("close_cm", unit=_("厘米")), "affects",
            Field("owner", label=_("责任岗位")),
        ],
    ),
    Ledger(
        key="registry.water_work", model=WaterWork, title=_("水库和河段"), symbol="risk", order=22, check=check_water,
        fields=[
            _CODE, _NAME, _KIND, Field("station"), Field("limit_m", unit=_("米")), Field("warn_m", unit=_("米")),
            Field("guarantee_m", unit=_("米")), Field("crest_m", unit=_("米")), Field("gates", listed=False),
            Field("operation", listed=False), Field("dispatcher", listed=False), Field("operator", filter=True),
            Field("head", listed=False), Field("technical", listed=False), Field("patrol", listed=False), Field("source", listed=False),
        ],
        basis=_("水库大坝安全管理条例；防汛条例"),
    ),
    Ledger(
        key="registry.evacuation_area", model=EvacuationArea, title=_("转移区"), symbol="protected", shown=False, order=23,
        check=check_area,
        fields=[
            _CODE, _NAME, Field("water_work", filter=True), Field("leaves_at", filter=True), Field("people", total=True, unit=_("人")),
            Field("households", total=True, unit=_("户")), Field("weak", total=True, unit=_("人")), "route", Field("shelter"),
            Field("head", label=_("转移责任人")),
        ],
    ),
    Ledger(
        key="registry.team", model=Team, title=_("救援队伍"), symbol="team", order=30,
        fields=[
            _CODE, _NAME, _KIND, Field("speciality", search=True, filter=True),
            Field("people", total=True, unit=_("人")), Field("ready_min", unit=_("分钟")),
            Field("organisation", filter=True), Field("leader", listed=False),
        ],
    ),
    Ledger(
        key="registry.equipment", model=Equipment, title=_("队伍装备"), order=31,
        fields=[
            _CODE, _NAME, Field("team", filter=True), Field("item", filter=True, choices=facts.supply_choices(), kind="choice"),
            "quantity", "unit",
        ],
    ),
    Ledger(
        key="registry.warehouse", model=Warehouse, title=_("物资仓库"), symbol="warehouse", order=40, contents=stock_by_item,
        fields=[
            _CODE, _NAME, Field("mode", filter=True, choices=facts.reserve_modes(), kind="choice"),
            Field("area_m2", unit=_("平方米")), Field("organisation", filter=True), Field("keeper", listed=False),
        ],
    ),
    Ledger(
        key="registry.stock_line", model=StockLine, title=_("储备物资"), order=41, check=check_stock,
        fields=[
            _CODE, _NAME, Field("warehouse", filter=True),
            Field("item", filter=True, choices=facts.supply_choices(), kind="choice"), "quantity", "unit", "made",
            Field("expires", filter=True),
        ],
    ),
    Ledger(
        key="registry.shelter", model=Shelter, title=_("避难场所"), symbol="shelter", order=50, check=check_shelter,
        fields=[
            _CODE, _NAME, Field("grade", filter=True, choices=facts.shelter_grades(), kind="choice"),
            Field("shelter_class", filter=True, choices=facts.shelter_classes(), kind="choice"), Field("indoor", filter=True),
            Field("effective_area_m2", unit=_("平方米"), listed=False), Field("capacity", total=True, unit=_("人")),
            "daily_use", Field("facilities", choices=facts.shelter_facilities(), listed=False),
            Field("hazards", filter=True), Field("switch_min", unit=_("分钟")), Field("status", filter=True),
            Field("organisation", filter=True), Field("contact", listed=False),
        ],
    ),
    Ledger(
        key="registry.protected_site", model=ProtectedSite, title=_("防护目标"), symbol="protected", order=60,
        fields=[_CODE, _NAME, _KIND, Field("people", total=True, unit=_("人")), Field("contact", listed=False)],
    ),
    Ledger(
        key="registry.enterprise", model=Enterprise, title=_("企业单位"), symbol="enterprise", order=70,
        fields=[
            _CODE, _NAME, _KIND, Field("credit_code", search=True, listed=False), Field("people", total=True, unit=_("人")),
            Field("organisation", listed=False),
        ],
    ),
)  # fmt: skip
