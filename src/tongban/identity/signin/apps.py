"""Which site the maintenance pages are."""

from django.contrib.admin.apps import SimpleAdminConfig


class MaintenanceConfig(SimpleAdminConfig):
    """The pages are gathered where their addresses are (`config.urls`): most commands need neither."""

    default_site = "tongban.identity.signin.maintenance.MaintenanceSite"
