"""Figures and checks of the chain, from the watchdog's own file and records."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from anlan.kernel import clock
from anlan.kernel.health import Verdict, add_check, add_gauge
from anlan.kernel.health.app import chain_state
from anlan.kernel.health.figures import Value
from anlan.kernel.health.state import STALE_S, age_s, read_state
from anlan.kernel.worlds import REAL

from ..models import ChainAlarm, ProbeRun, StoppedRule
from .queries import unjudged

#: Batches may wait so long for their judgement (s).
LATE_S = 10.0
STATES = ("ok", "stuck", "maintenance", "starting", "unknown", "absent")


def _state() -> dict[str, Any] | None:
    found = read_state(settings.VAR_DIR)
    return found if found is not None and age_s(found) <= STALE_S else None


def _of_state(figure: Callable[[dict[str, Any]], Value]) -> Value:
    state = _state()
    return figure(state) if state is not None else None


def _since(told: str | None) -> Value:
    return (clock.real_now() - datetime.fromisoformat(told)).total_seconds() if told else None


def _chain() -> Value:
    now = chain_state("zh-hans")["state"]
    return {(state,): float(state == now) for state in STATES}


def _stuck_of_day() -> Value:
    return ProbeRun.objects.filter(sent_at__gte=clock.real_now() - timedelta(days=1)).exclude(stuck_at="").count()


def _open_alarms() -> Value:
    return ChainAlarm.objects.unscoped("how many standstills there are now").open().count()


def _look_at_chain() -> Verdict:
    told = chain_state("en" if (get_language() or "").startswith("en") else settings.LANGUAGE_CODE)
    if told["state"] in ("ok", "maintenance"):
        return Verdict("ok")
    if told["state"] == "stuck":
        return Verdict("trouble", told["text"], told["mend"])
    if told["state"] == "starting":
        return Verdict("unknown", _("平台刚启动，第一个探针还没有走完"))
    return Verdict(
        "unknown", told["text"] or _("平台自检没有在运行"), told["mend"] or _("请以电话核实为准，并告诉系统管理员")
    )


def _stopped() -> Value:
    return StoppedRule.objects.filter(ended_at=None, world_id=REAL).count()


def _unjudged_age() -> Value:
    waiting = unjudged()
    return waiting.age_s if waiting.entries else 0.0


def _look_at_rules() -> Verdict:
    number = StoppedRule.objects.filter(ended_at=None, world_id=REAL).count()
    if not number:
        return Verdict("ok")
    text = _("%(n)d 处的研判停了") % {"n": number}
    return Verdict("trouble", text, _("请直接看这些测站的读数，并告诉系统管理员"), url="/system/#rules")


def _look_at_judging() -> Verdict:
    waiting = unjudged()
    if not waiting.entries or waiting.age_s <= LATE_S:
        return Verdict("ok")
    text = _("有 %(n)d 批读数等了 %(s)d 秒还没有研判") % {"n": waiting.entries, "s": waiting.age_s}
    return Verdict("trouble", text, _("请直接看测站读数、用电话核实，并告诉系统管理员"))


add_gauge(
    "anlan_chain_state", "1 for the state that the chain is in: ok, stuck, maintenance, starting, unknown, absent.", _chain,
    labels=("state",), group="chain", of_database=False,
)  # fmt: skip
add_gauge(
    "anlan_probe_stage_seconds", "Time from sending the last probe that came through until it passed each stage.",
    lambda: _of_state(lambda s: {(stage,): t for stage, t in s["stages"].items()}), labels=("stage",), group="chain", of_database=False,
)  # fmt: skip
add_gauge(
    "anlan_probe_last_passed_seconds", "Time since a probe last came through.",
    lambda: _of_state(lambda s: _since(s["last_passed"])), group="chain", of_database=False,
)  # fmt: skip
add_gauge(
    "anlan_probes_sent_total", "Probes sent since the watchdog was started.", lambda: _of_state(lambda s: s["sent"]),
    group="chain", counter=True, of_database=False,
)  # fmt: skip
add_gauge(
    "anlan_probes_stuck_total", "Probes that did not come through in time since the watchdog was started.",
    lambda: _of_state(lambda s: s["stuck"]), group="chain", counter=True, of_database=False,
)  # fmt: skip
add_gauge(
    "anlan_probes_stuck_of_day", "Probes of the last 24 hours that did not come through in time.", _stuck_of_day, group="chain",
)  # fmt: skip
add_gauge(
    "anlan_chain_alarms_open", "Standstills of the platform that are not over.", _open_alarms,
    title=gettext_lazy("未结束的平台停顿"), group="chain", limit=0, url="/loop/analysis.chain_alarm/",
)  # fmt: skip
add_gauge(
    "anlan_room_announcements_waiting", "Announcements that a room has not yet taken from the bus.",
    lambda: _of_state(lambda s: {(room,): n for room, n in s["rooms"].items()} or None), labels=("room",),
    title=gettext_lazy("各室未取的消息"), limit=5000, order=25, of_database=False,
)  # fmt: skip
add_gauge(
    "anlan_stations_judgement_stopped", "Stations whose judgement fails and was put aside for a person.", _stopped,
    title=gettext_lazy("研判停了的地方"), group="readings", limit=0, url="/system/#rules", order=30,
)  # fmt: skip
add_gauge(
    "anlan_journal_unjudged", "Batches of readings that are stored and not yet judged.", lambda: unjudged().entries,
    title=gettext_lazy("未研判的读数（批）"), limit=500, order=10,
)  # fmt: skip
add_gauge(
    "anlan_journal_unjudged_oldest_seconds", "Age of the oldest batch of readings that is not yet judged.", _unjudged_age,
    title=gettext_lazy("最早一批等了"), unit="s", limit=LATE_S, order=11,
)  # fmt: skip
add_check("analysis.chain", gettext_lazy("读数从接收到页面一路畅通"), _look_at_chain, order=10, of_database=False)
add_check("analysis.rules", gettext_lazy("每个测站都在研判"), _look_at_rules, order=41)
add_check("analysis.judging", gettext_lazy("读数及时研判"), _look_at_judging, order=40)
