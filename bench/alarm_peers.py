"""The peers of `alarms.py`: VictoriaMetrics with vmalert, Prometheus with Alertmanager, as Debian ships them."""

from __future__ import annotations

import asyncio
import contextlib
import json
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx

from bench.alarm_course import (
    EVERY_S,
    HELD,
    HELD_S,
    SUM,
    SUM_S,
    THRESHOLD,
    Course,
    Lines,
    Receiver,
    delays,
    feed,
    is_rain,
)


def rules(interval: str, *, held_s: int = HELD_S, count: int = HELD_S // EVERY_S, total: float = SUM) -> str:
    """The same three conditions for PromQL."""
    named = {
        "threshold": f"depth_cm >= {THRESHOLD}",
        "held": f"min_over_time(depth_cm[{held_s}s]) >= {HELD} and count_over_time(depth_cm[{held_s}s]) >= {count}",
        "sum": f"sum_over_time(rain_mm[{SUM_S}s]) >= {total}",
    }
    lines = ["groups:", "- name: bench", f"  interval: {interval}", "  rules:"]
    for name, expression in named.items():
        lines += [f"  - alert: {name}", f"    expr: {json.dumps(expression)}"]
    return "\n".join(lines) + "\n"


def alerts_of(body: Any) -> list[tuple[int, str]]:
    rows = body.get("alerts", []) if isinstance(body, dict) else body
    return [
        (int(row["labels"]["station"]), row["labels"]["alertname"])
        for row in rows
        if "station" in row.get("labels", {}) and row.get("status", "firing") != "resolved"
    ]


@contextmanager
def programs(*commands: list[str], folder: Path) -> Iterator[None]:
    """Run programs for as long as the block lasts."""
    running = []
    try:
        for command in commands:
            log = (folder / f"{Path(command[0]).name}.log").open("wb")
            running.append(subprocess.Popen(command, stdout=log, stderr=subprocess.STDOUT, cwd=folder))
        yield
    finally:
        for one in running:
            one.terminate()
        for one in running:
            with contextlib.suppress(subprocess.TimeoutExpired):
                one.wait(10)
            one.kill()


async def answers(url: str, seconds: float = 60) -> None:
    """Wait until an address answers."""
    async with httpx.AsyncClient(timeout=2) as client:
        for _try in range(int(seconds * 5)):
            with contextlib.suppress(httpx.HTTPError):
                if (await client.get(url)).status_code == 200:
                    return
            await asyncio.sleep(0.2)
    raise RuntimeError(f"{url} does not answer")


async def measure_vm(course: Course, rate: int) -> dict[str, Any]:
    folder = Path(tempfile.mkdtemp(prefix="anlan-vm-"))
    (folder / "rules.yml").write_text(rules("1s"), encoding="ascii")
    try:
        async with Receiver(alerts_of) as receiver:
            store = [
                "victoria-metrics", "-httpListenAddr=127.0.0.1:18428", "-storageDataPath=data", "-search.latencyOffset=0s",
                "-search.disableCache", "-loggerLevel=WARN",
            ]  # fmt: skip
            alert = [
                "vmalert", "-rule=rules.yml", "-datasource.url=http://127.0.0.1:18428", "-evaluationInterval=1s",
                f"-notifier.url=http://127.0.0.1:{receiver.port}", "-httpListenAddr=127.0.0.1:18880", "-loggerLevel=WARN",
                "-datasource.lookback=0s", "-datasource.queryStep=10s",
            ]  # fmt: skip
            with programs(store, alert, folder=folder):
                await answers("http://127.0.0.1:18428/health")
                line = Lines("http://127.0.0.1:18428", {})

                async def send(turn: int, rows: Sequence[tuple[int, float]]) -> None:
                    at = int(time.time() * 1000)
                    text = "".join(
                        f'{"rain_mm" if is_rain(s) else "depth_cm"}{{station="{s}"}} {v} {at}\n' for s, v in rows
                    )
                    await line.post("/api/v1/import/prometheus", text.encode(), "text/plain")

                sent = await feed(course, rate, send)
                await asyncio.sleep(20)
            return {"webhook": delays(course, sent, receiver.came)}
    finally:
        shutil.rmtree(folder, ignore_errors=True)


async def measure_prometheus(course: Course, rate: int) -> dict[str, Any]:
    """Prometheus fetches: an exporter shows the newest value of every station, fetched every second."""
    folder = Path(tempfile.mkdtemp(prefix="anlan-prom-"))
    newest = {s: 0.0 if is_rain(s) else 3.0 for s in range(course.stations)}

    async def export(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(asyncio.IncompleteReadError, asyncio.CancelledError, ConnectionError):
            while True:
                await reader.readuntil(b"\r\n\r\n")
                text = "".join(
                    f'{"rain_mm" if is_rain(s) else "depth_cm"}{{station="{s}"}} {v}\n' for s, v in newest.items()
                ).encode()
                writer.write(
                    b"HTTP/1.1 200 OK\r\ncontent-type: text/plain; version=0.0.4\r\ncontent-length: %d\r\n\r\n"
                    % len(text)
                    + text
                )
                await writer.drain()

    try:
        async with Receiver(alerts_of) as receiver:
            server = await asyncio.start_server(export, "127.0.0.1", 0)
            port = server.sockets[0].getsockname()[1]
            # A value that is fetched every second until the next one comes counts ten times: the third reading completes the sum with
            # its first fetch, the sixth the minute (fifty seconds of fetches and one).
            text = rules("1s", held_s=HELD_S - EVERY_S, count=HELD_S - EVERY_S - 2, total=5.5 * (2 * EVERY_S + 1))
            (folder / "rules.yml").write_text(text, encoding="ascii")
            (folder / "prometheus.yml").write_text(
                "global: {scrape_interval: 1s, scrape_timeout: 1s, evaluation_interval: 1s}\nrule_files: [rules.yml]\n"
                "alerting: {alertmanagers: [{static_configs: [{targets: ['127.0.0.1:19093']}]}]}\n"
                f"scrape_configs: [{{job_name: bench, static_configs: [{{targets: ['127.0.0.1:{port}']}}]}}]\n",
                encoding="ascii",
            )
            (folder / "alertmanager.yml").write_text(
                "route: {receiver: bench, group_by: ['...'], group_wait: 0s, group_interval: 1s, repeat_interval: 1h}\n"
                f"receivers: [{{name: bench, webhook_configs: [{{url: 'http://127.0.0.1:{receiver.port}/'}}]}}]\n",
                encoding="ascii",
            )
            prometheus = [
                "prometheus", "--config.file=prometheus.yml", "--storage.tsdb.path=data", "--web.listen-address=127.0.0.1:19090",
                "--log.level=warn",
            ]  # fmt: skip
            manager = [
                "prometheus-alertmanager", "--config.file=alertmanager.yml", "--storage.path=am", "--web.listen-address=127.0.0.1:19093",
                "--cluster.listen-address=", "--log.level=warn",
            ]  # fmt: skip
            with programs(manager, prometheus, folder=folder):
                await answers("http://127.0.0.1:19093/-/ready")
                await answers("http://127.0.0.1:19090/-/ready")

                async def send(turn: int, rows: Sequence[tuple[int, float]]) -> None:
                    newest.update(rows)

                sent = await feed(course, rate, send)
                await asyncio.sleep(20)
            server.close()
            return {"webhook": delays(course, sent, receiver.came)}
    finally:
        shutil.rmtree(folder, ignore_errors=True)
