from django.urls import path

from . import views, views_staffing, views_tokens
from .directory import views as directory

urlpatterns = [
    path("signin/", views.signin, name="signin"),
    path("signout/", views.signout, name="signout"),
    path("password/", views.password, name="password"),
    path("directory/", directory.directory, name="directory"),
    path("directory/people/<uuid:pk>/number/", directory.number, name="directory-number"),
    path("directory/ask/", directory.ask, name="directory-ask"),
    path("directory/directory.xlsx", directory.export, name="directory-export"),
    path("me/", views.me, name="me"),
    path("map/base/<int:z>/<int:x>/<int:y>.mvt", views.base_map_tile, name="map-base-tile"),
    path("world/", views.world, name="world"),
    path("people/<uuid:pk>/account/", views_staffing.account, name="person-account"),
    path("people/passwords/", views_staffing.passwords, name="people-passwords"),
    path("posts/<uuid:pk>/handover/", views_staffing.handover, name="post-handover"),
    path("holdings/<int:pk>/withdraw/", views_staffing.withdraw, name="holding-withdraw"),
    path("tokens/", views_tokens.listing, name="tokens"),
    path("tokens/new/", views_tokens.new, name="token-new"),
    path("tokens/<uuid:pk>/", views_tokens.one, name="token"),
    path("tokens/<uuid:pk>/revoke/", views_tokens.revoke, name="token-revoke"),
]
