"""Files that prove something: kept once under their digest, their kind told by content, never by name.

    store = Store(root)
    kept = store.put(upload.file, name=upload.name)        # AttachmentRefused with what, why, how to mend
    facts = read_facts(store.read(kept.digest))            # when and where a photo was taken
    share = without_metadata(store.read(kept.digest))      # a copy that does not tell where its owner was
    small = thumbnail(store.read(kept.digest))             # webp, 480 pixels

No models and no views here: those belong to the rooms that own the objects.
"""

from .pictures import PictureFacts, read_facts, thumbnail, without_metadata
from .refusal import AttachmentRefused
from .sniffing import Kind, sniff
from .store import DEFAULT_LIMIT, Store, Stored, shown_name

__all__ = [
    "DEFAULT_LIMIT",
    "AttachmentRefused",
    "Kind",
    "PictureFacts",
    "Store",
    "Stored",
    "read_facts",
    "shown_name",
    "sniff",
    "thumbnail",
    "without_metadata",
]
