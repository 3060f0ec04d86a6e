"""A small government for the items' tests: a platform of ours, another's, and a few regions."""

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tongban.government.models import Agency, Platform
    from tongban.identity.actor import Actor
    from tongban.items.models import Item

REGIONS = (
    ("100000000000", "中国", 0, ""),
    ("510000000000", "四川省", 1, "100000000000"),
    ("511600000000", "广安市", 2, "510000000000"),
    ("511602000000", "广安区", 3, "511600000000"),
    ("511603000000", "前锋区", 3, "511600000000"),
)


@pytest.fixture(autouse=True)
def in_english() -> "Iterator[None]":
    """The messages that tests quote are the English ones; a test of the Chinese says so."""
    from django.utils import translation

    with translation.override("en"):
        yield


@pytest.fixture
def importer() -> "Actor":
    from tongban.identity.actor import platform_process

    return platform_process("import")


def our_platform() -> "Platform":
    """Our platform, and the regions it serves."""
    from tongban.government.models import Platform, Region

    platform = Platform.objects.create(code="sichuan", name="四川政务", kind="provincial", run_by_us=True)
    lineage: list[str] = []
    for code, name, level, parent in REGIONS:
        lineage = [*lineage[:level], code]
        Region.objects.create(
            code=code, name=name, level=level, parent_id=parent or None, lineage=lineage, platform=platform
        )
    return platform


@pytest.fixture
def ours(db: None) -> "Platform":
    return our_platform()


@pytest.fixture
def theirs(ours: "Platform") -> "Platform":
    from tongban.government.models import Platform, Region

    platform = Platform.objects.create(code="guangzhou", name="广州政务", kind="city")
    Region.objects.create(
        code="440100000000",
        name="广州市",
        level=2,
        parent_id="100000000000",
        lineage=["100000000000", "440100000000"],
        platform=platform,
    )
    return platform


@pytest.fixture
def agency(ours: "Platform") -> "Agency":
    from tongban.government.models import Agency, Department

    department = Department.objects.create(code="market", name="市场监督管理局")
    return Agency.objects.create(
        department=department,
        region_id="511602000000",
        platform=ours,
        name="广安区市场监督管理局",
        credit_code="115113010087783353",
    )


@pytest.fixture
def item(agency: "Agency") -> "Item":
    from tongban.items.models import Item

    return Item.objects.create(
        code="000131001000", name="食品经营许可", item_type="01", department=agency.department, levels=[3]
    )
