"""Guangzhou and Hainan beside the small world, for what crosses regions."""

import uuid
from datetime import date
from typing import Any

from tests.world import ANSWERS, NOW, PDF, TODAY, SmallWorld
from tongban.cases import actions
from tongban.cases.actions import HandedIn, OfferTerms
from tongban.cases.models import Case, Mode, RegionOffer
from tongban.foundation.sealing import blind_index
from tongban.government.models import Agency, Department, Platform, Region
from tongban.identity.actions import Identity, appoint, open_account, register_person
from tongban.identity.actor import Actor, actor_for, platform_process
from tongban.identity.counter import Shown
from tongban.identity.models import Person, Role

OPERATOR = platform_process("tests")
NUMBER = "450721199003070026"
GUANGDONG, GUANGZHOU, HAINAN = "440000000000", "440100000000", "460000000000"


class Far:
    """Guangzhou and Hainan beside the small world: a window in each, with an officer."""

    def __init__(self, world: SmallWorld) -> None:
        self.world = world
        nation = Region.objects.get(pk="000000000000")
        platform = Platform.objects.get(code="test")
        hall = Department.objects.create(
            code="government-services-data", name="政务服务", name_en="Government services"
        )
        guangdong = _region(platform, GUANGDONG, "广东省", "Guangdong", 1, nation)
        guangzhou = _region(platform, GUANGZHOU, "广州市", "Guangzhou", 2, guangdong)
        hainan = _region(platform, HAINAN, "海南省", "Hainan", 1, nation)
        self.agency = Agency.objects.create(
            department=hall, region=guangzhou, platform=platform, name="广州市政务服务中心", name_en="Guangzhou Centre"
        )
        self.second = Agency.objects.create(
            department=hall, region=hainan, platform=platform, name="海南省政务服务中心", name_en="Hainan Centre"
        )
        self.window = _officer("lin", "林窗", self.agency)
        self.other = _officer("fu", "符窗", self.second)
        Person.objects.filter(name="韦秀兰").update(
            id_number=NUMBER, id_number_index=blind_index(NUMBER, "person.id_number")
        )

    def offer(self, mode: Mode, agency: Agency | None = None, **more: Any) -> RegionOffer:
        where = agency or self.agency
        terms = OfferTerms(mode, where.region_id, None if mode is Mode.ONLINE else where.pk, **more)
        return actions.offer_across(OPERATOR, self.world.service.pk, terms, TODAY)

    def seen(self, window: Actor | None = None, **more: Any) -> uuid.UUID:
        """The check of who stands at the window."""
        usual: dict[str, Any] = {"document": "resident_card", "name": "韦秀兰", "id_number": NUMBER}
        shown = Shown(**usual | more)
        return actions.check_at_window(window or self.window, shown, NOW).pk

    def handed_in(self, check: uuid.UUID, **more: Any) -> HandedIn:
        plan = actions.keep_paper(self.window, check, "平面图.pdf", PDF, NOW)
        return HandedIn(ANSWERS, {1: [plan.pk]}, uuid.uuid4(), **more)

    def taken_in(self, **more: Any) -> Case:
        check = self.seen()
        handed_in = self.handed_in(check, **more)
        return actions.take_in_elsewhere(self.window, check, self.world.service.pk, handed_in, NOW)


def _region(platform: Platform, code: str, name: str, name_en: str, level: int, parent: Region) -> Region:
    return Region.objects.create(
        code=code,
        name=name,
        name_en=name_en,
        level=level,
        parent=parent,
        lineage=[*parent.lineage, code],
        platform=platform,
    )


def _officer(username: str, name: str, agency: Agency) -> Actor:
    account = open_account(OPERATOR, username, "correct-horse-battery")
    person = register_person(OPERATOR, Identity(name, assurance_level=4), account)
    appoint(OPERATOR, person, agency, Role.WINDOW_OFFICER, date(2026, 1, 1))
    return actor_for(account, "", TODAY)
