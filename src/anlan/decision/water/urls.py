from django.urls import path

from . import views

urlpatterns = [
    path("water-guides/", views.guides, name="water-guides"),
    path("water-guides/<uuid:pk>/", views.guide, name="water-guide"),
    path("water-guides/<uuid:pk>/paper.<slug:form>", views.paper, name="water-guide-paper"),
]
