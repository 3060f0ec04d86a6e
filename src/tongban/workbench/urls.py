"""Addresses of the workbench."""

from django.urls import path

from tongban.workbench import views

app_name = "workbench"
urlpatterns = [
    path("", views.start, name="start"),
    path("inbox/", views.inbox_page, name="inbox"),
    path("cases/<uuid:case_id>/", views.case_page, name="case"),
    path("cases/<uuid:case_id>/<slug:action>/", views.step, name="step"),
    path("progress/", views.progress, name="progress"),
    path("services/", views.services, name="services"),
]
