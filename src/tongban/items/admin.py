"""Maintenance of reference data: themes and the basic catalogue. Services are written by `actions` only."""

from typing import Any

from django.contrib import admin
from django.forms import ModelForm
from django.http import HttpRequest

from tongban.government.admin import MaintainedAdmin
from tongban.identity.middleware import actor_of
from tongban.items.actions import keep_catalogue_row
from tongban.items.models import Item, Theme


class CatalogueAdmin(MaintainedAdmin):
    """Who may is asked of the table of rights, not of Django's permissions; what is written stands in the ledger."""

    def save_model(self, request: HttpRequest, obj: Any, form: "ModelForm[Any]", change: bool) -> None:  # noqa: ANN401, FBT001 - Django's signature
        keep_catalogue_row(actor_of(request), obj, form.changed_data if change else None)

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:  # noqa: ANN401, ARG002 - Django's signature
        """The code of a row is what others refer to it by."""
        return (("slug",) if isinstance(obj, Theme) else ("code",)) if obj else ()


@admin.register(Theme)
class ThemeAdmin(CatalogueAdmin):
    list_display = ("slug", "name", "name_en", "audience", "position")
    list_filter = ("audience",)
    search_fields = ("slug", "name", "name_en")


@admin.register(Item)
class ItemAdmin(CatalogueAdmin):
    list_display = ("code", "name", "item_type", "department", "valid_from", "valid_to")
    list_filter = ("item_type", "department")
    search_fields = ("code", "name", "name_en")
    list_select_related = ("department",)
