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
    path("signals/events/<uuid:pk>/", views.event, name="signal-event"),
    path("signals/events/<uuid:pk>/acknowledge/", views.acknowledge, name="signal-event-acknowledge"),
]
