"""Scripts, styles and pictures of the screens, as the frontend's build writes them."""

from __future__ import annotations

import re

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from whitenoise.middleware import WhiteNoiseMiddleware

#: A file with a digest of its content in its name never changes.
_DIGESTED = re.compile(r"/built/[^/]+-[\w-]{8}\.\w+$")


class StaticMiddleware(WhiteNoiseMiddleware):  # type: ignore[misc]  # comes without types
    """Also serves what a build wrote while the platform runs: its manifest is read anew, so pages name the new files at once.

    The build leaves the files of earlier builds for a time: pages that are open go on with them.
    """

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        path = request.path_info
        if path not in self.files and path.startswith(f"{self.static_prefix}built/"):
            found = self.find_file(path)
            if found is not None:
                self.files[path] = found
        answer: HttpResponseBase = super().__call__(request)
        return answer

    def immutable_file_test(self, path: str, url: str) -> bool:
        """Kept by browsers for good, and not asked for again with every page."""
        return bool(_DIGESTED.search(url))
