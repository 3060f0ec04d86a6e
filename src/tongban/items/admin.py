"""Maintenance of reference data: themes and the basic catalogue. Services are written by `actions` only."""

from django.contrib import admin

from tongban.items.models import Item, Theme


@admin.register(Theme)
class ThemeAdmin(admin.ModelAdmin):  # type: ignore[type-arg]  # Django has no such parameter at run time
    list_display = ["slug", "name", "name_en", "audience", "position"]
    list_filter = ["audience"]
    search_fields = ["slug", "name", "name_en"]


@admin.register(Item)
class ItemAdmin(admin.ModelAdmin):  # type: ignore[type-arg]  # see above
    list_display = ["code", "name", "item_type", "department", "valid_from", "valid_to"]
    list_filter = ["item_type", "department"]
    search_fields = ["code", "name", "name_en"]
    list_select_related = ["department"]
