"""Rows that belong to somebody: the manager refuses to answer until it is told for whom.

A row is visible when the context holds the model's view permission on the row's path, or when the row is shared with one
of the context's keys; and only inside the context's own world. Anything else fails closed.
"""

from __future__ import annotations

from functools import reduce
from operator import or_
from typing import Any, ClassVar, Self

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models

from .context import Context
from .errors import NotFound
from .worlds import REAL


class ScopeNotGiven(RuntimeError):
    """A scoped table was read without `.visible_to(ctx)`. This is a programming error and never reaches a person."""


class ScopedQuerySet(models.QuerySet):
    """Refuses to run before `.visible_to(ctx)`; `.unscoped(reason)` is for services that act for the system."""

    _cleared = False

    def _clone(self) -> Self:
        clone = super()._clone()  # type: ignore[misc]  # the stubs leave this method out
        clone._cleared = self._cleared
        return clone

    def _fetch_all(self) -> None:
        self._demand_scope()
        super()._fetch_all()

    def iterator(self, *args: Any, **kwargs: Any) -> Any:
        self._demand_scope()
        return super().iterator(*args, **kwargs)

    def count(self) -> int:
        self._demand_scope()
        return super().count()

    def exists(self) -> bool:
        self._demand_scope()
        return super().exists()

    def aggregate(self, *args: Any, **kwargs: Any) -> dict[str, Any]:
        self._demand_scope()
        return super().aggregate(*args, **kwargs)

    def update(self, **kwargs: Any) -> int:
        self._demand_scope()
        return super().update(**kwargs)

    def delete(self) -> Any:
        self._demand_scope()
        return super().delete()

    def _demand_scope(self) -> None:
        if not self._cleared:
            raise ScopeNotGiven(f"{self.model.__name__} was read without visible_to(ctx)")

    def visible_to(self, ctx: Context, permission: str | None = None) -> Self:
        """Only what `ctx` may see: its paths, what is shared with its keys, its world."""
        model: Any = self.model
        clone = self.filter(scope_filter(ctx, permission or model.view_permission, worldly=model.worldly))
        clone._cleared = True
        return clone

    def unscoped(self, reason: str) -> Self:
        """Every row. `reason` says why no person's scope applies; it is required so that a reader can judge it."""
        if not reason:
            raise ScopeNotGiven("unscoped() needs a reason")
        clone = self.all()
        clone._cleared = True
        return clone

    def in_world(self, ctx: Context) -> Self:
        """Every row of the context's world: for reactions and services that act for the system."""
        model: Any = self.model
        clone = self.filter(world=ctx.world) if model.worldly else self.all()
        clone._cleared = True
        return clone

    def get_visible(self, ctx: Context, **lookup: Any) -> Any:
        """The one visible row, or NotFound: a foreign row does not exist."""
        model: Any = self.model
        try:
            return self.visible_to(ctx).get(**lookup)
        except (model.DoesNotExist, ValueError, TypeError):
            raise NotFound() from None
        except Exception as error:
            # A malformed id is raised as django ValidationError; it is as absent as any other.
            if type(error).__name__ == "ValidationError":
                raise NotFound() from None
            raise


def above(path: str) -> list[str]:
    """A path and all above it, the widest first: what is said of a city holds in its districts."""
    return [path[: i + 1] for i, letter in enumerate(path) if letter == "/"]


def scope_filter(ctx: Context, permission: str, *, worldly: bool = True) -> models.Q:
    """The condition behind `visible_to`, for tiles and other hand-written queries over the same columns."""
    reach = [models.Q(scope__startswith=path) for path in ctx.paths(permission)]
    if ctx.keys:
        reach.append(models.Q(shared_with__overlap=sorted(ctx.keys)))
    condition = reduce(or_, reach) if reach else models.Q(pk__in=[])
    return condition & models.Q(world=ctx.world) if worldly else condition


def sees(ctx: Context, record: Any) -> bool:
    """The same rule for a row at hand: whether `visible_to(ctx)` would give it."""
    if type(record).worldly and record.world_id != ctx.world:
        return False
    reached = any(record.scope.startswith(path) for path in ctx.paths(type(record).view_permission))
    return reached or bool(ctx.keys & set(record.shared_with))


class ScopedManager(models.Manager.from_queryset(ScopedQuerySet)):  # type: ignore[misc]
    """The default manager of every scoped model."""

    def create(self, **kwargs: Any) -> Any:
        obj = self.model(**kwargs)
        obj.save(force_insert=True, using=self.db)
        return obj


class ScopedModel(models.Model):
    """A row with a path, extra audiences and a world.

    `scope`: opaque path with a trailing slash. `shared_with`: audience keys that see it beside the path.
    Models whose rows are the same in every world (the base database) set ``worldly = False``.
    """

    view_permission: ClassVar[str] = ""
    worldly: ClassVar[bool] = True

    # The index comes with a prefix twin (varchar_pattern_ops), which the path test needs.
    scope = models.CharField(max_length=200, db_index=True)
    shared_with = ArrayField(models.CharField(max_length=80), default=list, blank=True)
    world = models.ForeignKey("kernel.World", on_delete=models.PROTECT, related_name="+", default=REAL)

    objects = ScopedManager()
    #: Django's own machinery (related loading, deletion, checks) reads through this one.
    everything = models.Manager()  # noqa: DJ012  # a manager, not a field

    class Meta:
        abstract = True
        base_manager_name = "everything"
        indexes = [GinIndex(fields=["shared_with"])]
