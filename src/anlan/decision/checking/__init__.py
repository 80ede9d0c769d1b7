"""Whether a plan holds together: each fault with where it is, what is wrong and how to mend it. Pure."""

from .whole import check_documents, check_plan

__all__ = ["check_documents", "check_plan"]
