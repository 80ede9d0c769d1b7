"""Access tokens: made for an organisation by an administrator, shown once, checked at every request, ended at any time.

A secret is 256 random bits, so that it cannot be guessed and a plain digest keeps it. What is refused is counted by address: whoever
knocks with wrong tokens has to wait, while a right one from the same address still opens.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q

from anlan.kernel import auditing, clock
from anlan.kernel.context import Actor, Context, Grant
from anlan.kernel.errors import BadInput, Conflict, NotAllowed, Refused
from anlan.kernel.ids import new_id
from anlan.kernel.texts import whole
from anlan.kernel.wording import words as _
from anlan.kernel.worlds import REAL

from .models import AccessToken, Organisation, TokenRefusal
from .token_uses import opens, permissions_of, token_uses

CHANGE_TOKENS = "places.token.change"
PREFIX = "anlan_"
LONGEST = timedelta(days=731)
#: Refusals from one address before it has to wait, and for how long.
ADDRESS_LIMIT = 30
WINDOW = timedelta(minutes=15)
#: How exactly the last use is known.
NOTED_EVERY = timedelta(minutes=1)
KEPT = timedelta(days=30)


class TokenRefused(Refused):
    status = 401
    code = "token_refused"


class TooManyRefused(TokenRefused):
    status = 429
    code = "too_many_refused"


def make_token(
    ctx: Context, *, organisation: Organisation, name: str, purpose: str, uses: Sequence[str], expires_at: datetime,
    limits: Mapping[str, Sequence[str] | None],
) -> tuple[AccessToken, str]:  # fmt: skip
    """A token for a program of `organisation`; returns it with its secret, which is kept nowhere.

    `limits`: for each use that can be limited the names it is for; None says all in the organisation's region.
    Raises BadInput (name, purpose, uses, expires_at, limits), Conflict (organisation out of use), NotAllowed.
    """
    _demand_reality(ctx)
    ctx.require(CHANGE_TOKENS, organisation.scope)
    if organisation.is_retired:
        raise Conflict(_("这个单位已停用"), field="organisation")
    name, purpose = whole(name, 120, "name"), whole(purpose, 200, "purpose")
    if not name or not purpose:
        raise BadInput(
            _("请写明是哪个设备或系统，做什么用"), field="name" if not name else "purpose",
            mend=_("例如：莲石湖雨量站网关，每 5 分钟报送雨量"),
        )  # fmt: skip
    chosen = [token_uses()[key] for key in dict.fromkeys(uses) if key in token_uses()]
    if not chosen or len(chosen) != len(set(uses)):
        raise BadInput(_("请选择它可以做什么"), field="uses")
    now = clock.real_now()
    if not now < expires_at <= now + LONGEST:
        raise BadInput(_("有效期要在今天之后、两年之内"), field="expires_at", mend=_("到期前可以再发一个新的"))
    secret = PREFIX + secrets.token_urlsafe(32)
    with transaction.atomic():
        token: AccessToken = AccessToken.objects.create(
            scope=organisation.scope, name=name, purpose=purpose, organisation=organisation, uses=[u.key for u in chosen],
            digest=_digest(secret), hint=secret[-4:], made_by=ctx.actor.key, made_by_name=ctx.actor.name[:120], made_at=now,
            expires_at=expires_at,
        )  # fmt: skip
        for use in chosen:
            named = limits.get(use.key, ())
            if use.limit is None or named is None:
                continue
            if not named:
                raise BadInput(_("“%(use)s”没有写明只限哪些") % {"use": use.title}, field=f"limit.{use.key}")
            use.limit.bind(ctx, key=token.key, scope=token.scope, names=named)
        _audit(
            ctx, token, "made", _("发放接入令牌"), name=name, purpose=purpose, uses=token.uses, expires_at=expires_at,
            limits={key: list(names) if names is not None else "*" for key, names in limits.items()},
        )  # fmt: skip
    return token, secret


def revoke_token(ctx: Context, *, token: AccessToken, why: str) -> AccessToken:
    """It opens nothing any more, from the next request on. Raises BadInput (no reason), Conflict (revoked already)."""
    _demand_reality(ctx)
    ctx.require(CHANGE_TOKENS, token.scope)
    if not why.strip():
        raise BadInput(_("请写明作废的原因"), field="why")
    with transaction.atomic():
        mine = AccessToken.objects.unscoped("the right was just checked").select_for_update().get(pk=token.pk)
        if mine.revoked_at is not None:
            raise Conflict(_("这个令牌已经作废"), mend=_("请刷新页面"))
        mine.revoked_at, mine.revoked_by_name, mine.revoked_why = (
            clock.real_now(), ctx.actor.name[:120], whole(why, 200, "why"),
        )  # fmt: skip
        mine.save(update_fields=["revoked_at", "revoked_by_name", "revoked_why"])
        _audit(ctx, mine, "revoked", _("作废接入令牌"), reason=mine.revoked_why)
    return mine


def context_of_bearer(
    secret: str, *, method: str, path: str, address: str | None = None, language: str = "zh-hans"
) -> Context:  # fmt: skip
    """The context in which the program that brings `secret` acts at this door: an actor of its own (``token:<id>``), the real world.

    Raises TokenRefused (401: unknown, expired, revoked), NotAllowed (403: not for this door), TooManyRefused (429).
    """
    now = clock.real_now()
    rows = AccessToken.objects.unscoped("whoever brings the secret").select_related("organisation")
    token = rows.filter(digest=_digest(secret)).first()
    if token is None or not token.holds(now) or token.organisation.is_retired:
        _refuse(token, address, now)
    assert token is not None
    ctx = Context(
        actor=Actor(key=token.key, name=token.name, post=str(token.organisation)),
        grants=(Grant(role="token", path=token.scope, permissions=permissions_of(token.uses)),),
        keys=frozenset({token.key}), world=REAL, cause=f"request:{new_id()}", language=language, reading=clock.read(REAL),
        ends_at=token.expires_at,
    )  # fmt: skip
    if not opens(token.uses, method, path):
        _note_refusal(token, address, now, "door", ctx, path)
        raise NotAllowed(
            _("令牌“%(name)s”不能用在这个地址") % {"name": token.name}, path=path,
            mend=_("请核对地址；要扩大用途，请系统管理员另发一个令牌"),
        )  # fmt: skip
    _note_use(ctx, token, address, now)
    return ctx


def _refuse(token: AccessToken | None, address: str | None, now: datetime) -> None:
    """Say why, once it is noted. Whoever keeps on with what is wrong is told to wait."""
    recent = TokenRefusal.objects.filter(address=address, at__gt=now - WINDOW).order_by("-at")
    last = list(recent.values_list("at", flat=True)[:ADDRESS_LIMIT])
    if len(last) >= ADDRESS_LIMIT:
        wait = int((last[-1] + WINDOW - now).total_seconds()) + 1
        raise TooManyRefused(
            _("从这个地址来的错误令牌太多，请 %(s)d 秒后再试") % {"s": wait}, mend=_("请核对令牌"), retry_after=wait
        )
    why = "unknown" if token is None else "revoked" if token.revoked_at else "expired"
    _note_refusal(token, address, now, why)
    if token is None:
        raise TokenRefused(_("令牌不对"), mend=_("请核对是否抄全；丢失的令牌请系统管理员作废后另发"))
    if token.revoked_at is not None or token.organisation.is_retired:
        raise TokenRefused(_("令牌“%(name)s”已作废") % {"name": token.name}, mend=_("请向系统管理员申请新令牌"))
    raise TokenRefused(_("令牌“%(name)s”已过期") % {"name": token.name}, mend=_("请向系统管理员申请新令牌"))


def _note_refusal(
    token: AccessToken | None, address: str | None, now: datetime, why: str, ctx: Context | None = None, path: str = ""
) -> None:  # fmt: skip
    """In the list of refusals and in the audit, up to the limit: what goes on for ever fills nothing."""
    if TokenRefusal.objects.filter(address=address, at__gt=now - WINDOW).count() >= ADDRESS_LIMIT:
        return
    with transaction.atomic():
        TokenRefusal.objects.create(address=address, at=now, token=token, why=why)
        TokenRefusal.objects.filter(at__lt=now - KEPT).delete()
        ctx = ctx or Context(actor=Actor(token.key if token else "token:-", token.name if token else "-"))
        data = {"address": address, "why": why, "path": path[:200]}
        auditing.record(
            ctx, action="places.token.refused", label=_("接入令牌被拒"), object_type="places.token",
            object_id=token.pk if token else "-", scope=token.scope if token else "", data=data,
        )  # fmt: skip


def _note_use(ctx: Context, token: AccessToken, address: str | None, now: datetime) -> None:
    """The last use, to the minute; the first one of a day and of an address is in the audit, as every change that it makes is."""
    elsewhere = address != token.last_used_from
    if token.last_used_at is not None and now - token.last_used_at < NOTED_EVERY:
        return
    rows = AccessToken.objects.unscoped("its own last use").filter(pk=token.pk)
    stale = Q(last_used_at__isnull=True) | Q(last_used_at__lte=now - NOTED_EVERY)
    with transaction.atomic():
        if not rows.filter(stale).update(last_used_at=now, last_used_from=address):
            return
        if elsewhere or token.last_used_at is None or token.last_used_at.date() != now.date():
            _audit(ctx, token, "used", _("使用接入令牌"), address=address)


def _demand_reality(ctx: Context) -> None:
    if ctx.is_exercise:
        raise Refused(_("演练中不能发放或作废接入令牌：它们连着真实的设备"), mend=_("退出演练、回到实况后再办"))


def _digest(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()


def _audit(ctx: Context, token: AccessToken, verb: str, label: str, **data: object) -> None:
    auditing.record(
        ctx, action=f"places.token.{verb}", label=label, object_type="places.token", object_id=token.pk, scope=token.scope,
        data=data,
    )  # fmt: skip
