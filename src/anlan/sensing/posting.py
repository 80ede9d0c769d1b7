"""A client of the platform's API for the command line: signs in as a browser does, and asks again until it is answered."""

from __future__ import annotations

import http.client
import http.cookiejar
import json
import re
import sys
import time
import urllib.error
import urllib.parse
import urllib.request
from typing import Any

WAIT_S, LONGEST_S, PATIENCE_S = 0.5, 30.0, 120.0


class NoEntry(RuntimeError):
    """Name or password are wrong, or the account may not do this."""


class NoService(RuntimeError):
    """No answer within the time that the caller wanted to wait."""


class Refusal(RuntimeError):
    """The platform refuses what was sent."""

    def __init__(self, status: int, reason: str, mend: str) -> None:
        super().__init__(reason)
        self.status, self.reason, self.mend = status, reason, mend


class _Stay(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_args: Any, **_named: Any) -> None:
        return None


class Door:
    """One signed-in session, or an access token that needs none. `give_up_s` None: asks for as long as it takes."""

    def __init__(
        self, address: str, user: str = "", password: str = "", *, token: str = "", give_up_s: float | None = None
    ) -> None:
        if not address.startswith(("http://", "https://")):
            raise ValueError(f"“{address}”不是网址；请写成 http://127.0.0.1:8000 的样子")
        self.address, self._user, self._password, self._give_up_s = address, user, password, give_up_s
        self._token = token
        self._jar = http.cookiejar.CookieJar()
        self._open = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(self._jar), _Stay()).open

    def enter(self) -> None:
        """Sign in; who brings a token has nothing to do. Raises NoEntry, NoService."""
        if self._token:
            return
        self._jar.clear()
        page = self._ask("GET", "/signin/")[1].decode("utf-8", "replace")
        token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page)
        form = {"csrfmiddlewaretoken": token[1] if token else "", "username": self._user, "password": self._password}
        status, _body = self._ask("POST", "/signin/", urllib.parse.urlencode(form).encode())
        if status != 302:
            raise NoEntry(f"账号“{self._user}”登录不了 {self.address}；请核对账号和密码")

    def post(self, path: str, body: Any) -> Any:
        """The JSON answer to a JSON body. Raises Refusal, NoEntry, NoService."""
        sent = json.dumps(body, ensure_ascii=False).encode()
        for again in (True, False):
            status, raw = self._ask("POST", path, sent, "application/json")
            if status != 401 or not again or self._token:
                break
            self.enter()
        if status == 200:
            return json.loads(raw)
        try:
            said = json.loads(raw)
        except ValueError:
            said = {}
        reason = str(said.get("message") or f"平台答复 {status}")
        if status in (401, 403):
            mend = str(said.get("mend") or "")
            raise NoEntry(f"{reason}；{mend}" if self._token else f"{reason}（账号“{self._user}”）")
        raise Refusal(status, reason, str(said.get("mend") or ""))

    def _ask(self, method: str, path: str, body: bytes | None = None, kind: str = "") -> tuple[int, bytes]:
        """Status and body, asked again after a pause while nobody answers or the platform says that it cannot just now."""
        pause, begun = WAIT_S, time.monotonic()
        while True:
            trouble = ""
            try:
                status, raw = self._once(method, path, body, kind)
                if status < 500 and status != 429:
                    return status, raw
                trouble = f"答复 {status}"
            except (OSError, http.client.HTTPException) as error:
                trouble = str(getattr(error, "reason", error)) or type(error).__name__
            if self._give_up_s is not None and time.monotonic() - begun > self._give_up_s:
                raise NoService(f"{self.address} {trouble}；等了 {self._give_up_s:g} 秒")
            print(f"{self.address} {trouble}；{pause:g} 秒后再试", file=sys.stderr)
            time.sleep(pause)
            pause = min(2 * pause, LONGEST_S)

    def _once(self, method: str, path: str, body: bytes | None, kind: str) -> tuple[int, bytes]:
        request = urllib.request.Request(self.address + path, data=body, method=method)
        request.add_header("Referer", self.address)
        if self._token:
            request.add_header("Authorization", f"Bearer {self._token}")
        if kind:
            request.add_header("Content-Type", kind)
        for cookie in self._jar:
            if cookie.name == "anlan_csrf" and cookie.value:
                request.add_header("X-CSRFToken", cookie.value)
        try:
            with self._open(request, timeout=PATIENCE_S) as answer:
                return answer.status, answer.read()
        except urllib.error.HTTPError as answer:
            with answer:
                return answer.code, answer.read()
