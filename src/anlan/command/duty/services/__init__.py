"""The verbs of the duty room: what other rooms, views and the API may do."""

from .logging import correct_log, note_log

__all__ = ["correct_log", "note_log"]
