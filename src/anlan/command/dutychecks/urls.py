from django.urls import path

from . import views

urlpatterns = [
    path("duty-checks/", views.checks, name="duty-checks"),
    path("duty-checks/draw/", views.draw, name="duty-check-draw"),
    path("duty-checks/<uuid:pk>/", views.check, name="duty-check"),
    path("duty-checks/<uuid:pk>/record/", views.record, name="duty-check-record"),
]
