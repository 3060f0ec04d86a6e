"""Which site the maintenance pages are."""

from django.contrib.admin.apps import AdminConfig


class MaintenanceConfig(AdminConfig):
    default_site = "tongban.identity.signin.maintenance.MaintenanceSite"
