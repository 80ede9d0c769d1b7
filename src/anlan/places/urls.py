from django.urls import path

from . import views

urlpatterns = [
    path("signin/", views.signin, name="signin"),
    path("signout/", views.signout, name="signout"),
    path("password/", views.password, name="password"),
    path("me/", views.me, name="me"),
    path("world/", views.world, name="world"),
]
