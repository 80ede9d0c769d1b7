from django.urls import path

from . import views

urlpatterns = [
    path("opinion/", views.board, name="opinion"),
    path("opinion/new/", views.enter, name="opinion-new"),
    path("opinion/items/", views.loose, name="opinion-items"),
    path("opinion/items/<uuid:pk>/raise/", views.raise_item, name="opinion-raise"),
    path("opinion/items/<uuid:pk>/move/", views.move, name="opinion-move"),
    path("opinion/feeds/", views.feeds, name="opinion-feeds"),
    path("opinion/of/<uuid:pk>/", views.of_incident, name="opinion-of-incident"),
    path("opinion/<uuid:pk>/", views.page, name="opinion-topic"),
    path("opinion/<uuid:pk>/verify/", views.verify, name="opinion-verify"),
    path("opinion/<uuid:pk>/join/", views.join, name="opinion-join"),
    path("opinion/<uuid:pk>/report/", views.report, name="opinion-report"),
    path("opinion/<uuid:pk>/reply/", views.reply, name="opinion-reply"),
]
