"""A mypy plugin: Django's own, except that a foreign key with a default is not taken for one that may be empty.

The stubs read ``world = ForeignKey(…, default=REAL)`` as ``world_id: UUID | None``, because a new object may leave it out. What
is read back is never None, and every record of the house carries such a key.
"""

from __future__ import annotations

from typing import Any

from django.db.models import ForeignKey
from mypy.options import Options
from mypy_django_plugin.main import NewSemanalDjangoPlugin


class ModelTypes(NewSemanalDjangoPlugin):
    def __init__(self, options: Options) -> None:
        super().__init__(options)
        known = self.django_context.get_field_nullability

        def may_be_empty(field: Any, method: str | None) -> bool:
            if method is None and isinstance(field, ForeignKey):
                return bool(field.null)
            return known(field, method)

        self.django_context.get_field_nullability = may_be_empty  # type: ignore[method-assign]


def plugin(version: str) -> type[ModelTypes]:
    return ModelTypes
