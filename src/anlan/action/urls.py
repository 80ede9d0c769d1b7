from django.urls import path

from . import views
from .phone import views as phone

urlpatterns = [
    path("shelters/", views.shelters, name="shelters"),
    path("shelters/open/", views.open_one, name="shelter-open"),
    path("shelters/relocation/", views.relocate, name="relocation-record"),
    path("phone/", phone.page, name="phone"),
    path("phone/data/", phone.data, name="phone-data"),
    path("phone/sync/", phone.sync, name="phone-sync"),
    path("phone/sw.js", phone.worker, name="phone-worker"),
    path("phone/manifest.webmanifest", phone.manifest, name="phone-manifest"),
]
