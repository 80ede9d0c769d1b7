"""A signal that a person has confirmed waits at the desk as a report, once."""

from __future__ import annotations

from anlan.analysis.models import Signal
from anlan.command.gateways.reactions import report_confirmed_signal
from anlan.command.models import Incoming
from anlan.events.loops import LoopStepped
from anlan.kernel.context import system
from anlan.kernel.loops import open_record


def test_a_confirmed_signal_comes_to_the_desk_once(acting, at):
    at("12:30")
    officer = acting("zhibanyuan")
    ctx = system("analysis", world=officer.world)

    def raised(scheme, place):
        return open_record(
            ctx, Signal, scope="11/110107/110107004/", criterion="rain_3h", criterion_zh="3小时雨量", scheme=scheme, hazard="rain",
            place_key=place, level="orange", peak="orange", rank=3, words="橙色", text="古城 3 小时雨量 55 毫米，达到橙色标准",
            clause="示例", since=ctx.now(), at=ctx.now(),
        )  # fmt: skip

    signal, device = raised("warning", "station:a"), raised("device", "device:a")
    for record in (signal, signal, device):
        stepped = LoopStepped(
            loop="analysis.signal", record=str(record.pk), step="verify", source="raised", target="acknowledged"
        )
        report_confirmed_signal(ctx, stepped)
    report = Incoming.objects.visible_to(officer).get()
    assert (report.channel, report.region.code, report.happened_at) == ("sensor", "110107004000", signal.since)
    assert report.text == "古城 3 小时雨量 55 毫米，达到橙色标准，已人工核实"
