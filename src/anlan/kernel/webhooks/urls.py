"""Addresses below ``/webhooks/``."""

from django.urls import path

from . import views

urlpatterns = [
    path("", views.listing, name="webhooks"),
    path("new/", views.new, name="webhook-new"),
    path("<uuid:pk>/", views.one, name="webhook"),
    path("<uuid:pk>/edit/", views.edit, name="webhook-edit"),
    path("<uuid:pk>/secret/", views.secret, name="webhook-secret"),
    path("<uuid:pk>/test/", views.test, name="webhook-test"),
    path("<uuid:pk>/again/<int:delivery>/", views.again, name="webhook-again"),
]
