"""One row of any model, made from what the model itself says, so that new models join the contracts without being named."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

from django.apps import apps
from django.contrib.gis.db.models import GeometryField
from django.contrib.gis.geos import GEOSGeometry
from django.contrib.postgres.fields import ArrayField
from django.db import models

from anlan.kernel.context import Actor, Context, Grant
from anlan.kernel.loops import LoopRecord
from anlan.kernel.scope import ScopedModel
from anlan.kernel.worlds import REAL
from tests.cast import GUCHENG, HAIDIAN, settle

AT = datetime(2016, 7, 20, 4, 0, tzinfo=UTC)
LON, LAT = 116.1875, 39.911

#: What a model's own constraints ask for beyond its fields: label → values. Add a line when a contract says a specimen is refused.
WANTED: dict[str, dict[str, Any]] = {
    "command.shift": {"ends_at": AT + timedelta(hours=1)},
    "review.replay": {"ends_at": AT + timedelta(hours=1)},
    "analysis.maintenance": {"until": AT + timedelta(hours=1)},
}

_SHAPES = {
    "POINT": f"SRID=4326;POINT({LON} {LAT})",
    "LINESTRING": f"SRID=4326;LINESTRING({LON} {LAT},{LON + 0.001} {LAT})",
    "POLYGON": f"SRID=4326;POLYGON(({LON} {LAT},{LON + 0.001} {LAT},{LON} {LAT + 0.001},{LON} {LAT}))",
    "MULTIPOLYGON": f"SRID=4326;MULTIPOLYGON((({LON} {LAT},{LON + 0.001} {LAT},{LON} {LAT + 0.001},{LON} {LAT})))",
}
_SHAPES["GEOMETRY"] = _SHAPES["POINT"]

_PLAIN: tuple[tuple[type[models.Field], Callable[[Any], Any]], ...] = (
    (models.BooleanField, lambda f: False),
    (models.DateTimeField, lambda f: AT),
    (models.DateField, lambda f: date(2016, 7, 20)),
    (models.TimeField, lambda f: AT.time()),
    (models.DurationField, lambda f: AT - AT),
    (models.JSONField, lambda f: {}),
    (models.UUIDField, lambda f: uuid.uuid4()),
    (models.BinaryField, lambda f: b""),
    (models.IntegerField, lambda f: 1),
    (models.FloatField, lambda f: 1.0),
    (models.DecimalField, lambda f: 1),
    (models.TextField, lambda f: "x"),
    (models.CharField, lambda f: uuid.uuid4().hex[: f.max_length or 32]),
)


def scoped_models() -> list[type[ScopedModel]]:
    """Every concrete scoped model of the product (and of the tests' sample), by label."""
    found = [m for m in apps.get_models() if issubclass(m, ScopedModel) and m._meta.managed]
    return sorted(found, key=lambda m: m._meta.label_lower)


def owner(*, world: uuid.UUID = REAL) -> Context:
    """Somebody who may do anything where the specimens are, and nothing elsewhere."""
    return _somebody("owner", GUCHENG, frozenset(), world)


def foreigner(*, world: uuid.UUID = REAL) -> Context:
    """Somebody who may do anything in another region: the strongest stranger there can be."""
    return _somebody("foreigner", HAIDIAN, frozenset({"in:110108", "in:11", "org:foreign", "post:foreign"}), world)


def _somebody(name: str, path: str, keys: frozenset[str], world: uuid.UUID) -> Context:
    grant = Grant(role="everything", path=path, permissions=frozenset({"*"}))
    return Context(actor=Actor(key=f"person:{name}", name=name), grants=(grant,), keys=keys, world=world)


class Maker:
    """Makes one specimen per model and keeps it: related rows are shared."""

    def __init__(self) -> None:
        self.land = settle()
        self.made: dict[type[models.Model], models.Model] = {}

    def one(self, model: type[models.Model]) -> Any:
        if model._meta.label == "kernel.World":
            return model._base_manager.get(pk=REAL)
        if model._meta.label == "places.Region":
            return self.land[GUCHENG]
        if model not in self.made:
            row = model(**self._values(model))
            row.save(force_insert=True)
            self.made[model] = row
        return self.made[model]

    def _values(self, model: type[models.Model]) -> dict[str, Any]:
        wanted = WANTED.get(model._meta.label_lower, {})
        values: dict[str, Any] = {}
        for field in model._meta.concrete_fields:
            if field.name in wanted:
                values[field.name] = wanted[field.name]
            elif field.name == "scope":
                values["scope"] = GUCHENG
            elif field.name == "world":
                values["world_id"] = REAL
            elif field.name == "state" and issubclass(model, LoopRecord):
                values["state"] = model.loop.initial
            elif isinstance(field, GeometryField):
                values[field.name] = GEOSGeometry(_SHAPES[field.geom_type])
            elif not (field.has_default() or field.null or field.auto_created or _is_generated(field)):
                values[field.name] = self._value(field)
        return values

    def _value(self, field: Any) -> Any:
        if isinstance(field, models.ForeignKey):
            return self.one(field.related_model)
        if isinstance(field, ArrayField):
            return []
        if field.choices:
            return field.flatchoices[0][0]
        for kind, value in _PLAIN:
            if isinstance(field, kind):
                return value(field)
        raise TypeError(f"{field} needs a value in WANTED")


def _is_generated(field: Any) -> bool:
    return isinstance(field, models.GeneratedField | models.AutoField)
