"""Mails at a provider reach the desk: read from a real IMAP server, marked as read when kept and not before, each once."""

from __future__ import annotations

import contextlib
import imaplib
import os
import shutil
import socket
import ssl
import subprocess
import tempfile
import time
from datetime import timedelta
from pathlib import Path

import pytest

from anlan.command.gateways import mail_health
from anlan.command.gateways.accounts import BadAccount, accounts
from anlan.command.gateways.collecting import Collector, MailboxFault
from anlan.command.models import Incoming, MailAccount
from anlan.kernel import clock
from anlan.kernel.context import system
from anlan.kernel.models import Attachment
from tests.command.gateways.test_folder_and_mailbox import STREET, letter, picture
from tests.running import until

DOVECOT = shutil.which("dovecot") or shutil.which("dovecot", path="/usr/sbin:/usr/local/sbin")
USER, PASSWORD = "baosong@sjs.example", "口令 secret/1"
SETTINGS = """
base_dir = {here}/run
state_dir = {here}/run
log_path = {here}/log
protocols = imap
auth_failure_delay = 1 s
listen = 127.0.0.1
ssl = yes
ssl_cert = <{here}/cert.pem
ssl_key = <{here}/key.pem
disable_plaintext_auth = yes
mail_location = maildir:{here}/home/mail
first_valid_uid = 0
first_valid_gid = 0
{users}
passdb {{
  driver = passwd-file
  args = {here}/users
}}
userdb {{
  driver = static
  args = uid={uid} gid={gid} home={here}/home
}}
service imap-login {{
  chroot =
  inet_listener imap {{
    port = {port}
  }}
  inet_listener imaps {{
    port = {tls_port}
    ssl = yes
  }}
}}
service anvil {{
  chroot =
}}
service stats {{
  chroot =
}}
"""


def free_ports(n):
    with contextlib.ExitStack() as stack:
        sockets = [stack.enter_context(socket.socket()) for _ in range(n)]
        for each in sockets:
            each.bind(("127.0.0.1", 0))
        return [each.getsockname()[1] for each in sockets]


class Provider:
    """A Dovecot of the test's own; `put` lays a mail into the box as a delivering server does."""

    def __init__(self, here):
        self.here, self.process = here, None
        here.chmod(0o755)
        subprocess.run(
            ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2",
             "-keyout", here / "key.pem", "-out", here / "cert.pem", "-subj", "/CN=localhost",
             "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1"],
            check=True, capture_output=True,
        )  # fmt: skip
        (here / "users").write_text(f"{USER}:{{PLAIN}}{PASSWORD}::::::\n", "utf-8")
        self.port, self.tls_port = free_ports(2)
        (here / "home").mkdir()
        uid, gid, who = os.getuid(), os.getgid(), ""
        if uid == 0:  # it keeps mails of root nowhere
            uid = gid = 65534
            os.chown(here / "home", uid, gid)
        else:
            import grp
            import pwd

            name, group = pwd.getpwuid(uid).pw_name, grp.getgrgid(gid).gr_name
            who = f"default_internal_user = {name}\ndefault_internal_group = {group}\ndefault_login_user = {name}"
        text = SETTINGS.format(here=here, users=who, uid=uid, gid=gid, port=self.port, tls_port=self.tls_port)
        (here / "dovecot.conf").write_text(text, "utf-8")

    def start(self):
        self.process = subprocess.Popen([DOVECOT, "-F", "-c", self.here / "dovecot.conf"], stderr=subprocess.DEVNULL)
        until(self._answers, what=f"Dovecot answering ({self.here / 'log'})")

    def _answers(self):
        with contextlib.suppress(OSError, imaplib.IMAP4.error):
            imaplib.IMAP4("127.0.0.1", self.port, timeout=60).logout()
            return True
        return False

    def stop(self):
        if self.process:
            self.process.terminate()
            self.process.wait(30)

    def signed_in(self):
        trusted = ssl.create_default_context(cafile=self.here / "cert.pem")
        box = imaplib.IMAP4_SSL("127.0.0.1", self.tls_port, ssl_context=trusted, timeout=60)
        box.authenticate("PLAIN", lambda _asked: f"\0{USER}\0{PASSWORD}".encode())
        assert box.select("INBOX")[0] == "OK"
        return box

    def put(self, mail, *, flags="", days_ago=0):
        raw = mail if isinstance(mail, bytes) else mail.as_bytes()
        with self.signed_in() as box:
            moment = imaplib.Time2Internaldate(time.time() - days_ago * 86400)
            assert box.append("INBOX", flags, moment, raw)[0] == "OK"

    def unread(self):
        with self.signed_in() as box:
            return len(box.uid("SEARCH", "UNSEEN")[1][0].split())

    def address(self, scheme="imaps", desk=STREET, password=None, query=""):
        port = self.tls_port if scheme == "imaps" else self.port
        word = (password or PASSWORD).replace(" ", "%20").replace("/", "%2F")
        return f"{scheme}://baosong%40sjs.example:{word}@127.0.0.1:{port}/INBOX?desk={desk}{query}"


