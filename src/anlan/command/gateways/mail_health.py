"""How the mailboxes at a provider are doing: kept by the engine, shown on the page of the platform."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db.models import F
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from anlan.command.models import MailAccount
from anlan.kernel import clock
from anlan.kernel.health import Verdict, add_check

from .accounts import BadAccount, accounts

#: A mailbox that has not answered for so long is a fault; shorter than that is a hiccup of the provider.
SILENT_AFTER = timedelta(minutes=5)


def first_read(key: str) -> datetime:
    """Since when the mailbox is read; kept with the first look."""
    row, _made = MailAccount.objects.get_or_create(key=key, defaults={"since": clock.real_now()})
    return row.since


def note(key: str, error: str, kept: int, left: int) -> None:
    """Keep how a look went: without `error` it answered."""
    rows = MailAccount.objects.filter(key=key)
    if error:
        rows.update(error=error[:300], failures=F("failures") + 1, left=left)
    else:
        rows.update(error="", failures=0, read_at=clock.real_now(), brought=F("brought") + kept, left=left)


def _look() -> Verdict:
    try:
        keys = [account.key for account in accounts()]
    except BadAccount as fault:
        return Verdict(
            "trouble", _("收信邮箱的设置读不懂：%(why)s") % {"why": fault}, _("请改正 ANLAN_MAIL_BOXES 并重新启动")
        )
    rows = {row.key: row for row in MailAccount.objects.filter(key__in=keys)}
    for key in keys:
        row = rows.get(key)
        last = (row.read_at or row.since) if row else None
        if last is None or clock.real_now() - last > SILENT_AFTER:
            why = (row.error if row else "") or _("还没有读过")
            return Verdict(
                "trouble", _("收信邮箱 %(key)s 读不到：%(why)s") % {"key": key, "why": why},
                _("请核对地址、口令（或授权码）和网络；期间请派人看这个邮箱"),
            )  # fmt: skip
    left = sum(row.left for row in rows.values())
    if left:
        return Verdict(
            "trouble", _("邮箱里有 %(n)d 封邮件没有收下，仍是未读") % {"n": left},
            _("发件人没有登记或邮件没有内容；是来报的请手工接报，并把发件人加入 ANLAN_MAIL_SENDERS"),
        )  # fmt: skip
    return Verdict("ok")


add_check("command.mailboxes", gettext_lazy("收信邮箱读得到"), _look, order=61)
