"""A small world for the portal's pages and journeys: one county with one agency, five kinds of service, five people."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from tongban.government.models import Agency, Department, Platform, Region, RegionLevel
from tongban.identity.actor import Actor, actor_for
from tongban.identity.models import Account, AssuranceLevel, Organisation, Person, Post, Role
from tongban.items.models import (
    Audience,
    Fee,
    ItemType,
    LimitUnit,
    Material,
    Necessity,
    Question,
    Service,
    ServiceVersion,
    Theme,
)
from tongban.items.searchable import pinyin_of

PASSWORD = "one-network-2026"
START = date(2025, 1, 1)

NATION, PROVINCE, CITY, COUNTY = "000000000000", "450000000000", "450700000000", "450721000000"

FORM: dict[str, Any] = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "type": "object",
    "properties": {
        "shop_name": {
            "type": "string",
            "maxLength": 60,
            "x-tongban": {"label": {"zh": "店铺名称", "en": "Name of the shop"}},
        },
        "floor_area": {
            "type": "integer",
            "minimum": 1,
            "maximum": 100000,
            "x-tongban": {"label": {"zh": "经营面积", "en": "Floor area"}, "unit": {"zh": "平方米", "en": "m²"}},
        },
        "cold_food": {
            "type": "boolean",
            "x-tongban": {"label": {"zh": "是否制售冷食", "en": "Do you make cold dishes?"}, "widget": "radios"},
        },
        "cold_room": {
            "type": "string",
            "x-tongban": {
                "label": {"zh": "冷食专间的位置", "en": "Where is the cold room?"},
                "show_when": {"field": "cold_food", "equals": True},
                "required": True,
            },
        },
        "phone": {
            "type": "string",
            "format": "cn-phone",
            "x-tongban": {
                "label": {"zh": "联系电话", "en": "Contact phone"},
                "autocomplete": "tel",
                "sealed": True,
            },
        },
        "opening": {
            "type": "string",
            "format": "date",
            "x-tongban": {"label": {"zh": "计划开业日期", "en": "Planned opening"}},
        },
    },
    "required": ["shop_name", "floor_area", "cold_food", "phone"],
    "x-tongban": {
        "groups": [
            {
                "id": "shop",
                "title": {"zh": "经营场所", "en": "The shop"},
                "fields": ["shop_name", "floor_area", "cold_food", "cold_room"],
            },
            {"id": "contact", "title": {"zh": "联系方式", "en": "Contact"}, "fields": ["phone", "opening"]},
        ]
    },
}


@dataclass(frozen=True)
class World:
    """Who and what there is. `licence` can be applied for here; the others cannot, each for its own reason."""

    agency: Agency
    licence: Service
    listed: Service
    foreign: Service
    reconstructed: Service
    for_organisations: Service
    certain_identity: Service
    citizen: Account
    stranger: Account
    agent: Account
    window: Account
    reviewer: Account
    organisation: Organisation

    def actor(self, account: Account, hat: str = "") -> Actor:
        """The actor an account is, in its first hat or the one named."""
        return actor_for(account, hat, date.today())  # noqa: DTZ011 - any day the posts are held on


def build_world() -> World:
    """Put the world into the database."""
    ours = Platform.objects.create(
        code="guangxi", name="广西政务服务平台", name_en="Guangxi Services", kind="provincial", run_by_us=True
    )
    theirs = Platform.objects.create(
        code="guangdong",
        name="广东政务服务网",
        name_en="Guangdong Services",
        kind="provincial",
        url="https://services.example.cn/",
    )
    _regions(ours, theirs)
    department = Department.objects.create(code="market", name="市场监督管理", name_en="Market supervision")
    agency = _agency(department, COUNTY, ours, "灵山县市场监督管理局", "Lingshan Market Supervision Bureau")
    abroad = _agency(department, "440100000000", theirs, "广州市市场监督管理局", "Guangzhou Market Supervision Bureau")
    Theme.objects.create(slug="opening-a-shop", audience="organisation", name="开办门店", name_en="Opening a shop")
    Theme.objects.create(slug="documents", audience="person", name="证件办理", name_en="Documents")
    licence = _service(agency, "食品经营许可", "Food business licence", visits=1, form=FORM, rich=True)
    for_organisations = _service(
        agency, "特种设备使用登记", "Registration of special equipment", form=FORM, audiences=["organisation"]
    )
    certain = _service(agency, "个体工商户注销", "Deregistration of a sole trader", form=FORM, assurance_level=5)
    return World(
        agency=agency,
        licence=licence,
        listed=_service(agency, "计量器具检定", "Verification of measuring instruments"),
        foreign=_service(abroad, "食品经营许可（广州）", "Food business licence (Guangzhou)", form=FORM),
        reconstructed=_service(agency, "贸易便利化事项 001", "Trade facilitation item 001", reconstructed=True),
        for_organisations=for_organisations,
        certain_identity=certain,
        citizen=_person("wei.lan", "韦兰"),
        stranger=_person("nong.hao", "农浩"),
        agent=(agent := _person("huang.mei", "黄梅")),
        window=_officer("li.chuang", "李窗", agency, Role.WINDOW_OFFICER, "窗口工作人员", "Window officer"),
        reviewer=_officer("zhao.shen", "赵审", agency, Role.REVIEWING_OFFICER, "审核科员", "Reviewing officer"),
        organisation=Organisation.objects.create(
            name="钦州海湾食品有限公司",
            name_en="Qinzhou Bay Foods Ltd",
            credit_code="91450700MA5KABCD1X",
            legal_representative=Person.objects.get(account=agent),
        ),
    )


def _regions(ours: Platform, theirs: Platform) -> None:
    lineage: list[str] = []
    for code, level, name, name_en in (
        (NATION, RegionLevel.NATION, "中国", "China"),
        (PROVINCE, RegionLevel.PROVINCE, "广西壮族自治区", "Guangxi"),
        (CITY, RegionLevel.PREFECTURE, "钦州市", "Qinzhou"),
        (COUNTY, RegionLevel.COUNTY, "灵山县", "Lingshan County"),
    ):
        parent = lineage[-1] if lineage else None
        lineage = [*lineage, code]
        platform = ours if level else theirs
        Region.objects.create(
            code=code, level=level, name=name, name_en=name_en, parent_id=parent, lineage=lineage, platform=platform
        )
    parent = NATION
    for code, level, name, name_en in (
        ("440000000000", RegionLevel.PROVINCE, "广东省", "Guangdong"),
        ("440100000000", RegionLevel.PREFECTURE, "广州市", "Guangzhou"),
    ):
        Region.objects.create(
            code=code,
            level=level,
            name=name,
            name_en=name_en,
            parent_id=parent,
            lineage=[NATION, "440000000000", code][: level + 1],
            platform=theirs,
        )
        parent = code


def _agency(department: Department, region: str, platform: Platform, name: str, name_en: str) -> Agency:
    return Agency.objects.create(
        department=department,
        region_id=region,
        platform=platform,
        name=name,
        name_en=name_en,
        address="灵山县示范路8号政务服务中心3号窗口",
        address_en="Window 3, Service Centre, 8 Shifan Road, Lingshan",
        opening_hours="工作日 9:00—12:00，13:00—17:00",
        opening_hours_en="Working days 9:00–12:00 and 13:00–17:00",
        phone="0777-6520000",
        complaint_phone="0777-12345",
    )


def _service(
    agency: Agency,
    name: str,
    name_en: str,
    *,
    form: dict[str, Any] | None = None,
    visits: int = 0,
    audiences: list[str] | None = None,
    assurance_level: int = 3,
    reconstructed: bool = False,
    rich: bool = False,
) -> Service:
    service = Service.objects.create(agency=agency, platform=agency.platform, reconstructed=reconstructed)
    english = {"name": name_en}
    if rich:
        english |= {
            "summary": "For restaurants, canteens and shops that sell food.",
            "acceptance_conditions": "1. The premises suit the food you make.\n2. Somebody is trained in food safety.",
            "handling_steps": "1. Acceptance\n2. Examination\n3. Decision\n4. Delivery",
            "result_name": "Food business licence",
            "legal_basis": "Food Safety Law, article 35",
            "visits_reason": "The premises are inspected with you present.",
        }
    version = ServiceVersion.objects.create(
        service=service,
        number=1,
        name=name,
        pinyin=pinyin_of(name),
        english=english,
        item_type=ItemType.LICENCE,
        effective_from=START,
        audiences=audiences if audiences is not None else [Audience.PERSON, Audience.ORGANISATION],
        visits=visits,
        visits_reason="现场核查时需到场" if rich else "",
        summary="餐馆、食堂和食品商店开业前办理。" if rich else "",
        acceptance_conditions="1. 场所与经营的食品相适应；\n2. 有经培训的食品安全管理人员。" if rich else "",
        handling_steps="1. 受理\n2. 审查\n3. 决定\n4. 送达" if rich else "",
        legal_basis="《中华人民共和国食品安全法》第三十五条" if rich else "",
        result_name="食品经营许可证" if rich else "",
        legal_limit=20,
        legal_limit_unit=LimitUnit.WORKING_DAY,
        promised_limit=7,
        promised_limit_unit=LimitUnit.WORKING_DAY,
        is_charged=False,
        channels=["online", "window"] if form else ["window"],
        themes=["opening-a-shop"],
        form=form,
        procedure="standard" if form else "",
        assurance_level=assurance_level,
    )
    if rich:
        _rich(version)
    version.state = ServiceVersion.State.PUBLISHED
    version.is_applicable = form is not None and agency.platform.run_by_us
    version.save()
    return service


def _rich(version: ServiceVersion) -> None:
    rows = (
        ("食品安全管理制度", "Food safety rules of the shop", Necessity.REQUIRED, ""),
        ("场所平面图", "Floor plan", Necessity.DEFERRABLE, ""),
        ("设备照片", "Photographs of the equipment", Necessity.OPTIONAL, ""),
        ("营业执照", "Business licence", Necessity.REQUIRED, "certificate.business-licence"),
    )
    for position, (name, name_en, necessity, resource) in enumerate(rows, start=1):
        Material.objects.create(
            version=version,
            position=position,
            name=name,
            english={"name": name_en},
            necessity=necessity,
            kind=Material.Kind.OTHER,
            form=Material.Form.ELECTRONIC,
            source=Material.Source.APPLICANT,
            resource_code=resource,
        )
    Fee.objects.create(version=version, position=1, name="证书工本费", english={"name": "Certificate"}, standard="0")
    Question.objects.create(
        version=version,
        position=1,
        question="小摊点也要办吗？",
        answer="小摊点办理登记，不办许可。",
        english={"question": "Do street stalls need one?", "answer": "Stalls are registered instead."},
    )


def _person(username: str, name: str) -> Account:
    account = Account.objects.create_user(username, PASSWORD)
    Person.objects.create(account=account, name=name, assurance_level=AssuranceLevel.CHECKED)
    return account


def _officer(username: str, name: str, agency: Agency, role: Role, title: str, title_en: str) -> Account:
    account = _person(username, name)
    person = Person.objects.get(account=account)
    Post.objects.create(person=person, agency=agency, role=role, title=title, title_en=title_en, valid_from=START)
    return account