def _old_enough():
    if not DOVECOT:
        return "no Dovecot on this machine: bin/setup --dev installs it"
    version = subprocess.run([DOVECOT, "--version"], capture_output=True, text=True, check=False).stdout
    return "" if version.startswith("2.3.") else f"written for the settings of Dovecot 2.3, here is {version.strip()}"


@pytest.fixture
def provider(people, monkeypatch):
    if why := _old_enough():
        pytest.skip(why)
    # Not below pytest's own folder: it is closed to the users that the server runs its parts as.
    here = Path(tempfile.mkdtemp(prefix="anlan-imap-"))
    provider = Provider(here)
    monkeypatch.setenv("SSL_CERT_FILE", str(here / "cert.pem"))
    provider.start()
    yield provider
    provider.stop()
    shutil.rmtree(here, ignore_errors=True)


def look(collector):
    return collector.round(mail_health.first_read(collector.account.key))


def texts():
    return [r.text for r in Incoming.objects.in_world(system("test")).order_by("opened_at", "id")]


def test_a_mail_at_a_provider_is_kept_once_and_then_marked_as_read(provider, settings):
    provider.put(letter(number="<old@x>", words="十天前的未读旧信"), days_ago=10)
    provider.put(letter(number="<read@x>", words="昨天读过的信"), flags=r"(\Seen)", days_ago=1)
    files = [("现场.png", "image/png", picture()), ("run.exe", "application/octet-stream", b"MZ\x00")]
    provider.put(letter(files=files))
    provider.put(b"Received: from relay by mx\r\n" + letter(files=files).as_bytes())

    # Over STARTTLS, to a desk that does not exist: nothing is kept, so nothing is marked.
    settings.MAIL_BOXES = provider.address("imap", desk="999999")
    stray = Collector(accounts()[0])
    assert look(stray) == (0, False)
    assert (len(stray.left), provider.unread()) == (2, 3)
    stray.close()
    MailAccount.objects.all().delete()

    settings.MAIL_BOXES = provider.address()
    collector = Collector(accounts()[0])
    assert look(collector) == (1, False)
    assert provider.unread() == 1, "the mail of ten days ago is left to people"
    report = Incoming.objects.in_world(system("test")).get()
    assert (report.channel, report.scope) == ("mail", "11/110107/110107004/")
    kept = Attachment.objects.in_world(system("test")).filter(object_id=str(report.pk))
    assert [a.name for a in kept] == ["现场.png"]

    # One number for two different texts: neither is lost. One that somebody opened first reaches the desk all the same.
    provider.put(letter(words="水位又涨了 20 厘米，请再派一台泵车。"))
    provider.put(letter(number="<opened@x>", subject="续报", words="一人被困已救出"), flags=r"(\Seen)")
    assert look(collector) == (2, False)
    assert "又涨了 20 厘米" in texts()[0]
    assert "续报。一人被困已救出" in texts()[1]
    # Whoever starts anew finds what is known by its number.
    collector.close()
    again = Collector(accounts()[0])
    assert look(again) == (0, False)
    again.close()
    assert len(texts()) == 2


