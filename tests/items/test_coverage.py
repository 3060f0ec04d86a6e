"""Coverage on a small matrix: two districts, three items, and what renaming the map does to it."""

from datetime import date

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from hypothesis import given
from hypothesis import strategies as st

from tongban.government.actions import merge_region
from tongban.government.models import Agency, Department, Platform, Region, RegionLevel
from tongban.identity.actor import VISITOR, platform_process
from tongban.items.coverage import (
    Cell,
    Docking,
    as_json,
    cells_of,
    coverage,
    coverage_by_level,
    coverage_matrix,
    missing_in,
    published_in,
)
from tongban.items.models import Item, Service, ServiceVersion

NATION, GUANGXI, QINZHOU, QINNAN, QINBEI, TOWN = (
    "100000000000",
    "450000000000",
    "450700000000",
    "450702000000",
    "450703000000",
    "450702001000",
)
START, DAY, LATER = date(2020, 1, 1), date(2024, 6, 1), date(2025, 1, 1)


@pytest.fixture
def world(db: None) -> dict[str, Item]:
    """Qinzhou's two districts and a town. Districts exercise A and B (civil affairs) and C (health)."""
    platform = Platform.objects.create(code="gx", name="广西", kind="provincial", run_by_us=True)
    lineage: list[str] = []
    for code, name, level in (
        (NATION, "中国", 0),
        (GUANGXI, "广西", 1),
        (QINZHOU, "钦州市", 2),
        (QINNAN, "钦南区", 3),
    ):
        parent = lineage[-1] if lineage else None
        lineage = [*lineage, code]
        Region.objects.create(code=code, name=name, level=level, parent_id=parent, lineage=lineage, platform=platform)
    above = [NATION, GUANGXI, QINZHOU]
    Region.objects.create(
        code=QINBEI, name="钦北区", level=3, parent_id=QINZHOU, lineage=[*above, QINBEI], platform=platform
    )
    Region.objects.create(
        code=TOWN, name="向阳街道", level=4, parent_id=QINNAN, lineage=[*above, QINNAN, TOWN], platform=platform
    )
    civil = Department.objects.create(code="civil-affairs", name="民政", position=1)
    health = Department.objects.create(code="health", name="卫生健康", position=2)
    county, town = RegionLevel.COUNTY, RegionLevel.TOWNSHIP
    return {
        code: Item.objects.create(
            code=f"00000000000{code}", name=f"事项{code}", item_type="20", department=department, levels=levels
        )
        for code, department, levels in (
            ("A", civil, [county]),
            ("B", civil, [county]),
            ("C", health, [county, town]),
        )
    }


def publish(item: Item, region: str, *, start: date = START, end: date | None = None) -> Service:
    agency, _ = Agency.objects.get_or_create(
        department=item.department,
        region_id=region,
        defaults={"name": f"{region}{item.department}", "platform": Platform.objects.get()},
    )
    service = Service.objects.create(item=item, agency=agency, platform=agency.platform)
    ServiceVersion.objects.create(
        service=service,
        number=1,
        state=ServiceVersion.State.PUBLISHED,
        name=item.name,
        item_type=item.item_type,
        effective_from=start,
        effective_to=end,
    )
    return service


def states(day: date = DAY) -> dict[tuple[str, str], str]:
    matrix = coverage_matrix(VISITOR, QINZHOU, RegionLevel.COUNTY, day)
    return {key: f"{cell.published}/{cell.exercised} {cell.state}" for key, cell in matrix.cells.items()}


def test_cells_are_docked_partly_or_not(world: dict[str, Item]) -> None:
    publish(world["A"], QINNAN)
    publish(world["B"], QINNAN)
    publish(world["A"], QINBEI)
    assert states() == {
        (QINNAN, "civil-affairs"): "2/2 docked",
        (QINNAN, "health"): "0/1 not_docked",
        (QINBEI, "civil-affairs"): "1/2 partly",
        (QINBEI, "health"): "0/1 not_docked",
    }
    matrix = coverage_matrix(VISITOR, QINZHOU, RegionLevel.COUNTY, DAY)
    assert matrix.total == Cell(3, 6)
    assert matrix.of_row(QINNAN) == Cell(2, 3)
    assert matrix.of_column("civil-affairs") == Cell(3, 4)
    assert as_json(matrix)["total"] == {"published": 3, "exercised": 6, "share": 0.5, "state": "partly"}


