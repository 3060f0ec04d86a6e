"""Services with light handling for tests: each part alone, and the small world's form."""

from datetime import date
from typing import Any, Protocol

from django.utils import timezone

from tests.world import FORM
from tongban.government.models import Agency
from tongban.items.models import Item, LimitUnit, Material, Service, ServiceVersion


def words(text: str) -> dict[str, str]:
    return {"zh": f"中：{text}", "en": text}


GUIDANCE: dict[str, Any] = {
    "version": 3,
    "questions": [
        {
            "id": "premises",
            "label": words("Whose premises are they?"),
            "options": [{"value": "own", "label": words("ours")}, {"value": "rented", "label": words("rented")}],
        },
        {
            "id": "landlord",
            "label": words("Who is the landlord?"),
            "ask_when": {"premises": ["rented"]},
            "options": [
                {"value": "private", "label": words("a person")},
                {"value": "public", "label": words("government")},
            ],
        },
    ],
    "materials": {
        "2": [
            {"when": {"premises": "own"}, "then": "not_needed", "because": words("nothing is rented")},
            {
                "when": {"premises": "rented", "landlord": "public"},
                "then": "not_needed",
                "because": words("the landlord is government itself"),
            },
            {
                "when": {"premises": "rented", "landlord": ["private", "not_asked"]},
                "then": "needed",
                "because": words("the lease shows the right to use"),
            },
        ]
    },
    "fields": {
        "area": [
            {"when": {"premises": "own"}, "then": "not_needed", "because": words("the register says it")},
            {"when": {"premises": "rented"}, "then": "needed", "because": words("the register does not say it")},
        ]
    },
}
COMMITMENT: dict[str, Any] = {
    "version": 1,
    "procedure": "commitment",
    "bears_on": [],
    "conditions": words("a fixed place"),
    "duties": words("tell of changes"),
    "liability": words("the grant is revoked"),
    "replaces": [2],
    "check_within_days": 30,
}
INSTANT: dict[str, Any] = {
    "version": 2,
    "inputs": {
        "area": {"from": "answer.area", "type": {"number": [1, 10000]}, "label": words("Floor area")},
        "granted": {"from": "granted.000131001000", "type": "boolean", "label": words("Granted before")},
    },
    "rules": [
        {"when": {"area": "<= 50"}, "then": "grant", "because": words("small shops are granted at once")},
        {
            "when": {"area": "> 50", "granted": True},
            "then": "grant",
            "because": words("known from an earlier decision"),
        },
        {"when": {"area": "> 50", "granted": False}, "then": "officer", "because": words("somebody must look")},
    ],
}
OFFER: dict[str, Any] = {
    "version": 1,
    "inputs": {
        "age": {"from": "applicant.age", "type": {"integer": [0, 150]}, "label": words("Age")},
        "pending": {"from": "pending.000131001000", "type": "boolean", "label": words("Applied already")},
    },
    "rules": [
        {"when": {"age": ">= 60", "pending": False}, "then": "offer", "because": words("from the age of 60")},
        {"when": {"age": ">= 60", "pending": True}, "then": "none", "because": words("an application is open")},
        {"when": {"age": "< 60"}, "then": "none", "because": words("younger than 60")},
    ],
    "title": words("The card, without applying"),
    "answers": {"shop_name": {"value": "老人之家"}, "phone": {"from": "applicant.phone"}},
    "without_fields": ["area"],
    "without_materials": [1, 2],
    "open_for_days": 30,
}
FETCH: dict[str, Any] = {"1": [{"item": "000131001000", "material": "经营场所平面图"}], "2": [{"item": "000131001000"}]}


class HasAgency(Protocol):
    """A world with an agency that handles what is applied for."""

    @property
    def agency(self) -> Agency: ...


def light_service(world: HasAgency, procedure: str = "standard", **light: Any) -> Service:
    """Another service of the agency: material 1 needed, 2 a lease, 3 may follow where the procedure defers."""
    at = world.agency
    item = Item.objects.create(
        code=f"0001320{Item.objects.count():05d}", name="轻办", item_type="01", department=at.department, levels=[3]
    )
    service = Service.objects.create(item=item, agency=at, platform=at.platform)
    version = ServiceVersion.objects.create(
        service=service,
        number=1,
        name="轻办服务",
        english={"name": "Light service"},
        item_type="01",
        legal_limit=20,
        legal_limit_unit=LimitUnit.WORKING_DAY,
        promised_limit=10,
        promised_limit_unit=LimitUnit.WORKING_DAY,
        effective_from=date(2026, 1, 1),
        form=FORM,
        procedure=procedure,
        light=light or None,
    )
    Material.objects.create(version=version, position=1, name="平面图", necessity="1", english={"name": "Floor plan"})
    Material.objects.create(version=version, position=2, name="租赁合同", necessity="1", english={"name": "Lease"})
    version.state, version.is_applicable = ServiceVersion.State.PUBLISHED, True
    version.published_at = timezone.now()
    version.save()
    return service
