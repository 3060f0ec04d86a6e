"""The tree of regions: loading it, refusing what is wrong, renaming, merging, abolishing."""

import time
from datetime import date
from pathlib import Path

import pytest
from django.db import connection
from django.utils import translation

from tests.government.files import csv_bytes
from tongban.foundation.errors import ConflictError, InvalidError, NotAllowedError, SignInNeededError
from tongban.foundation.models import LedgerEntry
from tongban.government import actions, queries
from tongban.government.importing.regions import import_regions, import_shipped_regions
from tongban.government.models import Platform, Region
from tongban.government.rules import CORPS_CODE, NATION_CODE
from tongban.identity.actor import VISITOR, Actor

HEAD = "code12,name,level,parent_code12"
BEFORE, DAY, AFTER = date(2020, 1, 1), date(2021, 5, 10), date(2022, 1, 1)


@pytest.fixture
def qinzhou(importer: Actor, nation: Region) -> Region:
    """Guangxi, Qinzhou, two of its districts and three towns."""
    report = import_regions(
        importer,
        csv_bytes(
            HEAD,
            "450702001000,向阳街道,4,450702000000",
            "450000000000,广西壮族自治区,1,",
            "450700000000,钦州市,2,450000000000",
            "450702000000,钦南区,3,450700000000",
            "450703000000,钦北区,3,450700000000",
            "450702100000,沙埠镇,4,450702000000",
            "450703100000,大垌镇,4,450703000000",
        ),
    )
    assert report.problems == []
    assert report.added == 7
    return Region.objects.get(pk="450700000000")


def test_rows_may_stand_in_any_order_and_get_their_lineage(qinzhou: Region) -> None:
    town = Region.objects.get(pk="450702001000")
    assert town.lineage == [NATION_CODE, "450000000000", "450700000000", "450702000000", "450702001000"]
    assert town.name_en == "Xiangyang Subdistrict"
    assert town.platform.code == "guangxi"


def test_loading_twice_changes_nothing(importer: Actor, qinzhou: Region) -> None:
    report = import_regions(importer, csv_bytes(HEAD, "450702000000,钦南区,3,450700000000"))
    assert (report.ok, report.added, report.unchanged) == (True, 0, 1)


@pytest.mark.parametrize(
    ("row", "column", "value", "expected"),
    [
        ("45070,钦南区,3,450700000000", "code12", "45070", "12 digits"),
        ("450704000000,,3,450700000000", "name", "", "1 to 300"),
        ("450704000000,某区,2,450700000000", "level", "2", "3 (county)"),
        ("450704000000,某区,3,450900000000", "parent_code12", "450900000000", "is loaded or stands"),
        ("450704000000,某区,3,450704000000", "parent_code12", "450704000000", "itself"),
        ("450704000000,某区,3,450702000000", "parent_code12", "450702000000", "nearer to the nation"),
        ("460100000000,某市,2,450000000000", "parent_code12", "450000000000", "digits open"),
        ("450702000000,钦南新区,3,450700000000", "name", "钦南新区", "day of the renaming"),
        ("450702000000,钦南区,3,450000000000", "parent_code12", "450000000000", "450700000000"),
    ],
)
def test_a_bad_row_is_named_and_nothing_is_loaded(
    importer: Actor, qinzhou: Region, row: str, column: str, value: str, expected: str
) -> None:
    before = Region.objects.count()
    report = import_regions(importer, csv_bytes(HEAD, "450721000000,灵山县,3,450700000000", row))
    assert [(p.line, p.column, p.value) for p in report.problems] == [(3, column, value)]
    assert expected in report.problems[0].expected
    assert Region.objects.count() == before


