"""``anlan messages``: collect the screen texts of every room, check that each has its English, compile the catalogues.

The text in the code is the Chinese one, so a Chinese screen can never show a missing translation; English lives in
``<room>/locale/en/LC_MESSAGES/django.po``. ``--check`` changes nothing and fails when something is missing; ``--compile`` only
writes the binary catalogues.
"""

from __future__ import annotations

import io
import sys
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

SOURCE = Path(__file__).resolve().parent.parent
KEYWORDS = {
    "_": None, "gettext": None, "gettext_lazy": None, "gettext_noop": None, "ngettext": (1, 2), "ngettext_lazy": (1, 2),
    "pgettext": ((1, "c"), 2), "pgettext_lazy": ((1, "c"), 2),
}  # fmt: skip


def main(argv: list[str]) -> int:
    """Exit 0 when all is translated, 1 when texts lack their English, 2 for misuse."""
    if argv in (["-h"], ["--help"]):
        print("usage: anlan messages [--check | --compile]\n\ncollect screen texts and check their translations")
        return 0
    if any(a not in ("--check", "--compile") for a in argv):
        print("usage: anlan messages [--check | --compile]", file=sys.stderr)
        return 2
    missing = 0
    for room, folder in rooms():
        catalogue = folder / "locale" / "en" / "LC_MESSAGES" / "django.po"
        if "--compile" in argv:
            compile_catalogue(catalogue)
            continue
        fresh = collect(room, folder)
        known = load(catalogue)
        written = known.creation_date
        known.update(fresh, no_fuzzy_matching=True)
        # A catalogue whose texts did not change is written as it was.
        known.creation_date = written
        known.obsolete.clear()
        untranslated = [m for m in known if m.id and not _done(m.string)]
        for message in untranslated:
            print(
                f"{room}: no English for {message.id!r} ({message.locations[0][0] if message.locations else '?'})",
                file=sys.stderr,
            )
        missing += len(untranslated)
        if "--check" not in argv and len(known):
            save(catalogue, known)
            compile_catalogue(catalogue)
    return 1 if missing else 0


def rooms() -> list[tuple[str, Path]]:
    """Every package with screen texts; the shared templates count as the kernel's neighbours in ``templates``' own catalogue."""
    return [
        (p.name, p)
        for p in sorted(SOURCE.iterdir())
        if p.is_dir() and p.name not in ("static", "templates", "locale", "__pycache__")
    ] + [("shell", SOURCE)]


def collect(room: str, folder: Path) -> Catalog:
    """Texts of a room: its Python files and the templates that carry its name (the shell owns the rest)."""
    catalogue = Catalog(locale="en", charset="utf-8", fuzzy=False)
    for file in _files(room, folder):
        text = file.read_text(encoding="utf-8")
        if file.suffix == ".html":
            text = _templatised(text, str(file))
        stream = io.BytesIO(text.encode())
        for line, message, _comments, context in extract("python", stream, KEYWORDS, options={"encoding": "utf-8"}):
            catalogue.add(message, None, locations=[(str(file.relative_to(SOURCE)), line)], context=context)
    return catalogue


def _files(room: str, folder: Path) -> list[Path]:
    if room == "shell":
        own = {p.name for p in SOURCE.iterdir() if p.is_dir()}
        return [
            f
            for f in sorted((SOURCE / "templates").rglob("*.html"))
            if f.relative_to(SOURCE / "templates").parts[0] not in own
        ]
    shared = SOURCE / "templates" / room
    files = [*folder.rglob("*.py"), *folder.rglob("*.html"), *(shared.rglob("*.html") if shared.is_dir() else [])]
    return sorted(f for f in files if "migrations" not in f.parts and "node_modules" not in f.parts)


def _templatised(text: str, origin: str) -> str:
    import django
    from django.conf import settings

    if not settings.configured:
        django.setup()
    from django.utils.translation.template import templatize

    return templatize(text, origin=origin)


def load(path: Path) -> Catalog:
    if not path.exists():
        return Catalog(locale="en", charset="utf-8", fuzzy=False)
    with path.open("rb") as file:
        return read_po(file, locale="en")


def save(path: Path, catalogue: Catalog) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb") as file:
        write_po(file, catalogue, width=130, sort_output=True, omit_header=False, include_lineno=False)


def compile_catalogue(path: Path) -> None:
    if path.exists():
        catalogue = load(path)
        with path.with_suffix(".mo").open("wb") as file:
            write_mo(file, catalogue)


def _done(translation: object) -> bool:
    return all(translation) if isinstance(translation, list | tuple) else bool(translation)
