"""Guides and search: what a visitor reads and how they find it."""

import uuid

import pytest
from django.test import Client
from django.utils import translation

from tests.items.files import DAY, FULL, GROUPS, IMPORTER
from tongban.foundation.errors import NotFoundError
from tongban.foundation.rest.pages import encode_cursor
from tongban.government.models import Agency
from tongban.identity.actor import VISITOR
from tongban.items.actions import draft_version, publish_version, withdraw_version
from tongban.items.guides import limit_text, service_guide, visits_text
from tongban.items.models import Service, ServiceVersion
from tongban.items.queries import Filters, published_services
from tongban.items.searching import search_services

pytestmark = pytest.mark.django_db
NAMES = ("营业执照", "营业执照遗失补领", "个体工商户营业执照注销", "婴儿落户登记", "企业投资项目备案")


@pytest.fixture
def services(agency: Agency) -> dict[str, Service]:
    found = {}
    for name in NAMES:
        service = Service.objects.create(agency=agency, platform=agency.platform)
        texts = {**FULL, "name": name, "english": {"name": "Birth registration"} if "婴儿" in name else {}}
        publish_version(IMPORTER, draft_version(IMPORTER, service, texts, **GROUPS))
        found[name] = service
    return found


def test_a_guide_in_both_languages(services: dict[str, Service]) -> None:
    service = services["婴儿落户登记"]
    with translation.override("en"):
        guide = service_guide(VISITOR, service.pk, DAY)
    assert (guide.name, guide.promised_limit, guide.visits) == ("Birth registration", "5 working days", "1 visit")
    assert guide.steps == ["受理", "审核", "审批", "办结", "送达"]
    assert [(m.name, m.fetched) for m in guide.materials] == [("食品经营许可申请书", False), ("营业执照", True)]
    assert guide.is_applicable
    assert not guide.is_foreign
    assert "广安区政务服务大厅3楼" in guide.offline
    with translation.override("zh-hans"):
        assert service_guide(VISITOR, service.pk, DAY).promised_limit == "5个工作日"


def test_no_guide_before_it_begins(services: dict[str, Service]) -> None:
    with pytest.raises(NotFoundError):
        service_guide(VISITOR, services["营业执照"].pk, DAY.replace(year=2020))
    with pytest.raises(NotFoundError):
        service_guide(VISITOR, uuid.uuid4(), DAY)


def test_limits_and_visits_in_words() -> None:
    with translation.override("en"):
        assert [limit_text(*limit) for limit in ((0, ""), (1, "month"), (3, "day"), (None, ""))] == [
            "on the spot",
            "1 month",
            "3 days",
            "",
        ]
        assert [visits_text(n) for n in (0, 2, None)] == ["no visit needed", "2 visits", ""]


@pytest.mark.parametrize(
    ("typed", "names"),
    [
        ("营业执照", ["营业执照", "营业执照遗失补领", "个体工商户营业执照注销"]),
        ("yingyezhizhao", ["营业执照", "营业执照遗失补领", "个体工商户营业执照注销"]),
        ("YYZZ", ["营业执照", "营业执照遗失补领", "个体工商户营业执照注销"]),
        ("yelh", ["婴儿落户登记"]),
        ("yelhdj", ["婴儿落户登记"]),
        ("ying'er", ["婴儿落户登记"]),
        ("birth", ["婴儿落户登记"]),
        ("注销 营业执照", ["个体工商户营业执照注销"]),
        ("项目", ["企业投资项目备案"]),
        ("100%_", []),
        ("\x00", list(NAMES)),
    ],
)
def test_search(typed: str, names: list[str], services: dict[str, Service]) -> None:
    with translation.override("zh-hans"):  # hits are named in the reader's language
        page = search_services(VISITOR, typed, day=DAY)
        found = [hit.name for hit in page.hits]
    assert page.total == len(names)
    assert found == names if len(names) < len(NAMES) else sorted(found) == sorted(names)


def test_search_pages_and_filters(services: dict[str, Service]) -> None:
    page = search_services(VISITOR, "", day=DAY, size=2, page=9)
    assert (page.total, page.pages, page.page, len(page.hits)) == (5, 3, 3, 1)
    assert search_services(VISITOR, "", day=DAY, audience="person").total == 0
    assert search_services(VISITOR, "", day=DAY, theme="opening-a-shop", department="market").total == 5
    assert search_services(VISITOR, "", day=DAY, region="511600000000").total == 0
    assert search_services(VISITOR, "", day=DAY, region="511600000000", below=True).total == 5


@pytest.mark.parametrize("typed", ["", "营业执照"])
def test_what_changes_while_somebody_reads_on_repeats_and_hides_nothing(
    typed: str, agency: Agency, client: Client
) -> None:
    def publish(name: str) -> ServiceVersion:
        service = Service.objects.create(agency=agency, platform=agency.platform)
        return publish_version(IMPORTER, draft_version(IMPORTER, service, {**FULL, "name": name}, **GROUPS))

    # Of equal names only the last key of the order tells them apart.
    names = ["营业执照", *["营业执照遗失补领"] * 3, "个体工商户营业执照注销", "营业执照变更", "外资营业执照"]
    versions = {version.service_id: version for version in map(publish, names)}
    address = f"/api/v1/services?q={typed}&limit=2&on={DAY}"
    first = client.get(address).json()
    seen = [row["service_id"] for row in first["items"]]
    # Withdrawn: one that was read already and the very one the page ended with. Published: one that stands first.
    for gone in seen:
        withdraw_version(IMPORTER, versions[uuid.UUID(gone)], DAY)
    earlier = publish("营业执照" if typed else "按揭营业执照")
    following = first["next"]
    while following:
        answer = client.get(following).json()
        assert answer["total"] == len(names) - 1
        seen += [row["service_id"] for row in answer["items"]]
        following = answer["next"]
    assert len(seen) == len(set(seen))
    assert set(seen) - {str(earlier.service_id)} == {str(service) for service in versions}
    # The same order as by pages.
    by_pages = [str(hit.service_id) for hit in search_services(VISITOR, typed, day=DAY).hits]
    assert [one for one in by_pages if one in seen] == seen[2:]


def test_a_cursor_names_what_was_published(agency: Agency, client: Client) -> None:
    service = Service.objects.create(agency=agency, platform=agency.platform)
    draft = draft_version(IMPORTER, service, FULL, **GROUPS)
    for place in (draft.pk, uuid.uuid4(), 2, "x"):
        answer = client.get("/api/v1/services", {"cursor": encode_cursor(place)})
        assert (answer.status_code, "cursor" in answer.content.decode()) == (422, True), place


def test_lists_ask_one_question(services: dict[str, Service], django_assert_num_queries: object) -> None:
    with django_assert_num_queries(1):  # type: ignore[operator]
        for version in published_services(VISITOR, Filters(region="511602000000"), DAY):
            assert version.service.agency.department.name
