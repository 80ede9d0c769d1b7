from django.urls import path

from . import views
from .watchdog import views as status

urlpatterns = [
    path("system/", status.status, name="system-status"),
    path("system/upkeep/", status.begin_upkeep, name="system-upkeep"),
    path("system/upkeep/end/", status.end_upkeep, name="system-upkeep-end"),
    path("stations/", views.stations, name="stations"),
    path("stations/stations.csv", views.stations_sheet, name="stations-sheet"),
    path("stations/<str:code>/", views.station, name="station"),
    path("stations/<str:code>/readings.csv", views.readings_sheet, name="station-readings"),
    path("signals/", views.signals, name="signals"),
    path("signals/<uuid:pk>/", views.signal, name="signal"),
    path("signals/obtained/", views.obtained, name="obtained"),
    path("signals/events/<uuid:pk>/", views.event, name="signal-event"),
    path("signals/events/<uuid:pk>/acknowledge/", views.acknowledge, name="signal-event-acknowledge"),
    path("criteria/", views.criteria, name="criteria"),
    path("criteria/quality/", views.criteria_quality, name="criteria-quality"),
    path("criteria/history/", views.criteria_history, name="criteria-history"),
    path("criteria/draft/", views.criteria_open, name="criteria-open"),
    path("criteria/stations/<str:code>/", views.station_settings, name="station-settings"),
    path("criteria/stations/<str:code>/level/", views.station_level, name="station-level"),
    path("criteria/stations/<str:code>/maintenance/", views.station_maintenance, name="station-maintenance"),
    path("criteria/<uuid:pk>/", views.criteria_version, name="criteria-version"),
    path("criteria/<uuid:pk>/cells/", views.criteria_cells, name="criteria-cells"),
    path("criteria/<uuid:pk>/shape/", views.criteria_shape, name="criteria-shape"),
    path("criteria/<uuid:pk>/own/", views.criteria_own, name="criteria-own"),
    path("criteria/<uuid:pk>/new/", views.criteria_new, name="criteria-new"),
    path("criteria/<uuid:pk>/try/", views.criteria_try, name="criteria-try"),
    path("criteria/<uuid:pk>/try/cancel/", views.criteria_try_cancel, name="criteria-try-cancel"),
    path("criteria/<uuid:pk>/trial/", views.criteria_trial, name="criteria-trial"),
    path("criteria/<uuid:pk>/sheet.xlsx", views.criteria_sheet, name="criteria-sheet"),
    path("criteria/<uuid:pk>/sheet/", views.criteria_sheet_in, name="criteria-sheet-in"),
]
