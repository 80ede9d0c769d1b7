"""Files laid into a folder and mails to the desk are reports like any other; what is broken is put aside with the reason."""

from __future__ import annotations

import asyncio
import io
import json
import os
import smtplib
import threading
from email.message import EmailMessage
from pathlib import Path

import pytest
from PIL import Image

from anlan.command.gateways import folder, mailbox
from anlan.command.gateways.mails import read_mail
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


def test_one_file_never_stops_the_others_nor_one_region_another(laid, settings, monkeypatch):
    base, moment = Path(settings.DROP_DIR), 0.0
    other = base / "110107001"
    other.mkdir()
    # The same number in two streets is two events; the same words without a number, laid down another day, are another report.
    for street, text in ((STREET, "起火"), ("110107001", "停电")):
        (base / street / "1.json").write_text(json.dumps({"id": "1", "text": text}), "utf-8")
        (base / street / "same.txt").write_text("河水漫堤", "utf-8")
    folder.take_files(now=(other / "1.json").stat().st_mtime + 60)
    assert sorted((r.scope[-10:-1], r.text) for r in waiting()) == sorted(
        (street, text) for street, own in (("/110107001", "停电"), ("/110107004", "起火")) for text in (own, "河水漫堤")
        for street in [street[-9:]]
    )  # fmt: skip
    laid("same.txt", "河水漫堤", take=False)
    os.utime(base / STREET / "same.txt", ns=(1, 10**18))
    laid("zz.txt", "最后一份")
    assert [r.text for r in waiting()].count("河水漫堤") == 3
    # Links, files packed too deep, names without room for the reason beside them, and one that cannot be moved at all.
    secret = base.parent / "secret.txt"
    secret.write_text("密码", "utf-8")
    (base / STREET / "a-link.txt").symlink_to(secret)
    (base / STREET / "deep.json").write_text("[" * 200_000, "utf-8")
    (base / STREET / ("长" * 80 + ".png")).write_bytes(picture())
    (base / STREET / "odd.json").write_text(
        r'[{"text": "塌方\ud800", "lon": "\u0000", "lat": 1}, {"text": "滑坡"}]', "utf-8"
    )
    (base / STREET / "page.eml").write_bytes(letter(words="x").as_bytes().replace(b"text/plain", b"text/html"))
    stuck = base / STREET / "b-stuck.txt"
    stuck.write_text("搬不动", "utf-8")
    move = folder._move

    def moving(path, to):
        if path == stuck:
            raise PermissionError(path)
        return move(path, to)

    monkeypatch.setattr(folder, "_move", moving)
    laid("zzz.txt", "真正的最后一份")
    folder.take_files(now=moment + 10**10)
    texts = [r.text for r in waiting()]
    assert [texts.count(t) for t in ("真正的最后一份", "搬不动", "滑坡", "密码")] == [1, 1, 1, 0]
    assert any(t.startswith("塌方（未采用：坐标") for t in texts)
    assert len(list((base / STREET / "refused").glob("*.reason.txt"))) == 3
    assert secret.read_text("utf-8") == "密码"


def test_a_mail_is_read_line_by_line_and_a_damaged_one_is_kept():
    page = (
        '<?xml version="1.0" encoding="utf-8"?><html><head><title>t</title><style>p {color: red}</style></head>'
        "<body><!-- x --><p>死亡 3</p><div>5 人受伤<br>2 人被困</div><script>x()</script></body></html>"
    )
    mail = letter(subject="续报", words="x")
    mail.set_content(page, subtype="html")
    assert read_mail(mail.as_bytes())[0].text == "续报。死亡 3\n5 人受伤\n2 人被困"
    mail.set_content("<!-- nothing -->", subtype="html")
    assert read_mail(mail.as_bytes())[0].text == "续报"
    deep = b"Subject: deep\r\nMessage-ID: <9@x>\r\n"
    for n in range(1500):
        deep += b'Content-Type: multipart/mixed; boundary="b%d"\r\n\r\n--b%d\r\n' % (n, n)
    odd = b"Subject: odd\r\nContent-Type: multipart/mixed\r\n\r\nno boundary at all"
    named = b'Subject: named\r\nContent-Type: image/png; name="a\x00\xff/../b.png"\r\nContent-Disposition: attachment\r\n\r\nx'
    for raw in (deep, odd, named, b"Subject: =?x?q?=ff?=\r\nContent-Type: text/plain; charset=idna\r\n\r\n\xff\xfe"):
        report, original = read_mail(raw)
        assert report.text
        assert original.body == raw


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
