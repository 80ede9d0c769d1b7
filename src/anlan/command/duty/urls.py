"""Addresses of the duty room."""

from __future__ import annotations

from django.urls import path

from .views import handovers, log, mine, months, shifts, templates

urlpatterns = [
    path("duty/", months.month, name="duty"),
    path("duty/rosters/", months.begin, name="duty-begin"),
    path("duty/rosters/<uuid:pk>/", months.roster, name="duty-roster"),
    path("duty/rosters/<uuid:pk>/cells/", months.cells, name="duty-cells"),
    path("duty/rosters/<uuid:pk>/fill/", months.fill, name="duty-fill"),
    path("duty/rosters/<uuid:pk>/sheet.xlsx", months.sheet, name="duty-sheet"),
    path("duty/rosters/<uuid:pk>/import/", months.take_in, name="duty-import"),
    path("duty/template/<slug:kind>/", templates.template, name="duty-template"),
    path("duty/shifts/<uuid:pk>/", shifts.shift, name="duty-shift"),
    path("duty/shifts/<uuid:pk>/substitute/", shifts.substitute, name="duty-substitute"),
    path("duty/shifts/<uuid:pk>/swap/", shifts.swap, name="duty-swap"),
    path("duty/swaps/<uuid:pk>/withdraw/", shifts.withdraw, name="duty-swap-withdraw"),
    path("duty/mine/", mine.mine, name="duty-mine"),
    path("duty/mine/feed/", mine.feed, name="duty-feed"),
    path("duty/calendar/<str:secret>.ics", mine.calendar, name="duty-calendar"),
    path("duty/handovers/", handovers.listing, name="duty-handovers"),
    path("duty/handovers/<uuid:pk>/", handovers.handover, name="duty-handover"),
    path("duty/handovers/<uuid:pk>/items/", handovers.items, name="duty-handover-items"),
    path("duty/log/", log.log, name="duty-log"),
    path("duty/log/<uuid:pk>/correct/", log.correct, name="duty-log-correct"),
    path("duty/log/paper.<slug:ending>", log.paper, name="duty-log-paper"),
]