def test_a_circle_a_repeated_code_and_surplus_cells_are_named(importer: Actor, qinzhou: Region) -> None:
    circle = csv_bytes(HEAD, "450800000000,甲市,2,450802000000", "450802000000,乙区,3,450800000000")
    assert [p.line for p in import_regions(importer, circle).problems] == [2]
    twice = csv_bytes(HEAD, "450800000000,甲市,2,450000000000", "450800000000,甲市,2,450000000000")
    assert [(p.line, p.column) for p in import_regions(importer, twice).problems] == [(3, "code12")]
    surplus = csv_bytes(HEAD, "450800000000,甲市,2,450000000000,更多")
    assert [(p.line, p.value) for p in import_regions(importer, surplus).problems] == [(2, "更多")]


def test_a_file_of_another_shape_is_refused_with_its_columns(importer: Actor, nation: Region) -> None:
    report = import_regions(importer, csv_bytes("code,name,parent_code12", "45,x,"))
    assert [(p.line, p.column) for p in report.problems] == [(1, "code12"), (1, "code")]
    report = import_regions(importer, "code12,name,parent_code12\n45,广西,".encode("gb18030"))
    assert report.problems[0].expected == "a file in UTF-8"


def test_nobody_else_may_load(nation: Region) -> None:
    with pytest.raises(SignInNeededError):
        import_regions(VISITOR, csv_bytes(HEAD))


def test_an_ordinary_account_may_not_rename(qinzhou: Region) -> None:
    citizen = Actor(account_id=qinzhou.platform.pk, person_id=qinzhou.platform.pk)
    with pytest.raises(NotAllowedError):
        actions.rename_region(citizen, qinzhou.code, "新市", DAY)


def test_a_renamed_region_keeps_its_old_name_for_old_days(importer: Actor, qinzhou: Region) -> None:
    actions.rename_region(importer, "450702000000", "新钦南区", DAY, basis="某批复")
    assert queries.region_name_on(VISITOR, "450702000000", BEFORE) == "钦南区"
    assert queries.region_name_on(VISITOR, "450702000000", DAY) == "新钦南区"
    entry = LedgerEntry.objects.latest("id")
    assert (entry.deed, entry.object_id) == ("region.rename", "450702000000")
    with pytest.raises(InvalidError, match="2021年5月10日"):
        actions.rename_region(importer, "450702000000", "又一区", BEFORE)


def test_an_import_can_record_a_renaming(importer: Actor, qinzhou: Region) -> None:
    data = csv_bytes(HEAD, "450702000000,新钦南区,3,450700000000")
    report = import_regions(importer, data, changed_on=DAY)
    assert (report.ok, report.changed) == (True, 1)
    assert queries.region_name_on(VISITOR, "450702000000", BEFORE) == "钦南区"
    again = import_regions(importer, csv_bytes(HEAD, "450702000000,旧区,3,450700000000"), changed_on=BEFORE)
    assert again.problems[0].expected == "a renaming after 2021-05-10, the day of the last one"


def test_a_merged_region_ends_and_is_found_in_its_successor(importer: Actor, qinzhou: Region) -> None:
    actions.merge_region(importer, "450703000000", "450702000000", DAY)
    codes = set(queries.regions_in_force(VISITOR, DAY).values_list("code", flat=True))
    assert "450703000000" not in codes
    assert "450703000000" in set(queries.regions_in_force(VISITOR, BEFORE).values_list("code", flat=True))
    town = Region.objects.get(pk="450703100000")
    assert town.parent_id == "450702000000"
    assert town.lineage[-2:] == ["450702000000", "450703100000"]
    assert queries.with_merged(VISITOR, ["450702000000"], DAY) == ["450702000000", "450703000000"]
    assert queries.with_merged(VISITOR, ["450702000000"], BEFORE) == ["450702000000"]
    # The file of the older edition still loads: its rows stand here, moved by the merger.
    old = import_regions(importer, csv_bytes(HEAD, "450703100000,大垌镇,4,450703000000"))
    assert (old.ok, old.unchanged) == (True, 1)


