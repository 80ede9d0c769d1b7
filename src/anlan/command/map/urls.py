"""Addresses of the command map."""

from django.urls import path

from . import views

urlpatterns = [
    path("incidents/<uuid:pk>/map/", views.page, name="incident-map"),
    path("incidents/<uuid:pk>/map/moment/", views.moment, name="incident-map-moment"),
    path("incidents/<uuid:pk>/map/devices/", views.devices, name="incident-map-devices"),
    path("incidents/<uuid:pk>/map/within.xlsx", views.export, name="incident-map-within"),
    path("incidents/<uuid:pk>/map/plotting/", views.drawn, name="plotting"),
    path("incidents/<uuid:pk>/map/plotting/undo/", views.undo, name="plotting-undo"),
    path("incidents/<uuid:pk>/map/plotting/<uuid:mark>/", views.mark, name="plotting-mark"),
    path("incidents/<uuid:pk>/map/dispatch/", views.dispatch, name="incident-map-dispatch"),
    path("incidents/<uuid:pk>/map/inspect/<str:key>/<str:thing>/", views.thing, name="incident-map-thing"),
    path("tasks/<uuid:pk>/place/", views.task_place, name="task-place"),
    path("scenes/", views.scenes, name="scenes"),
    path("map/seat/", views.seat, name="map-seat"),
    path("wall/incidents/", views.wall, name="wall-incidents"),
    path("wall/incidents/views/", views.wall_now, name="wall-views"),
]
