from django.urls import path

from . import views

urlpatterns = [
    path("whistles/", views.listing, name="whistles"),
    path("whistles/new/", views.new, name="whistle-new"),
    path("whistles/statistics/", views.figures, name="whistle-statistics"),
    path("whistles/<uuid:pk>/", views.page, name="whistle"),
    path("whistles/<uuid:pk>/more/", views.more, name="whistle-more"),
    path("incidents/<uuid:pk>/whistles/", views.of_incident, name="whistles-of-incident"),
]
