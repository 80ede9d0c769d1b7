from django.urls import path

from . import views

urlpatterns = [
    path("liaisons/", views.liaisons, name="liaisons"),
    path("liaisons/<uuid:pk>/doubt/", views.doubt, name="liaison-doubt"),
]
