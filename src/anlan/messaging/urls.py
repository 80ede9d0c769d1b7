from django.urls import path

from . import views

urlpatterns = [
    path("messages/", views.inbox, name="messages"),
    path("messages/bell/", views.bell, name="messages-bell"),
    path("messages/read/", views.read_all, name="messages-read-all"),
    path("messages/<uuid:pk>/", views.message, name="message"),
    path("calls/", views.rounds, name="calls"),
    path("calls/new/", views.new_round, name="calls-new"),
    path("calls/<uuid:pk>/", views.board, name="calls-round"),
    path("calls/<uuid:pk>/places/<str:code>/", views.place_calls, name="calls-place"),
    path("calls/<uuid:pk>/chase/", views.chase, name="calls-chase"),
    path("calls/<uuid:pk>/proof.<slug:form>", views.proof_sheet, name="calls-proof"),
    path("calls/call/<uuid:pk>/", views.call, name="calls-call"),
    path("calls/call/<uuid:pk>/no-answer/", views.no_answer, name="calls-no-answer"),
]
