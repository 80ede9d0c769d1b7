"""Telephone numbers as people type them. Pure; knows no country."""

from __future__ import annotations

import re
import unicodedata

_NUMBER = re.compile(r"\+?[0-9][0-9-]{2,18}[0-9](?:[转#-][0-9]{1,6})?")


def clean_number(text: str) -> str:
    """The number in plain digits and hyphens: full-width digits, spaces, brackets and long hyphens are put right.

    Raises ValueError for what is no telephone number.
    """
    plain = unicodedata.normalize("NFKC", text).strip()
    plain = re.sub(r"[—–−‐]", "-", plain)
    plain = re.sub(r"\((\d+)\)", r"\1-", plain)
    plain = re.sub(r"\s+", "", plain).replace("--", "-").strip("-")
    if not _NUMBER.fullmatch(plain):
        raise ValueError(text)
    return plain


def digits_of(text: str) -> str:
    """Only the digits, full-width ones made plain: for finding a number by a part of it."""
    return "".join(c for c in unicodedata.normalize("NFKC", text) if c.isascii() and c.isdigit())
