"""The PDF as it is printed. LibreOffice belongs to the installation, so its absence is a failure and not a skip."""

from __future__ import annotations

import os
import random
import re
import shutil
import stat
import subprocess
import threading
from pathlib import Path

import pytest

from anlan.kernel.documents import Document, Paragraph, PdfFailed, PdfUnavailable, render_docx, render_pdf
from tests.running import until

from . import samples

poppler = pytest.mark.skipif(not shutil.which("pdftotext"), reason="poppler-utils is not installed")


@pytest.fixture(scope="module")
def pdfs(tmp_path_factory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("papers")
    made = {}
    for name in ("first_report", "order", "after_action_report"):
        made[name] = folder / f"{name}.pdf"
        made[name].write_bytes(render_pdf(render_docx(getattr(samples, name)())))
    return made


def pages(pdf: Path) -> list[str]:
    done = subprocess.run(["pdftotext", "-layout", str(pdf), "-"], capture_output=True, check=True, text=True)
    return done.stdout.split("\f")[:-1]


def info(pdf: Path) -> dict[str, str]:
    out = subprocess.run(["pdfinfo", str(pdf)], capture_output=True, check=True, text=True).stdout
    return {key: value.strip() for key, _, value in (line.partition(":") for line in out.splitlines())}


@poppler
def test_the_first_report_fits_one_page_with_its_colophon(pdfs):
    (page,) = pages(pdfs["first_report"])
    assert "突发事件快报" in page.replace(" ", "")
    assert "抄送：区委办公室，区政府办公室。" in page
    assert page.replace(" ", "").strip().endswith("—1—")


@poppler
def test_the_order_reads_from_head_to_colophon_on_two_pages(pdfs):
    text = "".join(pages(pdfs["order"])).replace(" ", "").replace("\n", "")
    places = [
        text.index(word)
        for word in (
            "000001",
            "特急",
            "石景山区防汛抗旱指挥部文件",
            "石汛指〔2016〕12号",
            "响应事项",
            "响应级别",
            "预计期限",
            "处置措施",
            "附件：1.成员单位任务清单",
            "2016年7月20日抄送",
            "2016年7月20日印发",
        )
    ]
    assert places == sorted(places)
    assert len(pages(pdfs["order"])) == 2


@poppler
def test_no_mark_at_the_end_of_a_full_line_is_lost(tmp_path):
    """Lines of 28 characters end in every way that words can end; whoever signs it signs each comma."""
    dice = random.Random(4)
    words = "影响范围已采取措施发展趋势与次生风险需上级支援事项现场指挥员和联系方式积水被困受伤街道社区"

    def said() -> str:
        parts = ("".join(dice.choices(words, k=dice.randint(2, 9))) + dice.choice("、、，，。；") for _ in range(14))
        return "".join(parts)

    given = [said() for _ in range(60)]
    pdf = tmp_path / "long.pdf"
    pdf.write_bytes(render_pdf(render_docx(Document(title="测试", body=tuple(Paragraph(text) for text in given)))))
    printed = re.sub(r"[—\d\s]", "", "".join(pages(pdf)))
    assert [text for text in given if text not in printed] == []


@poppler
def test_the_title_of_the_paper_is_that_of_the_file(pdfs):
    assert info(pdfs["order"])["Title"] == "关于启动防汛Ⅲ级应急响应的命令"
    assert info(pdfs["after_action_report"])["Title"] == "【演练】2016年7月20日特大暴雨应急响应总结评估报告"
    assert info(pdfs["order"])["Page size"].endswith("(A4)")


@poppler
def test_every_page_of_an_exercise_is_marked_and_numbered(pdfs):
    for number, page in enumerate(pages(pdfs["after_action_report"]), 1):
        assert "演练" in page.splitlines()[0]
        assert f"—{number}—" in page.replace(" ", "")


@poppler
def test_the_table_head_is_repeated_and_no_row_is_torn(pdfs):
    found = pages(pdfs["after_action_report"])
    rows = [page for page in found if re.search(r"^\s*\d\d:\d\d ", page, re.M)]
    assert len([page for page in rows if re.search(r"时间 +事项 +来源", page)]) >= 4
    times = re.findall(r"^\s{0,40}(\d\d:\d\d)\s+\S", "\n".join(rows), re.M)
    assert len(times) >= 60


@poppler
def test_no_page_ends_with_a_heading(pdfs):
    for page in pages(pdfs["after_action_report"]):
        lines = [line.strip() for line in page.splitlines() if line.strip()]
        assert not re.match(r"^([一二三四五六七八九十]+、|（[一二三四五六七八九十]+）)", lines[-2]), lines[-2]


@poppler
def test_the_text_is_in_the_fonts_that_the_installation_has(pdfs):
    out = subprocess.run(["pdffonts", str(pdfs["order"])], capture_output=True, check=True, text=True).stdout
    names = [line.split()[0] for line in out.splitlines()[2:]]
    assert names
    assert all("Noto" in name for name in names)


def fake(tmp_path: Path, body: str) -> Path:
    program = tmp_path / "soffice"
    program.write_text(f"#!/bin/bash\n{body}\n")
    program.chmod(program.stat().st_mode | stat.S_IXUSR)
    return program


def test_without_libreoffice_it_names_the_package_to_install(monkeypatch):
    monkeypatch.delenv("ANLAN_SOFFICE", raising=False)
    monkeypatch.setenv("PATH", "/nonexistent")
    with pytest.raises(PdfUnavailable) as refused:
        render_pdf(b"")
    assert "libreoffice-writer-nogui" in str(refused.value.mend)
    assert refused.value.status == 503


def alive(pid: str) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] not in "ZX"
    except (FileNotFoundError, ProcessLookupError):
        return False


