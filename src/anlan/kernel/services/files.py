"""The installation's file store: content under its digest, in the folder named by the settings."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from django.conf import settings


@lru_cache(maxsize=4)
def _store(root: str) -> Any:
    from anlan.kernel.attachments.store import FileStore

    return FileStore(root)


def file_store() -> Any:
    """The store; read anew when a test points the settings elsewhere."""
    return _store(str(settings.ATTACHMENT_DIR))
