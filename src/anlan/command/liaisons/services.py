"""What outsiders may say about the published list, and what becomes of it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils.timezone import localtime

from anlan.command.models import Liaison, LiaisonDoubt
from anlan.command.models.liaison import keeper_of
from anlan.kernel import auditing, clock
from anlan.kernel.context import Context, system
from anlan.kernel.errors import BadInput, NotFound
from anlan.kernel.loops import open_record, transition
from anlan.kernel.loops.stepping import step_service
from anlan.kernel.strangers import TooMany, net_of, sender_key
from anlan.kernel.texts import whole_line
from anlan.kernel.wording import words as _
from anlan.messaging.services import send
from anlan.places.queries import keys_with_role

from .loops import WRONG
from .queries import published

SALT = "anlan.liaisons"
#: Within an hour of one browser; of one address, behind which a whole office or a village's exchange may stand; about one entry
#: within a day; of everybody within an hour.
FROM_ONE, FROM_ADDRESS, ABOUT_ONE, FROM_ALL = 5, 60, 20, 300


def report_doubt(
    *, liaison: UUID | str, wrong: str, text: str = "", contact: str = "", address: str = "", browser: str = ""
) -> LiaisonDoubt:
    """Somebody who is not signed in says what is wrong with a published entry.

    `browser`: what the page gave this browser to be known by; all that come without one from an address count as one. The same
    thing from the same sender within a day is one report. Raises NotFound for what is not published, BadInput, and TooMany when
    a sender, an address, an entry or the whole page is flooded.
    """
    row = published().filter(pk=liaison).first()
    if row is None:
        raise NotFound()
    if wrong not in dict(WRONG):
        raise BadInput(_("请选择哪里不对"), field="wrong", mend=_("从列出的选项中选择"))
    text, contact = whole_line(text, 300, "text", _("具体情况")), whole_line(contact, 60, "contact", _("您的联系方式"))
    if wrong == "other" and not text:
        raise BadInput(_("请写明哪里不对"), field="text", mend=_("例如：负责人已搬走"))
    key = sender_key(SALT, net_of(address) or "unknown")
    sender: dict[str, Any] = {"address_key": key, "browser_key": sender_key(SALT, browser) if browser else ""}
    ctx = system("public")
    with transaction.atomic():
        # One flood after another: whoever counts holds the entry until the report is there.
        Liaison.objects.in_world(ctx).select_for_update(of=("self",)).get(pk=row.pk)
        everything = LiaisonDoubt.objects.in_world(ctx)
        now = clock.real_now()
        known = everything.filter(
            liaison=row, wrong=wrong, text=text, **sender, opened_at__gt=now - timedelta(days=1)
        ).first()
        if known is not None:
            return known
        recent = everything.filter(opened_at__gt=now - timedelta(hours=1))
        about = everything.filter(liaison=row, opened_at__gt=now - timedelta(days=1))
        if (
            recent.filter(**sender).count() >= FROM_ONE
            or recent.filter(address_key=key).count() >= FROM_ADDRESS
            or about.count() >= ABOUT_ONE
            or recent.count() >= FROM_ALL
        ):
            raise TooMany(_("提交得太多了"), mend=_("请过一小时再试，或直接拨打值班电话"))
        made: LiaisonDoubt = open_record(
            ctx, LiaisonDoubt, scope=row.scope, liaison=row, wrong=wrong, text=text, contact=contact, **sender,
            owner_role=keeper_of(row.scope),
        )  # fmt: skip
        send(
            ctx, text=_("联络员公示有人纠错：%(area)s，%(wrong)s") % {"area": row.area, "wrong": made.get_wrong_display()},
            to_keys=keys_with_role(keeper_of(row.scope), row.scope), channels=("app",), scope=row.scope,
            about=("command.liaison_doubt", made.pk, made.get_absolute_url()),
            dedupe=f"liaison-doubt:{row.pk}:{localtime(now):%Y-%m-%d}",
        )  # fmt: skip
    return made


@step_service("command.liaison_doubt", "correct")
def correct(ctx: Context, doubt: Any, given: dict[str, Any]) -> Any:
    return _settle(ctx, doubt, "correct", given)


@step_service("command.liaison_doubt", "dismiss")
def dismiss(ctx: Context, doubt: Any, given: dict[str, Any]) -> Any:
    return _settle(ctx, doubt, "dismiss", given)


def _settle(ctx: Context, doubt: LiaisonDoubt, step: str, given: dict[str, Any]) -> LiaisonDoubt:
    """Either way somebody has looked at the entry today."""
    with transaction.atomic():
        moved: LiaisonDoubt = transition(ctx, doubt, step, evidence=given)
        today = localtime(ctx.now()).date()
        Liaison.objects.in_world(ctx).filter(pk=moved.liaison_id).update(confirmed_on=today)
        auditing.record(
            ctx, action="command.liaison.confirmed", label=_("核实联络员"), object_type="command.liaison",
            object_id=moved.liaison_id, scope=moved.scope, data={"doubt": str(moved.pk)},
        )  # fmt: skip
    return moved
