"""A world in which the three bundles that ship can be applied for: their services as the demonstration describes them,
over seven agencies of a city, a county and a town, each with an officer of its own.
"""

import random
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from tongban.demo.answers import plausible_answers
from tongban.demo.content import catalogue, read, service, version_rows, version_texts
from tongban.demo.identifiers import id_number
from tongban.foundation.forms import FormDefinition
from tongban.government.models import Agency, Department, Platform, Region
from tongban.identity.actor import Actor, actor_for
from tongban.identity.models import Account, AssuranceLevel, Organisation, Person, Post, Role
from tongban.items.models import Item, Material, Service, ServiceVersion

PROVINCE, CITY, COUNTY, TOWN = "450000000000", "450700000000", "450721000000", "450721109000"
SINCE = date(2025, 1, 1)
SERVICES = (
    *("food-business-licence", "outdoor-sign-permit", "drainage-permit", "social-insurance-registration"),
    *("birth-registration", "vaccination-record", "resident-medical-insurance", "social-security-card"),
    *("home-sale-filing", "deed-tax-declaration", "home-transfer-registration", "housing-fund-for-purchase"),
)
_PLACES = {
    "000000000000": ("中国", "China", 0, None),
    PROVINCE: ("广西壮族自治区", "Guangxi", 1, "000000000000"),
    CITY: ("钦州市", "Qinzhou", 2, PROVINCE),
    COUNTY: ("灵山县", "Lingshan County", 3, CITY),
    TOWN: ("灵山县那隆镇", "Nalong Town", 4, COUNTY),
}
PARENT_ID = id_number("450721", date(1990, 5, 12), 222)
CHILD_ID = id_number("450721", date(2026, 6, 1), 224)


@dataclass
class BundleWorld:
    """The parts by name; officers by the agency they work at."""

    citizen: Account
    agent: Account
    organisation: Organisation
    agencies: dict[tuple[str, str], Agency] = field(default_factory=dict)
    services: dict[str, Service] = field(default_factory=dict)
    officers: dict[str, Account] = field(default_factory=dict)

    def applicant(self) -> Actor:
        return actor_for(self.citizen, "person", date(2026, 6, 1))

    def company(self) -> Actor:
        return actor_for(self.agent, f"organisation:{self.organisation.pk}", date(2026, 6, 1))

    def officer(self, key: str) -> Actor:
        """The reviewing officer of the agency that handles a service of the demonstration."""
        return actor_for(self.officers[key], "", date(2026, 6, 1))


def build_bundle_world(password: str = "") -> BundleWorld:
    """Put the world into the database, beside whatever stands there."""
    platform, _ = Platform.objects.get_or_create(
        code="guangxi",
        defaults={"name": "广西", "name_en": "Guangxi", "kind": "provincial", "run_by_us": True},
    )
    for code, (name, name_en, level, parent) in _PLACES.items():
        above = Region.objects.get(pk=parent).lineage if parent else []
        Region.objects.get_or_create(
            code=code,
            defaults={
                "name": name,
                "name_en": name_en,
                "level": level,
                "parent_id": parent,
                "lineage": [*above, code],
                "platform": platform,
            },
        )
    agent = _account("baoliang", "包亮", password)
    world = BundleWorld(
        citizen=_account("mo.xiaohua", "莫小花", password),
        agent=agent,
        organisation=Organisation.objects.create(
            name="灵山县示例餐饮有限公司",
            name_en="Lingshan Example Catering Ltd",
            credit_code="91450721MA5KBCDE2Y",
            legal_representative=Person.objects.get(account=agent),
        ),
    )
    for number, key in enumerate(SERVICES):
        _add(world, platform, number, key, password)
    return world


def _account(username: str, name: str, password: str) -> Account:
    account = Account(username=username)
    if password:
        account.set_password(password)
    account.save()
    Person.objects.create(name=name, account=account, assurance_level=AssuranceLevel.REAL_PERSON)
    return account


def _add(world: BundleWorld, platform: Platform, number: int, key: str, password: str) -> None:
    described = service(key)
    at = (described["department"], described["region"])
    if at not in world.agencies:
        department, _ = Department.objects.get_or_create(code=at[0], defaults={"name": at[0], "name_en": at[0]})
        naming = read("agencies")
        township = at[1] == TOWN
        words = naming["township_names" if township else "names"][at[0]]
        world.agencies[at] = Agency.objects.create(
            department=department,
            region_id=at[1],
            platform=platform,
            name=_PLACES[at[1]][0] + words[0 if township else 1],
            name_en=f"{_PLACES[at[1]][1]} {words[-1]}",
        )
        account = _account(f"officer.{len(world.agencies)}", f"官员{len(world.agencies)}", password)
        Post.objects.create(
            person=Person.objects.get(account=account),
            agency=world.agencies[at],
            role=Role.REVIEWING_OFFICER,
            title="审批岗",
            title_en="Reviewing officer",
            valid_from=SINCE,
        )
        world.officers[":".join(at)] = account
    world.officers[key] = world.officers[":".join(at)]
    world.services[key] = _service(platform, world.agencies[at], key, described)


def _service(platform: Platform, agency: Agency, key: str, described: dict[str, Any]) -> Service:
    listed = next(entry for entry in catalogue() if entry["code"] == described["item"])
    item, _ = Item.objects.get_or_create(
        code=listed["code"],
        defaults={
            "name": listed["name"],
            "name_en": listed["name_en"],
            "item_type": listed["type"],
            "department": agency.department,
            "levels": listed["levels"],
        },
    )
    made = Service.objects.create(item=item, agency=agency, platform=platform, catalogue_code=item.code)
    version = ServiceVersion.objects.create(
        service=made,
        number=1,
        **{name: value for name, value in version_texts(described).items() if name != "exercise_level"},
    )
    for position, row in enumerate(version_rows(described)["materials"], start=1):
        Material.objects.create(version=version, position=position, **row)
    version.state, version.is_applicable = ServiceVersion.State.PUBLISHED, True
    version.save()
    return made


def answers_to(form: FormDefinition, seed: int, **own: Any) -> dict[str, Any]:
    """A whole set of answers, with these among them."""
    dice = random.Random(seed)
    decided = {name: value for name, value in own.items() if name in form.fields}
    for _more in range(3):  # an answer decides which others are asked for
        found = plausible_answers(form, date(2026, 6, 1), dice)
        if form.validate(answers := form.trim({**found, **decided})) == []:
            return answers
    missing = {error.field for error in form.validate(answers)}
    raise AssertionError(f"no answers to {missing}")
