"""Across regions in a real browser: fully online, collected elsewhere, handled jointly, each by its own officers."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

import pytest

from tests.journeys.site import Site, Walk, a_file
from tests.journeys.test_main_job import apply_in_short, take
from tests.portal.world import PASSWORD
from tongban.cases.actions import OfferTerms, offer_across
from tongban.cases.models import Mode
from tongban.foundation.sealing import blind_index
from tongban.government.models import Agency, Department, Platform, Region
from tongban.identity.actor import platform_process
from tongban.identity.models import Account, Person, Post, Role

pytestmark = [pytest.mark.browser, pytest.mark.django_db]
NUMBER = "450721199003070026"
GUANGDONG, GUANGZHOU = "440000000000", "440100000000"


@dataclass(frozen=True)
class Windows:
    """Two windows in Guangdong: the city's collects and may be asked, the province's accepts jointly."""

    city: Account
    province: Account


@pytest.fixture(scope="module")
def windows(site: Site, django_db_blocker: Any) -> Iterator[Windows]:
    with django_db_blocker.unblock():
        hall = Department.objects.create(code="hall", name="政务服务", name_en="Government services")
        city, province = (
            Agency.objects.create(
                department=hall,
                region=Region.objects.get(pk=code),
                platform=Platform.objects.get(code="guangdong"),
                name=name,
                name_en=name_en,
                address="广州市天河区示例路61号跨域通办窗口",
                phone="020-0900041",
            )
            for code, name, name_en in (
                (GUANGZHOU, "广州市政务服务中心", "Guangzhou Service Centre"),
                (GUANGDONG, "广东省政务服务中心", "Guangdong Service Centre"),
            )
        )
        operator, service = platform_process("tests"), site.world.licence.pk
        for terms in (
            OfferTerms(Mode.ONLINE, GUANGDONG, basis="桂粤合作协议"),
            OfferTerms(Mode.COLLECT, GUANGZHOU, city.pk, basis="桂粤合作协议"),
            OfferTerms(Mode.JOINT, GUANGZHOU, city.pk),
            OfferTerms(Mode.JOINT, GUANGDONG, province.pk),
        ):
            offer_across(operator, service, terms, date(2025, 1, 1))
        Person.objects.filter(name="农浩").update(id_number_index=blind_index(NUMBER, "person.id_number"))
        yield Windows(_officer("lin.chuang", "林窗", city), _officer("chen.chuang", "陈窗", province))


def _officer(username: str, name: str, agency: Agency) -> Account:
    account = Account.objects.create_user(username, PASSWORD)
    person = Person.objects.create(account=account, name=name, assurance_level=4)
    Post.objects.create(
        person=person, agency=agency, role=Role.WINDOW_OFFICER, title="跨域通办窗口", valid_from=date(2025, 1, 1)
    )
    return account


def fill_in(walk: Walk) -> None:
    """The questions of the licence, on one page."""
    page = walk.page
    page.fill("[name=shop_name]", "海湾小厨")
    page.fill("[name=floor_area]", "86")
    page.check("[name=cold_food][value=false]")
    page.fill("[name=phone]", "13977712345")


def apply_from_guangzhou(walk: Walk) -> str:
    """From the zone to the receipt; the case's address."""
    walk.go(f"/across-regions/?here={GUANGZHOU}")
    walk.look("across-zone")
    walk.press(".zone form button")
    return apply_in_short(walk)


def take_in(walk: Walk, service: object, mode: str = "", *, look: bool = False) -> str:
    """A window takes in for the competent agency; the case's address."""
    page = walk.page
    walk.go("/workbench/across/")
    walk.press(f"main a[href$='/take-in/{service}/']")
    if look:
        walk.look("across-take-in")
        walk.press("main form .button")
        walk.look("across-take-in-errors")
    if mode:
        page.check(f"[name=mode][value={mode}]")
    page.fill("[name=desk_name]", "农浩")
    page.fill("[name=desk_id_number]", NUMBER)
    page.check("[name=desk_document] >> nth=0")
    page.check("[name=desk_originals]")
    fill_in(walk)
    for position in (1, 2):
        page.set_input_files(f"[name=material-{position}]", a_file(f"material-{position}.pdf"))
    walk.press("main form .button")
    assert page.locator(".notice.success").is_visible()
    return page.url.removeprefix(walk.site.url).removeprefix("/workbench")


def deed(walk: Walk, case: str, name: str, field: str = "", words: str = "", *, look: bool = False) -> None:
    """A step of the hand-over, from the case's page."""
    walk.go(f"/workbench{case}")
    walk.press(f"main a[href$='/{name}/']")
    if look:
        walk.look(f"across-{name.replace('_', '-')}")
    if name == "ask_place":
        walk.page.check("[name=agency] >> nth=0")
    if field:
        walk.page.fill(f"[name={field}]", words)
    walk.press("main form .button")
    assert walk.page.locator(".notice.success").is_visible()


def test_each_mode_once(site: Site, windows: Windows) -> None:
    world = site.world
    own = world.actor(world.window)
    reviewer = world.actor(world.reviewer)
    with (
        site.walk("zh-hans") as citizen,
        site.walk("zh-hans") as in_guangzhou,
        site.walk("en") as in_guangdong,
        site.walk("zh-hans") as at_window,
        site.walk("zh-hans") as reviewing,
    ):
        citizen.sign_in("nong.hao")
        in_guangzhou.sign_in("lin.chuang", world.actor(windows.city).hat)
        in_guangdong.sign_in("chen.chuang", world.actor(windows.province).hat)
        at_window.sign_in("li.chuang", own.hat)
        reviewing.sign_in("zhao.shen", reviewer.hat)

        # Fully online: chosen in the zone, from Guangzhou.
        online = apply_from_guangzhou(citizen)
        take(at_window, online, "accept")
        take(reviewing, online, "grant")
        citizen.go(online)
        assert "广州市" in citizen.page.inner_text("section.across")

        # Collected in Guangzhou, handled in Lingshan.
        in_guangzhou.go("/workbench/across/")
        in_guangzhou.look("across-desk")
        collected = take_in(in_guangzhou, world.licence.pk, "collect", look=True)
        deed(in_guangzhou, collected, "forward", "dispatch", "EMS 1234567890", look=True)
        at_window.go("/workbench/across/")
        at_window.look("across-desk-arriving")
        deed(at_window, collected, "acknowledge", look=True)
        take(at_window, collected, "accept")
        take(reviewing, collected, "grant")
        deed(in_guangzhou, collected, "return_originals", "dispatch", "当面交还")
        citizen.go(collected)
        citizen.look("across-case")
        answers = citizen.page.inner_text("section.across")
        for words in ("广州市政务服务中心", "灵山县市场监督管理局", "EMS 1234567890", "当面交还"):
            assert words in answers

        # Jointly: the province's window accepts, the city's gives its part, Lingshan decides.
        joint = take_in(in_guangdong, world.licence.pk)
        take(in_guangdong, joint, "accept")
        deed(in_guangdong, joint, "ask_place", "reason", "请核对经营场所的消防记录", look=True)
        in_guangdong.look("across-case-officer")
        deed(in_guangzhou, joint, "answer_place", "reason", "未发现不良记录")
        take(reviewing, joint, "grant")
        citizen.go(joint)
        answers = citizen.page.inner_text("section.across")
        for words in ("广东省政务服务中心", "广州市政务服务中心", "灵山县市场监督管理局"):
            assert words in answers
