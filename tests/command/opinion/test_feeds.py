"""What strangers call a feed: read where it can be, refused in words where not."""

import contextlib
from datetime import UTC, datetime

import pytest
from lxml import etree

from anlan.command.opinion import feeds
from anlan.command.opinion.feeds import NotAFeed, clean, read_feed

RSS = """<?xml version="1.0" encoding="{charset}"?>
<rss version="2.0"><channel><title>石景山发布</title>
<item><title>古城南街积水</title><link>https://news.example/1</link><description>桥下积水，两车被困</description>
<pubDate>Wed, 20 Jul 2016 04:40:00 GMT</pubDate></item></channel></rss>"""


def test_rss_atom_and_json_give_the_same_entry():
    rss = read_feed(RSS.format(charset="UTF-8").encode())
    atom = read_feed(
        """<?xml version="1.0"?><feed xmlns="http://www.w3.org/2005/Atom"><title>石景山发布</title><entry>
        <title>古城南街积水</title><link href="https://news.example/1"/><summary>桥下积水，两车被困</summary>
        <updated>2016-07-20T12:40:00+08:00</updated></entry></feed>""".encode()
    )
    js = read_feed(
        """{"version": "https://jsonfeed.org/version/1.1", "title": "石景山发布", "items": [{"id": "1", "title": "古城南街积水",
        "url": "https://news.example/1", "content_text": "桥下积水，两车被困", "date_published": "2016-07-20T12:40:00+08:00"}]}""".encode()
    )
    assert rss == atom == js
    assert rss[0].published_at == datetime(2016, 7, 20, 4, 40, tzinfo=UTC)
    assert rss[0].source == "石景山发布"


@pytest.mark.parametrize(
    ("declared", "written"), [("UTF-8", "gb18030"), ("GB2312", "gb18030"), ("gbk", "utf-8"), ("x-nonsense", "utf-8")]
)
def test_a_charset_that_does_not_fit_its_name_is_found_out(declared, written):
    body = RSS.format(charset=declared).encode(written)
    assert read_feed(body, "text/xml; charset=iso-8859-15-nonsense")[0].title == "古城南街积水"


@pytest.mark.parametrize(
    "body",
    [
        b'<?xml version="1.0"?><!DOCTYPE l [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;">]><rss version="2.0">&b;</rss>',
        b'<!DOCTYPE r [<!ENTITY x SYSTEM "file:///etc/passwd">]><rss version="2.0"><channel><title>&x;</title></channel></rss>',
        b"<html><body>404</body></html>",
        b"   ",
        b'{"items": "none"}',
        b"[" * 100_000,
        b'{"items": [' + b"[" * 100_000,
        b"\x00\xff\xfe\x01" * 50,
    ],
)
def test_what_is_no_feed_or_a_hostile_one_is_refused_with_a_reason(body):
    with pytest.raises(NotAFeed, match=r"\w"):
        read_feed(body)


def test_titles_are_plain_words():
    assert clean("<b>古城</b>&lt;script&gt;alert(1)&lt;/script&gt; 积水&amp;nbsp;严重", 60) == "古城 积水 严重"
    assert clean("<script>x</script><img src=x onerror=alert(1)>进水", 60) == "进水"
    assert clean("多" * 500, 300) == "多" * 299 + "…"
    body = RSS.format(charset="UTF-8").replace("https://news.example/1", "javascript:alert(1)")
    assert read_feed(body.encode())[0].url == ""
    assert (
        len(
            read_feed(
                RSS.format(charset="UTF-8")
                .replace("</channel>", "<item><title>x</title></item>" * 5000 + "</channel>")
                .encode()
            )
        )
        == 200
    )


def test_what_cannot_be_kept_is_left_out():
    (entry,) = read_feed(
        r'{"items": [{"title": "古城\ud800积水\u0000了", "url": "https://news.example/\ud800"}]}'.encode()
    )
    assert (entry.title, entry.url) == ("古城积水了", "")


@pytest.mark.parametrize(
    "inside",
    [
        "<item><description><![CDATA[" + "<!--" * 50_000 + "]]></description></item>",
        "<item><description>" + "<!--" * 50_000,
        "<a>" * 50_000,
        "<item " + " ".join(f'a{n}="1"' for n in range(30_000)) + "/>",
        "<item><title>" + "<" * 200_000,
        "<item>" + "<category>x</category>" * 30_000 + "</item>",
        "<item>" + "".join(f'<x{n}:a xmlns:x{n}="u{n}"/>' for n in range(5_000)) + "</item>",
    ],
)
def test_what_is_broken_on_purpose_never_reaches_the_reader_as_it_is(inside, monkeypatch):
    """Unbounded, each of these keeps one core for minutes to hours, and with it everything else that the engine does."""
    given = []
    parse = feeds.feedparser.parse

    def noting(body, **options):
        given.append(etree.fromstring(body))
        return parse(body, **options)

    monkeypatch.setattr(feeds.feedparser, "parse", noting)
    with contextlib.suppress(NotAFeed):
        assert len(read_feed(f'<rss version="2.0"><channel>{inside}</channel></rss>'.encode())) <= 1
    for root in given:
        elements = list(root.iter())
        assert len(elements) <= feeds.MOST_ELEMENTS
        assert max(len(e.attrib) for e in elements) <= feeds.MOST_ATTRIBUTES
        assert max(len(e.text or "") for e in elements) <= feeds.MOST_LETTERS


def test_a_long_feed_is_read_as_far_as_its_first_entries():
    items = "".join(f"<item><title>第 {n} 条消息</title></item>" for n in range(3000))
    found = read_feed(f'<rss version="2.0"><channel>{items}</channel></rss>'.encode())
    assert [e.title for e in found] == [f"第 {n} 条消息" for n in range(feeds.MOST_ENTRIES)]


def test_a_feed_that_is_slightly_broken_is_read_all_the_same():
    body = """<rss version="2.0"><channel><item><title>古城&nbsp;积水 & 断电</title><dc:creator>某网友</dc:creator></item>
        <item><title>第二条<b></title></item></channel></rs"""
    titles = [e.title for e in read_feed(body.encode())]
    assert titles == ["古城 积水 断电", "第二条"]


@pytest.mark.parametrize("codec", ["undefined", "idna", "punycode", "unicode_escape", "rot13", "hex"])
def test_what_is_no_charset_decodes_nothing(codec):
    assert read_feed(RSS.format(charset=codec).encode(), f"text/xml; charset={codec}")[0].title == "古城南街积水"
