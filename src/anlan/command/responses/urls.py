from django.urls import path

from . import views

urlpatterns = [
    path("responses/", views.responses, name="responses"),
    path("responses/<uuid:pk>/", views.response, name="response"),
    path("responses/<uuid:pk>/members/<str:member>/", views.member_row, name="response-member"),
    path("responses/<uuid:pk>/change/", views.change, name="response-change"),
    path("responses/<uuid:pk>/chase/", views.chase, name="response-chase"),
    path("orders/<uuid:pk>.<slug:form>", views.order, name="order"),
    path("tasks/", views.tasks, name="tasks"),
    path("tasks/new/", views.new_task, name="task-new"),
    path("tasks/<uuid:pk>/", views.task, name="task"),
]
