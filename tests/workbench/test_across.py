"""Pages across regions: the window that takes in, the agency that acknowledges, the applicant who follows."""

import re
import uuid
from collections.abc import Callable
from datetime import date
from http import HTTPStatus

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from tests.cases.across import GUANGZHOU, NUMBER, OPERATOR, Far
from tests.kept import copied, kept
from tests.world import PASSWORD, PDF, TODAY, SmallWorld
from tongban.cases.models import Case, CaseAcross, Mode, RegionOffer, Upload
from tongban.identity.actions import Identity, appoint, open_account, register_person
from tongban.identity.actor import Actor, actor_for
from tongban.identity.models import Account, Role

Browse = Callable[[Actor], Client]


built = kept(lambda: Far(SmallWorld.build()))


@pytest.fixture
def far(db: None, built: Far) -> Far:
    return copied(built)


@pytest.fixture
def browse(client: Client) -> Browse:
    def sign_in(actor: Actor) -> Client:
        client.force_login(Account.objects.get(person=actor.person_id))
        return client

    return sign_in


def posted(**more: object) -> dict[str, object]:
    return {
        "token": str(uuid.uuid4()),
        "desk_name": "韦秀兰",
        "desk_id_number": NUMBER,
        "desk_document": "resident_card",
        "desk_originals": "yes",
        "shop_name": "阿秀米粉店",
        "area": "45.5",
        "phone": "13800000000",
        "material-1": SimpleUploadedFile("平面图.pdf", PDF),
    } | more


def deed(case: Case, name: str) -> str:
    return reverse("workbench:across_deed", args=[case.pk, name])


def _trail(page: str) -> list[str]:
    """Where the breadcrumb of a page leads."""
    return re.findall(r'href="([^"]+)"', page.partition('<nav class="breadcrumb"')[2].partition("</nav>")[0])


def test_from_the_window_elsewhere_to_the_acknowledgement(far: Far, browse: Browse) -> None:
    far.offer(Mode.COLLECT)
    client = browse(far.window)
    take_in = reverse("workbench:across_take_in", args=[far.world.service.pk])
    assert take_in in client.get(reverse("workbench:across")).text
    assert client.get(take_in).status_code == HTTPStatus.OK
    wrong = client.post(take_in, posted(desk_id_number="1", desk_document="x"))
    assert wrong.status_code == HTTPStatus.UNPROCESSABLE_ENTITY
    for field in ("desk_id_number", "desk_document"):
        assert f'href="#field-{field}"' in wrong.text
    assert "请按证件填写号码" in client.post(take_in, posted(desk_id_number=" ")).text
    missing = client.post(take_in, posted(shop_name=""))
    assert missing.status_code == HTTPStatus.UNPROCESSABLE_ENTITY
    assert 'href="#field-shop_name"' in missing.text
    both = client.post(take_in, posted(shop_name="", desk_id_number="1"))
    assert all(f'href="#field-{field}"' in both.text for field in ("shop_name", "desk_id_number"))
    assert Case.objects.count() == 0
    token = str(uuid.uuid4())
    pages = [client.post(take_in, posted(token=token)) for _click in (1, 2)]
    case = Case.objects.get()
    assert {page.headers["Location"] for page in pages} == {reverse("workbench:case", args=[case.pk])}
    page = client.get(pages[0].headers["Location"])
    assert deed(case, "forward") in page.text
    assert deed(case, "acknowledge") not in page.text
    # It has the case among those across regions, not in its inbox.
    for within in (page, client.get(reverse("workbench:clock", args=[case.pk]))):
        assert _trail(within.text)[0] == reverse("workbench:across")
    assert "目前尚未起算期限" in within.text  # the clock starts at the agency that decides
    assert client.get(deed(case, "forward")).status_code == HTTPStatus.OK
    assert client.get(deed(case, "answer_place")).status_code == HTTPStatus.CONFLICT
    assert client.get(deed(case, "nonsense")).status_code == HTTPStatus.NOT_FOUND
    empty = client.post(deed(case, "forward"), {"revision": 1, "dispatch": " "})
    assert (empty.status_code, 'href="#field-dispatch"' in empty.text) == (HTTPStatus.UNPROCESSABLE_ENTITY, True)
    assert client.post(deed(case, "forward"), {"revision": 1, "dispatch": "EMS 1"}).status_code == HTTPStatus.FOUND

    client = browse(far.world.window)
    assert _trail(client.get(reverse("workbench:case", args=[case.pk])).text) == [reverse("workbench:inbox")]
    assert "EMS 1" in client.get(reverse("workbench:across")).text
    client.post(deed(case, "acknowledge"), {"revision": 2})
    assert CaseAcross.objects.get().acknowledged_at
    own = browse(far.world.citizen).get(reverse("portal:case", args=[case.pk])).text
    for words in ("广州市政务服务中心", "异地窗口代收", "责任机关", "EMS 1"):
        assert words in own
    assert "林窗" not in own
    assert own.count("广州市政务服务中心</span>") == 2  # taken in and sent on: the applicant sees by which agency


