"""From the bytes of a feed to its entries: RSS, Atom, RDF and JSON Feed, in whatever charset, hostile ones refused. Pure."""

from __future__ import annotations

import calendar
import json
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from html import unescape
from typing import Any

import feedparser

MOST_ENTRIES = 200
LONGEST_TITLE, LONGEST_TEXT = 300, 2000
_DECLARED = re.compile(rb"""<\?xml[^>]{0,200}encoding\s*=\s*["']([A-Za-z0-9._-]{1,40})["']""")
_CHARSET = re.compile(r"charset\s*=\s*[\"']?([A-Za-z0-9._-]{1,40})", re.I)
_HOSTILE = re.compile(r"<!ENTITY|<!DOCTYPE[^>]{0,500}\[", re.I)
_SCRIPT = re.compile(r"<(script|style)\b.*?(</\1\s*>|$)", re.I | re.S)
_TAG = re.compile(r"<[^<>]{0,2000}>")
_BLANK = re.compile(r"[\s\u200b\ufeff]+")
#: Both are read as the larger set that contains them.
_WIDER = {"gb2312": "gb18030", "gbk": "gb18030", "big5": "big5hkscs"}


class NotAFeed(ValueError):
    """What came is no feed, or one that is not read; the message says why, in Chinese, for the administrator."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry in plain text. `published_at` is aware, or None when the feed gives none."""

    title: str
    text: str = ""
    url: str = ""
    source: str = ""
    published_at: datetime | None = None


def read_feed(body: bytes, content_type: str = "") -> list[Entry]:
    """The entries of a feed, in its order, at most `MOST_ENTRIES`. Raises NotAFeed."""
    if not body.strip():
        raise NotAFeed("内容是空的")
    text = decoded(body, content_type)
    if text.lstrip().startswith("{"):
        return _json_feed(text)
    if _HOSTILE.search(text):
        raise NotAFeed("含有实体声明，疑似恶意 XML，不读取")
    # The text is told to be UTF-8 whatever it called itself before.
    plain = re.sub(r"^\s*<\?xml[^>]*\?>", "", text, count=1)
    found = feedparser.parse(plain.encode("utf-8"), response_headers={"content-type": "text/xml; charset=utf-8"})
    if not found.get("version"):
        raise NotAFeed("不是 RSS、Atom 或 JSON Feed")
    feed_title = clean(found.feed.get("title", ""), 120)
    return [e for raw in found.entries[:MOST_ENTRIES] if (e := _entry(raw, feed_title))]


def decoded(body: bytes, content_type: str = "") -> str:
    """The text by what it is, not only by what it calls itself: declared charsets that do not fit give way to UTF-8 and GB18030."""
    declared = _DECLARED.search(body[:400])
    named = [m[1] for m in (_CHARSET.search(content_type),) if m]
    names = [*([declared[1].decode()] if declared else []), *named, "utf-8-sig", "gb18030"]
    if body[:2] in (b"\xff\xfe", b"\xfe\xff"):
        names.insert(0, "utf-16")
    for name in dict.fromkeys(_WIDER.get(n.lower(), n.lower()) for n in names):
        try:
            return body.decode(name).removeprefix("\ufeff")
        except (UnicodeDecodeError, LookupError):
            continue
    return body.decode("utf-8", "replace")


def clean(value: Any, most: int) -> str:
    """Plain words: no tags, no scripts, no entities, no runs of blanks; cut at `most` characters."""
    text = str(value or "")[: most * 20]
    # Twice: feeds often bring tags as entities.
    for _turn in range(2):
        text = unescape(_TAG.sub(" ", _SCRIPT.sub(" ", text)))
    text = _TAG.sub(" ", _SCRIPT.sub(" ", text))
    text = "".join(c for c in _BLANK.sub(" ", text) if c.isprintable()).strip()
    return text if len(text) <= most else text[: most - 1] + "…"


def _entry(raw: Any, feed_title: str) -> Entry | None:
    title = clean(raw.get("title"), LONGEST_TITLE)
    content = raw.get("content") or []
    text = clean(raw.get("summary") or (content[0].get("value") if content else ""), LONGEST_TEXT)
    if not title and not text:
        return None
    when = raw.get("published_parsed") or raw.get("updated_parsed")
    source = clean((raw.get("source") or {}).get("title") or raw.get("author") or feed_title, 120)
    return Entry(title or text[:60], text, _link(raw.get("link")), source, _moment(when))


def _json_feed(text: str) -> list[Entry]:
    try:
        data = json.loads(text)
    except (ValueError, RecursionError):
        raise NotAFeed("不是完整的 JSON") from None
    items = data.get("items") if isinstance(data, dict) else None
    if not isinstance(items, list):
        raise NotAFeed("JSON 里没有 items，不是 JSON Feed")
    found = []
    for item in items[:MOST_ENTRIES]:
        if not isinstance(item, dict):
            continue
        body = clean(item.get("content_text") or item.get("content_html") or item.get("summary"), LONGEST_TEXT)
        title = clean(item.get("title"), LONGEST_TITLE) or body[:60]
        if not title:
            continue
        authors = item.get("authors") or [item.get("author") or {}]
        first = authors[0] if isinstance(authors, list) and authors and isinstance(authors[0], dict) else {}
        found.append(
            Entry(
                title,
                body,
                _link(item.get("url") or item.get("external_url")),
                clean(first.get("name") or data.get("title"), 120),
                _stated(item.get("date_published") or item.get("date_modified")),
            )
        )
    return found


def _link(value: Any) -> str:
    """The address when it is one of the web and can be kept as it is; "" otherwise."""
    text = str(value or "").strip()
    return text if text.lower().startswith(("http://", "https://")) and len(text) <= 1000 and text.isprintable() else ""


def _moment(parts: Any) -> datetime | None:
    try:
        return datetime.fromtimestamp(calendar.timegm(parts), UTC) if parts else None
    except (ValueError, OverflowError, TypeError, OSError):
        return None


def _stated(value: Any) -> datetime | None:
    try:
        at = datetime.fromisoformat(str(value))
    except ValueError:
        return None
    return at if at.tzinfo else None
