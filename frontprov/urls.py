"""The doors: SCIM, the web admin and the REST API. (Probes and metrics: frontprov.health.)"""

from django.contrib import admin
from django.urls import include, path

urlpatterns = [
    path("v2/", include("scim.urls", namespace="scim")),
    path("admin/", admin.site.urls),
    path("api/", include("teammates.api.urls")),
]

handler400 = "frontprov.error_pages.unreadable"
handler403 = "frontprov.error_pages.refused"
handler404 = "frontprov.error_pages.not_found"
