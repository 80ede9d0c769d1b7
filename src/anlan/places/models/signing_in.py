"""Attempts to sign in, kept for lock-out and for whoever looks into an intrusion."""

from __future__ import annotations

from django.db import models


class SigninAttempt(models.Model):
    """One attempt by a name from an address, whether or not an account of that name exists. `forgiven`: it no longer counts."""

    id = models.BigAutoField(primary_key=True)
    username = models.CharField(max_length=60)
    address = models.GenericIPAddressField(null=True)
    at = models.DateTimeField(help_text="wall clock")
    ok = models.BooleanField()
    forgiven = models.BooleanField(default=False)

    class Meta:
        indexes = [
            models.Index(fields=["username", "at"], name="attempt_by_name"),
            models.Index(fields=["address", "at"], name="attempt_by_address"),
        ]

    def __str__(self) -> str:
        return f"{self.username} {self.at:%F %T} {'ok' if self.ok else 'failed'}"
