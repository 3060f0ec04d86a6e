"""A small world for tests: one agency with one service anyone can apply for, two citizens, an agent, two officers.

Made through the same actions as the real thing wherever there is one. `SmallWorld.build()` inside a database test.
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

from django.utils import timezone
from stdnum.cn import uscc

from tongban.government.models import Agency, Department, Platform, Region
from tongban.identity.actions import (
    Identity,
    appoint,
    delegate,
    open_account,
    register_organisation,
    register_person,
)
from tongban.identity.actor import Actor, actor_for, platform_process
from tongban.identity.models import Account, Organisation, Person, Role
from tongban.items.models import Item, LimitUnit, Material, Service, ServiceVersion

PASSWORD = "correct-horse-battery"
PDF = b"%PDF-1.4\n1 0 obj\n<< /Type /Catalog >>\nendobj\ntrailer << /Root 1 0 R >>\n%%EOF\n"
# A Monday without holidays near.
NOW = datetime(2026, 6, 1, 2, 0, tzinfo=UTC)
TODAY = date(2026, 6, 1)
CREDIT_CODE = "91450700MA5K00000" + uscc.calc_check_digit("91450700MA5K00000")

FORM: dict[str, Any] = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "type": "object",
    "properties": {
        "shop_name": {
            "type": "string",
            "minLength": 2,
            "maxLength": 80,
            "x-tongban": {"label": {"zh": "店铺名称", "en": "Shop name"}},
        },
        "phone": {
            "type": "string",
            "format": "cn-phone",
            "x-tongban": {"label": {"zh": "联系电话", "en": "Phone"}, "autocomplete": "tel"},
        },
        "area": {
            "type": "number",
            "minimum": 1,
            "maximum": 10000,
            "x-tongban": {"label": {"zh": "经营面积（平方米）", "en": "Floor area (square metres)"}},
        },
    },
    "required": ["shop_name", "phone", "area"],
    "x-tongban": {
        "groups": [
            {"id": "shop", "title": {"zh": "店铺", "en": "The shop"}, "fields": ["shop_name", "area"]},
            {"id": "contact", "title": {"zh": "联系方式", "en": "Contact"}, "fields": ["phone"]},
        ]
    },
}
ANSWERS: dict[str, Any] = {"shop_name": "阿秀米粉店", "phone": "13800000000", "area": 45.5}


@dataclass(frozen=True)
class SmallWorld:
    """The parts by name. Actors wear the hat their name says."""

    agency: Agency
    other_agency: Agency
    service: Service
    version: ServiceVersion
    citizen: Actor
    stranger: Actor
    agent: Actor
    window: Actor
    reviewer: Actor
    second_reviewer: Actor
    foreign_officer: Actor
    supervisor: Actor
    organisation: Organisation

    @classmethod
    def build(cls) -> "SmallWorld":
        operator = platform_process("tests")
        platform = Platform.objects.create(
            code="test", name="测试平台", name_en="Test platform", kind=Platform.Kind.PROVINCIAL, run_by_us=True
        )
        nation = _region(platform, "000000000000", "全国", "Nation", 0, None)
        province = _region(platform, "450000000000", "广西壮族自治区", "Guangxi", 1, nation)
        city = _region(platform, "450700000000", "钦州市", "Qinzhou", 2, province)
        county = _region(platform, "450721000000", "灵山县", "Lingshan County", 3, city)
        market = Department.objects.create(code="market-supervision", name="市场监督管理", name_en="Market supervision")
        agency = _agency(platform, market, county, "灵山县市场监督管理局", "Lingshan Market Supervision Bureau")
        other = _agency(platform, market, city, "钦州市市场监督管理局", "Qinzhou Market Supervision Bureau")
        service, version = _service(platform, agency)
        people = {
            name: register_person(
                operator,
                Identity(name, phone="13800000000", assurance_level=4),
                open_account(operator, username, PASSWORD),
            )
            for username, name in (
                ("wei", "韦秀兰"),
                ("huang", "黄建国"),
                ("lao", "劳文静"),
                ("liang", "梁志明"),
                ("nong", "农丽华"),
                ("qin", "覃海燕"),
                ("su", "苏伟"),
                ("mo", "莫丽"),
            )
        }
        organisation = register_organisation(
            operator,
            "钦州米香餐饮有限公司",
            CREDIT_CODE,
            people["黄建国"],
        )
        delegate(operator, organisation, people["劳文静"], date(2026, 1, 1))
        for name, where, role in (
            ("梁志明", agency, Role.WINDOW_OFFICER),
            ("农丽华", agency, Role.REVIEWING_OFFICER),
            ("莫丽", agency, Role.REVIEWING_OFFICER),
            ("覃海燕", other, Role.REVIEWING_OFFICER),
            ("苏伟", other, Role.SUPERVISOR),
        ):
            appoint(operator, people[name], where, role, date(2026, 1, 1), title="科员", title_en="Officer")
        return cls(
            agency=agency,
            other_agency=other,
            service=service,
            version=version,
            citizen=_actor(people["韦秀兰"], "person"),
            stranger=_actor(people["黄建国"], "person"),
            agent=_actor(people["劳文静"], f"organisation:{organisation.pk}"),
            window=_actor(people["梁志明"]),
            reviewer=_actor(people["农丽华"]),
            second_reviewer=_actor(people["莫丽"]),
            foreign_officer=_actor(people["覃海燕"]),
            supervisor=_actor(people["苏伟"]),
            organisation=organisation,
        )


def account_of(actor: Actor) -> Account:
    """What the actor signed in with."""
    assert actor.account_id is not None
    return Account.objects.get(pk=actor.account_id)


def _actor(person: Person, hat: str = "") -> Actor:
    assert person.account is not None
    return actor_for(person.account, hat, TODAY)


def _region(platform: Platform, code: str, name: str, name_en: str, level: int, parent: Region | None) -> Region:
    lineage = [*(parent.lineage if parent else []), code]
    return Region.objects.create(
        code=code, name=name, name_en=name_en, level=level, parent=parent, lineage=lineage, platform=platform
    )


def _agency(platform: Platform, department: Department, region: Region, name: str, name_en: str) -> Agency:
    return Agency.objects.create(
        department=department, region=region, platform=platform, name=name, name_en=name_en, phone="0777-6420000"
    )


def _service(platform: Platform, agency: Agency) -> tuple[Service, ServiceVersion]:
    item = Item.objects.create(
        code="000131001000",
        name="食品经营许可",
        name_en="Food business licence",
        item_type="01",
        department=agency.department,
        levels=[3],
    )
    service = Service.objects.create(item=item, agency=agency, platform=platform, catalogue_code=item.code)
    version = ServiceVersion.objects.create(
        service=service,
        number=1,
        name="食品经营许可",
        english={"name": "Food business licence", "legal_basis": "Food Safety Law, art 35"},
        item_type="01",
        legal_basis="《中华人民共和国食品安全法》第三十五条",
        legal_limit=20,
        legal_limit_unit=LimitUnit.WORKING_DAY,
        promised_limit=5,
        promised_limit_unit=LimitUnit.WORKING_DAY,
        audiences=["person", "organisation"],
        visits=0,
        effective_from=date(2026, 1, 1),
        form=FORM,
        procedure="standard",
    )
    Material.objects.create(
        version=version, position=1, name="经营场所平面图", necessity="1", english={"name": "Floor plan"}
    )
    Material.objects.create(
        version=version, position=2, name="营业执照", necessity="1", source="20", resource_code="business-licence"
    )
    version.state = ServiceVersion.State.PUBLISHED
    version.is_applicable = True
    version.published_at = timezone.now()
    version.save()
    return service, version
