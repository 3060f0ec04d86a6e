"""Addresses of the kit: ``include("tongban.foundation.pages.urls")`` at the root of the project."""

from django.conf import settings
from django.urls import path
from django.views.generic import RedirectView
from django.views.i18n import set_language

from tongban.foundation.pages import views

app_name = "pages"
urlpatterns = [
    path("switch/language", set_language, name="language"),
    path("switch/display", views.display, name="display"),
    path("kit", views.kit, name="kit"),
    # Without the hash of its content in the name: browsers remember a permanent redirect past the next release.
    path("favicon.ico", RedirectView.as_view(url=f"{settings.STATIC_URL}tongban/seal.svg", permanent=True)),
]
