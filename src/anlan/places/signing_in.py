"""Signing in and out: lock-out by name and by address, the first password, the audit of each attempt.

A name is locked whether or not an account of that name exists, and every refusal reads the same, so that nobody can find out
which accounts there are.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from ipaddress import ip_address
from typing import Any

from django.conf import settings
from django.contrib.auth import authenticate
from django.contrib.auth import login as start_session
from django.contrib.auth import logout as end_session
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import transaction
from django.http import HttpRequest
from django.utils.timezone import localtime

from anlan.kernel import auditing, clock
from anlan.kernel.access import tell_access_changed
from anlan.kernel.context import Context, system
from anlan.kernel.errors import BadInput, Refused
from anlan.kernel.wording import shown
from anlan.kernel.wording import words as _

from .identity import context_of
from .models import Person, SigninAttempt

#: Failures by one name before it is locked, and for how long.
NAME_LIMIT = 5
#: Failures from one address, over all names, before it has to wait.
ADDRESS_LIMIT = 30
WINDOW = timedelta(minutes=15)


class SigninRefused(Refused):
    status = 403
    code = "signin_refused"


@dataclass(frozen=True, slots=True)
class Client:
    """Where the attempt comes from. `local` is true only for a browser on this machine, with no proxy between."""

    address: str | None
    local: bool


def client_of(request: HttpRequest) -> Client:
    raw = request.META.get("REMOTE_ADDR") or ""
    forwarded = any(h in request.META for h in ("HTTP_X_FORWARDED_FOR", "HTTP_FORWARDED", "HTTP_X_REAL_IP"))
    try:
        address = ip_address(raw)
    except ValueError:
        return Client(None, False)
    return Client(str(address), address.is_loopback and not forwarded)


def sign_in(request: HttpRequest, *, username: str, password: str) -> Person:
    """Check name and password and start a session. Raises SigninRefused, whose words do not say whether the account exists."""
    username, client, now = username.strip()[:60], client_of(request), clock.real_now()
    if not username or not password:
        raise BadInput(_("请填写账号和密码"), field="username" if not username else "password")
    _refuse_when_locked(username, client, now)
    person = authenticate(request, username=username, password=password)
    if person is None or (person.sample and not (settings.DEMO and client.local)):
        _note_failure(username, client, now)
        _refuse_when_locked(username, client, now)
        left = NAME_LIMIT - _failures(username, now).filter(at__gt=now - WINDOW).count()
        raise SigninRefused(
            _("账号或密码不对"),
            mend=_("请核对后再试；再错 %(n)d 次，这个账号名将锁定 15 分钟") % {"n": max(left, 1)},
            field="password",
        )
    with transaction.atomic():
        SigninAttempt.objects.create(username=username, address=client.address, at=now, ok=True)
        Person.objects.filter(pk=person.pk).update(failed_attempts=0, locked_until=None)
        start_session(request, person)
        _audit(context_of(person), "signed_in", _("登录"), person.pk, {"address": client.address})
    return person


def sign_out(request: HttpRequest, ctx: Context) -> None:
    """End the session, and with it the live streams of its pages."""
    person: Any = request.user
    with transaction.atomic():
        _audit(ctx, "signed_out", _("退出登录"), person.pk, {})
        end_session(request)
        tell_access_changed(ctx, person.key)


def change_password(ctx: Context, *, person: Person, old: str, new: str, again: str) -> None:
    """Replace one's own password. Raises BadInput with every fault of the new one, in words."""
    if not person.check_password(old):
        raise BadInput(_("现在的密码不对"), field="old", mend=_("请填写刚才登录用的密码"))
    if new != again:
        raise BadInput(_("两次填写的新密码不一样"), field="again", mend=_("请重新填写新密码"))
    if new == old:
        raise BadInput(_("新密码与现在的密码相同"), field="new", mend=_("请换一个没有用过的密码"))
    check_password_strength(new, person)
    with transaction.atomic():
        person.set_password(new)
        person.must_change_password = False
        person.save(update_fields=["password", "must_change_password"])
        _audit(ctx, "password_changed", _("修改密码"), person.pk, {})
        tell_access_changed(ctx, person.key)


