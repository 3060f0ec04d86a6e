"""Pages of regions, departments, agencies, coverage, docking and figures."""

import re
from collections.abc import Iterator
from datetime import date

import pytest
from django.test import Client
from django.utils import translation

from tongban.cases.models import AdoptedRule
from tongban.government.actions import finish_docking_task, plan_docking_task, start_docking_task
from tongban.government.models import Agency, Department, DockingTask, Platform, Region
from tongban.identity.actor import platform_process
from tongban.items.models import Item, Service, ServiceVersion, Theme

GUANGXI, QINZHOU, FOREIGN = "450000000000", "450700000000", "440100000000"
DAY = "2024-06-01"


@pytest.fixture
def agency(db: None) -> Agency:
    """Guangxi's commerce department with one service of a theme and one item it does not publish; a foreign city."""
    ours = Platform.objects.create(code="guangxi", name="广西政务", kind="provincial", run_by_us=True)
    theirs = Platform.objects.create(
        code="guangdong", name="广东政务", name_en="Guangdong services", kind="provincial", url="https://example.org/gd"
    )
    for code, name, name_en, level, parent, lineage, platform in (
        ("100000000000", "中国", "China", 0, None, ["100000000000"], ours),
        (GUANGXI, "广西壮族自治区", "Guangxi", 1, "100000000000", ["100000000000", GUANGXI], ours),
        (QINZHOU, "钦州市", "Qinzhou City", 2, GUANGXI, ["100000000000", GUANGXI, QINZHOU], ours),
        (FOREIGN, "广州市", "Guangzhou City", 2, "100000000000", ["100000000000", FOREIGN], theirs),
    ):
        Region.objects.create(
            code=code, name=name, name_en=name_en, level=level, parent_id=parent, lineage=lineage, platform=platform
        )
    department = Department.objects.create(code="commerce", name="商务", name_en="Commerce")
    agency = Agency.objects.create(
        department=department,
        region_id=GUANGXI,
        platform=ours,
        name="广西商务厅",
        name_en="Guangxi Department of Commerce",
        address="南宁市某路1号",
    )
    Theme.objects.create(slug="trade", name="贸易", name_en="Trade", audience="organisation")
    items = [
        Item.objects.create(code=f"00000000000{n}", name=f"事项{n}", item_type="01", department=department, levels=[1])
        for n in (1, 2)
    ]
    service = Service.objects.create(
        item=items[0], agency=agency, platform=ours, reconstructed=True, source_note="推定"
    )
    ServiceVersion.objects.create(
        service=service,
        number=1,
        state="published",
        name="进出口许可",
        english={"name": "Import and export licence", "source_note": "Assumed"},
        item_type="01",
        themes=["trade"],
        visits=1,
        effective_from=date(2020, 1, 1),
    )
    plan_docking_task(
        platform_process("test"),
        DockingTask(
            name="统一身份认证", name_en="Sign-in", platform=ours, target=theirs, owner=agency, due_on=date(2024, 5, 31)
        ),
    )
    return agency


@pytest.fixture(params=["zh-hans", "en"])
def client_in(request: pytest.FixtureRequest, agency: Agency) -> Iterator[tuple[Client, str]]:
    client = Client()
    client.cookies["language"] = request.param
    yield client, request.param
    translation.activate("zh-hans")


def page(client: Client, address: str, status: int = 200) -> str:
    answer = client.get(address)
    assert answer.status_code == status, (address, answer.status_code)
    return answer.content.decode()


def addresses(agency: Agency) -> list[str]:
    return [
        f"/regions/{GUANGXI}/",
        f"/regions/{FOREIGN}/",
        "/departments/",
        "/departments/commerce/",
        f"/agencies/{agency.pk}/",
        f"/coverage/{GUANGXI}/?as_of={DAY}",
        f"/coverage/{GUANGXI}/items/?department=commerce&as_of={DAY}",
        f"/coverage/{GUANGXI}/items/?department=commerce&show=published",
        f"/docking/?as_of={DAY}",
        "/figures/",
        f"/figures/visits/?theme=trade&region=450000&as_of={DAY}",
        f"/figures/visits/services/?theme=trade&region=450000&as_of={DAY}&visits=exactly_one",
    ]


def test_every_page_opens_with_one_heading_and_no_inline_style(client_in: tuple[Client, str], agency: Agency) -> None:
    client, _language = client_in
    for address in addresses(agency):
        html = page(client, address)
        assert html.count("<h1") == 1, address
        assert not re.search(r"<[^>]+\sstyle=|<script(?![^>]*\ssrc=)", html), address