def test_a_program_that_hangs_is_ended_with_all_its_children(tmp_path, monkeypatch):
    pids = tmp_path / "pids"
    program = fake(tmp_path, f"sleep 3000 & echo $! > {pids}; echo $$ >> {pids}; wait")
    monkeypatch.setenv("ANLAN_SOFFICE", str(program))
    left: set[str] = set()
    for patience in (1.0, 5.0, 25.0):  # a busy machine may not even have begun within the first
        with pytest.raises(PdfFailed, match="超时"):
            render_pdf(b"", timeout=patience)
        left = set(pids.read_text().split()) if pids.exists() else set()
        if len(left) == 2:
            break
    assert len(left) == 2
    # A killed process may take a moment to be gone on a busy machine; one that lives sleeps for 3000 s.
    until(lambda: not any(map(alive, left)), what="the end of all its children")


def test_a_program_that_gives_nothing_is_reported(tmp_path, monkeypatch):
    monkeypatch.setenv("ANLAN_SOFFICE", str(fake(tmp_path, "exit 0")))
    with pytest.raises(PdfFailed, match="没有生成"):
        render_pdf(b"")


def test_what_is_no_docx_is_reported():
    with pytest.raises(PdfFailed):
        render_pdf(b"\x00\x01 not a document")


def test_conversions_take_turns(tmp_path, monkeypatch):
    log = tmp_path / "log"
    program = fake(tmp_path, f"echo in >> {log}; sleep 0.3; echo out >> {log}")
    monkeypatch.setenv("ANLAN_SOFFICE", str(program))

    def one() -> None:
        with pytest.raises(PdfFailed):
            render_pdf(b"")

    threads = [threading.Thread(target=one) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert log.read_text().split() == ["in", "out"] * 3


@pytest.mark.skipif(os.getuid() != 0 or not shutil.which("setpriv"), reason="needs root to become somebody else")
def test_an_ordinary_user_can_make_a_pdf(tmp_path_factory):
    """The same call as uid 65534, whose home directory does not exist. The program is handed over as plain files."""
    docx = render_docx(Document(title="测试", body=(Paragraph("正文"),)))
    from anlan.kernel.documents import pdf

    read, write = os.pipe()
    child = os.fork()
    if child == 0:
        status = 1
        try:
            os.close(read)
            os.setgroups([])
            os.setgid(65534)
            os.setuid(65534)
            os.environ["HOME"] = "/nonexistent"
            os.write(write, pdf.render_pdf(docx)[:5])
            status = 0
        finally:
            os._exit(status)
    os.close(write)
    with os.fdopen(read, "rb") as answer:
        assert answer.read() == b"%PDF-"
    assert os.waitpid(child, 0)[1] == 0
