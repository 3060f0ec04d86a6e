"""Addresses of the workbench."""

from django.urls import path

from tongban.workbench import procedures, views

app_name = "workbench"
urlpatterns = [
    path("", views.start, name="start"),
    path("inbox/", views.inbox_page, name="inbox"),
    path("cases/<uuid:case_id>/", views.case_page, name="case"),
    path("cases/<uuid:case_id>/clock/", views.clock, name="clock"),
    path("cases/<uuid:case_id>/intake/", views.intake, name="intake"),
    path("cases/<uuid:case_id>/<slug:action>/", views.step, name="step"),
    path("procedures/", procedures.procedure_list, name="procedures"),
    path("procedures/<slug:code>/<int:version>/", procedures.procedure_page, name="procedure"),
    path("procedures/<slug:code>/<int:version>/edit/", procedures.procedure_edit, name="procedure_edit"),
    path("messages/", views.messages_page, name="messages"),
    path("progress/", views.progress, name="progress"),
    path("services/", views.services, name="services"),
]
