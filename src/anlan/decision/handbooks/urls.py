from django.urls import path

from . import views

urlpatterns = [
    path("handbooks/", views.handbooks, name="handbooks"),
    path("handbooks/of/<slug:industry>/", views.in_force, name="handbook-in-force"),
    path("handbooks/<uuid:pk>/", views.handbook, name="handbook"),
    path("handbooks/<uuid:pk>/paper.<slug:form>", views.paper, name="handbook-paper"),
    path("handbooks/<uuid:pk>/change/", views.change, name="handbook-change"),
    path("kind-cards/", views.kind_cards, name="kind-cards"),
    path("kind-cards/<slug:card>/", views.kind_card, name="kind-card"),
]
