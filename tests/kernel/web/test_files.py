"""Files of the screens and of the records on their way to the browser."""

from __future__ import annotations

import contextlib
import io
import warnings

import pytest
from asgiref.sync import async_to_sync
from django.http import FileResponse, HttpResponse
from django.test import AsyncRequestFactory

from anlan.kernel.web.static import StaticMiddleware
from anlan.kernel.web.streaming import StreamingMiddleware

#: An answer that is closed looks after the connections of its thread.
pytestmark = pytest.mark.django_db

CONTENT = bytes(range(256)) * 4096


class Watched(io.BytesIO):
    """Says how much of it was read."""

    taken = 0

    def read(self, size=-1):
        piece = super().read(size)
        self.taken += len(piece)
        return piece


def test_a_large_file_is_read_while_it_is_sent(rf):
    file = Watched(CONTENT)
    send = StreamingMiddleware(lambda request: FileResponse(file))

    async def first_and_rest():
        answer = send(AsyncRequestFactory().get("/"))
        pieces = aiter(answer)
        first = await anext(pieces)
        read_by_then = file.taken
        return first + b"".join([piece async for piece in pieces]), read_by_then, answer

    with warnings.catch_warnings():
        warnings.simplefilter("error")
        got, read_by_then, answer = async_to_sync(first_and_rest)()
    assert got == CONTENT
    assert read_by_then < len(CONTENT) / 2
    answer.close()
    assert file.closed
    assert b"".join(send_plain(rf)) == CONTENT


def send_plain(rf):
    return StreamingMiddleware(lambda request: FileResponse(io.BytesIO(CONTENT)))(rf.get("/"))


@pytest.fixture
def built(settings, tmp_path):
    settings.STATICFILES_DIRS, settings.STATIC_ROOT = [tmp_path], None
    (tmp_path / "built").mkdir()
    return tmp_path / "built"


def test_what_is_built_while_the_platform_runs_is_served(rf, built):
    (built / "shell-AAAAAAAA.js").write_text("old")
    serve = StaticMiddleware(lambda request: HttpResponse(status=404))
    (built / "shell-BBBBBBBB.js").write_text("new")

    def asked(name):
        return serve(rf.get(f"/static/built/{name}"))

    old, new = asked("shell-AAAAAAAA.js"), asked("shell-BBBBBBBB.js")
    assert [b"".join(answer) for answer in (old, new)] == [b"old", b"new"]
    old.close(), new.close()
    assert "immutable" in new["Cache-Control"], "its name changes with its content"
    assert [asked(name).status_code for name in ("shell-CCCCCCCC.js", "../../settings.py")] == [404, 404]
    (built / "phone-worker.js").write_text("worker")
    with contextlib.closing(asked("phone-worker.js")) as worker:
        assert "immutable" not in worker["Cache-Control"], "its name does not"
