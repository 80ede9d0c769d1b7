"""A stage for the screens: real templates and scripts, and a small server that answers as the platform will.

To look at them: ``python -m tests.frontend.stage``.
"""

from __future__ import annotations

import json
import mimetypes
import queue
import threading
from email import policy
from email.parser import BytesParser
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

from . import samples

ROOT = Path(__file__).resolve().parents[2]
STATIC = ROOT / "src/anlan/static"
MAX_BODY = 40 * 1024 * 1024


def render(name: str, context: dict[str, Any], language: str = "zh-hans") -> str:
    from django.template import Context, Engine
    from django.utils import translation

    engine = Engine(
        dirs=[str(Path(__file__).parent / "pages"), str(ROOT / "src/anlan/templates")],
        libraries={
            "i18n": "django.templatetags.i18n",
            "static": "django.templatetags.static",
            "assets": "anlan.kernel.templatetags.assets",
            "drawn": "anlan.kernel.templatetags.drawn",
            "fields": "anlan.kernel.templatetags.fields",
        },
    )
    with translation.override(language):
        return engine.get_template(name).render(Context(context))


class Stage:
    """The server and what it has seen. `say()` sends a live notice, `cut` takes the line away."""

    def __init__(self) -> None:
        self.position = 0
        self.notices: list[tuple[int, str, dict[str, Any]]] = []
        self.lines: list[queue.Queue[bytes | None]] = []
        self.resumed_from: list[str] = []
        self.synced: dict[str, dict[str, Any]] = {}
        self.posts: list[tuple[str, dict[str, Any]]] = []
        self.sync_status = 200
        self.cut = False
        self.context: dict[str, Any] = {}
        self.todo = list(samples.TODO)
        self.phone: dict[str, Any] = {}
        stage = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def log_message(self, *args: Any) -> None:
                pass

            def do_GET(self) -> None:
                stage.answer(self, b"")

            def do_HEAD(self) -> None:
                stage.send(self, 503 if stage.cut else 200, "text/plain", b"")

            def do_POST(self) -> None:
                length = int(self.headers.get("Content-Length") or 0)
                stage.answer(self, self.rfile.read(length) if length <= MAX_BODY else b"")

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, args=(0.05,), daemon=True).start()

    def stop(self) -> None:
        self.drop_lines()
        self.server.shutdown()
        self.server.server_close()

    # -- live
    def say(self, subject: str, **data: Any) -> None:
        self.position += 1
        self.notices.append((self.position, subject, data))
        for line in list(self.lines):
            line.put(self._frame(self.position, subject, data))

    def drop_lines(self) -> None:
        for line in list(self.lines):
            line.put(None)

    @staticmethod
    def _frame(position: int, subject: str, data: dict[str, Any]) -> bytes:
        told = json.dumps({"subject": subject, **data}, ensure_ascii=False)
        return f"id: {position}\nevent: {subject}\ndata: {told}\n\n".encode()

    def _live(self, h: BaseHTTPRequestHandler) -> None:
        last = h.headers.get("Last-Event-ID") or ""
        self.resumed_from.append(last)
        line: queue.Queue[bytes | None] = queue.Queue()
        h.send_response(200)
        h.send_header("Content-Type", "text/event-stream; charset=utf-8")
        h.send_header("Connection", "close")
        h.end_headers()
        for position, subject, data in self.notices:
            if last and position > int(last):
                line.put(self._frame(position, subject, data))
        line.put(f"id: {self.position}\nevent: hello\ndata: {{}}\n\n".encode())
        self.lines.append(line)
        try:
            while True:
                try:
                    piece = line.get(timeout=5)
                except queue.Empty:
                    piece = b"event: beat\ndata: {}\n\n"
                if piece is None:
                    return
                h.wfile.write(piece)
                h.wfile.flush()
        except OSError:
            return
        finally:
            self.lines.remove(line)
            h.close_connection = True

    # -- answers
    def send(self, h: BaseHTTPRequestHandler, status: int, kind: str, body: bytes, **headers: str) -> None:
        h.send_response(status)
        h.send_header("Content-Type", kind)
        h.send_header("Content-Length", str(len(body)))
        for name, value in headers.items():
            h.send_header(name.replace("_", "-"), value)
        h.end_headers()
        if h.command != "HEAD":
            h.wfile.write(body)

    def json(self, h: BaseHTTPRequestHandler, value: Any, status: int = 200) -> None:
        self.send(h, status, "application/json; charset=utf-8", json.dumps(value, ensure_ascii=False).encode())

    def page(self, h: BaseHTTPRequestHandler, name: str, code: int = 200, **more: Any) -> None:
        language = "en" if "language=en" in (h.headers.get("Cookie") or "") else "zh-hans"
        path = urlsplit(h.path).path
        nav = [{**n, "active": n["url"] == path or any(p["url"] == path for p in n["pages"])} for n in samples.NAV]
        context = {
            "nav": nav,
            "place": {"name": "石景山区", "url": "/style/"},
            "duty": samples.DUTY,
            "person": {"name": "值班员（示例）", "key": "p1", "post": "区应急局指挥中心"},
            "now": samples.NOW,
            "clock": {"rate": 1},
            "csrf_token": "stage",
            "sample": samples.SAMPLE,
            "accounts": samples.ACCOUNTS,
            "todo": self.todo,
            "LANGUAGE_CODE": language,
            **self.context,
            **more,
        }
        self.send(h, code, "text/html; charset=utf-8", render(name, context, language).encode())

    def answer(self, h: BaseHTTPRequestHandler, body: bytes) -> None:
        address = urlsplit(h.path)
        path = address.path
        if self.cut and not path.startswith("/static/"):
            h.close_connection = True
            h.connection.close()
            return
        if path.startswith("/static/"):
            self._static(h, STATIC / path.removeprefix("/static/"))
        elif path == "/live/":
            self._live(h)
        elif h.command == "POST":
            self._post(h, path, body)
        elif path in PAGES:
            self.page(h, PAGES[path], **({"map_config": samples.map_config()} if path == "/map/" else {}))
        elif path == "/wall/":
            views = [
                {"title": "雨情", "bounds": [116.09, 39.86, 116.27, 39.98]},
                {"title": "力量", "bounds": [116.15, 39.88, 116.22, 39.93]},
            ]
            self.page(h, "map.html", theme="wall", surface="wall", map_config=samples.map_config(views=views))
        elif path == "/map/base/outline/":
            self.json(h, samples.OUTLINE)
        elif path == "/map/base/places/":
            self.json(h, samples.collection([samples.point(n, lon, lat, name=n) for n, lon, lat in samples.PLACES]))
        elif path.startswith("/map/layer/"):
            self.json(h, samples.LAYERS[path.split("/")[3]])
        elif path.startswith("/map/inspect/"):
            self.page(h, "inspect.html", selected=path.split("/")[4])
        elif path == "/search/":
            q = parse_qs(address.query).get("q", [""])[0]
            self.json(h, {"results": [{"label": f"古城街道 {q}", "kind": "地点", "detail": "街道", "url": "/style/"}]})
        elif path == "/phone/data/":
            self.json(h, {**samples.phone_data("p1"), **self.phone})
        elif path == "/phone/sw.js":
            body = (STATIC / "built/phone-worker.js").read_bytes()
            self.send(h, 200, "text/javascript", body, Service_Worker_Allowed="/phone/", Cache_Control="no-cache")
        elif path == "/phone/manifest.webmanifest":
            self.json(h, {"name": "安澜现场", "start_url": "/phone/", "display": "standalone"})
        else:
            self.page(h, "error.html", code=404, status=404, path=path)

    def _post(self, h: BaseHTTPRequestHandler, path: str, body: bytes) -> None:
        kind = h.headers.get("Content-Type", "")
        if path == "/phone/sync/":
            self._sync(h, kind, body)
            return
        fields = (
            json.loads(body)
            if "json" in kind
            else {k: v.decode(errors="replace") for k, (_n, v) in parts_of(kind, body).items()}
        )
        self.posts.append((path, fields))
        if path == "/act/refuse/":
            faults = [{"field": "depth", "message": "请填写“积水深度”"}]
            self.json(
                h,
                {
                    "error": "bad_input",
                    "message": "请填写“积水深度”",
                    "mend": "补正后再提交，已填内容不会丢失",
                    "field": "depth",
                    "details": {"faults": faults},
                },
                422,
            )
        elif path == "/desk/parse/":
            self.json(h, parsed(fields["text"]))
        elif path == "/map/within/":
            self.json(
                h,
                {
                    "area_km2": 3.14,
                    "totals": [{"label": "人口", "value": 12840, "unit": "人"}, {"label": "被困", "value": None}],
                    "groups": [
                        {
                            "id": "shelters",
                            "title": "避难场所",
                            "total": 130,
                            "items": [
                                {
                                    "id": "s1",
                                    "label": "八角避难所",
                                    "detail": "可容 800 人",
                                    "lon": 116.205,
                                    "lat": 39.9,
                                }
                            ],
                        }
                    ],
                },
            )
        else:
            self.json(h, {"message": "已办"})

    def _sync(self, h: BaseHTTPRequestHandler, kind: str, body: bytes) -> None:
        parts = parts_of(kind, body)
        item = json.loads(parts["item"][1])
        self.posts.append(("/phone/sync/", item))
        if self.sync_status != 200:
            self.json(h, {"message": "平台正忙", "mend": "稍后再试"}, self.sync_status)
            return
        item["sizes"] = {f["part"]: len(parts[f["part"]][1]) for f in item["files"]}
        first = item["id"] not in self.synced
        self.synced[item["id"]] = item
        self.json(h, {"id": item["id"], "state": "accepted"}, 201 if first else 200)

    def _static(self, h: BaseHTTPRequestHandler, file: Path) -> None:
        if not file.resolve().is_relative_to(STATIC) or not file.is_file():
            self.send(h, 404, "text/plain", b"")
            return
        self.send(h, 200, mimetypes.guess_type(file.name)[0] or "application/octet-stream", file.read_bytes())


