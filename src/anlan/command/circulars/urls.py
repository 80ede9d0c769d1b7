from django.urls import path

from . import views

urlpatterns = [
    path("circulars/", views.circulars, name="circulars"),
    path("circulars/register/", views.register, name="circular-register"),
    path("circulars/issue/", views.issue, name="circular-issue"),
    path("circulars/of/<uuid:pk>/", views.of_incident, name="circulars-of-incident"),
    path("circulars/<uuid:pk>/", views.circular, name="circular"),
    path("circulars/<uuid:pk>/pass-on/", views.pass_on, name="circular-pass-on"),
    path("circulars/<uuid:pk>/chase/", views.chase, name="circular-chase"),
    path("circulars/receipts/<uuid:pk>/hand-to/", views.hand_to, name="circular-hand-to"),
]
