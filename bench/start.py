"""Second start, idle memory, and how soon home and map can be used.

    .venv/bin/python bench/start.py [--starts 3] [--loads 5] [--idle 20] [--out FILE.json] [--keep VAR]

A demonstration of its own is started once (with migrations and seeding), stopped, and started again --starts times. Idle memory is the
sum of PSS (each shared page counted once) over the supervisor and everything it started, --idle seconds after the start with one
signed-in page open nowhere. Pages are loaded by headless Chromium over loopback, first with an empty cache and then again:

paint   first contentful paint (Performance API)
useful  home: DOM parsed and styled, with the to-do list in sight; map: the outlines and the last tile of what is shown have arrived
"""

from __future__ import annotations

import argparse
import json
import os
import re
import statistics
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from bench.standing import Platform, machine, platform

CHROMIUM = os.environ.get("ANLAN_CHROMIUM", "/usr/bin/chromium")
PAINT = "() => performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? null"
MAP_DATA = re.compile(r"/map/(tiles|base)/")
QUIET_S = 0.7
"""So long nothing more of the map's own data has come: it is drawn."""
HOME_READY = "() => Math.max(performance.timing.domContentLoadedEventEnd - performance.timing.navigationStart, 0)"


def main(argv: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--starts", type=int, default=3)
    parser.add_argument("--loads", type=int, default=5)
    parser.add_argument("--idle", type=float, default=20)
    parser.add_argument("--out", default="")
    parser.add_argument("--keep", default="")
    told = parser.parse_args(argv)
    result: dict[str, Any] = {"machine": machine()}
    with platform(keep=told.keep) as standing:
        result["first_start_s"] = round(standing.first_line_s, 1)
        stops, starts = [], []
        for _again in range(told.starts):
            stops.append(round(standing.stop(), 1))
            standing.start()
            starts.append(round(standing.first_line_s, 1))
        result |= {"second_start_s": starts, "stop_s": stops}
        time.sleep(told.idle)
        result["idle_mb"] = idle_memory(standing)
        result["pages"] = loads(standing, told.loads)
        result["load"] = machine()["load"]
    _show(result)
    if told.out:
        Path(told.out).write_text(json.dumps(result, ensure_ascii=False, indent=1), encoding="utf-8")
    return 0


def idle_memory(standing: Platform) -> dict[str, float]:
    """Megabytes of PSS by process name, and their sum. Needs the right to read other users' smaps (root for the database)."""
    assert standing.process is not None
    parents = _parents()
    names = {int(entry["pid"]): name for name, entry in standing.runtime()["pids"].items()}
    found: dict[str, float] = {}
    for pid in parents:
        top = _top(pid, parents, names, standing.process.pid)
        if top:
            found[top] = found.get(top, 0) + _pss_mb(pid)
    return {name: round(mb, 1) for name, mb in sorted(found.items())} | {"all": round(sum(found.values()), 1)}


def _parents() -> dict[int, int]:
    found = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            found[int(stat.parent.name)] = int(
                stat.read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()[1]
            )
        except OSError:
            continue
    return found


def _top(pid: int, parents: dict[int, int], names: dict[int, str], supervisor: int) -> str:
    """Which of the platform's processes this one belongs to; empty for a stranger."""
    while pid > 1:
        if pid in names:
            return names[pid]
        if pid == supervisor:
            return "supervisor"
        pid = parents.get(pid, 0)
    return ""


def _pss_mb(pid: int) -> float:
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text(encoding="ascii").splitlines()
    except OSError:
        return 0.0
    return next((int(line.split()[1]) / 1024 for line in lines if line.startswith("Pss:")), 0.0)


def loads(standing: Platform, times: int) -> dict[str, dict[str, list[float]]]:
    """Milliseconds of each load: ``{"home": {"first_paint": […], "first_useful": […], "again_paint": […], …}}``."""
    from playwright.sync_api import sync_playwright

    found: dict[str, dict[str, list[float]]] = {}
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--use-gl=swiftshader"])
        for _time in range(times):
            context = browser.new_context(viewport={"width": 1366, "height": 768}, base_url=standing.address)
            page = context.new_page()
            page.goto("/signin/")
            page.fill("input[name=username]", "zhibanyuan")
            page.fill("input[name=password]", standing.password())
            page.press("input[name=password]", "Enter")
            page.wait_for_url("**/")
            state = context.storage_state()
            context.close()
            # A context of its own per page: the cache is empty, the session is not.
            for name, path in (("home", "/"), ("map", "/map/")):
                fresh = browser.new_context(
                    viewport={"width": 1366, "height": 768}, base_url=standing.address, storage_state=state
                )
                page = fresh.new_page()
                for which in ("first", "again"):
                    paint, useful = _load(page, name, path)
                    row = found.setdefault(name, {})
                    row.setdefault(f"{which}_paint", []).append(paint)
                    row.setdefault(f"{which}_useful", []).append(useful)
                fresh.close()
        browser.close()
    return found


def _load(page: Any, name: str, path: str) -> tuple[float, float]:
    came: list[float] = []
    # The map asks for its tiles in a worker, which the page's own timeline does not see.
    page.on("requestfinished", lambda request: came.append(time.time()) if MAP_DATA.search(request.url) else None)
    page.goto(path, wait_until="load")
    page.wait_for_function("() => performance.getEntriesByName('first-contentful-paint').length > 0")
    paint = float(page.evaluate(PAINT))
    if name != "map":
        return round(paint), round(max(paint, float(page.evaluate(HOME_READY))))
    end = time.time() + 60
    while time.time() < end and (not came or time.time() - came[-1] < QUIET_S):
        page.wait_for_timeout(50)
    if not came:
        raise RuntimeError("the map asked for nothing within 60 s")
    return round(paint), round(max(paint, came[-1] * 1000 - float(page.evaluate("() => performance.timeOrigin"))))


def _show(result: dict[str, Any]) -> None:
    print(f"load {result['machine']['load']} before, {result['load']} after; {result['machine']['cores']} cores")
    print(
        f"first start {result['first_start_s']} s, second start {result['second_start_s']} s, stop {result['stop_s']} s"
    )
    print("idle memory (PSS, MB): " + ", ".join(f"{name} {mb}" for name, mb in result["idle_mb"].items()))
    for name, rows in result["pages"].items():
        said = ", ".join(
            f"{what} {statistics.median(ms):.0f} ({min(ms):.0f}–{max(ms):.0f})" for what, ms in rows.items()
        )
        print(f"{name}: {said} ms")


if __name__ == "__main__":
    raise SystemExit(main())