def test_every_page_says_what_it_should(client_in: tuple[Client, str], agency: Agency) -> None:
    client, language = client_in
    english = language == "en"
    html = page(client, f"/regions/{FOREIGN}/")
    assert ("Guangdong services" if english else "广东政务") in html
    assert 'href="https://example.org/gd"' in html
    assert ("Coverage is not measured here" if english else "此处不计算覆盖度") in html
    assert f"/coverage/{FOREIGN}/" not in html
    html = page(client, f"/regions/{GUANGXI}/")
    assert ("Guangxi Department of Commerce" if english else "广西商务厅") in html
    assert "1 / 2" in html
    html = page(client, f"/figures/visits/services/?theme=trade&region=450000&as_of={DAY}")
    assert ("Import and export licence" if english else "进出口许可") in html
    assert ("Assumed" if english else "推定") in html
    assert "事项2" in page(client, f"/coverage/{GUANGXI}/items/?department=commerce")
    assert ("late" if english else "逾期") in page(client, f"/docking/?as_of={DAY}")


def test_docking_writes_every_day_alike(client_in: tuple[Client, str], agency: Agency) -> None:
    client, _language = client_in
    task = DockingTask.objects.get()
    start_docking_task(platform_process("test"), task.pk)
    finish_docking_task(platform_process("test"), task.pk, date(2024, 5, 7))
    html = page(client, f"/docking/?as_of={DAY}")
    assert html.count("2024-05-07") == 2
    assert "2024-05-31" in html


def test_a_number_of_the_table_opens_its_rows(agency: Agency) -> None:
    client = Client()
    html = page(client, f"/figures/visits/?theme=trade&region=450000&as_of={DAY}")
    links = re.findall(r'href="(/figures/visits/services/\?[^"]+)">(\d+)<', html)
    assert len(links) >= 6 + 3
    for address, number in links:
        answer = client.get(address.replace("&amp;", "&"))
        assert answer.context["number"] == int(number), address


def test_figures_download_as_csv(agency: Agency) -> None:
    client = Client()
    client.cookies["language"] = "en"
    query = f"theme=trade&region=450000&as_of={DAY}&format=csv"
    table = page(client, f"/figures/visits/?{query}").splitlines()
    assert table[1] == "Guangxi Department of Commerce,1,0,0"
    rows = page(client, f"/figures/visits/services/?{query}").splitlines()
    assert rows[1].startswith("Import and export licence,Guangxi Department of Commerce,1,")
    assert ",Assumed," in rows[1]
    matrix = page(client, f"/coverage/{GUANGXI}/?format=csv").splitlines()
    assert matrix[1].startswith(f"{GUANGXI},Guangxi,Commerce,1,2,")


@pytest.mark.parametrize(
    ("address", "status"),
    [
        ("/regions/990000000000/", 404),
        ("/regions/nowhere/", 404),
        ("/departments/none/", 404),
        ("/agencies/00000000-0000-0000-0000-000000000000/", 404),
        ("/figures/visits/?region=45", 422),
        ("/figures/visits/?as_of=yesterday", 422),
        ("/figures/visits/services/?visits=many", 422),
        (f"/coverage/{QINZHOU}/?level=1", 422),
    ],
)
def test_wrong_addresses_are_told(agency: Agency, address: str, status: int) -> None:
    page(Client(), address, status)


def test_a_short_code_leads_to_the_stable_address(agency: Agency) -> None:
    answer = Client().get("/regions/450700/")
    assert (answer.status_code, answer["Location"]) == (301, f"/regions/{QINZHOU}/")


@pytest.mark.parametrize("address", ["/figures/", "/search", "/departments/"])
def test_a_page_that_is_only_read_answers_a_post_with_405(address: str) -> None:
    page = Client(enforce_csrf_checks=True).post(address)
    assert page.status_code == 405
    assert page.headers["Allow"] == "GET, HEAD"


def test_everybody_sees_which_local_rules_a_region_has_adopted(agency: Agency) -> None:
    assert "没有地区采用" in Client().get("/local-rules/").content.decode()
    AdoptedRule.objects.create(
        region_id=GUANGXI, rule="ONLINE-CHECK", basis="自治区政务服务办法", adopted_from=date(2026, 1, 1)
    )
    AdoptedRule.objects.create(region_id=QINZHOU, rule="HOT-RETURN", adopted_from=date(2026, 1, 1))
    page = Client().get("/local-rules/").content.decode()
    for words in ("1个工作日", "24小时", "ONLINE-CHECK", "自治区政务服务办法", "2026-01-01"):
        assert words in page
