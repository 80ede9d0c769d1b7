"""What command does when others announce. Loading this also says which service stands behind each button."""

from __future__ import annotations

from anlan.events.ledgers import LedgerChanged, LedgerImported
from anlan.events.loops import DeadlinePassed
from anlan.kernel.context import Context
from anlan.kernel.reactions import reacts_to

from . import services
from .briefs import reactions as briefs  # noqa: F401 (signs and sends briefs, closes day sheets)
from .circulars import services as circulars  # noqa: F401 (services of its steps)
from .consultation import reactions as consultation  # noqa: F401 (warnings propose one; services of its steps)
from .cooperation import reactions as cooperation  # noqa: F401 (reviews agreements; services of its steps)
from .duty import reactions as duty  # noqa: F401 (services of its steps, pages, who is on duty)
from .dutychecks import services as dutychecks  # noqa: F401 (services of its steps)
from .gateways import reactions as gateways  # noqa: F401 (confirmed signals come to the desk)
from .headquarters import reactions as headquarters  # noqa: F401 (the command post ends with its incident)
from .liaisons import services as liaisons  # noqa: F401 (services of its steps)
from .local_rules import KEY as LOCAL_RULES
from .meetings import deciding as meeting_minutes  # noqa: F401 (services of its steps)
from .meetings import services as meetings  # noqa: F401 (services of its steps)
from .mobilisation import services as mobilisation  # noqa: F401 (services of its steps)
from .models import LocalRule, Report
from .opinion import reactions as opinion  # noqa: F401 (follows reports that were taken)
from .quality import reactions as quality  # noqa: F401 (looks whether reports were made as they should)
from .responses import reactions as responses  # noqa: F401 (carries out approved proposals)
from .rollcall import reactions as rollcall  # noqa: F401 (finds the absent)
from .whistle import services as whistle  # noqa: F401 (services of its steps)


@reacts_to(DeadlinePassed, when=lambda event: (event.loop, event.state) == (Report.loop.key, "reviewing"))
def pass_over_review(ctx: Context, event: DeadlinePassed) -> None:
    """A review that has used up its share of the legal limit does not hold up the signature."""
    report = Report.objects.in_world(ctx).filter(pk=event.record).first()
    if report is not None:
        services.pass_over_review(ctx, report)


@reacts_to(LedgerChanged, when=lambda event: event.ledger == LOCAL_RULES)
def follow_local_rule(ctx: Context, event: LedgerChanged) -> None:
    """A rule that a region enters, corrects or takes back changes the limits that run."""
    rows = LocalRule.objects.unscoped("rules hold for everybody in their region").filter(pk=event.row)
    for scope in rows.values_list("scope", flat=True):
        services.have_rules_followed(ctx, scope=scope)


@reacts_to(LedgerImported, when=lambda event: event.ledger == LOCAL_RULES)
def follow_imported_rules(ctx: Context, event: LedgerImported) -> None:
    """After a spreadsheet of rules every limit is looked at once: the event does not name its rows."""
    services.have_rules_followed(ctx, scope="")
