"""Whether other systems get what they are promised."""

from __future__ import annotations

from django.db.models import Min
from django.utils.translation import gettext_lazy as _

from anlan.kernel import clock
from anlan.kernel.health import Verdict, add_check, add_gauge

from .models import Attempt, Progress, Subscription

PAGE = "/webhooks/"


def _broken() -> int:
    return Subscription.objects.unscoped("a figure of the whole platform").filter(state="broken").count()


def _failing_for() -> float:
    since = Progress.objects.filter(subscription__state="active").aggregate(at=Min("failing_since"))["at"]
    return (clock.real_now() - since).total_seconds() if since else 0.0


def _waiting() -> int:
    return Attempt.objects.filter(outcome="asked").count()


def _look() -> Verdict:
    broken = _broken()
    if not broken:
        return Verdict("ok")
    return Verdict("trouble", _("有推送已中断，事件留着没有发出"), _("请系统管理员查明接收方的情况后恢复"), PAGE)


add_gauge(
    "anlan_webhooks_broken", "Subscriptions of other systems that were given up until a person looks at them.", _broken,
    title=_("中断的推送"), url=PAGE, limit=0, order=25,
)  # fmt: skip
add_gauge(
    "anlan_webhooks_failing_seconds", "For how long the receiver that fails longest has taken nothing.", _failing_for,
    title=_("接收方没有应答"), unit="s", url=PAGE, limit=600, order=26,
)  # fmt: skip
add_gauge("anlan_webhooks_asked", "Test and repeated messages that wait to be sent.", _waiting, order=27)
add_check("kernel.webhooks", _("推送送得到"), _look, order=34)
