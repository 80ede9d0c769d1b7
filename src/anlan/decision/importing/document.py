"""The text of a .docx, paragraph by paragraph. Only its main part is read; nothing in it is followed, fetched or run."""

from __future__ import annotations

import io
import re
import zipfile
import zlib
from dataclasses import dataclass
from typing import Any

from lxml import etree

from anlan.kernel.figures import BadFacts, Problem

MAX_BYTES = 20 * 1024 * 1024
MAX_UNPACKED = 40 * 1024 * 1024
MAX_RATIO = 200
MAX_PARTS = 2000
MAX_PIECES = 5000
MAX_TEXT = 4000
PART = "word/document.xml"
W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_BROKEN = (
    zipfile.BadZipFile,
    zipfile.LargeZipFile,
    zlib.error,
    OSError,
    EOFError,
    ValueError,
    KeyError,
    RuntimeError,
    NotImplementedError,
)
_HEADING = re.compile(
    r"^(第[一二三四五六七八九十\d]+[章节]|[一二三四五六七八九十]+、|（[一二三四五六七八九十]+）|\d+(\.\d+)*[\s　.、])"
)


@dataclass(frozen=True, slots=True)
class Piece:
    """A paragraph, or a row of a table with its cells joined by ``｜``. `heading` tells whether it looks like one."""

    n: int
    text: str
    heading: bool
    row: bool


def read_docx(content: bytes, name: str = "") -> list[Piece]:
    """The pieces of a document in their order, empty ones left out. Raises BadFacts for what is no .docx, too large or made to harm."""
    root = _parsed(_main_part(content, name), name)
    body = root.find(f"{W}body")
    pieces: list[Piece] = []
    for block in body if body is not None else ():
        if len(pieces) >= MAX_PIECES:
            raise _bad(name, "too_large", f"超过 {MAX_PIECES} 段", "请只保留预案正文")
        if block.tag == f"{W}p":
            _add(pieces, _text(block), _styled(block), row=False)
        elif block.tag == f"{W}tbl":
            for line in block.iter(f"{W}tr"):
                cells = [" ".join(filter(None, (_text(p) for p in cell.iter(f"{W}p")))) for cell in line.iter(f"{W}tc")]
                _add(pieces, "｜".join(cells), False, row=True)
    if not pieces:
        raise _bad(name, "empty", "没有文字", "扫描件请先转成文字")
    return pieces


def _add(pieces: list[Piece], text: str, styled: bool, *, row: bool) -> None:
    text = re.sub(r"[\x00-\x08\x0b-\x1f\x7f]", "", text).strip()[:MAX_TEXT]
    if text.strip("｜ "):
        short = len(text) <= 40 and not text.endswith(("。", "；", "，"))
        pieces.append(Piece(len(pieces), text, not row and (styled or (short and bool(_HEADING.match(text)))), row))


def _text(paragraph: Any) -> str:
    parts = []
    for one in paragraph.iter():
        if one.tag == f"{W}t":
            parts.append(one.text or "")
        elif one.tag in (f"{W}tab", f"{W}br"):
            parts.append(" ")
    return "".join(parts)


def _styled(paragraph: Any) -> bool:
    style = paragraph.find(f"{W}pPr/{W}pStyle")
    name = (style.get(f"{W}val") or "") if style is not None else ""
    return (
        name.lower().startswith(("heading", "标题"))
        or name in ("1", "2", "3", "4", "Title")
        or (paragraph.find(f"{W}pPr/{W}outlineLvl") is not None)
    )


def _main_part(content: bytes, name: str) -> bytes:
    if len(content) > MAX_BYTES:
        raise _bad(name, "too_large", f"超过 {MAX_BYTES // 2**20} MB", "请删去图片后再导入")
    if content[:8] == b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1":
        raise _bad(name, "not_docx", "是旧版 .doc 或加了密码", "请取消密码，另存为 .docx")
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as parts:
            entries = parts.infolist()
            if len(entries) > MAX_PARTS:
                raise _bad(name, "too_large", "部件太多，可能已损坏或带有恶意内容", "请另存为新的 .docx")
            entry = parts.getinfo(PART)
            if entry.file_size > MAX_UNPACKED or (
                entry.file_size > 2**20 and entry.file_size > MAX_RATIO * max(1, entry.compress_size)
            ):
                raise _bad(name, "too_large", "展开后过大，可能已损坏或带有恶意内容", "请另存为新的 .docx")
            with parts.open(entry) as part:
                found = part.read(MAX_UNPACKED + 1)
    except _BROKEN as wrong:
        if isinstance(wrong, BadFacts):
            raise
        raise _bad(name, "not_docx", "不是可以读取的 .docx", "请在文字处理软件中打开并另存为 .docx") from None
    if len(found) > MAX_UNPACKED:
        raise _bad(name, "too_large", "展开后过大，可能已损坏或带有恶意内容", "请另存为新的 .docx")
    return found


def _parsed(xml: bytes, name: str) -> Any:
    if re.search(rb"<!\s*(DOCTYPE|ENTITY)", xml.replace(b"\x00", b""), re.IGNORECASE):
        raise _bad(name, "not_docx", "带有不允许的内容（DTD）", "请在文字处理软件中打开并另存为新的 .docx")
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False, remove_comments=True, remove_pis=True
    )
    try:
        return etree.fromstring(xml, parser)
    except (etree.XMLSyntaxError, ValueError):
        raise _bad(name, "not_docx", "内容已损坏", "请在文字处理软件中打开并另存为新的 .docx") from None


def _bad(name: str, code: str, what: str, mend: str) -> BadFacts:
    return BadFacts([Problem(name, code, f"“{name or '文件'}”{what}；{mend}")])
