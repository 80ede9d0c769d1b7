"""The command post at the scene of an incident: its log, who is there, and how command is handed over."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.contrib.gis.db import models
from django.utils.translation import gettext_lazy as _

from anlan.command.data.site_post import site_rules
from anlan.command.headquarters.loops import SITE_HANDOVER, SITE_POST
from anlan.kernel.ids import new_id
from anlan.kernel.loops import LoopRecord
from anlan.kernel.scope import ScopedModel


class SitePost(LoopRecord):
    """One command post for one incident. `groups`: [{"id", "name", "lead" (name), "organisation" (code), "duty"}]. `commander` is the
    post that commands, `commander_name` who that was when the command began. `links`: [{"name", "url"}], the video meeting, cameras and
    devices of the scene. `layouts`: [{"title", "at", "by", "features"}], plans of the area as they were drawn on the incident's map; one
    that was taken off the page has "removed_at" and "removed_by" too."""

    loop = SITE_POST
    view_permission = "command.site_post.view"

    incident = models.ForeignKey("command.Incident", on_delete=models.PROTECT, related_name="site_posts")
    place = models.CharField(max_length=200, blank=True, default="")
    groups = models.JSONField(default=list)
    commander = models.ForeignKey("places.Post", on_delete=models.PROTECT, related_name="+")
    commander_name = models.CharField(max_length=160)
    commander_since = models.DateTimeField()
    appointed_by = models.CharField(max_length=160)
    links = models.JSONField(default=list)
    layouts = models.JSONField(default=list)

    class Meta(LoopRecord.Meta):
        verbose_name = _("现场指挥部")
        constraints = [
            models.UniqueConstraint(
                fields=["incident"], condition=models.Q(closed_at__isnull=True), name="one_site_post_of_incident"
            )
        ]

    def __str__(self) -> str:
        return f"{self.incident.title}现场指挥部"

    def get_absolute_url(self) -> str:
        return f"/site-posts/{self.pk}/"

    def next_entry_due(self) -> datetime:
        return self.state_since + timedelta(minutes=site_rules().log_every)


class SiteHandover(LoopRecord):
    """Command passes from one to another when both have signed: the one by handing over, the other by accepting."""

    loop = SITE_HANDOVER
    view_permission = "command.site_post.view"
    reasons_first = True

    site_post = models.ForeignKey(SitePost, on_delete=models.PROTECT, related_name="handovers")
    from_name = models.CharField(max_length=160)
    to_post = models.ForeignKey("places.Post", on_delete=models.PROTECT, related_name="+")
    to_name = models.CharField(max_length=160)
    situation = models.TextField()
    signed_by = models.CharField(max_length=160)
    signed_at = models.DateTimeField()
    accepted_by = models.CharField(max_length=160, blank=True, default="")
    accepted_at = models.DateTimeField(null=True)

    class Meta(LoopRecord.Meta):
        verbose_name = _("现场指挥交接")
        constraints = [
            models.UniqueConstraint(
                fields=["site_post"], condition=models.Q(closed_at__isnull=True), name="one_open_site_handover"
            )
        ]

    def __str__(self) -> str:
        return f"{self.site_post}：{self.from_name} → {self.to_name}"

    def get_absolute_url(self) -> str:
        return self.site_post.get_absolute_url()

    def accept_due(self) -> datetime:
        return self.opened_at + timedelta(minutes=site_rules().handover)


class SiteEntry(ScopedModel):
    """A line of the scene's log. Never changed: what is added or put right later is a line of its own."""

    view_permission = "command.site_post.view"

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    site_post = models.ForeignKey(SitePost, on_delete=models.PROTECT, related_name="entries")
    at = models.DateTimeField()
    place = models.CharField(max_length=120, blank=True, default="")
    text = models.TextField()
    by_name = models.CharField(max_length=160)
    simulated = models.BooleanField(default=False)

    class Meta(ScopedModel.Meta):
        verbose_name = _("现场日志")
        indexes = [*ScopedModel.Meta.indexes, models.Index(fields=["site_post", "at"])]

    def __str__(self) -> str:
        return self.text[:60]


class SitePresence(ScopedModel):
    """Somebody, or a team of `headcount`, at the scene: came, was last heard of, left. `client_id` is made by the device: what it
    sends twice is one arrival."""

    view_permission = "command.site_post.view"

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    site_post = models.ForeignKey(SitePost, on_delete=models.PROTECT, related_name="presences")
    client_id = models.UUIDField(unique=True, default=new_id)
    group = models.CharField(max_length=20, blank=True, default="")
    name = models.CharField(max_length=60)
    unit = models.CharField(max_length=120, blank=True, default="")
    phone = models.CharField(max_length=40, blank=True, default="")
    headcount = models.PositiveSmallIntegerField(default=1)
    person_key = models.CharField(max_length=80, blank=True, default="")
    position = models.PointField(null=True, srid=4326)
    arrived_at = models.DateTimeField()
    seen_at = models.DateTimeField()
    left_at = models.DateTimeField(null=True)
    by_key = models.CharField(
        max_length=80, blank=True, default="", help_text="who wrote it down, by key: a name is no proof"
    )
    by_name = models.CharField(max_length=160)
    simulated = models.BooleanField(default=False)

    class Meta(ScopedModel.Meta):
        verbose_name = _("现场签到")
        indexes = [*ScopedModel.Meta.indexes, models.Index(fields=["site_post", "left_at"])]

    def __str__(self) -> str:
        return f"{self.name}（{self.unit}）" if self.unit else self.name
