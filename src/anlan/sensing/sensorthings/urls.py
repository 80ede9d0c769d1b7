from django.urls import path, re_path

from .views import sensorthings

urlpatterns = [path("", sensorthings, name="sensorthings"), re_path(r"^(?P<address>.+)$", sensorthings)]
