"""Sample partners of the demonstration, one or two of each mechanism, with numbers that cannot be dialled."""

from __future__ import annotations

from anlan.command.models import Partner, PartnerContact
from anlan.kernel import clock
from anlan.places.queries import Organisation

SCOPE = "11/110107/"
#: code, name, kind, organisation, what it brings, superior
SAMPLES = (
    ("cp.water", "区水务局排涝队（示例）", "department", "sjs.water", "移动排水泵车、潜水泵和操作手", ""),
    ("cp.fire", "区消防救援支队（示例）", "department", "sjs.fire", "冲锋舟、破拆和水上救援人员", ""),
    (
        "cp.neighbour",
        "邻区应急局值班室（示例）",
        "region",
        "",
        "毗邻街道的救援队、排水泵车、转移安置点",
        "市应急指挥中心",
    ),
    (
        "cp.garrison",
        "驻区部队作战值班室（示例）",
        "military",
        "",
        "人员、运输车辆、工程机械；按规定程序报批",
        "区人民武装部",
    ),
    ("cp.volunteers", "民间水域救援队（示例）", "social", "", "皮划艇 4 条、潜水员 6 人、搜救犬", "区应急局救援协调科"),
)


def load_partners() -> int:
    """Returns how many are new. Existing entries stay as they are."""
    known = set(Partner.objects.unscoped("the demonstration adds what is missing").values_list("code", flat=True))
    there = set(Organisation.objects.filter(retired_at__isnull=True).values_list("pk", flat=True))
    now, made = clock.real_now(), 0
    for number, (code, name, kind, unit, brings, superior) in enumerate(SAMPLES):
        if code in known:
            continue
        partner = Partner(
            code=code, name=name, kind=kind, organisation_id=unit if unit in there else None, phone=f"100-0003-{number:04d}", brings=brings,
            superior=superior, scope=SCOPE, sample=True, updated_at=now,
        )  # fmt: skip
        partner.save(force_insert=True)
        PartnerContact(
            code=f"{code}.1", partner=partner, post="值班员", phone=f"100-0004-{number:04d}", hours="24 小时", scope=SCOPE, sample=True,
            updated_at=now,
        ).save(force_insert=True)  # fmt: skip
        made += 1
    return made
