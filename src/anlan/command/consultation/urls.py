from django.urls import path

from . import views

urlpatterns = [
    path("consultations/", views.listing, name="consultations"),
    path("consultations/new/", views.new, name="consultation-new"),
    path("consultations/<uuid:pk>/", views.page, name="consultation"),
    path("consultations/<uuid:pk>/ask/", views.ask, name="consultation-ask"),
    path("consultations/<uuid:pk>/guide/", views.guide, name="consultation-guide"),
    path("consultations/<uuid:pk>/minutes.<slug:form>", views.minutes, name="consultation-minutes"),
    path("incidents/<uuid:pk>/consultations/", views.of_incident, name="consultations-of-incident"),
]
