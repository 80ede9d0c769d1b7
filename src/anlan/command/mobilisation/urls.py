from django.urls import path

from . import public_views, views

urlpatterns = [
    path("appeals/", views.listing, name="appeals"),
    path("appeals/new/", views.new, name="appeal-new"),
    path("appeals/compensations/", views.compensations, name="compensations"),
    path("appeals/compensations/<uuid:pk>/", views.compensation, name="compensation"),
    path("appeals/<uuid:pk>/", views.page, name="appeal"),
    path("appeals/<uuid:pk>/answer/", views.answer, name="appeal-answer"),
    path("appeals/<uuid:pk>/note/", views.note, name="appeal-note"),
    path("incidents/<uuid:pk>/appeals/", views.of_incident, name="appeals-of-incident"),
    path("help/", public_views.listing, name="help-wanted"),
    path("help/<slug:code>/", public_views.page, name="help-offer"),
    path("help/<slug:code>/<slug:token>/", public_views.own, name="help-own"),
]
