from django.urls import path

from . import views

urlpatterns = [
    path("replay/", views.replays, name="replays"),
    path("replay/band/", views.band, name="replay-band"),
    path("replay/start/", views.start, name="replay-start"),
    path("replay/<uuid:pk>/pace/", views.pace, name="replay-pace"),
    path("replay/<uuid:pk>/end/", views.end, name="replay-end"),
    path("review/", views.reports, name="after-action"),
    path("review/<slug:kind>/<uuid:pk>/report/", views.make_report, name="after-action-report"),
]
