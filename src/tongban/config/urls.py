"""Every address of the platform, by the package that answers it."""

from django.urls import URLPattern, URLResolver, path

from tongban.foundation.health import health

urlpatterns: list[URLPattern | URLResolver] = [
    path("health", health, name="health"),
]
