from django.urls import path

from . import sheet_views, views

urlpatterns = [
    path("briefs/", views.listing, name="briefs"),
    path("briefs/draft/", views.draft, name="brief-draft"),
    path("briefs/<uuid:pk>/", views.page, name="brief"),
    path("briefs/<uuid:pk>/edit/", views.edit, name="brief-edit"),
    path("briefs/<uuid:pk>/refresh/", views.refresh, name="brief-refresh"),
    path("briefs/<uuid:pk>/counted/<str:key>/", views.counted, name="brief-counted"),
    path("briefs/<uuid:pk>/paper.<slug:ending>", views.document, name="brief-paper"),
    path("sheets/", sheet_views.listing, name="sheets"),
    path("sheets/new/", sheet_views.open_sheet, name="sheet-new"),
    path("sheets/lines/<uuid:pk>/", sheet_views.line, name="sheet-line"),
    path("sheets/<uuid:pk>/", sheet_views.page, name="sheet"),
    path("sheets/<uuid:pk>/chase/", sheet_views.chase, name="sheet-chase"),
    path("sheets/<uuid:pk>/paper.<slug:ending>", sheet_views.document, name="sheet-paper"),
]
