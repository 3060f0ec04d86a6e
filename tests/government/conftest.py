"""What government's tests share. Models are imported inside: Django is set up after conftest files are read."""

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tongban.government.models import Platform, Region
    from tongban.identity.actor import Actor


@pytest.fixture
def importer() -> "Actor":
    from tongban.identity.actor import platform_process

    return platform_process("import")


@pytest.fixture
def ours(db: None) -> "Platform":
    from tongban.government.models import Platform

    return Platform.objects.create(
        code="guangxi", name="广西政务", name_en="Guangxi", kind=Platform.Kind.PROVINCIAL, run_by_us=True
    )


@pytest.fixture
def nation(ours: "Platform") -> "Region":
    from tongban.government.models import Region, RegionLevel
    from tongban.government.rules import NATION_CODE

    return Region.objects.create(
        code=NATION_CODE,
        name="中国",
        name_en="China",
        level=RegionLevel.NATION,
        lineage=[NATION_CODE],
        platform=ours,
    )
