"""A mail as a report: subject and words, with its attachments; the original is the mail itself. Pure."""

from __future__ import annotations

import hashlib
from email import message_from_bytes, policy
from email.message import EmailMessage, MIMEPart
from email.utils import parseaddr

from lxml import html

from anlan.kernel.errors import BadInput
from anlan.kernel.wording import words as _

from .delivering import Original
from .formats import LONGEST_ID, Report

LONGEST = 200


def read_mail(raw: bytes) -> tuple[Report, Original]:
    """The report in a mail (RFC 5322). The Message-ID is its number. Raises BadInput for a mail without words and files."""
    mail = message_from_bytes(raw, policy=policy.default)
    assert isinstance(mail, EmailMessage)
    subject, words = _line(mail, "Subject"), _words_of(mail)
    files = [(part.get_filename() or "附件", _content(part)) for part in mail.iter_attachments()]
    if not (subject or words or files):
        raise BadInput(_("邮件没有内容"), mend=_("请写明时间、地点和情况"))
    text = words if subject and subject in words else "。".join(part for part in (subject, words) if part)
    name, address = parseaddr(_line(mail, "From"))
    source = f"{name} {address}".strip() or str(_("电子邮件"))
    number = _line(mail, "Message-ID") or hashlib.sha256(raw).hexdigest()[:40]
    report = Report(foreign_id=number[:LONGEST_ID], text=text or str(_("邮件只有附件")), source=source[:120])
    return report, Original(raw, "message/rfc822", [(name[:LONGEST], content) for name, content in files])


def _line(mail: EmailMessage, header: str) -> str:
    """A header in one line; one that is damaged is as good as none."""
    try:
        return " ".join(str(mail.get(header, "")).replace("\x00", "").split())
    except (ValueError, IndexError, AttributeError):
        return ""


def _words_of(mail: EmailMessage) -> str:
    body = mail.get_body(preferencelist=("plain", "html"))
    if body is None:
        return ""
    text = _decoded(body)
    if body.get_content_subtype() == "html":
        text = html.fromstring(text).text_content() if text.strip() else ""
    return "\n".join(line.strip() for line in str(text).replace("\x00", "").splitlines() if line.strip())


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
