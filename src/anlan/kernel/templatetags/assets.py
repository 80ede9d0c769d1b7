"""Tags that put the built scripts and styles of an entry into a page: ``{% load assets %}{% entry "shell" %}``."""

from __future__ import annotations

import json
from functools import lru_cache
from pathlib import Path
from typing import Any

from django import template
from django.conf import settings
from django.templatetags.static import static
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

register = template.Library()

BUILT = "built"


class NotBuilt(RuntimeError):
    """The frontend has not been built, or the entry does not exist."""


def manifest_path() -> Path:
    """Where the build wrote which hashed file belongs to which entry."""
    return Path(settings.STATICFILES_DIRS[0]) / BUILT / "manifest.json"


@lru_cache(maxsize=4)
def _read(path: Path, _changed: int) -> dict[str, Any]:
    return json.loads(path.read_text(encoding="utf-8"))


def manifest() -> dict[str, Any]:
    """The build manifest, read anew when the file changes. Raises NotBuilt with the command that mends it."""
    path = manifest_path()
    try:
        return _read(path, path.stat().st_mtime_ns)
    except FileNotFoundError:
        raise NotBuilt("the frontend is not built: run bin/setup (or npm ci && npm run build in frontend/)") from None


def files_of(name: str) -> tuple[str, list[str], list[str]]:
    """Script, styles and chunks to preload for the entry `name`, as paths below the static folder."""
    known = manifest()
    found = next((c for c in known.values() if c.get("name") == name and c.get("isEntry")), None)
    if found is None:
        raise NotBuilt(f"the frontend has no entry {name!r}")
    styles: list[str] = []
    chunks: list[str] = []
    todo, seen = [found], set()
    while todo:
        chunk = todo.pop(0)
        # What an entry imports comes before its own styles, as when the scripts themselves load them.
        styles[:0] = [s for s in chunk.get("css", []) if s not in styles]
        for key in chunk.get("imports", []):
            if key not in seen:
                seen.add(key)
                chunks.append(known[key]["file"])
                todo.append(known[key])
    return found["file"], styles, chunks


@register.simple_tag
def entry(name: str) -> SafeString:
    """Link tags for the styles, preloads for the chunks and the module script of one entry."""
    script, styles, chunks = files_of(name)
    return format_html(
        '{}{}<script type="module" src="{}"></script>',
        format_html_join("", '<link rel="stylesheet" href="{}">', ((static(f"{BUILT}/{s}"),) for s in styles)),
        format_html_join("", '<link rel="modulepreload" href="{}">', ((static(f"{BUILT}/{c}"),) for c in chunks)),
        static(f"{BUILT}/{script}"),
    )


@register.simple_tag
def built_root() -> str:
    """Address of the folder of built files, ending in a slash."""
    return static(f"{BUILT}/")
