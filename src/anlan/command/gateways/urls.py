"""Addresses of reports that came in."""

from __future__ import annotations

from django.urls import path

from . import views

urlpatterns = [
    path("incoming/", views.listing, name="incoming-list"),
    path("incoming/<uuid:pk>/", views.one, name="incoming"),
    path("incoming/original/<uuid:pk>/", views.original, name="incoming-original"),
]
