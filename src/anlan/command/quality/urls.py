"""Addresses of reporting quality, below /reports/quality/."""

from __future__ import annotations

from django.urls import path

from . import views

urlpatterns = [
    path("", views.listing, name="report-quality"),
    path("look/", views.look, name="report-quality-look"),
    path("<uuid:pk>/", views.page, name="report-finding"),
]
