from django.urls import path

from . import views

urlpatterns = [
    path("proposals/", views.proposals, name="proposals"),
    path("proposals/ask/", views.ask, name="proposal-ask"),
    path("proposals/<uuid:pk>/", views.proposal, name="proposal"),
    path("plans/", views.plans, name="plans"),
    path("plans/<uuid:pk>/", views.plan, name="plan"),
    path("facts/", views.facts, name="facts"),
]
