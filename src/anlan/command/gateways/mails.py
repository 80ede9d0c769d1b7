"""A mail as a report: subject and words, with its attachments; the original is the mail itself. Pure."""

from __future__ import annotations

import hashlib
import re
from email import message_from_bytes, policy
from email.message import EmailMessage, MIMEPart
from email.parser import BytesHeaderParser
from email.utils import parseaddr

from lxml import etree, html

from anlan.kernel.errors import BadInput
from anlan.kernel.wording import words as _

from .delivering import Original
from .formats import LONGEST_ID, Report, storable

LONGEST = 200
#: What begins a new line in a page.
_BLOCKS = ("br", "p", "div", "tr", "td", "th", "li", "h1", "h2", "h3", "h4", "blockquote")


def read_mail(raw: bytes) -> tuple[Report, Original]:
    """The report in a mail (RFC 5322). The Message-ID is its number. Raises BadInput for a mail without words and files.

    A mail that is damaged is kept with what can be read of it: asked to send it again, its sender would send the same.
    """
    doubts: list[str] = []
    mail, words, files = _parsed(raw), "", []
    try:
        words = _words_of(mail)
        files = [(_name_of(part), _content(part)) for part in mail.iter_attachments()]
    except (RecursionError, ValueError, LookupError, TypeError, AttributeError):
        doubts.append(str(_("邮件的格式有误，请看原件")))
    subject = _line(mail, "Subject")
    if doubts and not words:
        words = str(_("邮件的格式有误，请看原件"))
    if not (subject or words or files):
        raise BadInput(_("邮件没有内容"), mend=_("请写明时间、地点和情况"))
    text = words if subject and subject in words else "。".join(part for part in (subject, words) if part)
    name, address = parseaddr(_line(mail, "From"))
    source = f"{name} {address}".strip() or str(_("电子邮件"))
    number = _number(mail) or hashlib.sha256(raw).hexdigest()[:40]
    report = Report(foreign_id=number, text=text or str(_("邮件只有附件")), source=source[:120], doubts=tuple(doubts))
    told = hashlib.sha256("\0".join([subject, words]).encode("utf-8", "surrogatepass"))
    for _name, content in files:
        told.update(b"\0" + hashlib.sha256(content).digest())
    named = [(name[:LONGEST], content) for name, content in files]
    return report, Original(raw, "message/rfc822", named, digest=told.hexdigest())


def number_of(head: bytes) -> str:
    """The Message-ID in the head of a mail, as it is kept; empty without one."""
    return _number(_head(head))


def sender_of(raw: bytes) -> str:
    """Whose mail it is: the address that the delivering server was told (Return-Path), else the one that the mail names."""
    mail = _head(raw)
    return next((a for a in (parseaddr(_line(mail, name))[1] for name in ("Return-Path", "From")) if a), "")


def _head(raw: bytes) -> EmailMessage:
    mail = BytesHeaderParser(policy=policy.default).parsebytes(raw)
    assert isinstance(mail, EmailMessage)
    return mail


def _number(mail: EmailMessage) -> str:
    return _line(mail, "Message-ID")[:LONGEST_ID]


def _parsed(raw: bytes) -> EmailMessage:
    """The mail; of one that is packed too deep, its head."""
    try:
        mail = message_from_bytes(raw, policy=policy.default)
    except (RecursionError, ValueError, LookupError, TypeError, AttributeError):
        return _head(raw)
    assert isinstance(mail, EmailMessage)
    return mail


def _name_of(part: EmailMessage | MIMEPart) -> str:
    return storable(part.get_filename() or "").replace("/", "_").strip() or "附件"


def _line(mail: EmailMessage, header: str) -> str:
    """A header in one line; one that is damaged is as good as none."""
    try:
        return " ".join(storable(str(mail.get(header, ""))).split())
    except (ValueError, LookupError, TypeError, AttributeError):
        return ""


def _words_of(mail: EmailMessage) -> str:
    body = mail.get_body(preferencelist=("plain", "html"))
    if body is None:
        return ""
    text = _decoded(body)
    if body.get_content_subtype() == "html":
        text = _plain(text)
    return "\n".join(line.strip() for line in storable(text).splitlines() if line.strip())


def _plain(page: str) -> str:
    """The words of a page as they are read: line by line, without styles. Run together, 死亡 3 and 5 人受伤 would be 35."""
    try:
        tree = html.document_fromstring(re.sub(r"^\s*<\?xml[^>]*\?>", "", page.replace("\x00", "")))
    except (etree.LxmlError, ValueError):
        return re.sub(r"<[^<>]*>", " ", page)
    etree.strip_elements(tree, "style", "script", "head", etree.Comment, with_tail=False)
    for block in tree.iter(*_BLOCKS):
        block.text = f"\n{block.text or ''}" if block.tag != "br" else block.text
        block.tail = f"\n{block.tail or ''}"
    return str(tree.text_content())


def _decoded(body: MIMEPart) -> str:
    """The words in the character set that the mail names, or in one of those that senders forget to name."""
    raw = body.get_payload(decode=True)
    if not isinstance(raw, bytes):
        return ""
    for charset in (body.get_content_charset(), "utf-8", "gb18030"):
        try:
            return raw.decode(charset or "ascii")
        except (LookupError, UnicodeDecodeError):
            continue
    return raw.decode("gb18030", "replace")


def _content(part: object) -> bytes:
    payload = part.get_payload(decode=True) if isinstance(part, EmailMessage) else None
    if isinstance(payload, bytes):
        return payload
    return part.as_bytes() if isinstance(part, EmailMessage) else b""
