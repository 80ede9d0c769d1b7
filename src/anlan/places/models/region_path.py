"""The scope path of a row that names its region."""

from __future__ import annotations

from typing import Any

from django.db import models


class RegionPath(models.CharField):
    """Follows the row's `region` whenever the row is written, also in bulk; queries and ledgers read it as `scope`."""

    def pre_save(self, model_instance: Any, add: bool) -> str:
        path: str = model_instance.region.path
        setattr(model_instance, self.attname, path)
        return path
