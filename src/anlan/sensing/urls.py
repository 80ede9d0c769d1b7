"""Addresses of sensing: the SensorThings API."""

from django.urls import include, path

urlpatterns = [path("sta/v1.1/", include("anlan.sensing.sensorthings.urls"))]
