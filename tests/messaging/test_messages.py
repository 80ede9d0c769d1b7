import socket
from email.header import decode_header, make_header

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.handlers import Message as Keeper
from procrastinate.contrib.django.models import ProcrastinateJob

from anlan.events.loops import DeadlinePassed
from anlan.kernel.announcing import announce
from anlan.kernel.errors import BadInput, NotFound
from anlan.kernel.models import AuditEntry, Outbox
from anlan.kernel.reactions import drain
from anlan.messaging import queries, services
from anlan.messaging.channels.mail import BadMailServer, mail_server, may_mail
from anlan.messaging.models import Delivery, Message
from anlan.messaging.services.delivering import MAIL_ATTEMPTS, TryAgain
from anlan.places.identity import context_of
from anlan.places.models import Person


@pytest.fixture
def duty(acting):
    return acting("zhibanyuan")


class Mailbox(Keeper):
    """Keeps what arrives; refuses as `answer` says."""

    def __init__(self):
        super().__init__()
        self.mails, self.answer = [], None

    async def handle_DATA(self, server, session, envelope):
        return self.answer or await super().handle_DATA(server, session, envelope)

    def handle_message(self, message):
        self.mails.append(message)


@pytest.fixture
def mailbox(settings):
    """A real mail server on this machine."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    box = Mailbox()
    server = Controller(box, hostname="127.0.0.1", port=port)
    server.start()
    settings.SMTP_URL = f"smtp://127.0.0.1:{port}?tls=none&from=anlan@127.0.0.1"
    yield box
    server.stop()


def mails():
    return Delivery.objects.filter(channel="email")


def test_a_message_reaches_everybody_behind_the_keys_once(duty, acting):
    message = services.send(
        duty,
        to_keys=["org:sjs.st.gucheng", "post:sjs.st.gucheng.duty"],
        text="请上报水深",
        about=("command.task", "t1", "/tasks/t1/"),
    )
    assert message.deliveries.count() == 3
    assert message.text == "【演练】请上报水深"
    street = acting("gucheng")
    assert queries.unread_count(street) == 1
    opened = services.mark_read(street, delivery=queries.inbox(street)[0].pk)
    assert (opened.state, queries.unread_count(street)) == ("read", 0)


def test_unread_come_first_and_nobody_reads_for_somebody_else(duty, acting):
    street = acting("gucheng")
    for text in ("一", "二", "三"):
        services.send(duty, to_keys=["post:sjs.st.gucheng.duty"], text=text)
    services.mark_read(street, delivery=queries.inbox(street)[0].pk)
    assert [d.message.text[-1] for d in queries.inbox(street)] == ["二", "一", "三"]
    with pytest.raises(NotFound):
        services.mark_read(acting("bajiao"), delivery=queries.inbox(street)[0].pk)
    assert services.mark_all_read(street) == 2


def test_the_bell_rings_only_for_those_who_got_it(duty, acting):
    services.send(duty, to_keys=["post:sjs.st.gucheng.duty"], text="一")
    notice = Outbox.objects.get(subject="messaging.message.sent")
    assert notice.shared_with == [acting("gucheng").actor.key]
    assert notice.scope == ""


def test_the_real_world_and_an_exercise_have_inboxes_of_their_own(duty, acting, people):
    services.send(duty, to_keys=["post:sjs.st.gucheng.duty"], text="一")
    assert queries.unread_count(context_of(Person.objects.get(username="gucheng"))) == 0


def test_the_same_occasion_is_said_once(duty):
    keys = ["post:sjs.st.gucheng.duty"]
    assert services.send(duty, to_keys=keys, text="一", dedupe="x") is not None
    assert services.send(duty, to_keys=keys, text="一", dedupe="x") is None
    assert Message.objects.unscoped("test").count() == 1


def test_a_message_to_nobody_is_written_down(duty):
    assert services.send(duty, to_keys=["post:nowhere"], text="一") is None
    assert AuditEntry.objects.get(action="messaging.message.nobody").data["to"] == ["post:nowhere"]


def test_empty_text_and_unknown_channels_are_refused(duty):
    with pytest.raises(BadInput):
        services.send(duty, to_keys=["post:sjs.st.gucheng.duty"], text=" ")
    with pytest.raises(BadInput, match="fax"):
        services.send(duty, to_keys=["post:sjs.st.gucheng.duty"], text="一", channels=["fax"])


class TestMail:
    def test_without_a_server_the_channel_is_off_and_says_so(self, duty, settings):
        settings.SMTP_URL = ""
        services.send(duty, to_keys=["post:sjs.st.gucheng.duty"], text="一")
        assert not mails().exists()
        assert not queries.mail_is_on()

    def test_a_mail_goes_out_once_with_the_mark_of_the_exercise(self, duty, mailbox):
        services.send(duty, to_keys=["post:sjs.st.gucheng.duty"], text="请上报水深\n第二行")
        job = ProcrastinateJob.objects.get(task_name="anlan.messaging.tasks.send_mail")
        assert services.deliver_mail(**job.args) is True
        assert services.deliver_mail(**job.args) is False
        (mail,) = mailbox.mails
        assert str(make_header(decode_header(mail["Subject"]))) == "【演练】请上报水深"
        assert mail["Message-ID"].startswith("<delivery-")
        assert mails().get().state == "sent"
        assert Outbox.objects.get(subject="messaging.message.delivered").payload["ok"] is True

    def test_a_busy_server_is_tried_again_and_finally_counts_as_failed(self, duty, mailbox):
        mailbox.answer = "451 busy"
        services.send(duty, to_keys=["post:sjs.st.gucheng.duty"], text="一")
        delivery = str(mails().get().pk)
        for _n in range(MAIL_ATTEMPTS - 1):
            with pytest.raises(TryAgain):
                services.deliver_mail(delivery)
        assert mails().get().state == "queued"
        services.deliver_mail(delivery)
        assert (mails().get().state, mails().get().attempts) == ("failed", MAIL_ATTEMPTS)
        assert Outbox.objects.get(subject="messaging.message.delivered").payload["ok"] is False

    def test_a_refused_address_fails_at_once_with_its_reason(self, duty, mailbox):
        mailbox.answer = "550 no such user"
        services.send(duty, to_keys=["post:sjs.st.gucheng.duty"], text="一")
        assert services.deliver_mail(str(mails().get().pk)) is False
        assert mails().get().state == "failed"
        assert "no such user" in mails().get().detail

    def test_a_server_that_is_away_is_tried_again(self, duty, settings):
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            settings.SMTP_URL = f"smtp://127.0.0.1:{free.getsockname()[1]}?tls=none"
        services.send(duty, to_keys=["post:sjs.st.gucheng.duty"], text="一")
        with pytest.raises(TryAgain):
            services.deliver_mail(str(mails().get().pk))

    def test_example_addresses_meet_no_server_but_one_on_this_machine(self, duty, settings):
        settings.SMTP_URL = "smtp://mail.city.gov:587"
        server = mail_server()
        assert not may_mail("gucheng@anlan.invalid", server)
        assert not may_mail("a@sub.example.com", server)
        assert may_mail("a@city.gov", server)
        services.send(duty, to_keys=["post:sjs.st.gucheng.duty"], text="一")
        assert not mails().exists()

    @pytest.mark.parametrize("url", ["http://x", "smtp://", "smtp://h:25?tls=maybe"])
    def test_a_setting_that_cannot_be_used_is_named(self, settings, url):
        settings.SMTP_URL = url
        with pytest.raises(BadMailServer, match="ANLAN_SMTP_URL"):
            mail_server()
        assert not queries.mail_is_on()

    def test_the_setting_is_read(self, settings):
        settings.SMTP_URL = "smtps://me%40x.gov:p%2Fw@mail.x.gov?from=anlan@x.gov"
        server = mail_server()
        assert (server.host, server.port, server.user, server.password, server.tls) == (
            "mail.x.gov",
            465,
            "me@x.gov",
            "p/w",
            "ssl",
        )


class TestLateness:
    @pytest.fixture
    def late(self, duty, street):
        """A call that nobody answered and that nobody was sent to."""
        from anlan.kernel.context import system
        from anlan.kernel.loops import transition
        from anlan.messaging.models import Call

        round_ = services.start_calls(duty, why="汛", text="应答", regions=[street()], urgent=True)
        return transition(system("test", world=duty.world), Call.everything.get(round=round_), "exhaust")

    def passed(self, record, notify, rung=1):
        from django.db import transaction

        from anlan.kernel.context import system

        with transaction.atomic():
            announce(
                system("timer", world=record.world_id),
                DeadlinePassed(
                    loop="messaging.call", record=str(record.pk), state=record.state, label=record.headline,
                    owner_role="duty_officer", owner_keys=[], notify=notify, rung=rung, due_at=record.due_at.isoformat(),
                ),
                scope=record.scope,
            )  # fmt: skip
        drain()

    def test_the_rung_is_told_once(self, late):
        self.passed(late, "duty_chief")
        self.passed(late, "duty_chief")
        message = Message.objects.unscoped("test").get(dedupe__startswith="late:")
        assert set(message.deliveries.values_list("person__username", "channel")) == {
            ("zhibanzhang", "app"),
            ("zhibanzhang", "phone_simulated"),
        }
        self.passed(late, "duty_leader", rung=2)
        assert Message.objects.unscoped("test").filter(dedupe__startswith="late:").count() == 2

    def test_whoever_acted_meanwhile_is_left_in_peace(self, late, duty):
        services.withdraw_call(duty, call=late, reason="误报")
        self.passed(late, "duty_chief")
        assert not Message.objects.unscoped("test").filter(dedupe__startswith="late:").exists()
