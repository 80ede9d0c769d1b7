from django.urls import path

from . import views

urlpatterns = [
    path("rollcall/", views.rollcalls, name="rollcalls"),
    path("rollcall/new/", views.new_rollcall, name="rollcall-new"),
    path("rollcall/rates/", views.rates, name="rollcall-rates"),
    path("rollcall/plans/new/", views.new_plan, name="rollcall-plan-new"),
    path("rollcall/plans/<uuid:pk>/stop/", views.stop_plan, name="rollcall-plan-stop"),
    path("rollcall/<uuid:pk>/", views.rollcall, name="rollcall"),
    path("rollcall/<uuid:pk>/chase/", views.chase, name="rollcall-chase"),
    path("rollcall/<uuid:pk>/result.<slug:form>", views.result, name="rollcall-result"),
]