PAGES = {
    "/style/": "style_guide.html",
    "/home/": "home.html",
    "/desk/": "desk.html",
    "/map/": "map.html",
    "/phone/": "phone.html",
    "/signin/": "signin_page.html",
    "/board/": "board.html",
    "/calls/": "calls.html",
    "/todo/": "todo.html",
}


def parts_of(kind: str, body: bytes) -> dict[str, tuple[str, bytes]]:
    """The parts of a multipart body: name → (file name, content)."""
    message = BytesParser(policy=policy.HTTP).parsebytes(b"Content-Type: " + kind.encode() + b"\r\n\r\n" + body)
    found = {}
    for part in message.iter_parts() if message.is_multipart() else ():
        found[part.get_param("name", header="content-disposition")] = (
            part.get_filename() or "",
            part.get_payload(decode=True) or b"",
        )
    return found


def parsed(text: str) -> dict[str, Any]:
    def field(name: str, label: str, words: str, **more: Any) -> dict[str, Any]:
        at = text.find(words)
        return {
            "name": name,
            "label": label,
            "value": words if at >= 0 else None,
            "spans": [[at, at + len(words)]] if at >= 0 else [],
            "confidence": 0.9,
            **more,
        }

    return {
        "fields": [
            field("time", "时间", "12时40分"),
            field("place", "地点", "古城街道下凹桥", confidence=0.5),
            field("kind", "类型", "积水"),
            field("cars", "被困车", "两车"),
            {"name": "trapped", "label": "被困人", "value": None, "spans": []},
        ],
        "duplicates": [
            {"label": "古城桥区积水 12:31", "reason": "同一地点，9 分钟前", "url": "/style/", "merge_url": "/act/"}
        ]
        if "积水" in text
        else [],
    }


def main() -> None:
    from django.conf import settings

    if not settings.configured:
        settings.configure(
            STATIC_URL="/static/",
            STATICFILES_DIRS=[STATIC],
            USE_I18N=True,
            USE_TZ=True,
            TIME_ZONE="Asia/Shanghai",
            LOCALE_PATHS=[ROOT / "src/anlan/locale"],
            LANGUAGES=[("zh-hans", "中文"), ("en", "English")],
            LANGUAGE_CODE="zh-hans",
        )
        import django

        django.setup()
    stage = Stage()
    stage.context = {
        "exercise": {"title": "2016·7·20 暴雨"},
        "exercise_control_url": "/act/",
        "speeds": [{"label": f"{n}×", "value": n, "active": n == 1} for n in (1, 10, 60, 600)],
    }
    print(stage.url, flush=True)
    threading.Event().wait()


if __name__ == "__main__":
    main()
