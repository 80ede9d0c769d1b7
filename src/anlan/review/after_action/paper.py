"""From the story to the paper."""

from __future__ import annotations

from anlan.kernel.documents import Document

from .gathering import Story


def compose(story: Story) -> Document:
    return Document(title=str(story.subject), body=(), exercise=story.exercise)
