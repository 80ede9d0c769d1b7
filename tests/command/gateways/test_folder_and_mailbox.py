"""Files laid into a folder and mails to the desk are reports like any other; what is broken is put aside with the reason."""

from __future__ import annotations

import asyncio
import io
import json
import smtplib
import threading
from email.message import EmailMessage
from pathlib import Path

import pytest
from PIL import Image

from anlan.command.gateways import folder, mailbox
from anlan.command.models import Incoming, IncomingOriginal
from anlan.kernel.context import system
from anlan.kernel.models import Attachment

STREET = "110107004"


def picture():
    kept = io.BytesIO()
    Image.new("RGB", (8, 8), "red").save(kept, "PNG")
    return kept.getvalue()


@pytest.fixture
def laid(people, settings, tmp_path):
    """``laid("a.txt", content)`` lays a file down for the street and takes what is there; returns the folder of the street."""
    settings.DROP_DIR = str(tmp_path / "drop")
    street = Path(settings.DROP_DIR) / STREET
    street.mkdir(parents=True)

    def lay(name, content, *, take=True):
        (street / name).write_bytes(content if isinstance(content, bytes) else content.encode())
        if take:
            folder.take_files(now=(street / name).stat().st_mtime + 60)
        return street

    return lay


def waiting():
    return list(Incoming.objects.in_world(system("test")).order_by("opened_at", "id"))


def test_files_of_every_kind_become_reports_and_a_second_copy_is_known(laid):
    laid("one.txt", "古城南路积水，两车被困".encode("gb18030"))
    laid("two.json", json.dumps([{"id": "7", "text": "起火", "facts": {"injured": 1}}, {"id": "8", "text": "停电"}]))
    laid("three.csv", "id,time,place,text,facts.injured\n9,2016-07-20 12:00,石景山路,两车相撞,2\n")
    street = laid("again.json", json.dumps([{"id": "7", "text": "起火", "facts": {"injured": 1}}]))
    rows = waiting()
    assert [(r.channel, r.text, r.facts) for r in rows] == [
        ("file", "古城南路积水，两车被困", {}), ("file", "起火", {"injured": 1}), ("file", "停电", {}),
        ("file", "石景山路，两车相撞", {"injured": 2}),
    ]  # fmt: skip
    assert {r.scope for r in rows} == {"11/110107/110107004/"}
    assert sorted(p.name for p in street.glob("done/*/*")) == ["again.json", "one.txt", "three.csv", "two.json"]
    assert not [p for p in street.iterdir() if p.is_file()]


def test_a_broken_file_is_put_aside_with_its_reason_and_what_is_sound_in_it_is_taken(laid):
    street = laid("broken.json", b'[{"id": 1, "text": "x"')
    laid("odd.csv", "id,text\n1,起火\n2,\n3,停电,多出一列\n")
    laid("picture.png", picture())
    laid("empty.txt", "")
    laid("half.json.part", "{}")
    assert [r.text for r in waiting()] == ["起火"]
    reasons = {p.name: p.read_text("utf-8") for p in (street / "refused").glob("*.reason.txt")}
    assert set(reasons) == {
        "broken.json.reason.txt",
        "odd.csv.reason.txt",
        "picture.png.reason.txt",
        "empty.txt.reason.txt",
    }
    assert "第 3 行" in reasons["odd.csv.reason.txt"]
    assert "第 4 行" in reasons["odd.csv.reason.txt"]
    assert "json、csv、txt 或 eml" in reasons["picture.png.reason.txt"]
    assert (street / "half.json.part").exists(), "what is still being written is left alone"


def test_a_file_outside_a_region_is_put_aside(laid, settings):
    base = Path(settings.DROP_DIR)
    lost = base / "lost.txt"
    lost.write_text("起火", "utf-8")
    (base / "999999").mkdir()
    stray = base / "999999" / "a.txt"
    stray.write_text("起火", "utf-8")
    assert folder.take_files(now=stray.stat().st_mtime + 60) == {"taken": 0, "refused": 2}
    assert (base / "refused" / "lost.txt").exists()
    assert "行政区划代码" in (base / "999999" / "refused" / "a.txt.reason.txt").read_text("utf-8")
    assert waiting() == []


def letter(**headers):
    mail = EmailMessage()
    mail["Subject"] = headers.pop("subject", "积水报告")
    mail["From"] = "古城街道值班室 <gucheng@example.org>"
    mail["To"] = f"baosong-{STREET}@anlan.example"
    mail["Message-ID"] = headers.pop("number", "<1@example.org>")
    mail.set_content(headers.pop("words", "古城南街下凹桥积水 60 厘米，两车被困，请支援。"))
    for name, kind, content in headers.pop("files", ()):
        mail.add_attachment(content, maintype=kind.split("/")[0], subtype=kind.split("/")[1], filename=name)
    return mail


@pytest.fixture
def post(people, transactional_db):
    """A real SMTP client against the real door: ``post(mail)`` sends one."""
    ready, loop = threading.Event(), asyncio.new_event_loop()
    found = {}

    def run():
        asyncio.set_event_loop(loop)
        found["server"] = loop.run_until_complete(mailbox.serve("127.0.0.1", 0))
        ready.set()
        loop.run_forever()

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    assert ready.wait(60)
    port = found["server"].sockets[0].getsockname()[1]

    def send(mail, to=None):
        with smtplib.SMTP("127.0.0.1", port, timeout=120) as client:
            return client.send_message(mail, to_addrs=[to] if to else None)

    yield send
    loop.call_soon_threadsafe(found["server"].close)
    loop.call_soon_threadsafe(loop.stop)
    thread.join(30)
    loop.close()
    from anlan.kernel.engine.threads import close_threads

    close_threads()


def test_a_mail_is_kept_with_its_files_before_it_is_acknowledged(post, settings):
    mail = letter(files=[("现场.png", "image/png", picture()), ("run.exe", "application/octet-stream", b"MZ\x00")])
    post(mail)
    post(mail)
    report = Incoming.objects.in_world(system("test")).get()
    assert (report.channel, report.scope) == ("mail", "11/110107/110107004/")
    assert report.text.startswith("积水报告。古城南街下凹桥积水")
    assert report.source == "古城街道值班室 gucheng@example.org"
    kept = Attachment.objects.in_world(system("test")).filter(object_id=str(report.pk))
    assert [a.name for a in kept] == ["现场.png"]
    original = IncomingOriginal.objects.in_world(system("test")).get()
    assert b"Message-ID: <1@example.org>" in bytes(original.body)

    with pytest.raises(smtplib.SMTPRecipientsRefused):
        post(letter(), to="somebody@anlan.example")
    settings.MAIL_SENDERS = ["hospital.example"]
    with pytest.raises(smtplib.SMTPSenderRefused):
        post(letter(number="<2@example.org>"))
    assert Incoming.objects.in_world(system("test")).count() == 1
