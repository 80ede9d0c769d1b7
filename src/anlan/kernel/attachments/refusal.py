"""A file that is not taken."""

from __future__ import annotations

from anlan.kernel.errors import BadInput


class AttachmentRefused(BadInput):
    """The file is too large, of a kind that is not kept, or broken. `details` may hold size, limit (bytes) and kind."""

    code = "attachment_refused"
