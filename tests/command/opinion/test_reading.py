"""Feeds over the network: conditional, limited, never into networks that are not public."""

import asyncio
import threading
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from anlan.command.models import FeedHealth, OpinionItem
from anlan.command.opinion.health import _look
from anlan.command.opinion.queries import feed_states, feeds
from anlan.command.opinion.services import due_feeds, forget_old, take_answer
from anlan.kernel.clock import real_now
from anlan.kernel.fetching import fetch
from anlan.kernel.worlds import REAL

RSS = """<?xml version="1.0"?><rss version="2.0"><channel><title>甲报</title><item><title>石景山古城南街积水，车辆被淹</title>
<link>https://news.example/1</link></item></channel></rss>""".encode()


class Publisher(BaseHTTPRequestHandler):
    def do_GET(self):
        if self.path == "/for-ever":
            return self._answer(302, b"", Location="/for-ever")
        if self.path == "/to-file":
            return self._answer(302, b"", Location="file:///etc/passwd")
        if self.path == "/huge":
            self.send_response(200)
            self.end_headers()
            try:
                for _block in range(50):
                    self.wfile.write(b"x" * 2**20)
            except OSError:
                pass
            return None
        if self.path == "/moved":
            return self._answer(302, b"", Location="/积水.xml".encode().decode("latin-1"))
        if self.path == "/odd-mark":
            return self._answer(200, RSS, ETag='"\xe9"')
        if self.path == "/html":
            return self._answer(200, b"<html>no feed</html>")
        if self.headers.get("If-None-Match") == '"one"':
            return self._answer(304, b"")
        return self._answer(200, RSS, ETag='"one"')

    def _answer(self, status, body, **headers):
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_args):
        pass


@pytest.fixture
def publisher():
    server = ThreadingHTTPServer(("127.0.0.1", 0), Publisher)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


def get(url, *, nets=("127.0.0.0/8",), **options):
    return asyncio.run(fetch(url, nets=lambda: nets, **options))


def test_what_would_never_end_ends_and_what_is_not_public_is_not_read(publisher):
    assert get(f"{publisher}/rss").body == RSS
    assert get(f"{publisher}/rss", etag='"one"').unchanged
    assert "转来转去" in get(f"{publisher}/for-ever").error
    assert "不是网址" in get(f"{publisher}/to-file").error
    assert "超过 5 MB" in get(f"{publisher}/huge").error
    assert "内部网络" in get(f"{publisher}/rss", nets=()).error
    assert "没有连上" in get("http://127.0.0.1:1/").error
    assert get("http://no-such-host.invalid/").error


def test_addresses_with_letters_of_ours_are_read_and_a_mark_that_cannot_be_sent_back_is_not_kept(publisher):
    assert get(f"{publisher}/积水.xml").body == RSS
    assert get(f"{publisher}/moved").body == RSS
    odd = get(f"{publisher}/odd-mark")
    assert (odd.body, odd.etag) == (RSS, "")


def test_a_feed_is_read_once_remembered_and_its_silence_is_seen(publisher, feed, acting, people):
    source = feed("甲报", url=f"{publisher}/rss")
    broken = feed("乙网", url=f"{publisher}/html")
    assert {f.pk for f in due_feeds()} == {source.pk, broken.pk}
    assert take_answer(source.pk, get(source.url)) == 1
    assert take_answer(source.pk, get(source.url)) == 0
    health = FeedHealth.objects.get(feed=source)
    assert (health.etag, health.brought, health.error) == ('"one"', 1, "")
    assert take_answer(source.pk, get(source.url, etag=health.etag)) == 0
    assert FeedHealth.objects.get(feed=source).etag == '"one"'
    assert OpinionItem.objects.unscoped("test").get().world_id == REAL
    for _time in range(3):
        take_answer(broken.pk, get(broken.url))
    assert due_feeds() == []
    ctx = acting("zhibanzhang", world=REAL)
    troubles = {s.feed.name: s.trouble for s in feed_states(feeds(ctx))}
    assert troubles["甲报"] == ""
    assert "不是 RSS" in troubles["乙网"]
    verdict = _look()
    assert verdict.state == "trouble"
    assert "乙网" in verdict.text
    assert not feeds(acting("gucheng", world=REAL))


def test_what_concerns_nobody_is_forgotten_and_what_stands_in_a_topic_stays(feed, acting, people):
    from anlan.command.opinion.feeds import Entry
    from anlan.command.opinion.services import take_entries
    from anlan.command.opinion.services.reading import reader

    take_entries(reader(), feed("甲报"), [Entry("石景山古城路积水车辆被淹"), Entry("某明星演唱会")])
    assert forget_old() == 0
    rows = OpinionItem.objects.unscoped("test")
    rows.update(seen_at=real_now() - timedelta(days=40))
    assert forget_old() == 1
    assert [i.title for i in rows.all()] == ["石景山古城路积水车辆被淹"]
