"""Messages for the tests: composed ones (模拟), and the bytes of the committed samples."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

from anlan.warning.cap.model import CapAlert, CapArea, CapInfo, NamedValue, Reference

SAMPLES = Path(__file__).parent / "samples"
SENT = datetime.fromisoformat("2016-07-20T10:35:00+08:00")


def sample(name: str) -> bytes:
    return (SAMPLES / name).read_bytes()


def rainstorm_orange(**changes: object) -> CapAlert:
    """A rainstorm warning for 石景山 in the Chinese profile, marked as an exercise."""
    info = CapInfo(
        event="暴雨",
        urgency="Immediate",
        severity="Severe",
        certainty="Likely",
        categories=("Met",),
        language="zh-CN",
        event_codes=(NamedValue("国家突发事件预警信息发布系统事件码", "11B03"),),
        effective=SENT,
        expires=SENT + timedelta(hours=12),
        sender_name="某市气象台(模拟)",
        headline="某市气象台发布暴雨橙色预警信号(模拟)",
        description="预计未来3小时部分地区降雨量将达50毫米以上。",
        instruction="低洼地带注意防范积水。",
        areas=(
            CapArea(
                "石景山区",
                geocodes=(NamedValue("CPEAS Geographic Code", "110107000000"),),
                polygons=(((39.9, 116.1), (39.9, 116.25), (40.0, 116.25), (40.0, 116.1), (39.9, 116.1)),),
            ),
        ),
    )
    fields: dict[str, object] = {
        "identifier": "11010741600000_20160720103500",
        "sender": "Sample_Observatory",
        "sent": SENT,
        "status": "Exercise",
        "msg_type": "Alert",
        "scope": "Public",
        "note": "演练：一场暴雨",
        "infos": (info,),
    }
    return CapAlert(**{**fields, **changes})  # type: ignore[arg-type]


def reference_to(alert: CapAlert) -> Reference:
    return Reference(alert.sender, alert.identifier, alert.sent)
