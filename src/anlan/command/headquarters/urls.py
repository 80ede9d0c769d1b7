from django.urls import path

from . import views

urlpatterns = [
    path("headquarters/", views.chart, name="headquarters"),
    path("headquarters/set-up/", views.set_up, name="headquarters-set-up"),
]
