from django.urls import path

from . import views
from .instructions import views as instructions
from .kindcards import views as kindcards
from .onepress import views as onepress

urlpatterns = [
    path("responses/", views.responses, name="responses"),
    path("responses/<uuid:pk>/", views.response, name="response"),
    path("responses/<uuid:pk>/members/<str:member>/", views.member_row, name="response-member"),
    path("responses/<uuid:pk>/change/", views.change, name="response-change"),
    path("responses/<uuid:pk>/chase/", views.chase, name="response-chase"),
    path("responses/<uuid:pk>/findings/", views.finding, name="response-finding"),
    path("orders/<uuid:pk>.<slug:form>", views.order, name="order"),
    path("tasks/", views.tasks, name="tasks"),
    path("tasks/new/", instructions.new_instruction, name="task-new"),
    path("tasks/<uuid:pk>/", views.task, name="task"),
    path("one-press/", onepress.prepared_sets, name="prepared-sets"),
    path("one-press/change/", onepress.change, name="prepared-set-change"),
    path("one-press/<uuid:pk>/", onepress.prepared_set, name="prepared-set"),
    path("one-press/<uuid:pk>/press/", onepress.press, name="prepared-set-press"),
    path("one-press/done/<uuid:pk>/", onepress.pressed, name="press"),
    path("one-press/done/<uuid:pk>/again/", onepress.again, name="press-again"),
    path("instructions/", instructions.instructions, name="instructions"),
    path("instructions/new/", instructions.new_instruction, name="instruction-new"),
    path("instructions/reach/", instructions.reach, name="instruction-reach"),
    path("instructions/<uuid:pk>/", instructions.instruction, name="instruction"),
    path("instructions/<uuid:pk>/chase/", instructions.chase, name="instruction-chase"),
    path("incidents/<uuid:pk>/kind-card/", kindcards.of_incident, name="kind-card-of-incident"),
    path("incidents/<uuid:pk>/kind-card/issue/", kindcards.issue, name="kind-card-issue"),
]
