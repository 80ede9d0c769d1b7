"""A plan on paper (.docx) read into a draft, every piece beside the words that it was read from. Pure."""

from .document import Piece, read_docx
from .recognising import Imported, recognise

__all__ = ["Imported", "Piece", "read_docx", "recognise"]
