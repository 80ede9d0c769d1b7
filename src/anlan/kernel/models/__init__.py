from .attachment import Attachment
from .audit import AuditEntry
from .deadline import Deadline
from .ledger_import import LedgerImport
from .outbox import FailedReaction, Inbox, Outbox
from .saved_view import SavedView
from .world import World

__all__ = [
    "Attachment",
    "AuditEntry",
    "Deadline",
    "FailedReaction",
    "Inbox",
    "LedgerImport",
    "Outbox",
    "SavedView",
    "World",
]

# Last: loops, on which these are built, ask for the models above.
from anlan.kernel.webhooks.models import Attempt, Progress, Subscription

__all__ += ["Attempt", "Progress", "Subscription"]
