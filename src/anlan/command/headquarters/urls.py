from django.urls import path

from . import command_page, site_views, views

urlpatterns = [
    path("headquarters/", views.chart, name="headquarters"),
    path("headquarters/set-up/", views.set_up, name="headquarters-set-up"),
    path("headquarters/<uuid:pk>/", command_page.page, name="headquarters-body"),
    path("site-posts/", site_views.listing, name="site-posts"),
    path("site-posts/<uuid:pk>/", site_views.page, name="site-post"),
    path("site-posts/<uuid:pk>/sign/", site_views.sign, name="site-post-sign"),
    path("site-posts/<uuid:pk>/links/", site_views.links, name="site-post-links"),
    path("site-posts/<uuid:pk>/layouts/", site_views.keep_layout, name="site-post-keep-layout"),
    path("site-posts/<uuid:pk>/layouts/<int:number>.svg", site_views.layout, name="site-post-layout"),
    path("site-posts/<uuid:pk>/layouts/<int:number>/drop/", site_views.drop_layout, name="site-post-drop-layout"),
    path("site-posts/<uuid:pk>/hand-over/", site_views.hand_over, name="site-post-hand-over"),
    path("site-posts/<uuid:pk>/paper.<slug:form>", site_views.paper, name="site-post-paper"),
    path("site-posts/presence/<uuid:pk>/<slug:verb>/", site_views.presence, name="site-presence"),
    path("incidents/<uuid:pk>/site-post/", site_views.of_incident, name="site-post-of-incident"),
    path("incidents/<uuid:pk>/site-post/new/", site_views.set_up, name="site-post-set-up"),
]
