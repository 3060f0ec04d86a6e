"""Addresses of regions, departments, agencies, coverage, docking and figures. They are stable: people link to them."""

from django.urls import path

from tongban.portal.views import coverage, departments, docking, figures, regions

urlpatterns_government = [
    path("regions/", regions.highest, name="regions"),
    path("regions/<str:code>/", regions.region, name="region"),
    path("departments/", departments.listing, name="departments"),
    path("departments/<slug:code>/", departments.department, name="department"),
    path("agencies/<uuid:agency_id>/", departments.agency, name="agency"),
    path("coverage/<str:code>/", coverage.matrix, name="coverage"),
    path("coverage/<str:code>/items/", coverage.cell, name="coverage_cell"),
    path("docking/", docking.league, name="docking"),
    path("figures/", figures.index, name="figures"),
    path("figures/visits/", figures.visits, name="visits"),
    path("figures/visits/services/", figures.services, name="visits_services"),
]
