from .attachment import Attachment
from .audit import AuditEntry
from .deadline import Deadline
from .outbox import FailedReaction, Inbox, Outbox
from .world import World

__all__ = ["Attachment", "AuditEntry", "Deadline", "FailedReaction", "Inbox", "Outbox", "World"]
