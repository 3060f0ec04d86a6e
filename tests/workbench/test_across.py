"""Pages across regions: the window that takes in, the agency that acknowledges, the applicant who follows."""

import uuid
from collections.abc import Callable
from http import HTTPStatus

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from tests.cases.across import GUANGZHOU, NUMBER, Far
from tests.world import PDF, SmallWorld
from tongban.cases.models import Case, CaseAcross, Mode
from tongban.identity.actor import Actor
from tongban.identity.models import Account

Browse = Callable[[Actor], Client]


@pytest.fixture
def far(db: None) -> Far:
    return Far(SmallWorld.build())


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
        "desk_identity_document": "居民身份证",
        "desk_originals": "yes",
        "shop_name": "阿秀米粉店",
        "area": "45.5",
        "phone": "13800000000",
        "material-1": SimpleUploadedFile("平面图.pdf", PDF),
    } | more


def deed(case: Case, name: str) -> str:
    return reverse("workbench:across_deed", args=[case.pk, name])


def test_from_the_window_elsewhere_to_the_acknowledgement(far: Far, browse: Browse) -> None:
    far.offer(Mode.COLLECT)
    client = browse(far.window)
    take_in = reverse("workbench:across_take_in", args=[far.world.service.pk])
    assert take_in in client.get(reverse("workbench:across")).text
    assert client.get(take_in).status_code == HTTPStatus.OK
    wrong = client.post(take_in, posted(desk_id_number="1", desk_identity_document="x"))
    assert wrong.status_code == HTTPStatus.UNPROCESSABLE_ENTITY
    for field in ("desk_id_number", "desk_identity_document"):
        assert f'href="#field-{field}"' in wrong.text
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
    assert client.get(deed(case, "forward")).status_code == HTTPStatus.OK
    assert client.get(deed(case, "answer_place")).status_code == HTTPStatus.CONFLICT
    assert client.get(deed(case, "nonsense")).status_code == HTTPStatus.NOT_FOUND
    empty = client.post(deed(case, "forward"), {"revision": 1, "dispatch": " "})
    assert (empty.status_code, 'href="#field-dispatch"' in empty.text) == (HTTPStatus.UNPROCESSABLE_ENTITY, True)
    assert client.post(deed(case, "forward"), {"revision": 1, "dispatch": "EMS 1"}).status_code == HTTPStatus.FOUND

    client = browse(far.world.window)
    assert "EMS 1" in client.get(reverse("workbench:across")).text
    client.post(deed(case, "acknowledge"), {"revision": 2})
    assert CaseAcross.objects.get().acknowledged_at
    own = browse(far.world.citizen).get(reverse("portal:case", args=[case.pk])).text
    for words in ("广州市政务服务中心", "异地窗口代收", "责任机关", "EMS 1"):
        assert words in own
    assert "林窗" not in own
    assert own.count("广州市政务服务中心</span>") == 2  # taken in and sent on: the applicant sees by which agency


def test_the_zone_and_the_guide_say_where(far: Far, browse: Browse, client: Client) -> None:
    far.offer(Mode.COLLECT, basis="桂粤合作协议")
    far.offer(Mode.ONLINE)
    address = reverse("portal:across")
    page = client.get(address, {"here": GUANGZHOU, "there": "450000000000", "mode": "collect"})
    assert page.status_code == HTTPStatus.OK
    for words in ("食品经营许可", "广州市政务服务中心", "桂粤合作协议"):
        assert words in page.text
    assert "食品经营许可" not in client.get(address, {"here": GUANGZHOU, "mode": "joint"}).text
    for odd in ({"here": "x", "there": "999999999999", "mode": "?", "page": "9" * 30, "words": "\x00%"}, {}):
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
