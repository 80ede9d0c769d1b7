"""Access tokens: devices, gateways and other systems that come to the platform by themselves, without a person at a screen."""

from __future__ import annotations

from datetime import datetime

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from anlan.kernel import clock
from anlan.kernel.ids import new_id
from anlan.kernel.scope import ScopedModel


class AccessToken(ScopedModel):
    """A program of one organisation and what it may do, until when. Of its secret only the digest is kept.

    `scope` is the region of the organisation: the token reaches what lies in it. `uses` are keys of `token_uses`.
    """

    worldly = False
    view_permission = "places.token.view"

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    name = models.CharField(_("名称"), max_length=120)
    purpose = models.CharField(_("用途"), max_length=200)
    organisation = models.ForeignKey(
        "places.Organisation", verbose_name=_("单位"), on_delete=models.PROTECT, related_name="tokens"
    )
    uses = ArrayField(models.CharField(max_length=40), verbose_name=_("可以做什么"))
    digest = models.CharField(max_length=64, unique=True, help_text="SHA-256 of the secret, hexadecimal")
    hint = models.CharField(max_length=8, help_text="the last letters of the secret, by which people tell tokens apart")
    made_by = models.CharField(max_length=80)
    made_by_name = models.CharField(_("发放人"), max_length=120)
    made_at = models.DateTimeField(_("发放时间"))
    expires_at = models.DateTimeField(_("有效期至"))
    revoked_at = models.DateTimeField(_("作废时间"), null=True, blank=True)
    revoked_by_name = models.CharField(max_length=120, blank=True, default="")
    revoked_why = models.CharField(max_length=200, blank=True, default="")
    last_used_at = models.DateTimeField(_("最近使用"), null=True, blank=True)
    last_used_from = models.GenericIPAddressField(null=True, blank=True)

    class Meta(ScopedModel.Meta):
        ordering = ["organisation_id", "name"]

    def __str__(self) -> str:
        return self.name

    @property
    def key(self) -> str:
        return f"token:{self.pk}"

    def holds(self, at: datetime | None = None) -> bool:
        """Whether it opens anything at this moment."""
        return self.revoked_at is None and self.expires_at > (at or clock.real_now())

    @property
    def standing(self) -> str:
        """How it stands, in words."""
        if self.revoked_at is not None:
            return gettext("已作废")
        return gettext("在用") if self.holds() else gettext("已过期")

    def get_absolute_url(self) -> str:
        return reverse("token", args=[self.pk])


class TokenRefusal(models.Model):
    """A token that opened nothing: unknown, over, or brought to a door that is not its own."""

    id = models.BigAutoField(primary_key=True)
    address = models.GenericIPAddressField(null=True)
    at = models.DateTimeField(help_text="wall clock")
    token = models.ForeignKey(AccessToken, null=True, on_delete=models.CASCADE, related_name="refusals")
    why = models.CharField(max_length=16)

    class Meta:
        indexes = [models.Index(fields=["address", "at"], name="refusal_by_address")]

    def __str__(self) -> str:
        return f"{self.address} {self.why} {self.at:%F %T}"
