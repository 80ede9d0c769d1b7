from django.urls import path

from . import views

urlpatterns = [
    path("warnings/", views.warnings, name="warnings"),
    path("warnings/receive/", views.receive, name="warnings-receive"),
    path("warnings/intake/<uuid:pk>/raw", views.raw, name="warnings-raw"),
    path("warnings/<uuid:pk>/", views.warning, name="warning"),
]