def test_scans_stay_when_something_else_is_wrong(far: Far, browse: Browse) -> None:
    far.offer(Mode.COLLECT)
    far.offer(Mode.JOINT)
    client, take_in = browse(far.window), reverse("workbench:across_take_in", args=[far.world.service.pk])
    wrong = client.post(take_in, posted(shop_name=""))
    kept = str(Upload.objects.get().pk)
    assert re.search(rf'<input[^>]*name="kept-1"[^>]*value="{kept}"[^>]*checked', wrong.text)
    unsaid = client.post(take_in, posted(**{"material-1": "", "kept-1": kept}))
    assert 'href="#field-mode"' in unsaid.text
    done = client.post(take_in, posted(**{"material-1": "", "kept-1": kept, "mode": "joint"}))
    assert done.status_code == HTTPStatus.FOUND
    assert (CaseAcross.objects.get().mode, Case.objects.get().materials.count()) == ("joint", 1)


def test_who_keeps_the_services_enters_changes_and_ends_an_offer(far: Far, browse: Browse) -> None:
    world = far.world
    account = open_account(OPERATOR, "keeper", PASSWORD)
    keeper = register_person(OPERATOR, Identity("陆管", assurance_level=4), account)
    appoint(OPERATOR, keeper, world.agency, Role.ADMINISTRATOR, date(2026, 1, 1))
    listed, new = reverse("workbench:offers"), reverse("workbench:offer_new")
    assert browse(world.window).get(listed).status_code == HTTPStatus.FORBIDDEN
    client = browse(actor_for(account, "", TODAY))
    assert f'href="?region={GUANGZHOU}"' in client.get(new, {"where": "广州"}).text
    assert 'href="#field-where"' in client.get(new, {"where": " "}).text
    assert far.agency.name in client.get(new, {"region": GUANGZHOU}).text
    today = timezone.localdate()
    day = {"since-year": today.year, "since-month": today.month, "since-day": today.day}
    told = client.post(new, {"region": GUANGZHOU})
    assert all(f'href="#field-{field}"' in told.text for field in ("service", "mode", "since"))
    entry = {"region": GUANGZHOU, "service": world.service.pk, "mode": "collect", "basis": "合作协议", **day}
    assert 'href="#field-agency"' in client.post(new, entry).text
    assert client.post(new, entry | {"agency": far.agency.pk}).status_code == HTTPStatus.FOUND
    assert client.post(new, entry | {"agency": far.agency.pk}).status_code == HTTPStatus.CONFLICT
    offer = RegionOffer.objects.get()
    change = reverse("workbench:offer_change", args=[offer.pk])
    assert change in client.get(listed).text
    assert client.get(change).status_code == HTTPStatus.OK
    same_day = client.post(change, {"agency": far.agency.pk, "basis": "新协议", **day})
    assert 'href="#field-since"' in same_day.text
    later = {"since-year": today.year + 1, "since-month": 1, "since-day": 1}
    assert client.post(change, {"agency": far.agency.pk, "basis": "新协议", **later}).status_code == HTTPStatus.FOUND
    assert client.get(change).status_code == HTTPStatus.NOT_FOUND  # it has an end
    following = RegionOffer.objects.get(basis="新协议")
    ended = {name.replace("since", "until"): value for name, value in day.items()} | {"end": "1"}
    assert client.post(reverse("workbench:offer_change", args=[following.pk]), ended).status_code == HTTPStatus.FOUND
    assert list(RegionOffer.objects.values_list("basis", flat=True)) == ["合作协议"]


def test_the_zone_and_the_guide_say_where(far: Far, browse: Browse, client: Client) -> None:
    far.offer(Mode.COLLECT, basis="桂粤合作协议")
    far.offer(Mode.ONLINE)
    address = reverse("portal:across")
    page = client.get(address, {"here": GUANGZHOU, "there": "450000000000", "mode": "collect"})
    assert page.status_code == HTTPStatus.OK
    for words in ("食品经营许可", "广州市政务服务中心", "桂粤合作协议"):
        assert words in page.text
    assert "食品经营许可" not in client.get(address, {"here": GUANGZHOU, "mode": "joint"}).text
    for odd in ({"here": "x", "there": "999999999999", "mode": "?", "page": "9" * 30, "words": "%"}, {}):
        assert client.get(address, odd).status_code == HTTPStatus.OK
    assert "广州市政务服务中心" in client.get(reverse("portal:guide", args=[far.world.service.pk])).text
    apply = reverse("portal:apply", args=[far.world.service.pk])
    to_sign_in = client.post(apply, {"from": GUANGZHOU})
    assert f"from%3D{GUANGZHOU}" in to_sign_in.headers["Location"]
    client = browse(far.world.citizen)
    assert client.post(apply, {"from": "460000000000"}).status_code == HTTPStatus.FORBIDDEN
    assert client.post(apply, {"from": GUANGZHOU}).status_code == HTTPStatus.FOUND
    assert far.world.citizen.person_id
    assert client.get(apply, {"from": GUANGZHOU}).text.count(f'name="from" value="{GUANGZHOU}"') == 1


def test_the_pages_cost_the_same_whatever_their_length(far: Far, browse: Browse) -> None:
    far.offer(Mode.COLLECT)
    client = browse(far.window)

    def cost(address: str) -> int:
        with CaptureQueriesContext(connection) as asked:
            assert client.get(address).status_code == HTTPStatus.OK
        return len(asked)

    pages = [reverse("workbench:across"), f"{reverse('portal:across')}?here={GUANGZHOU}"]
    far.taken_in()
    for page in pages:
        cost(page)
    one = [cost(page) for page in pages]
    for _more in range(4):
        far.taken_in()
    assert [cost(page) for page in pages] == one
    assert max(one) <= 16
