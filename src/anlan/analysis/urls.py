from django.urls import path

from . import views

urlpatterns = [
    path("stations/", views.stations, name="stations"),
    path("stations/<str:code>/", views.station, name="station"),
    path("signals/", views.signals, name="signals"),
    path("signals/<uuid:pk>/", views.signal, name="signal"),
]