def test_two_services_of_one_item_count_once(world: dict[str, Item]) -> None:
    publish(world["A"], QINNAN)
    publish(world["A"], QINNAN)
    assert states()[QINNAN, "civil-affairs"] == "1/2 partly"


def test_a_service_of_another_level_does_not_count(world: dict[str, Item]) -> None:
    publish(world["A"], QINZHOU)  # the city publishes what only districts exercise
    assert coverage(VISITOR, QINZHOU, RegionLevel.COUNTY, DAY) == Cell(0, 6)
    assert coverage(VISITOR, QINZHOU, RegionLevel.PREFECTURE, DAY).state is Docking.NOTHING_EXERCISED


def test_coverage_is_of_a_day(world: dict[str, Item]) -> None:
    publish(world["C"], QINNAN, start=DAY, end=LATER)
    seen = [states(day)[QINNAN, "health"] for day in (START, DAY, LATER)]
    assert seen == ["0/1 not_docked", "1/1 docked", "0/1 not_docked"]


def test_a_merged_regions_services_count_for_its_successor(world: dict[str, Item]) -> None:
    publish(world["A"], QINNAN)
    publish(world["B"], QINBEI)
    merge_region(platform_process("test"), QINBEI, QINNAN, LATER)
    assert states(LATER) == {
        (QINNAN, "civil-affairs"): "2/2 docked",
        (QINNAN, "health"): "0/1 not_docked",
    }
    assert states(DAY)[QINNAN, "civil-affairs"] == "1/2 partly"
    assert [v.name for v in published_in(VISITOR, QINNAN, LATER)] == ["事项A", "事项B"]


def test_every_level_down_to_the_township(world: dict[str, Item]) -> None:
    publish(world["C"], TOWN)
    publish(world["C"], QINNAN)
    found = {level: cell for level, _name, cell in coverage_by_level(VISITOR, QINZHOU, DAY)}
    assert found == {2: Cell(0, 0), 3: Cell(1, 6), 4: Cell(1, 1)}


def test_a_cell_opens_what_is_there_and_what_is_missing(world: dict[str, Item]) -> None:
    publish(world["A"], QINBEI)
    there = published_in(VISITOR, QINBEI, DAY, department="civil-affairs")
    missing = missing_in(VISITOR, QINBEI, DAY, department="civil-affairs")
    assert [v.service.item and v.service.item.name for v in there] == ["事项A"]
    assert [item.name for item in missing] == ["事项B"]
    assert [item.name for item in missing_in(VISITOR, QINBEI, DAY)] == ["事项B", "事项C"]


def test_the_number_of_statements_does_not_grow(world: dict[str, Item]) -> None:
    def statements() -> int:
        with CaptureQueriesContext(connection) as captured:
            coverage_matrix(VISITOR, QINZHOU, RegionLevel.COUNTY, DAY)
        return len(captured)

    before = statements()
    for item in world.values():
        publish(item, QINNAN)
        publish(item, QINBEI)
    assert statements() == before == 5


@given(
    st.dictionaries(st.sampled_from(["a", "b", "c"]), st.integers(0, 5)),
    st.lists(st.sampled_from(["r", "s"]), unique=True),
    st.data(),
)
def test_shares_lie_between_none_and_all(exercised: dict[str, int], regions: list[str], data: st.DataObject) -> None:
    published = {
        (region, department): data.draw(st.integers(0, number))
        for region in regions
        for department, number in exercised.items()
    }
    cells = cells_of(regions, exercised, published)
    total = sum(cells.values(), Cell(0, 0))
    assert total.exercised == len(regions) * sum(exercised.values())
    assert total.published == sum(published.values())
    for cell in cells.values():
        assert (cell.share is None) == (cell.state is Docking.NOTHING_EXERCISED)
        assert (cell.share == 1) == (cell.state is Docking.DOCKED)


def test_more_published_than_exercised_is_a_fault() -> None:
    with pytest.raises(ValueError, match="cannot be"):
        Cell(2, 1)
