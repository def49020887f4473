from django.contrib import admin
from django.urls import include, path
from drf_spectacular.views import SpectacularJSONAPIView, SpectacularSwaggerView

from client.edge import health

handler400 = "client.edge.handlers.bad_request"
handler403 = "client.edge.handlers.permission_denied"
handler404 = "client.edge.handlers.not_found"
handler500 = "client.edge.handlers.server_error"

api = [
    path("", include("client.edge.accounts.urls")),
    path("", include("client.edge.catalog.urls")),
    path("", include("client.edge.bookings.urls")),
    path("", include("client.edge.waitlist.urls")),
    path("", include("client.edge.notifications.urls")),
]

urlpatterns = [
    path("api/v1/", include(api)),
    path("webhooks/", include("client.edge.webhooks.urls")),
    path("admin/", admin.site.urls),
    path("healthz", health.healthz),
    path("readyz", health.readyz),
    path("metrics", health.metrics),
    path("openapi.json", SpectacularJSONAPIView.as_view(), name="openapi"),
    path("docs", SpectacularSwaggerView.as_view(url_name="openapi"), name="docs"),
]
