"""The installation's file store: content under its digest, in the folder named by the settings."""

from __future__ import annotations

from django.conf import settings

from anlan.kernel.attachments import Store


def file_store() -> Store:
    """The store; looked up each time, so that a test may point the settings elsewhere."""
    return Store(settings.ATTACHMENT_DIR)
