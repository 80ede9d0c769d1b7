"""Addresses of the command room."""

from __future__ import annotations

from importlib.util import find_spec

from django.urls import URLPattern, URLResolver, include, path

from .views import desk, incidents, reports

urlpatterns: list[URLPattern | URLResolver] = [
    path("desk/", desk.desk, name="desk"),
    path("desk/waiting/", desk.waiting, name="desk-waiting"),
    path("desk/due/", desk.due, name="desk-due"),
    path("desk/at-hand/", desk.at_hand, name="desk-at-hand"),
    path("desk/parse/", desk.parse, name="desk-parse"),
    path("desk/open/", desk.open_from_desk, name="desk-open"),
    path("desk/join/<uuid:pk>/", desk.join_from_desk, name="desk-join"),
    path("incidents/", incidents.listing, name="incidents"),
    path("incidents/<uuid:pk>/", incidents.room, name="incident"),
    path("incidents/<uuid:pk>/followup/", incidents.follow_up, name="incident-followup"),
    path("incidents/<uuid:pk>/figures/", incidents.confirm, name="incident-figures"),
    path("incidents/<uuid:pk>/commander/", incidents.commander, name="incident-commander"),
    path("incidents/<uuid:pk>/place/", incidents.place, name="incident-place"),
    path("incidents/<uuid:pk>/split/", incidents.split, name="incident-split"),
    path("incidents/<uuid:pk>/merge/", incidents.merge, name="incident-merge"),
    path("incidents/<uuid:pk>/task/", incidents.give_task, name="incident-task"),
    path("incidents/<uuid:pk>/reported/<slug:stage>/<slug:form>/", incidents.reported, name="incident-reported"),
    path("incidents/<uuid:pk>/draft/<slug:stage>/", incidents.draft, name="incident-draft"),
    path("reports/", reports.listing, name="reports"),
    path("reports/quality/", include("anlan.command.quality.urls")),
    path("reports/<uuid:pk>/", reports.page, name="report"),
    path("reports/<uuid:pk>/step/<slug:name>/", reports.step, name="report-step"),
    path("reports/<uuid:pk>/receipt/<uuid:delivery>/", reports.receipt, name="report-receipt"),
    path("reports/<uuid:pk>/edit/", reports.edit, name="report-edit"),
    path("reports/<uuid:pk>/correct/", reports.correct, name="report-correct"),
    path("reports/<uuid:pk>/paper.<slug:ending>", reports.document, name="report-paper"),
]
if find_spec("anlan.command.responses.urls") is not None:
    urlpatterns.append(path("", include("anlan.command.responses.urls")))
urlpatterns.append(path("", include("anlan.command.duty.urls")))
urlpatterns.append(path("", include("anlan.command.rollcall.urls")))
urlpatterns.append(path("", include("anlan.command.gateways.urls")))
urlpatterns.append(path("", include("anlan.command.circulars.urls")))
urlpatterns.append(path("", include("anlan.command.dutychecks.urls")))
urlpatterns.append(path("", include("anlan.command.liaisons.urls")))
urlpatterns.append(path("", include("anlan.command.opinion.urls")))
urlpatterns.append(path("", include("anlan.command.briefs.urls")))
urlpatterns.append(path("", include("anlan.command.headquarters.urls")))
urlpatterns.append(path("", include("anlan.command.map.urls")))
urlpatterns.append(path("", include("anlan.command.consultation.urls")))
urlpatterns.append(path("", include("anlan.command.cooperation.urls")))
urlpatterns.append(path("", include("anlan.command.whistle.urls")))
urlpatterns.append(path("", include("anlan.command.mobilisation.urls")))
urlpatterns.append(path("", include("anlan.command.meetings.urls")))
