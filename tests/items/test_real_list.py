"""The real list of Guang'an district: 1,135 items, with the faults real lists have."""

from collections import Counter
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
from django.db import connection, transaction
from pytest_django import DjangoDbBlocker

from tests.databases import delete_rows
from tests.items.conftest import our_platform
from tests.items.files import IMPORTER, export, load, undone
from tongban.government.importing.agencies import import_shipped_departments
from tongban.government.models import Agency
from tongban.identity.actor import VISITOR
from tongban.items.codes import embedded_credit_code
from tongban.items.models import Service, ServiceVersion
from tongban.items.problems import Category, ImportReport
from tongban.items.queries import Filters, in_force_on
from tongban.items.searching import search_services
from tongban.userspace.life.queries import of_stage, placed_share
from tongban.userspace.life.stages import stages

pytestmark = [pytest.mark.django_db, pytest.mark.reference]
TODAY = date(2026, 6, 1)


@pytest.fixture(scope="module")
def the_list(reference: Path) -> Path:
    return reference / "items" / "guangan_511602_items.csv"


@pytest.fixture(scope="module")
def loaded(the_list: Path, django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[ImportReport]:
    """The list loaded, once for these tests, and the report of it."""
    with django_db_blocker.unblock(), transaction.atomic():
        our_platform()
        yield load(the_list, effective_from=TODAY)
        transaction.set_rollback(True)


def test_it_loads_as_listed_services_and_its_faults_are_told(loaded: ImportReport) -> None:
    report = loaded
    assert report.loaded
    assert (report.rows, report.created, report.versions, report.errors) == (1135, 1135, 1135, [])
    counts = report.warning_counts()
    assert counts[Category.CREDIT_CODE] == 8
    assert counts[Category.REPEATED_NAME] == 2
    assert not ServiceVersion.objects.filter(is_applicable=True).exists()
    assert in_force_on(TODAY).count() == 1135
    assert Agency.objects.count() == 34
    assert Counter(ServiceVersion.objects.values_list("item_type", flat=True))["01"] == 536
    embedded = [embedded_credit_code(code or "") for code in Service.objects.values_list("foreign_code", flat=True)]
    # 989 in capitals, and the one in small letters that is among the eight.
    assert sum(code is not None for code in embedded) == 990


def test_only_departments_that_the_register_has_not_are_made(the_list: Path, loaded: ImportReport) -> None:
    with undone():
        _emptied()
        import_shipped_departments(IMPORTER)
        report = load(the_list, effective_from=TODAY)
    assert report.errors == []
    assert len(report.agencies_created) == 34
    assert sorted(report.departments_created) == ["gongguanban", "quweiban", "quweitongzhanbu", "xiaofangdadui"]
    assert report.warning_counts()[Category.DEPARTMENT] == 4


def _emptied() -> None:
    """The register with our platform and nothing else."""
    delete_rows()
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = DEFAULT")
    our_platform()


def test_loading_it_again_is_refused_and_updating_changes_nothing(the_list: Path, loaded: ImportReport) -> None:
    again = load(the_list)
    assert not again.loaded
    assert len(again.errors) == 1135
    assert {e.category for e in again.errors} == {Category.EXISTS}

    updated = load(the_list, update=True)
    assert (updated.unchanged, updated.updated, updated.versions) == (1135, 0, 0)


def test_nearly_every_service_finds_a_stage_of_life(loaded: ImportReport) -> None:
    """The condition in the database says what the pure rule says, of every service and every stage."""
    versions = in_force_on(TODAY)
    for stage in stages():
        by_rule = {v.pk for v in versions if stage.holds(v.name, themes=v.themes, audiences=v.audiences)}
        assert set(versions.filter(of_stage(stage)).values_list("pk", flat=True)) == by_rule, stage.slug
    found = placed_share(VISITOR, Filters(), TODAY)
    assert (found.placed, found.total) == (1096, 1135)


def test_it_is_found_by_initials(loaded: ImportReport) -> None:
    assert search_services(VISITOR, "qzcybt", day=TODAY).hits[0].name == "求职创业补贴申领"


def test_nothing_is_lost_on_the_way_through_every_format(loaded: ImportReport, tmp_path: Path) -> None:
    first = export("csv")
    content, was = first, "csv"
    for file_format in ("xlsx", "json", "csv"):
        path = tmp_path / f"services.{was}"
        path.write_bytes(content)
        with undone():
            _emptied()
            assert load(path).created == 1135
            content, was = export(file_format), file_format
    assert content == first
