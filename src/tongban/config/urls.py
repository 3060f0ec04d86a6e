"""Every address of the platform, by the package that answers it."""

from django.contrib import admin
from django.urls import URLPattern, URLResolver, include, path

from tongban.foundation.health import health

# Each package's maintenance pages register with the site, and only then has it their addresses.
admin.autodiscover()

urlpatterns: list[URLPattern | URLResolver] = [
    # What is asked most comes first: addresses are tried in this order.
    path("", include("tongban.api.urls")),
    path("workbench/", include("tongban.workbench.urls")),
    path("health", health, name="health"),
    path("", include("tongban.portal.urls")),
    path("", include("tongban.portal.urls_signin")),
    path("", include("tongban.identity.provider.urls")),
    path("", include("tongban.foundation.pages.urls")),
    path("admin/", admin.site.urls),
]

handler400 = "tongban.foundation.pages.errors.handler400"
handler403 = "tongban.foundation.pages.errors.handler403"
handler404 = "tongban.foundation.pages.errors.handler404"
handler500 = "tongban.foundation.pages.errors.handler500"
