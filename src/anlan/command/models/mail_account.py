"""How reading a mailbox at a provider goes. The mailbox itself, with its password, is a setting and never a row."""

from __future__ import annotations

from django.db import models


class MailAccount(models.Model):
    """One mailbox that was read at least once. Times are of the wall clock."""

    key = models.CharField(primary_key=True, max_length=200, help_text="user@host/folder")
    since = models.DateTimeField(
        help_text="when it was first tried: mails from then on reach the desk even if somebody opened them"
    )
    read_at = models.DateTimeField(null=True, help_text="the last time that it answered")
    failures = models.PositiveIntegerField(default=0, help_text="in a row")
    error = models.CharField(max_length=300, blank=True, default="")
    brought = models.PositiveIntegerField(default=0, help_text="mails that became reports, in all")
    left = models.PositiveIntegerField(default=0, help_text="mails that were not taken and wait unread for a person")

    def __str__(self) -> str:
        return f"{self.key}: {self.error or 'ok'}"
