"""A small real world for the API's tests: one agency, one service to apply for, a citizen and three officers."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from django.test import Client
from django.utils import timezone

from tongban.government.models import Agency, Department, DockingTask, Platform, Region, RegionLevel
from tongban.identity.actions import Identity, appoint, delegate, issue_token, open_account, register_person
from tongban.identity.actions import register_organisation as register
from tongban.identity.actor import platform_process
from tongban.identity.models import Account, Organisation, Person, Post, Role
from tongban.items.models import Item, Material, Necessity, Service, ServiceVersion, Theme
from tongban.items.searchable import pinyin_of

PASSWORD = "correct horse battery"
PDF = b"%PDF-1.4\n1 0 obj <<>> endobj\ntrailer <<>>\n%%EOF\n"
OPERATOR = platform_process("test")
LONG_AGO = date(2020, 1, 1)

FORM = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "type": "object",
    "properties": {
        "shop_name": {
            "type": "string",
            "maxLength": 40,
            "x-tongban": {"label": {"zh": "店名", "en": "Name of the shop"}},
        },
        "seats": {
            "type": "integer",
            "minimum": 0,
            "maximum": 500,
            "x-tongban": {"label": {"zh": "座位数", "en": "Seats"}},
        },
    },
    "required": ["shop_name"],
    "x-tongban": {
        "groups": [{"id": "shop", "title": {"zh": "店铺", "en": "The shop"}, "fields": ["shop_name", "seats"]}]
    },
}
ANSWERS = {"shop_name": "好味小馆", "seats": 12}


@dataclass
class World:
    """What was made, and a token for each who can sign in."""

    platform: Platform
    region: Region
    department: Department
    agency: Agency
    service: Service
    version: ServiceVersion
    organisation: Organisation
    accounts: dict[str, Account]
    tokens: dict[str, str]
    hats: dict[str, str]

    def client(self, who: str = "", **headers: str) -> Client:
        """A client that is this person (`citizen`, `agent`, `window`, `reviewer`, `second`), or a visitor."""
        credentials = {"Authorization": f"Bearer {self.tokens[who]}"} if who else {}
        return Client(headers={"Accept-Language": "en", **credentials, **headers}, raise_request_exception=False)


def build() -> World:
    """The world, in the current database."""
    platform = Platform.objects.create(
        code="guangxi", name="广西政务", name_en="Guangxi", kind=Platform.Kind.PROVINCIAL, run_by_us=True
    )
    other = Platform.objects.create(code="fuzhou", name="福州", name_en="Fuzhou", kind=Platform.Kind.CITY)
    nation = Region.objects.create(
        code="100000000000",
        name="中国",
        name_en="China",
        level=RegionLevel.NATION,
        lineage=["100000000000"],
        platform=platform,
    )
    region = Region.objects.create(
        code="450000000000",
        name="广西壮族自治区",
        name_en="Guangxi",
        level=RegionLevel.PROVINCE,
        parent=nation,
        lineage=["100000000000", "450000000000"],
        platform=platform,
    )
    department = Department.objects.create(code="market-supervision", name="市场监督管理", name_en="Market supervision")
    agency = Agency.objects.create(
        name="广西市场监督管理局",
        name_en="Guangxi Market Supervision",
        department=department,
        region=region,
        platform=platform,
    )
    DockingTask.objects.create(
        name="统一身份", name_en="Identity", platform=platform, target=other, owner=agency, due_on=date(2026, 12, 1)
    )
    Theme.objects.create(slug="opening-a-shop", name="开店", name_en="Opening a shop", audience="person")
    item = Item.objects.create(
        code="000131001000",
        name="食品经营许可",
        name_en="Food licence",
        item_type="01",
        department=department,
        levels=[RegionLevel.PROVINCE],
    )
    service = Service.objects.create(item=item, agency=agency, platform=platform)
    version = publish(service)
    return World(platform, region, department, agency, service, version, *_people(agency))


def publish(service: Service, **changed: Any) -> ServiceVersion:
    """A version in force that can be applied for, with one required and one optional material."""
    number = service.versions.count() + 1
    said: dict[str, Any] = {
        "name": "食品经营许可",
        "pinyin": pinyin_of("食品经营许可"),
        "item_type": "01",
        "effective_from": LONG_AGO,
        "is_applicable": True,
        "english": {"name": "Food licence"},
        "form": FORM,
        "procedure": "standard",
        "assurance_level": 2,
        "legal_basis": "食品安全法",
        "themes": ["opening-a-shop"],
        "visits": 1,
        "legal_limit": 20,
        "legal_limit_unit": "working_day",
        "promised_limit": 5,
        "promised_limit_unit": "working_day",
    }
    version = ServiceVersion.objects.create(service=service, number=number, **(said | changed))
    Material.objects.create(
        version=version, position=1, name="营业执照", necessity=Necessity.REQUIRED, english={"name": "Licence"}
    )
    Material.objects.create(version=version, position=2, name="平面图", necessity=Necessity.OPTIONAL)
    version.state, version.published_at = ServiceVersion.State.PUBLISHED, timezone.now()
    version.save()
    return version


def _people(
    agency: Agency,
) -> tuple[Organisation, dict[str, Account], dict[str, str], dict[str, str]]:
    people: dict[str, Person] = {}
    accounts: dict[str, Account] = {}
    for who, name in (
        ("citizen", "王芳"),
        ("agent", "李强"),
        ("window", "黄岚"),
        ("reviewer", "韦军"),
        ("second", "陆敏"),
    ):
        accounts[who] = open_account(OPERATOR, who, PASSWORD)
        people[who] = register_person(OPERATOR, Identity(name=name, assurance_level=3), accounts[who])
    organisation = register(OPERATOR, "好味餐饮有限公司", "91350100M000100Y43", people["citizen"], "Good Taste Ltd")
    delegate(OPERATOR, organisation, people["agent"], LONG_AGO)
    hats = {"citizen": "person", "agent": f"organisation:{organisation.pk}"}
    for who, role in (
        ("window", Role.WINDOW_OFFICER),
        ("reviewer", Role.REVIEWING_OFFICER),
        ("second", Role.REVIEWING_OFFICER),
    ):
        post: Post = appoint(OPERATOR, people[who], agency, role, LONG_AGO, title="科员", title_en="officer")
        hats[who] = f"post:{post.pk}"
    tokens = {who: issue_token(accounts[who], hats[who], timezone.now(), second_factor=True)[0] for who in accounts}
    return organisation, accounts, tokens, hats


def post(client: Client, path: str, body: object = None, **headers: str) -> Any:
    """POST JSON below /api/v1; the response, whose `json()` is the answer."""
    return client.post(f"/api/v1{path}", body, content_type="application/json", headers=headers)


def upload(client: Client, data: bytes = PDF, key: str = "") -> Any:
    """Upload a file, under an idempotency key where one is given; the response."""
    headers = {"Idempotency-Key": key} if key else {}
    from django.core.files.uploadedfile import SimpleUploadedFile

    return client.post("/api/v1/uploads", {"file": SimpleUploadedFile("licence.pdf", data)}, headers=headers)


def application(world: World, client: Client) -> dict[str, Any]:
    """A body that applies for the world's service, with its required material uploaded."""
    kept = upload(client).json()["id"]
    return {"service": str(world.service.pk), "answers": ANSWERS, "uploads": {"1": [kept]}}


def apply(world: World, client: Client) -> dict[str, Any]:
    """A case just submitted by the client."""
    response = post(client, "/applications", application(world, client))
    assert response.status_code == 201, response.content
    opened: dict[str, Any] = response.json()
    return opened