def check_password_strength(password: str, person: Person) -> None:
    """Raise BadInput that says in words what is wrong with the password."""
    said = {
        "password_too_short": _("至少 10 个字符"),
        "password_too_common": _("这个密码太常见，容易被猜到"),
        "password_too_similar": _("与账号、姓名或邮箱太像"),
    }
    try:
        validate_password(password, person)
    except ValidationError as error:
        faults = [shown(said.get(e.code or "", " ".join(e.messages))) for e in error.error_list]
        raise BadInput(
            _("新密码不能用：%(why)s") % {"why": "；".join(faults)},
            field="new",
            mend=_("可用几个不相关的词连起来，好记又难猜"),
        ) from None


def forgive(username: str) -> None:
    """Failures so far no longer count (after an administrator unlocked the account)."""
    SigninAttempt.objects.filter(username=username, ok=False, forgiven=False).update(forgiven=True)


def locked_until(username: str) -> datetime | None:
    """When the name may try again; None when it may now."""
    now = clock.real_now()
    until = _until(_failures(username, now), NAME_LIMIT)
    return until if until and until > now else None


def _refuse_when_locked(username: str, client: Client, now: datetime) -> None:
    until = _until(_failures(username, now), NAME_LIMIT)
    if until and until > now:
        raise SigninRefused(
            _("登录失败已满 %(n)d 次，这个账号名锁定到 %(until)s") % {"n": NAME_LIMIT, "until": _clock(until)},
            mend=_("请到时再试，或请系统管理员解锁"), field="username", until=until.isoformat(),
        )  # fmt: skip
    if client.address:
        rows = SigninAttempt.objects.filter(address=client.address, ok=False, at__gt=now - 2 * WINDOW)
        until = _until(rows, ADDRESS_LIMIT)
        if until and until > now:
            raise SigninRefused(
                _("从这台机器登录失败的次数太多，请到 %(until)s 再试") % {"until": _clock(until)},
                mend=_("如有急事，请用另一台机器登录，或电话联系值班室"), until=until.isoformat(),
            )  # fmt: skip


def _failures(username: str, now: datetime) -> Any:
    """Failures by the name that may still matter: recent, not forgiven, after the last success."""
    rows = SigninAttempt.objects.filter(username=username, ok=False, forgiven=False, at__gt=now - 2 * WINDOW)
    success = (
        SigninAttempt.objects.filter(username=username, ok=True).order_by("-id").values_list("id", flat=True).first()
    )
    return rows.filter(id__gt=success) if success else rows


def _until(rows: Any, limit: int) -> datetime | None:
    """End of the lock that the last `limit` failures cause when they fell within one window."""
    recent = list(rows.order_by("-id").values_list("at", flat=True)[:limit])
    return recent[0] + WINDOW if len(recent) == limit and recent[0] - recent[-1] <= WINDOW else None


def _note_failure(username: str, client: Client, now: datetime) -> None:
    with transaction.atomic():
        SigninAttempt.objects.create(username=username, address=client.address, at=now, ok=False)
        person = Person.objects.select_for_update().filter(username=username).first()
        until = _until(_failures(username, now), NAME_LIMIT)
        if person is not None:
            person.failed_attempts = _failures(username, now).filter(at__gt=now - WINDOW).count()
            person.locked_until = until
            person.save(update_fields=["failed_attempts", "locked_until"])
        ctx = system("signin")
        who = person.pk if person is not None else "-"
        _audit(ctx, "signin_failed", _("登录失败"), who, {"username": username, "address": client.address})
        if until:
            _audit(ctx, "signin_locked", _("账号名锁定"), who, {"username": username, "until": until})


def _audit(ctx: Context, action: str, label: str, person: Any, data: dict[str, Any]) -> None:
    scope = min((g.path for g in ctx.grants), key=len, default="")
    auditing.record(
        ctx,
        action=f"places.person.{action}",
        label=label,
        object_type="places.person",
        object_id=person,
        scope=scope,
        data=data,
    )


def _clock(moment: datetime) -> str:
    return f"{localtime(moment):%H:%M:%S}"
