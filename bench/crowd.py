"""A crowd of signed-in people who load pages. A raw HTTP/1.1 client: on a small machine a comfortable one would cost more than
the bare page it measures."""

from __future__ import annotations

import asyncio
import random
import re
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from urllib.parse import urlsplit

import httpx


@dataclass
class Answer:
    status: int
    body: bytes
    kind: str = ""


@dataclass
class Someone:
    """A signed-in browser: the account, its cookie, and which addresses stand for which page."""

    account: str
    cookie: str
    pages: dict[str, list[str]] = field(default_factory=dict)


def sign_in(address: str, account: str, password: str) -> str:
    """Sign in as a browser does; returns the cookie header. Raises RuntimeError when the page refuses."""
    with httpx.Client(base_url=address, timeout=30, follow_redirects=False) as browser:
        page = browser.get("/signin/")
        token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page.text)
        if token is None:
            raise RuntimeError(f"the sign-in page has no form (HTTP {page.status_code})")
        form = {"csrfmiddlewaretoken": token[1], "username": account, "password": password, "next": "/"}
        answer = browser.post("/signin/", data=form, headers={"Referer": f"{address}/signin/"})
        if answer.status_code != 302:
            raise RuntimeError(f"{account} was not let in (HTTP {answer.status_code})")
        return "; ".join(f"{name}={value}" for name, value in browser.cookies.items())


class Line:
    """One kept connection."""

    def __init__(self, host: str, port: int) -> None:
        self.host, self.port = host, port
        self.streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def get(self, path: str, cookie: str, *, part: bool = False) -> Answer:
        """One GET; connects again when the server has closed the line meanwhile. `part`: as a page asks for a part of itself."""
        head = f"GET {path} HTTP/1.1\r\nHost: {self.host}:{self.port}\r\nCookie: {cookie}\r\nAccept: text/html,*/*\r\n"
        head += "HX-Request: true\r\n\r\n" if part else "\r\n"
        for attempt in (1, 2):
            try:
                return await self._ask(head.encode())
            except (ConnectionError, asyncio.IncompleteReadError):
                await self.close()
                if attempt == 2:
                    raise
        raise AssertionError

    async def post(
        self, path: str, cookie: str, form: bytes, token: str, *, kind: str = "application/x-www-form-urlencoded"
    ) -> Answer:
        """One POST of a form (or of another `kind` of body) as a script of the page sends it; never repeated, on a line that
        is known to be new or in use."""
        place = f"{self.host}:{self.port}"
        head = (
            f"POST {path} HTTP/1.1\r\nHost: {place}\r\nCookie: {cookie}\r\nAccept: application/json\r\nX-CSRFToken: {token}\r\n"
            f"Referer: http://{place}/desk/\r\nContent-Type: {kind}\r\nContent-Length: {len(form)}\r\n\r\n"
        )
        # The server closes a line that rested: a form is not sent into one that may be gone.
        await self.close()
        return await self._ask(head.encode() + form)

    async def _ask(self, request: bytes) -> Answer:
        if self.streams is None:
            self.streams = await asyncio.open_connection(self.host, self.port, limit=2**24)
        reader, writer = self.streams
        writer.write(request)
        head = (await reader.readuntil(b"\r\n\r\n")).lower()
        status = int(head[9:12])
        kind = re.search(rb"\r\ncontent-type: ([^\r;]+)", head)
        length = re.search(rb"\r\ncontent-length: (\d+)", head)
        if length is not None:
            body = await reader.readexactly(int(length[1]))
        elif b"transfer-encoding: chunked" in head:
            body = await _chunks(reader)
        else:
            body = b""
        if b"\r\nconnection: close" in head:
            await self.close()
        return Answer(status, body, kind[1].decode() if kind else "")

    async def close(self) -> None:
        if self.streams is not None:
            self.streams[1].close()
            self.streams = None


async def _chunks(reader: asyncio.StreamReader) -> bytes:
    parts = []
    while size := int((await reader.readuntil(b"\r\n")).split(b";")[0], 16):
        parts.append(await reader.readexactly(size))
        await reader.readexactly(2)
    await reader.readuntil(b"\r\n")
    return b"".join(parts)


@dataclass
class Taken:
    """Seconds of each answer to one page, and what was not an answer (`faults`: status or error → how often)."""

    seconds: list[float] = field(default_factory=list)
    faults: dict[str, int] = field(default_factory=dict)
    span: float = 0.0

    def note(self, answer: Answer | str, seconds: float) -> None:
        if isinstance(answer, Answer) and answer.status == 200:
            self.seconds.append(seconds)
        else:
            name = str(answer.status) if isinstance(answer, Answer) else answer
            self.faults[name] = self.faults.get(name, 0) + 1


class Crowd:
    """`people` with one kept connection each."""

    def __init__(self, address: str, people: Sequence[Someone]) -> None:
        parts = urlsplit(address)
        self.people = people
        self.lines = [Line(parts.hostname or "127.0.0.1", parts.port or 80) for _person in people]
        self.chance = random.Random(20160720)

    async def look(self, person: int, path: str) -> tuple[Answer | str, float]:
        began = time.perf_counter()
        try:
            answer: Answer | str = await asyncio.wait_for(self.lines[person].get(path, self.people[person].cookie), 30)
        except (TimeoutError, OSError, asyncio.IncompleteReadError) as error:
            await self.lines[person].close()
            answer = type(error).__name__
        return answer, time.perf_counter() - began

    async def press(self, page: str, *, looks: int, seconds: float) -> Taken:
        """All at once, again as soon as they have an answer, until `looks` answers or `seconds` are over."""
        taken, began = Taken(), time.perf_counter()
        left = looks

        async def one(person: int) -> None:
            nonlocal left
            paths = self.people[person].pages.get(page)
            while paths and left > 0 and time.perf_counter() - began < seconds:
                left -= 1
                taken.note(*await self.look(person, self.chance.choice(paths)))

        await asyncio.gather(*(one(person) for person in range(len(self.people))))
        taken.span = time.perf_counter() - began
        return taken

    async def work(self, pages: Sequence[str], *, think: float, seconds: float) -> dict[str, Taken]:
        """Each goes from page to page at random, with `think` seconds between them on average."""
        taken = {page: Taken(span=seconds) for page in pages}
        began = time.perf_counter()

        async def one(person: int) -> None:
            await asyncio.sleep(self.chance.uniform(0, think))
            own = [page for page in pages if self.people[person].pages.get(page)]
            while time.perf_counter() - began < seconds:
                page = self.chance.choice(own)
                taken[page].note(*await self.look(person, self.chance.choice(self.people[person].pages[page])))
                await asyncio.sleep(self.chance.uniform(0.5, 1.5) * think)

        await asyncio.gather(*(one(person) for person in range(len(self.people))))
        return taken

    async def close(self) -> None:
        for line in self.lines:
            await line.close()
