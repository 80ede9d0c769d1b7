"""People who sign in or are called. A person acts through the posts held at that moment."""

from __future__ import annotations

from typing import Self

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.db import models
from django.utils.crypto import salted_hmac
from django.utils.timezone import localtime
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from anlan.kernel import clock
from anlan.kernel.context import Context
from anlan.kernel.ids import new_id
from anlan.kernel.ledgers import KnownRow, KnownRows


class PersonRows(KnownRows):
    """People are seen where their account is kept, and wherever they hold a post."""

    def visible_to(self, ctx: Context, permission: str | None = None) -> Self:
        seen = models.Q(pk__in=[])
        for path in ctx.paths(permission or Person.view_permission):
            serving = Holding.objects.filter(Holding.now(), post__scope__startswith=path)
            seen |= models.Q(scope__startswith=path) | models.Q(pk__in=serving.values("person_id"))
        return self.filter(seen)


class PersonManager(BaseUserManager.from_queryset(PersonRows)):  # type: ignore[misc]
    def get_by_natural_key(self, username: str | None) -> Person:
        return self.get(username=username)

    def create_superuser(self, username: str, password: str, **fields: object) -> Person:
        """The first administrator of an installation (``anlan manage createsuperuser``)."""
        person = self.model(username=username, is_administrator=True, must_change_password=False, **fields)
        person.set_password(password)
        person.save(using=self._db)
        return person


class Person(AbstractBaseUser, KnownRow):
    """`phone` and `email` are where messages go; `sample` people are made for the demonstration and never dialled.

    `scope` is the region whose administrators keep the account.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    username = models.CharField(_("账号"), max_length=60, unique=True)
    name = models.CharField(_("姓名"), max_length=60)
    phone = models.CharField(_("电话"), max_length=40, blank=True, default="")
    email = models.EmailField(_("邮箱"), blank=True, default="")
    scope = models.CharField(max_length=200, blank=True, default="", db_index=True, editable=False)
    is_active = models.BooleanField(default=True)
    is_administrator = models.BooleanField(default=False, help_text="may use the system administrators' site")
    must_change_password = models.BooleanField(default=True)
    failed_attempts = models.PositiveSmallIntegerField(default=0)
    locked_until = models.DateTimeField(null=True, blank=True)
    sessions_ended = models.PositiveIntegerField(
        default=0, editable=False, help_text="counts up when sessions are ended"
    )
    posts = models.ManyToManyField("places.Post", through="places.Holding", related_name="people")

    objects = PersonManager()
    everything = models.Manager()
    USERNAME_FIELD = "username"
    REQUIRED_FIELDS = ["name"]

    class Meta:
        ordering = ["username"]

    def __str__(self) -> str:
        return self.name

    @property
    def key(self) -> str:
        return f"person:{self.pk}"

    @property
    def is_staff(self) -> bool:
        return self.is_administrator

    @property
    def posts_held(self) -> str:
        """The posts held now, as a list shows them."""
        held = sorted((h.post for h in self.holdings.all() if h.is_current), key=lambda p: (p.rank, p.code))
        return "、".join(p.name for p in held)

    @property
    def standing(self) -> str:
        """Whether the person can sign in, in words."""
        if not self.is_active:
            return gettext("已停用")
        if self.locked_until is not None and self.locked_until > clock.real_now():
            return gettext("锁定到 %(until)s") % {"until": f"{localtime(self.locked_until):%H:%M}"}
        if not self.has_usable_password():
            return gettext("还没有发放密码")
        return gettext("待改临时密码") if self.must_change_password else gettext("可以登录")

    def _get_session_auth_hash(self, secret: str | None = None) -> str:
        """Sessions live while it stays the same: it changes with the password and when sessions are ended."""
        salt = "django.contrib.auth.models.AbstractBaseUser.get_session_auth_hash"
        value = f"{self.password}{self.sessions_ended or ''}"
        return salted_hmac(salt, value, secret=secret, algorithm="sha256").hexdigest()

    def has_perm(self, perm: str, obj: object = None) -> bool:
        """For the administrators' site only; everywhere else the context decides."""
        return self.is_active and self.is_administrator

    def has_module_perms(self, app_label: str) -> bool:
        return self.is_active and self.is_administrator


class Holding(models.Model):
    """A person holds a post from one moment to another; the past is kept."""

    id = models.BigAutoField(primary_key=True)
    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="holdings")
    post = models.ForeignKey("places.Post", on_delete=models.PROTECT, related_name="holdings")
    since = models.DateTimeField()
    until = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["person", "post"], condition=models.Q(until__isnull=True), name="holding_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.person} · {self.post}"

    @property
    def is_current(self) -> bool:
        now = clock.real_now()
        return self.since <= now and (self.until is None or self.until > now)

    @staticmethod
    def now() -> models.Q:
        """The condition that a holding is in force at this moment."""
        at = clock.real_now()
        return models.Q(since__lte=at) & (models.Q(until__isnull=True) | models.Q(until__gt=at))
