from django.urls import path

from . import views

urlpatterns = [
    path("stations/", views.stations, name="stations"),
    path("stations/<str:code>/", views.station, name="station"),
    path("signals/", views.signals, name="signals"),
    path("signals/<uuid:pk>/", views.signal, name="signal"),
    path("signals/events/<uuid:pk>/", views.event, name="signal-event"),
    path("signals/events/<uuid:pk>/acknowledge/", views.acknowledge, name="signal-event-acknowledge"),
]
