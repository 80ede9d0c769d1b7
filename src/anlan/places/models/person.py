"""People who sign in or are called. A person acts through the posts held at that moment."""

from __future__ import annotations

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.db import models

from anlan.kernel.ids import new_id


class PersonManager(BaseUserManager["Person"]):
    def get_by_natural_key(self, username: str | None) -> Person:
        return self.get(username=username)

    def create_superuser(self, username: str, password: str, **fields: object) -> Person:
        """The first administrator of an installation (``anlan manage createsuperuser``)."""
        person = self.model(username=username, is_administrator=True, must_change_password=False, **fields)
        person.set_password(password)
        person.save(using=self._db)
        return person


class Person(AbstractBaseUser):
    """`phone` and `email` are where messages go; `sample` people are made for the demonstration and never dialled."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    username = models.CharField(max_length=60, unique=True)
    name = models.CharField(max_length=60)
    phone = models.CharField(max_length=40, blank=True, default="")
    email = models.EmailField(blank=True, default="")
    is_active = models.BooleanField(default=True)
    is_administrator = models.BooleanField(default=False, help_text="may use the system administrators' site")
    must_change_password = models.BooleanField(default=True)
    failed_attempts = models.PositiveSmallIntegerField(default=0)
    locked_until = models.DateTimeField(null=True, blank=True)
    sample = models.BooleanField(default=False)
    posts = models.ManyToManyField("places.Post", through="places.Holding", related_name="people")

    objects = PersonManager()
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