def test_hostile_mails_hold_up_no_other_and_strangers_wait_for_a_person(provider, settings, monkeypatch):
    monkeypatch.setattr("anlan.command.gateways.collecting.LARGEST", 600_000)
    settings.MAIL_BOXES, settings.MAIL_SENDERS = provider.address(), ["example.org"]
    deep = b"From: a@example.org\r\nSubject: deep\r\nMessage-ID: <9@x>\r\n"
    for n in range(1500):
        deep += b'Content-Type: multipart/mixed; boundary="b%d"\r\n\r\n--b%d\r\n' % (n, n)
    stranger = letter(number="<s@x>", words="陌生人来信")
    stranger.replace_header("From", "stranger@elsewhere.example")
    forged = b"Return-Path: <bounce@elsewhere.example>\r\n" + letter(number="<f@x>", words="冒名来信").as_bytes()
    large = letter(number="<l@x>", words="大坝照片一张", files=[("坝.png", "image/png", picture() + b"\0" * 700_000)])
    for mail in (
        deep,
        stranger,
        forged,
        b"From: a@example.org\r\n\r\n",
        b"\r\n",
        large,
        letter(number="<n@x>", words="最后一封"),
    ):
        provider.put(mail)
    collector = Collector(accounts()[0])
    assert look(collector)[0] == 3
    assert [("deep" in t, "大坝照片一张" in t and "附件请到邮箱里看" in t, "最后一封" in t) for t in texts()] == [
        (True, False, False), (False, True, False), (False, False, True),
    ]  # fmt: skip
    assert (len(collector.left), provider.unread()) == (4, 4)
    assert look(collector) == (0, False)
    mail_health.note(collector.account.key, "", 3, len(collector.left))
    verdict = mail_health._look()
    assert (verdict.state, "4 封邮件没有收下" in str(verdict.text)) == ("trouble", True)
    collector.close()


def test_a_provider_that_fails_is_named_and_nobody_gets_the_password_who_should_not(provider, settings, monkeypatch):
    collector = Collector(accounts(provider.address())[0])
    provider.put(letter())
    provider.stop()
    with pytest.raises(MailboxFault):
        look(collector)
    provider.start()
    assert look(collector) == (1, False), "it goes on where it was"
    # The connection is lost between two looks.
    collector._connection.sock.shutdown(socket.SHUT_RDWR)
    with pytest.raises(MailboxFault):
        look(collector)
    provider.put(letter(number="<2@x>", words="断线以后的信"))
    assert look(collector) == (1, False)
    collector.close()

    absent = Collector(accounts(provider.address().replace("INBOX", "Nowhere"))[0])
    with pytest.raises(MailboxFault, match="Nowhere"):
        look(absent)
    absent.close()
    wrong = Collector(accounts(provider.address(password="x"))[0])
    with pytest.raises(MailboxFault, match=r"(?i)auth"):
        look(wrong)
    monkeypatch.delenv("SSL_CERT_FILE")
    for scheme in ("imaps", "imap"):
        with pytest.raises(MailboxFault, match="certificate"):
            look(Collector(accounts(provider.address(scheme))[0]))

    settings.MAIL_BOXES = provider.address()
    assert mail_health._look().state == "ok", "a fault of a moment alarms nobody"
    key = accounts()[0].key
    mail_health.note(key, "authentication failed", 0, 0)
    MailAccount.objects.filter(key=key).update(read_at=clock.real_now() - timedelta(minutes=6))
    verdict = mail_health._look()
    assert verdict.state == "trouble"
    assert "authentication failed" in str(verdict.text)


@pytest.mark.parametrize(
    ("word", "why"),
    [
        ("imaps://u:p@mail.example/INBOX", "desk="),
        ("imaps://mail.example/INBOX?desk=110107", "user:password"),
        ("pop3://u:p@mail.example?desk=110107", "imaps://"),
        ("imap://u:p@mail.example?desk=110107&tls=none", "in the clear"),
        ("imaps://u:p@mail.example/收件箱?desk=110107", "ASCII"),
        ("imaps://u:p@mail.example:port/?desk=110107", "no address"),
    ],
)
def test_a_setting_that_cannot_be_used_says_which_mailbox_and_why(word, why):
    with pytest.raises(BadAccount, match=why) as found:
        accounts(f"imaps://a:secret@ok.example/INBOX?desk=110107 {word}")
    assert "mailbox 2" in str(found.value)
    assert "secret" not in str(found.value)
