"""Drafting, checking, publishing, withdrawing; and which version is in force on a day."""

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from django.db import DatabaseError, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.items.files import DAY, FULL, GROUPS, IMPORTER
from tongban.foundation.errors import ConflictError, InvalidError, NotFoundError, SignInNeededError
from tongban.foundation.models import LedgerEntry
from tongban.government.models import Agency, Platform
from tongban.identity.actor import VISITOR
from tongban.items.actions import (
    check_version,
    draft_version,
    publish_version,
    settle_superseded,
    withdraw_service,
    withdraw_version,
)
from tongban.items.models import Item, Service, ServiceVersion
from tongban.items.queries import in_force_on, same_item_across_regions, versions_of

pytestmark = pytest.mark.django_db
State = ServiceVersion.State


@pytest.fixture
def service(agency: Agency) -> Service:
    return Service.objects.create(agency=agency, platform=agency.platform)


def published(service: Service, **changes: Any) -> ServiceVersion:
    return publish_version(IMPORTER, draft_version(IMPORTER, service, {**FULL, **changes}, **GROUPS))


def test_from_draft_to_applicable(service: Service) -> None:
    draft = draft_version(IMPORTER, service, FULL, **GROUPS)
    assert (draft.state, draft.number, draft.materials.count()) == (State.DRAFT, 1, 2)
    assert check_version(IMPORTER, draft) == []
    version = publish_version(IMPORTER, draft)
    assert (version.state, version.is_applicable) == (State.PUBLISHED, True)
    assert version.pinyin == "shipinjingyingxuke spjyxk"
    deeds = list(LedgerEntry.objects.order_by("id").values_list("deed", flat=True))
    assert deeds == ["service.draft", "service.check", "service.publish"]
    with pytest.raises(ConflictError):
        publish_version(IMPORTER, version)


@pytest.mark.parametrize("change", [{"form": None}, {"procedure": ""}, {"visits_reason": ""}])
def test_listed_only(change: dict[str, Any], service: Service) -> None:
    assert not published(service, **change).is_applicable


def test_what_is_anothers_is_never_applicable_here(theirs: Platform, agency: Agency) -> None:
    service = Service.objects.create(agency=agency, platform=theirs)
    assert not published(service).is_applicable


def test_a_published_version_cannot_be_changed(service: Service) -> None:
    version = published(service)
    version.name = "别的"
    with pytest.raises(DatabaseError), transaction.atomic():
        version.save()
    with pytest.raises(DatabaseError), transaction.atomic():
        version.materials.all().delete()


def test_the_previous_is_superseded_once_the_next_begins(service: Service) -> None:
    first = published(service)
    today = date.today()  # noqa: DTZ011 - any day after the first
    published(service, effective_from=today + timedelta(30))
    first.refresh_from_db()
    assert first.state == State.PUBLISHED
    assert settle_superseded(today + timedelta(30)) == 1
    first.refresh_from_db()
    assert first.state == State.SUPERSEDED
    assert in_force_on(today).get() == first


def test_withdrawing_leaves_the_past(service: Service) -> None:
    version = published(service)
    withdraw_version(IMPORTER, version, date(2026, 5, 1))
    assert in_force_on(date(2026, 4, 30)).get() == version
    assert not in_force_on(date(2026, 5, 1)).exists()
    with pytest.raises(ConflictError):
        withdraw_version(IMPORTER, version)


def test_withdrawing_a_service_ends_what_would_come_too(service: Service) -> None:
    published(service)
    published(service, effective_from=date(2026, 5, 1), visits=2)
    published(service, effective_from=date(2026, 9, 1))
    withdraw_service(IMPORTER, service, date(2026, 6, 1))
    assert in_force_on(date(2026, 2, 1)).get().visits == 1
    assert in_force_on(date(2026, 5, 31)).get().visits == 2
    assert not in_force_on(date(2026, 6, 1)).exists()
    assert not in_force_on(date(2026, 9, 1)).exists()


def test_bad_input_names_its_field(service: Service) -> None:
    with pytest.raises(InvalidError) as told:
        draft_version(IMPORTER, service, {"nam": "x"}, materials=[])
    assert set(told.value.fields) == {"nam", "name", "item_type", "effective_from"}
    draft = draft_version(IMPORTER, service, {**FULL, "form": {"type": "nothing"}})
    with pytest.raises(InvalidError) as told:
        publish_version(IMPORTER, draft)
    assert set(told.value.fields) == {"form"}


def test_a_visitor_writes_nothing_and_sees_no_draft(service: Service) -> None:
    draft = draft_version(IMPORTER, service, FULL)
    with pytest.raises(SignInNeededError):
        publish_version(VISITOR, draft)
    with pytest.raises(NotFoundError):
        versions_of(VISITOR, service.pk)
    assert versions_of(IMPORTER, service.pk).get() == draft


VERSIONS = st.lists(
    st.tuples(
        st.integers(0, 6),
        st.none() | st.integers(1, 6),
        st.sampled_from([State.DRAFT, State.PUBLISHED, State.SUPERSEDED, State.WITHDRAWN]),
    ),
    max_size=5,
)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(versions=VERSIONS, day=st.integers(-1, 14))
def test_in_force_is_the_one_rule(versions: list[tuple[int, int | None, str]], day: int, service: Service) -> None:
    savepoint = transaction.savepoint()
    try:
        rows = [
            ServiceVersion(
                service=service,
                number=number,
                state=state,
                name=f"v{number}",
                item_type="20",
                effective_from=DAY + timedelta(start),
                effective_to=DAY + timedelta(start + length) if length else None,
            )
            for number, (start, length, state) in enumerate(versions, start=1)
        ]
        ServiceVersion.objects.bulk_create(rows)
        asked = DAY + timedelta(day)
        begun = [
            r
            for r in rows
            if r.effective_from <= asked
            and (r.state in {State.PUBLISHED, State.SUPERSEDED} or (r.state == State.WITHDRAWN and r.effective_to))
        ]
        last = max(begun, key=lambda r: (r.effective_from, r.number), default=None)
        expected = [last.number] if last and (last.effective_to is None or asked < last.effective_to) else []
        assert list(in_force_on(asked).values_list("number", flat=True)) == expected
    finally:
        transaction.savepoint_rollback(savepoint)


def test_the_same_item_in_two_regions(item: Item, agency: Agency) -> None:
    other = Agency.objects.create(
        department=agency.department, region_id="511603000000", platform=agency.platform, name="前锋区市场监督管理局"
    )
    for place, promised in ((agency, 5), (other, 10)):
        published(Service.objects.create(item=item, agency=place, platform=place.platform), promised_limit=promised)
    comparison = same_item_across_regions(VISITOR, item.code, DAY)
    assert [a.aspect for a in comparison.aspects if not a.same] == ["limits"]
    assert not comparison.consistent
    same = replace(comparison, aspects=[a for a in comparison.aspects if a.same])
    assert same.consistent
    with pytest.raises(NotFoundError):
        same_item_across_regions(VISITOR, "000000000000", DAY)
