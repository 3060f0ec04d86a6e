"""Addresses of the API: the operations, the document, the pages about both."""

from django.urls import path, re_path

from tongban.api import views
from tongban.api.assembly import api

app_name = "api"
urlpatterns = [
    path("api/openapi.json", views.openapi, name="openapi"),
    path("api/docs", views.docs, name="docs"),
    path("api/v1/", api.urls),
    path("problems/<slug:code>", views.problem_page, name="problem"),
    re_path(r"^api/", views.unknown),
]