def test_mergers_of_mergers_are_followed_by_their_days(importer: Actor, qinzhou: Region) -> None:
    actions.merge_region(importer, "450703000000", "450702000000", DAY)
    actions.merge_region(importer, "450702000000", "450700000000", AFTER)
    assert queries.merged_into(VISITOR, DAY) == {"450703000000": "450702000000"}
    assert queries.merged_into(VISITOR, AFTER) == {
        "450702000000": "450700000000",
        "450703000000": "450700000000",
    }


def test_what_cannot_be_merged_or_abolished(importer: Actor, qinzhou: Region) -> None:
    with translation.override("en"), pytest.raises(InvalidError, match="part of itself"):
        actions.merge_region(importer, "450700000000", "450702000000", DAY)
    with translation.override("en"), pytest.raises(InvalidError, match="own level"):
        actions.merge_region(importer, "450703000000", "450702100000", DAY)
    with translation.override("en"), pytest.raises(ConflictError, match="2 regions below"):
        actions.abolish_region(importer, "450702000000", DAY)
    actions.abolish_region(importer, "450703100000", DAY)
    with translation.override("en"), pytest.raises(ConflictError, match="not in force"):
        actions.abolish_region(importer, "450703100000", DAY)


def test_a_home_platform_is_given_to_a_whole_branch(importer: Actor, qinzhou: Region) -> None:
    other = Platform.objects.create(code="qinzhou", name="钦州政务", kind=Platform.Kind.CITY)
    assert actions.assign_platform(importer, "450702000000", other) == 3
    assert Region.objects.get(pk="450702100000").platform == other
    assert Region.objects.get(pk="450703000000").platform != other


def test_regions_are_found_by_any_part_of_a_name(importer: Actor, qinzhou: Region) -> None:
    more = csv_bytes("code12,name,level,parent_code12,name_en", "450721000000,北钦县,3,450700000000,Beiqin County")
    assert import_regions(importer, more).problems == []

    def found(words: str) -> list[str]:
        return [region.name for region in queries.search_regions(VISITOR, words, AFTER)]

    with translation.override("zh-hans"):
        assert found("壮族") == ["广西壮族自治区"]
        # Higher levels first; within a level, names that begin so, whatever their codes.
        assert found("钦") == ["钦州市", "钦南区", "钦北区", "北钦县"]
        assert found("北") == ["北钦县", "钦北区"]
        assert found("IQIN") == ["北钦县"]
        assert found("450702") == ["钦南区", "向阳街道", "沙埠镇"]
        assert found("0702") == found("%") == found("  ") == []


def test_the_shipped_tree(importer: Actor, db: None) -> None:
    report = import_shipped_regions(importer)
    assert (report.problems, report.added) == ([], 31 + 342 + 2975)
    corps = Region.objects.get(pk=CORPS_CODE)
    assert (corps.line, corps.level, corps.parent_id) == ("corps", 1, NATION_CODE)
    assert import_shipped_regions(importer).added == 0
    with translation.override("zh-hans"):
        assert [region.name for region in queries.search_regions(VISITOR, "兵团", DAY)][:1] == ["新疆生产建设兵团"]


def test_the_whole_tree_loads_in_under_30_seconds_and_is_read_by_index(
    importer: Actor, db: None, reference: Path
) -> None:
    start = time.monotonic()
    import_shipped_regions(importer)
    report = import_regions(importer, (reference / "divisions" / "townships_2023.csv").read_bytes())
    seconds = time.monotonic() - start
    # One of the 41,352 rows repeats its county, which has no townships (金门县): reported, not fatal.
    assert (report.problems, report.read, report.added, report.unchanged) == ([], 41_352, 41_351, 1)
    assert [(f.line, f.value) for f in report.findings] == [(15_128, "350527000000")]
    assert seconds < 30
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE government_region")
    below = queries.descendants(VISITOR, "450700000000", DAY)
    assert below.count() == 1 + 4 + Region.objects.filter(code__startswith="4507", level=4).count()
    assert "region_lineage" in below.explain()
    assert "Seq Scan" not in below.explain()
