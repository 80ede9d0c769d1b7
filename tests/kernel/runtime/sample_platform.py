"""A small platform for the supervisor's tests: real processes, no domain. It is a command as well.

The page tells who answers; ``/sleep`` never ends, as a live page does.
"""

import asyncio
import json
import os
import signal
import sys
import time
from pathlib import Path

#: The process that loaded this module: the supervisor, of which the others are copies, or each one itself.
LOADED_IN = os.getpid()


async def application(scope, receive, send):
    if scope["type"] != "http":
        return
    await receive()
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-type", b"application/json")]})
    if scope["path"] == "/sleep":
        await send({"type": "http.response.body", "body": b"waiting\n", "more_body": True})
        await asyncio.Event().wait()
    told = {
        "pid": os.getpid(),
        "loaded_in": LOADED_IN,
        "client": scope["client"][0],
        "env": {name: value for name, value in os.environ.items() if name.startswith("ANLAN_")},
    }
    await send({"type": "http.response.body", "body": json.dumps(told).encode()})


def command(name: str) -> int:
    """``engine`` runs until told to stop; ``prepare`` leaves a trace; ``fail`` fails; ``linger`` hears no signal."""
    if name == "prepare":
        (Path(os.environ["ANLAN_VAR"]) / "prepared").write_text(os.environ["ANLAN_DATABASE_URL"], "utf-8")
        return 0
    if name == "fail":
        print("the reason of the failure", file=sys.stderr)
        return 3
    if name == "linger":
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
    while True:
        time.sleep(60)


def main() -> int:
    """Serve this sample in ANLAN_VAR; arguments are the steps of preparation."""
    from anlan.kernel.runtime.foreground import serve

    steps = [[step] for step in sys.argv[2:]]
    house = os.environ.get("SAMPLE_HOUSE", "sample_platform")
    return serve(prepare=steps, application="sample_platform:application", command=(__file__, "command"), house=house)


if __name__ == "__main__":
    raise SystemExit(main() if sys.argv[1] == "serve" else command(sys.argv[2]))
