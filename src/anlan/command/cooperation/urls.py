from django.urls import path

from . import views

urlpatterns = [
    path("cooperation/", views.board, name="cooperation"),
    path("cooperation/partners/<uuid:pk>/", views.partner, name="cooperation-partner"),
    path("cooperation/partners/<uuid:pk>/agreements/new/", views.new_agreement, name="cooperation-agreement-new"),
    path("cooperation/agreements/<uuid:pk>/", views.agreement, name="cooperation-agreement"),
    path("cooperation/agreements/<uuid:pk>/drill/", views.drill, name="cooperation-drill"),
    path("cooperation/requests/new/", views.ask, name="cooperation-ask"),
    path("cooperation/requests/<uuid:pk>/", views.request_page, name="cooperation-request"),
    path("incidents/<uuid:pk>/cooperation/", views.of_incident, name="cooperation-of-incident"),
]
