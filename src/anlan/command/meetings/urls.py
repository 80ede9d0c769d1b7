from django.urls import path

from . import views

urlpatterns = [
    path("meetings/", views.listing, name="meetings"),
    path("meetings/new/", views.new, name="meeting-new"),
    path("meetings/decisions/", views.decisions, name="meeting-decisions"),
    path("meetings/decisions/<uuid:pk>/drop/", views.drop, name="meeting-decision-drop"),
    path("meetings/<uuid:pk>/", views.page, name="meeting"),
    path("meetings/<uuid:pk>/hold/", views.hold, name="meeting-hold"),
    path("meetings/<uuid:pk>/minutes/", views.minutes, name="meeting-minutes"),
    path("meetings/<uuid:pk>/decide/", views.decide, name="meeting-decide"),
    path("meetings/<uuid:pk>/<slug:which>.<slug:form>", views.paper, name="meeting-paper"),
]
