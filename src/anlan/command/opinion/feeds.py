"""From the bytes of a feed to its entries: RSS, Atom, RDF and JSON Feed, in whatever charset, hostile ones refused. Pure."""

from __future__ import annotations

import calendar
import codecs
import json
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from html import unescape
from typing import Any

import feedparser
from lxml import etree

MOST_ENTRIES = 200
#: Far more than a feed has; the reader's time grows faster than these: elements, attributes of one, letters in one, namespaces.
MOST_ELEMENTS, MOST_ATTRIBUTES, MOST_LETTERS, MOST_NAMESPACES = 20_000, 40, 40_000, 2_000
LONGEST_TITLE, LONGEST_TEXT = 300, 2000
_DECLARED = re.compile(rb"""<\?xml[^>]{0,200}encoding\s*=\s*["']([A-Za-z0-9._-]{1,40})["']""")
_CHARSET = re.compile(r"charset\s*=\s*[\"']?([A-Za-z0-9._-]{1,40})", re.I)
_HOSTILE = re.compile(r"<!ENTITY|<!DOCTYPE[^>]{0,500}\[", re.I)
#: Names of letters that HTML knows and XML does not.
_NAMED = re.compile(r"&(?!(?:amp|lt|gt|quot|apos);)[A-Za-z]{2,12};")
_SCRIPT = re.compile(r"<(script|style)\b.*?(</\1\s*>|$)", re.I | re.S)
_TAG = re.compile(r"<[^<>]{0,2000}>")
_BLANK = re.compile(r"[\s\u200b\ufeff]+")
#: Both are read as the larger set that contains them.
_WIDER = {"gb2312": "gb18030", "gbk": "gb18030", "big5": "big5hkscs"}
#: What is a character set, as against other codecs, which take hours or raise what they like.
_CHARSETS = re.compile(
    r"ascii|utf-(8|8-sig|16|16-le|16-be|32)|gb18030|hz|big5|big5hkscs|(iso8859-|cp125)\d{1,2}|euc_jp|euc_kr|shift_jis"
)


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
    # `clean` makes plain words of it, whatever marks it carries.
    found = feedparser.parse(
        _mended(plain), response_headers={"content-type": "text/xml; charset=utf-8"}, sanitize_html=False,
        resolve_relative_uris=False,
    )  # fmt: skip
    if not found.get("version"):
        raise NotAFeed("不是 RSS、Atom 或 JSON Feed")
    feed_title = clean(found.feed.get("title", ""), 120)
    return [e for raw in found.entries[:MOST_ENTRIES] if (e := _entry(raw, feed_title))]


def _mended(text: str) -> bytes:
    """The feed as sound XML of bounded size. Its reader takes hours over what is nested, endless or broken on purpose."""
    if text.count("xmlns") > MOST_NAMESPACES:
        raise NotAFeed("命名空间过多，疑似恶意 XML，不读取")
    reader = etree.XMLParser(
        recover=True, resolve_entities=False, no_network=True, load_dtd=False, remove_comments=True, remove_pis=True
    )
    try:
        root = etree.fromstring(_NAMED.sub(lambda m: unescape(m[0]), text).encode("utf-8", "replace"), reader)
    except (etree.LxmlError, ValueError):
        root = None
    if root is None:
        raise NotAFeed("不是 RSS、Atom 或 JSON Feed")
    entries = [e for e in root.iter(etree.Element) if e.tag.rpartition("}")[2] in ("item", "entry")]
    for late in entries[MOST_ENTRIES:]:
        parent = late.getparent()
        if parent is not None:
            parent.remove(late)
    for count, element in enumerate(root.iter(etree.Element)):
        if count >= MOST_ELEMENTS:
            raise NotAFeed("元素过多，疑似恶意 XML，不读取")
        if len(element.attrib) > MOST_ATTRIBUTES:
            element.attrib.clear()
        for name, value in element.attrib.items():
            element.attrib[name] = value[:MOST_LETTERS]
        element.text, element.tail = (part and part[:MOST_LETTERS] for part in (element.text, element.tail))
    return bytes(etree.tostring(root, encoding="utf-8"))


def decoded(body: bytes, content_type: str = "") -> str:
    """The text by what it is, not only by what it calls itself: declared charsets that do not fit give way to UTF-8 and GB18030."""
    declared = _DECLARED.search(body[:400])
    named = [m[1] for m in (_CHARSET.search(content_type),) if m]
    names = [*([declared[1].decode()] if declared else []), *named, "utf-8-sig", "gb18030"]
    if body[:2] in (b"\xff\xfe", b"\xfe\xff"):
        names.insert(0, "utf-16")
    for name in dict.fromkeys(_WIDER.get(n.lower(), n.lower()) for n in names):
        try:
            if _CHARSETS.fullmatch(codecs.lookup(name).name):
                return body.decode(name).removeprefix("\ufeff")
        except (UnicodeError, LookupError):
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
