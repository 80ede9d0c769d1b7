"""The record that goes round a loop. Its state has one door: `transition()`."""

from __future__ import annotations

from contextlib import contextmanager
from datetime import datetime
from typing import Any, ClassVar

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models

from anlan.kernel.context import Context
from anlan.kernel.ids import new_id
from anlan.kernel.scope import ScopedManager, ScopedModel, ScopedQuerySet

from .declaration import Evidence, Loop, Step
from .registry import register


class StateWrittenDirectly(RuntimeError):
    """Somebody wrote to `state` past `transition()`. A programming error."""


class _Door:
    """Descriptor that lets a loaded value in and refuses later assignments unless the record's door is open."""

    def __init__(self, name: str) -> None:
        self.name = name

    def __get__(self, instance: Any, owner: Any = None) -> Any:
        if instance is None:
            return self
        if self.name not in instance.__dict__:
            instance.refresh_from_db(fields=[self.name])
        return instance.__dict__[self.name]

    def __set__(self, instance: Any, value: Any) -> None:
        known = instance.__dict__
        if self.name in known and known[self.name] != value and not known.get("_door_open"):
            raise StateWrittenDirectly(f"{type(instance).__name__}.{self.name} changes only through transition()")
        known[self.name] = value


class StateField(models.CharField):
    """A CharField behind a door."""

    def contribute_to_class(self, cls: type[models.Model], name: str, private_only: bool = False) -> None:
        super().contribute_to_class(cls, name, private_only)
        if not cls._meta.abstract:
            setattr(cls, name, _Door(name))


class LoopQuerySet(ScopedQuerySet):
    def update(self, **kwargs: Any) -> int:
        if "state" in kwargs:
            raise StateWrittenDirectly(f"{self.model.__name__}.state changes only through transition()")
        return super().update(**kwargs)

    def open(self) -> LoopQuerySet:
        """Records that are not at an end."""
        return self.filter(closed_at__isnull=True)

    def with_relations(self) -> LoopQuerySet:
        """Load what a headline commonly names together with the record, so that a long list costs no query for each row."""
        keys = [f.name for f in self.model._meta.concrete_fields if f.many_to_one and not f.null and f.name != "world"]
        return self.select_related(*keys) if keys else self


class LoopManager(ScopedManager.from_queryset(LoopQuerySet)):  # type: ignore[misc]
    def create(self, **kwargs: Any) -> Any:
        raise StateWrittenDirectly(f"{self.model.__name__} records are opened with open_record()")


class LoopRecord(ScopedModel):
    """Base of everything with an owner and a deadline. Set ``loop = SOME_LOOP`` on the concrete model.

    `owner_keys`: audiences the present obligation rests on; `due_at`: when it falls due (in the record's world);
    `rung`: how far the escalation has climbed.
    """

    loop: ClassVar[Loop]
    #: Its page is what has to be read before it is decided or signed: nobody is led past it to a step.
    reasons_first: ClassVar[bool] = False
    #: Which open records are owed at all; others of the same state are only watched (one of many carries the clock of all).
    owed: ClassVar[models.Q] = models.Q()

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    state = StateField(max_length=40, db_index=True)
    state_since = models.DateTimeField()
    opened_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True, blank=True)
    owner_role = models.CharField(max_length=40, blank=True, default="")
    owner_keys = ArrayField(models.CharField(max_length=80), default=list, blank=True)
    due_at = models.DateTimeField(null=True, blank=True)
    rung = models.PositiveSmallIntegerField(default=0)

    objects: ClassVar[LoopManager] = LoopManager()
    everything = models.Manager()

    class Meta(ScopedModel.Meta):
        abstract = True
        indexes = [
            *ScopedModel.Meta.indexes,
            GinIndex(fields=["owner_keys"]),
            models.Index(fields=["world", "closed_at", "due_at"]),
        ]

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        if "loop" in cls.__dict__:
            register(cls.loop, cls)

    @contextmanager
    def _opened_door(self) -> Any:
        self.__dict__["_door_open"] = True
        try:
            yield
        finally:
            self.__dict__.pop("_door_open", None)

    def refresh_from_db(self, *args: Any, **kwargs: Any) -> None:
        with self._opened_door():
            super().refresh_from_db(*args, **kwargs)

    @property
    def state_label(self) -> Any:
        return self.loop.state(self.state).label

    @property
    def todo(self) -> Any:
        return self.loop.state(self.state).todo

    @property
    def is_open(self) -> bool:
        return self.closed_at is None

    def is_late(self, now: datetime) -> bool:
        return self.is_open and self.due_at is not None and self.due_at <= now

    def asked(self, step: Step) -> tuple[Evidence, ...]:
        """The evidence that the step's form asks for with this very record; a model narrows what its loop declares for all."""
        return step.evidence

    def takes_files(self, ctx: Context) -> bool:
        """Whether `ctx`, who sees the record, may add files to it. A model says no where a file would become part of a paper."""
        return True

    @property
    def headline(self) -> str:
        """One line that names the record in to-do lists, chasing messages and logs."""
        return str(self)

    @property
    def about(self) -> tuple[str, Any, str]:
        """What a message about the record names: (type, id, address of its page)."""
        return (self.loop.key, self.pk, self.get_absolute_url())

    def get_absolute_url(self) -> str:
        """Address of the record's page: the generic one of its loop, unless its room made a page of its own."""
        return f"/loop/{self.loop.key}/{self.pk}/"
