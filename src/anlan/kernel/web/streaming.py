"""Files leave the server piece by piece."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterator
from itertools import islice

from asgiref.sync import sync_to_async
from django.core.handlers.asgi import ASGIRequest
from django.http import HttpRequest, StreamingHttpResponse
from django.http.response import HttpResponseBase

#: So many pieces of a file (4 KB each) are read in one go.
AT_ONCE = 64


class StreamingMiddleware:
    """Under the asynchronous server a file is read while it is sent. Left to itself the server would first read the whole of it into
    memory, a film of a flood like a letter, and warn of that."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        answer = self.get_response(request)
        if isinstance(request, ASGIRequest) and isinstance(answer, StreamingHttpResponse) and not answer.is_async:
            answer.streaming_content = _pieces(iter(answer.streaming_content))  # type: ignore[arg-type]
        return answer


async def _pieces(parts: Iterator[bytes]) -> AsyncIterator[bytes]:
    take = sync_to_async(lambda: list(islice(parts, AT_ONCE)))
    while some := await take():
        yield b"".join(some)
