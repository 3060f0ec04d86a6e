"""Maintenance of platforms, departments, agencies, regions and docking tasks. Every change goes through `actions`."""

from typing import TYPE_CHECKING, Any, cast

from django.contrib import admin
from django.db import models
from django.forms import ModelForm
from django.http import HttpRequest

from tongban.government import actions
from tongban.government.access import GovernmentActor
from tongban.government.models import Agency, Department, DockingTask, Platform, Region

if TYPE_CHECKING:
    _ModelAdmin = admin.ModelAdmin[Any]
    _Form = ModelForm[Any]
else:
    _ModelAdmin = admin.ModelAdmin  # Django's classes take type arguments only in their stubs
    _Form = ModelForm


def actor_on(request: HttpRequest) -> GovernmentActor:
    """The actor that the identity package's middleware put on the request; that package is a layer above."""
    return cast("GovernmentActor", request.actor)  # type: ignore[attr-defined] # set by the middleware


class MaintainedAdmin(_ModelAdmin):
    """Shows the tables to who may maintain them, writes by actions, removes nothing: rows end by their dates."""

    def has_module_permission(self, request: HttpRequest) -> bool:
        return actor_on(request).may("maintain", "government")

    def has_view_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:  # noqa: ARG002 - Django's signature
        return self.has_module_permission(request)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return self.has_module_permission(request)

    def has_change_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:  # noqa: ARG002 - Django's signature
        return self.has_module_permission(request)

    def has_delete_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:  # noqa: ARG002 - Django's signature
        return False

    def save_model(self, request: HttpRequest, obj: Any, form: _Form, change: bool) -> None:  # noqa: ANN401, FBT001 - Django's signature
        actor = actor_on(request)
        if change:
            actions.update(actor, obj, {name: form.cleaned_data[name] for name in form.changed_data})
        else:
            actions.create(actor, obj)

    def get_readonly_fields(self, request: HttpRequest, obj: models.Model | None = None) -> tuple[str, ...]:  # noqa: ARG002 - Django's signature
        """What has an act of its own cannot be edited here."""
        return tuple(sorted(actions.NOT_BY_UPDATE.get(self.model, frozenset()))) if obj else ()


@admin.register(Platform)
class PlatformAdmin(MaintainedAdmin):
    list_display = ("code", "name", "kind", "run_by_us", "url")
    # An address entered without a scheme is meant encrypted.
    formfield_overrides = {models.URLField: {"assume_scheme": "https"}}


@admin.register(Department)
class DepartmentAdmin(MaintainedAdmin):
    list_display = ("position", "code", "name", "name_en")
    search_fields = ("code", "name", "name_en")


@admin.register(Agency)
class AgencyAdmin(MaintainedAdmin):
    list_display = ("name", "department", "region", "credit_code")
    list_select_related = ("department", "region")
    search_fields = ("name", "name_en", "credit_code")
    autocomplete_fields = ("department", "region")


@admin.register(Region)
class RegionAdmin(MaintainedAdmin):
    list_display = ("code", "name", "level", "valid_from", "valid_to")
    search_fields = ("code", "name", "name_en")

    def has_add_permission(self, request: HttpRequest) -> bool:  # noqa: ARG002 - Django's signature
        """Regions come from a file or by `actions.add_region`, which compute what hangs on the parent."""
        return False


@admin.register(DockingTask)
class DockingTaskAdmin(MaintainedAdmin):
    list_display = ("name", "platform", "target", "owner", "due_on", "state")
    list_select_related = ("platform", "target", "owner")
    autocomplete_fields = ("owner",)

    def save_model(self, request: HttpRequest, obj: Any, form: _Form, change: bool) -> None:  # noqa: ANN401, FBT001 - Django's signature
        if change:
            super().save_model(request, obj, form, change)
        else:
            actions.plan_docking_task(actor_on(request), obj)

    def get_exclude(self, request: HttpRequest, obj: models.Model | None = None) -> tuple[str, ...]:  # noqa: ARG002 - Django's signature
        """A new task is planned; how far it came is told by starting and finishing it."""
        return () if obj else ("state", "done_on")
