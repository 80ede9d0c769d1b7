"""Addresses. Each room brings its own; nothing is listed here that a room could say itself."""

from __future__ import annotations

from importlib.util import find_spec

from django.conf import settings
from django.contrib import admin
from django.urls import URLPattern, URLResolver, include, path
from django.views.i18n import set_language

from anlan.kernel.health.metrics import metrics

from .api import api
from .home import home

urlpatterns: list[URLPattern | URLResolver] = [
    path("", home, name="home"),
    path("admin/", admin.site.urls),
    path("api/v1/", api.urls),
    path("metrics", metrics, name="metrics"),
    path("language/", set_language, name="set_language"),
]
for _room in ("kernel", *settings.ROOMS):
    if find_spec(f"anlan.{_room}.urls") is not None:
        urlpatterns.append(path("", include(f"anlan.{_room}.urls")))
