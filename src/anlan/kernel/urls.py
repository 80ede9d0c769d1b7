"""Addresses of the shared machinery."""

from django.urls import include, path

from .web import attachments, ledgers, loops, maps, search

urlpatterns = [
    path("ledger/<str:key>/", ledgers.listing, name="ledger"),
    path("ledger/<str:key>/map/", ledgers.on_map, name="ledger-map"),
    path("ledger/<str:key>/new/", ledgers.new, name="ledger-new"),
    path("ledger/<str:key>/bulk/<slug:name>/", ledgers.bulk, name="ledger-bulk"),
    path("ledger/<str:key>/views/", ledgers.save_view, name="ledger-save-view"),
    path("ledger/<str:key>/views/<uuid:pk>/drop/", ledgers.drop_view, name="ledger-drop-view"),
    path("ledger/<str:key>/export.<slug:form>", ledgers.export_rows, name="ledger-export"),
    path("ledger/<str:key>/import/", ledgers.import_rows, name="ledger-import"),
    path("ledger/<str:key>/import/template.xlsx", ledgers.import_template, name="ledger-template"),
    path("ledger/<str:key>/import/<uuid:pk>/", ledgers.import_batch, name="ledger-import-batch"),
    path("ledger/<str:key>/import/<uuid:pk>/errors.xlsx", ledgers.import_errors, name="ledger-import-errors"),
    path("ledger/<str:key>/<str:pk>/", ledgers.row, name="ledger-row"),
    path("ledger/<str:key>/<str:pk>/edit/", ledgers.edit, name="ledger-edit"),
    path("ledger/<str:key>/<str:pk>/retire/", ledgers.retire, name="ledger-retire"),
    path("ledger/<str:key>/<str:pk>/restore/", ledgers.restore, name="ledger-restore"),
    path("loops/", loops.all_loops, name="loops"),
    path("loop/<str:key>/", loops.records, name="loop-records"),
    path("loop/<str:key>/<uuid:pk>/", loops.record_page, name="loop-record"),
    path("loop/<str:key>/<uuid:pk>/log/", loops.log, name="loop-log"),
    path("loop/<str:key>/<uuid:pk>/step/<slug:name>/", loops.step, name="loop-step"),
    path("attach/<str:object_type>/<str:pk>/", attachments.upload, name="attachment-upload"),
    path("attachment/<uuid:pk>/", attachments.download, name="attachment"),
    path("attachment/<uuid:pk>/thumb.webp", attachments.thumbnail, name="attachment-thumb"),
    path("search/", search.page, name="search"),
    path("map/", maps.page, name="map"),
    path("wall/", maps.wall, name="wall"),
    path("map/layers.json", maps.layer_list, name="map-layers"),
    path("map/marks/", maps.marks, name="map-marks"),
    path("map/within/", maps.inside, name="map-within"),
    path("map/base/outlines.geojson", maps.outlines, name="map-outlines"),
    path("map/tiles/<str:key>/<int:z>/<int:x>/<int:y>.mvt", maps.tiles, name="map-tile"),
    path("map/count/<str:key>/", maps.count, name="map-count"),
    path("map/frames/<str:key>/", maps.frame, name="map-frame"),
    path("map/inspect/<str:key>/<str:pk>/", maps.inspect, name="map-inspect"),
    path("webhooks/", include("anlan.kernel.webhooks.urls")),
]
