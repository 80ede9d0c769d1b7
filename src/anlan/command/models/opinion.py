"""Public opinion: feeds, what they and people brought, topics, verifications, replies."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, ClassVar

from django.contrib.postgres.fields import ArrayField
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from anlan.command.opinion.data import watching
from anlan.command.opinion.loops import OPINION, OPINION_CHECK, VERDICTS
from anlan.kernel.ids import new_id
from anlan.kernel.ledgers import LedgerRow
from anlan.kernel.loops import LoopRecord
from anlan.kernel.scope import ScopedModel


class OpinionFeed(LedgerRow):
    """One feed that is read at intervals, of the real world only. How it fares stands beside it (`FeedHealth`)."""

    class Kind(models.TextChoices):
        NEWS = "news", _("新闻媒体")
        OFFICIAL = "official", _("政府网站")
        FORUM = "forum", _("论坛社区")
        SOCIAL = "social", _("社交平台")
        MONITOR = "monitor", _("舆情监测服务")

    view_permission = "command.opinion_feed.view"

    name = models.CharField(_("名称"), max_length=80)
    url = models.CharField(_("地址"), max_length=500, help_text=_("RSS、Atom 或 JSON Feed 的网址"))
    kind = models.CharField(_("类别"), max_length=10, choices=Kind, default=Kind.NEWS)
    local = models.BooleanField(
        _("只讲本辖区"), default=False, help_text=_("没有写地点的条目也算本辖区的，例如本区论坛、按关键词订制的监测")
    )
    every_min = models.PositiveSmallIntegerField(
        _("读取间隔"), default=10, validators=[MinValueValidator(1), MaxValueValidator(1440)], help_text=_("分钟")
    )
    silent_hours = models.PositiveSmallIntegerField(
        _("多久没有新内容算沉默"),
        default=24,
        validators=[MinValueValidator(1), MaxValueValidator(720)],
        help_text=_("小时"),
    )

    class Meta(LedgerRow.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["scope", "url"], condition=models.Q(retired_at__isnull=True), name="opinion_feed_once"
            )
        ]

    def __str__(self) -> str:
        return self.name


class FeedHealth(models.Model):
    """How reading a feed went. Times are of the wall clock."""

    feed = models.OneToOneField(OpinionFeed, on_delete=models.CASCADE, primary_key=True, related_name="health")
    tried_at = models.DateTimeField(null=True)
    read_at = models.DateTimeField(null=True, help_text="the last time that it answered")
    fresh_at = models.DateTimeField(null=True, help_text="the last time that something new came")
    failures = models.PositiveIntegerField(default=0, help_text="in a row")
    error = models.CharField(max_length=300, blank=True, default="")
    etag = models.CharField(max_length=300, blank=True, default="")
    last_modified = models.CharField(max_length=100, blank=True, default="")
    brought = models.PositiveIntegerField(default=0, help_text="items in all")

    def __str__(self) -> str:
        return self.error or "ok"


class OpinionWord(LedgerRow):
    """A sensitive word of a region beside those that the platform brings."""

    view_permission = "command.opinion_word.view"

    word = models.CharField(_("词"), max_length=30)
    group = models.CharField(_("类别"), max_length=30, default="自定", help_text=_("例如：伤亡失联、聚集冲突"))

    class Meta(LedgerRow.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["scope", "word"], condition=models.Q(retired_at__isnull=True), name="opinion_word_once"
            )
        ]

    def __str__(self) -> str:
        return self.word


class OpinionTopic(LoopRecord):
    """What is said about one matter: items that belong together. `verdict` is what the last verification found."""

    loop = OPINION
    view_permission = "command.opinion.view"

    title = models.CharField(max_length=200)
    region = models.ForeignKey("places.Region", on_delete=models.PROTECT, related_name="+")
    place = models.CharField(max_length=200, blank=True, default="")
    kind = models.CharField(max_length=20, blank=True, default="")
    kind_name = models.CharField(max_length=60, blank=True, default="")
    words = models.TextField(blank=True, default="", help_text="title and beginning of its items, to compare with")
    sensitive = ArrayField(models.CharField(max_length=30), default=list, blank=True)
    first_at = models.DateTimeField(help_text="when the first item was published, or else seen")
    last_at = models.DateTimeField()
    items_count = models.PositiveIntegerField(default=0)
    seen_count = models.PositiveIntegerField(default=0, help_text="items when somebody last looked")
    incident = models.ForeignKey("command.Incident", on_delete=models.PROTECT, null=True, related_name="opinions")
    incoming = models.ForeignKey("command.Incoming", on_delete=models.PROTECT, null=True, related_name="opinions")
    unreported = models.BooleanField(
        default=False, help_text="nobody had reported anything of the kind from there when it came up"
    )
    suggested = models.JSONField(default=list, help_text="incidents that it may be about: {id, label, reasons}")
    verdict = models.CharField(max_length=8, blank=True, default="", choices=VERDICTS)
    verdict_grounds = models.TextField(blank=True, default="")
    verdict_at = models.DateTimeField(null=True)
    asked_until = models.DateTimeField(null=True, help_text="when the verification is due")

    class Meta(LoopRecord.Meta):
        verbose_name = _("舆情")
        indexes = [*LoopRecord.Meta.indexes, models.Index(fields=["world", "-last_at"], name="opinion_latest")]

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        return f"/opinion/{self.pk}/"

    def look_within(self) -> float:
        times = watching().times
        return times["look_sensitive"] if self.sensitive else times["look"]

    def look_again(self) -> float:
        return watching().times["look_again"]

    def reply_within(self) -> float:
        return watching().times["reply"]

    def verified_by(self) -> datetime | None:
        return self.asked_until

    @property
    def verdict_label(self) -> Any:
        return dict(VERDICTS).get(self.verdict, "")


class OpinionItem(ScopedModel):
    """One item, once: the same text from a second source is a further sighting of it. `topic` None: it concerns nobody here."""

    class Origin(models.TextChoices):
        FEED = "feed", _("订阅")
        MANUAL = "manual", _("手工录入")
        LINK = "link", _("粘贴链接")

    view_permission: ClassVar[str] = "command.opinion.view"

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    key = models.CharField(max_length=64)
    title_key = models.CharField(max_length=64, blank=True, default="")
    origin = models.CharField(max_length=8, choices=Origin)
    feed = models.ForeignKey(OpinionFeed, on_delete=models.PROTECT, null=True, related_name="+")
    source = models.CharField(max_length=120, blank=True, default="", help_text="who published it")
    title = models.CharField(max_length=300)
    text = models.TextField(blank=True, default="")
    url = models.CharField(max_length=1000, blank=True, default="")
    published_at = models.DateTimeField(null=True, help_text="None when it gives none that can be believed")
    seen_at = models.DateTimeField()
    sightings = models.JSONField(default=list, help_text="[{at, source, url}], the first included")
    topic = models.ForeignKey(OpinionTopic, on_delete=models.PROTECT, null=True, related_name="items")
    why = models.JSONField(default=list, help_text="why it stands in its topic, or in none")
    recognised = models.JSONField(default=dict, help_text="{region, place, kind, kind_name, elsewhere}")
    sensitive = ArrayField(models.CharField(max_length=30), default=list, blank=True)
    by_name = models.CharField(max_length=120, blank=True, default="")

    class Meta(ScopedModel.Meta):
        indexes = [
            *ScopedModel.Meta.indexes,
            models.Index(fields=["world", "scope", "title_key"], name="opinion_item_title"),
            models.Index(fields=["world", "-seen_at"], name="opinion_item_latest"),
        ]
        constraints = [models.UniqueConstraint(fields=["world", "scope", "key"], name="opinion_item_once")]

    def __str__(self) -> str:
        return self.title

    @property
    def at(self) -> datetime:
        return self.published_at or self.seen_at


class OpinionCheck(LoopRecord):
    """A unit was asked whether it is so."""

    loop = OPINION_CHECK
    view_permission = "command.opinion.view"

    topic = models.ForeignKey(OpinionTopic, on_delete=models.PROTECT, related_name="checks")
    organisation = models.ForeignKey("places.Organisation", on_delete=models.PROTECT, related_name="+")
    question = models.TextField()
    asked_from = models.CharField(max_length=160)
    due_in_min = models.PositiveIntegerField()
    verdict = models.CharField(max_length=8, blank=True, default="", choices=VERDICTS)
    grounds = models.TextField(blank=True, default="")
    answered_by = models.CharField(max_length=160, blank=True, default="")

    class Meta(LoopRecord.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["topic"], condition=models.Q(closed_at__isnull=True), name="one_open_opinion_check"
            )
        ]

    def __str__(self) -> str:
        return str(self.question)

    def asked_by(self) -> datetime:
        return self.opened_at + timedelta(minutes=self.due_in_min)

    @property
    def verdict_label(self) -> Any:
        return dict(VERDICTS).get(self.verdict, "")


class OpinionReply(ScopedModel):
    """A reply that was given in public: never changed, never removed."""

    view_permission: ClassVar[str] = "command.opinion.view"

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    topic = models.ForeignKey(OpinionTopic, on_delete=models.PROTECT, related_name="replies")
    at = models.DateTimeField()
    where = models.CharField(max_length=200, help_text="the channel: an account, a site, a press conference")
    by = models.CharField(max_length=120, help_text="who replied: the body and the person")
    words = models.TextField()
    url = models.CharField(max_length=1000, blank=True, default="")
    recorded_by = models.CharField(max_length=120)
    recorded_at = models.DateTimeField()

    class Meta(ScopedModel.Meta):
        indexes = [*ScopedModel.Meta.indexes, models.Index(fields=["topic", "at"], name="opinion_reply_of_topic")]

    def __str__(self) -> str:
        return self.words[:60]
