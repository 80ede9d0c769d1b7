"""PDF through LibreOffice, run headless for one paper at a time with a profile of its own."""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from django.utils.translation import gettext as _

from anlan.kernel.errors import Refused

_PACKAGES = "libreoffice-writer-nogui fonts-noto-cjk"
_FILTER = {
    "UseTaggedPDF": {"type": "boolean", "value": "true"},
    "ExportBookmarks": {"type": "boolean", "value": "true"},
    "EmbedStandardFonts": {"type": "boolean", "value": "true"},
    "Quality": {"type": "long", "value": "92"},
    "MaxImageResolution": {"type": "long", "value": "300"},
}


class PdfUnavailable(Refused):
    """This machine cannot make a PDF; the .docx is not concerned."""

    status = 503
    code = "pdf_unavailable"


class PdfFailed(Refused):
    """LibreOffice ran but gave no PDF in time."""

    status = 500
    code = "pdf_failed"


def find_soffice() -> str | None:
    """Path of LibreOffice's program: ANLAN_SOFFICE, else what is on the PATH."""
    given = os.environ.get("ANLAN_SOFFICE")
    if given:
        return given if os.access(given, os.X_OK) else None
    return shutil.which("soffice") or shutil.which("libreoffice")


def render_pdf(docx: bytes, *, timeout: float = 180.0) -> bytes:
    """The .docx as PDF bytes; its title is that of the .docx.

    Conversions wait for each other across all processes of the machine's user (`timeout` seconds for both the wait and
    the work), because LibreOffice takes a core and 200 MB each. Raises PdfUnavailable or PdfFailed.
    """
    program = find_soffice()
    if program is None:
        raise PdfUnavailable(
            _("本机没有安装 LibreOffice，不能生成 PDF"),
            mend=_("请下载 .docx 使用，或请系统管理员执行：apt-get install --no-install-recommends %(packages)s")
            % {"packages": _PACKAGES},
        )
    until = time.monotonic() + timeout
    with _turn(until), tempfile.TemporaryDirectory(prefix="anlan-pdf-") as folder:
        work = Path(folder)
        (work / "paper.docx").write_bytes(docx)
        _convert(program, work, until)
        result = work / "out" / "paper.pdf"
        if not result.is_file():
            raise PdfFailed(
                _("LibreOffice 没有生成 PDF"),
                mend=_("请确认文件是完整的 .docx；仍不成功时请下载 .docx 并告知系统管理员"),
            )
        return result.read_bytes()


def _convert(program: str, work: Path, until: float) -> None:
    command = [
        program,
        "--headless",
        "--norestore",
        "--nolockcheck",
        "--nodefault",
        f"-env:UserInstallation={(work / 'profile').as_uri()}",
        "--convert-to",
        f"pdf:writer_pdf_Export:{json.dumps(_FILTER)}",
        "--outdir",
        str(work / "out"),
        str(work / "paper.docx"),
    ]
    environment = {
        "PATH": os.environ.get("PATH", "/usr/bin:/bin"),
        "HOME": str(work),
        "TMPDIR": str(work),
        "LANG": "C.UTF-8",
        "SAL_USE_VCLPLUGIN": "svp",
    }
    # A session of its own: soffice is a script that starts the real program, and both must end together.
    with subprocess.Popen(
        command,
        env=environment,
        cwd=work,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    ) as process:
        try:
            process.wait(timeout=max(0.1, until - time.monotonic()))
        except BaseException as stopped:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            if isinstance(stopped, subprocess.TimeoutExpired):
                raise PdfFailed(
                    _("生成 PDF 超时"), mend=_("请稍后重试，或下载 .docx；多次超时请告知系统管理员检查服务器负载")
                ) from None
            raise


@contextlib.contextmanager
def _turn(until: float) -> Iterator[None]:
    """Wait for the one place at LibreOffice, held by a file lock that dies with its holder."""
    path = Path(tempfile.gettempdir()) / f"anlan-soffice-{os.getuid()}.lock"
    handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
    try:
        while True:
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if time.monotonic() >= until:
                    raise PdfFailed(_("前面的 PDF 还没有生成完"), mend=_("请稍后重试，或下载 .docx")) from None
                time.sleep(0.05)
        yield
    finally:
        os.close(handle)
