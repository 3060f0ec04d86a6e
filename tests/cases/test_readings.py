"""Officers see personal data masked until they ask; every reading stands where the person sees it."""

from collections.abc import Callable
from datetime import date, timedelta

import pytest
from django.db import DatabaseError, connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from tests.world import SmallWorld, account_of
from tongban.cases import actions, queries
from tongban.cases.actions import internal
from tongban.cases.models import Case
from tongban.foundation.errors import InvalidError, NotAllowedError, NotFoundError
from tongban.foundation.models import LedgerEntry
from tongban.identity.access_records import DataReading, Kind, Purpose
from tongban.identity.actor import VISITOR
from tongban.identity.readings import Reading, record_readings
from tongban.userspace.readings import who_looked

pytestmark = pytest.mark.django_db

PHONE = "13800000000"
Submit = Callable[[], Case]


def phone_on(view: queries.CaseView | queries.RequestView) -> list[str]:
    return next(row.value for group in view.summary for row in group.rows if row.field == "phone")


def today() -> date:
    return timezone.localdate()


def test_masked_for_officers_until_they_ask_and_never_for_the_applicant(world: SmallWorld, submitted: Submit) -> None:
    case = submitted()
    assert phone_on(queries.case_view(world.citizen, case.pk, today())) == [PHONE]
    view = queries.case_view(world.reviewer, case.pk, today())
    assert (phone_on(view), view.hides_personal_data) == (["138****0000"], True)
    shown = actions.show_personal_data(world.reviewer, case.pk, "contact", "", timezone.now())
    assert phone_on(queries.case_view(world.reviewer, case.pk, today(), shown)) == [PHONE]
    # For that view, that case and that post only.
    assert phone_on(queries.case_view(world.reviewer, case.pk, today())) == ["138****0000"]
    assert phone_on(queries.case_view(world.second_reviewer, case.pk, today(), shown)) == ["138****0000"]
    other = submitted()
    assert phone_on(queries.case_view(world.reviewer, other.pk, today(), shown)) == ["138****0000"]


def test_asking_needs_a_purpose_and_a_case_one_handles(world: SmallWorld, submitted: Submit) -> None:
    case, now = submitted(), timezone.now()
    for purpose, reason, field in (
        ("", "", "purpose"),
        ("curiosity", "", "purpose"),
        ("handling", "", "purpose"),
        ("other", " ", "reason"),
        ("contact", "x" * 501, "reason"),
    ):
        with pytest.raises(InvalidError) as refused:
            actions.show_personal_data(world.reviewer, case.pk, purpose, reason, now)
        assert set(refused.value.fields) == {field}
    for stranger in (world.foreign_officer, world.supervisor, world.citizen, VISITOR):
        with pytest.raises((NotFoundError, NotAllowedError)):
            actions.show_personal_data(stranger, case.pk, "contact", "", now)
    assert not DataReading.objects.filter(asked=True).exists()
    assert not LedgerEntry.objects.filter(deed="show_personal_data").exists()


def test_handling_is_recorded_once_a_day_and_asking_each_time(world: SmallWorld, submitted: Submit) -> None:
    case = submitted()
    for _ in range(3):
        queries.case_view(world.reviewer, case.pk, today())
    material = case.materials.get()
    queries.material_file(world.reviewer, material.pk)
    queries.document_view(world.window, case.documents.get().pk)
    for _ in range(2):
        actions.show_personal_data(world.reviewer, case.pk, "other", "回访", timezone.now())
    rows = [(r.post_id, r.purpose, r.fields, r.asked, r.reason) for r in DataReading.objects.order_by("id")]
    reviewer, window = world.reviewer.post_id, world.window.post_id
    assert rows == [
        (reviewer, "handling", ["answers", "materials"], False, None),
        (window, "handling", ["documents"], False, None),
        (reviewer, "other", ["unmasked"], True, "回访"),
        (reviewer, "other", ["unmasked"], True, "回访"),
    ]
    assert DataReading.objects.filter(person__account=account_of(world.citizen)).count() == 4
    assert LedgerEntry.objects.filter(deed="show_personal_data", object_id=case.pk).count() == 2


def test_a_list_costs_one_statement(world: SmallWorld, submitted: Submit) -> None:
    cases = [submitted() for _ in range(3)]
    readings = [Reading(c.person_id, None, Kind.CASE, c.pk, Purpose.HANDLING, (what,)) for c in cases for what in "ab"]
    with CaptureQueriesContext(connection) as seen:
        record_readings(world.reviewer, readings, timezone.now())
        record_readings(world.citizen, readings, timezone.now())  # one's own are nobody's readings
    assert len(seen) == 1
    assert [row.fields for row in DataReading.objects.all()] == [["a", "b"]] * 3
    # The next day is another row.
    record_readings(world.reviewer, readings[:1], timezone.now() + timedelta(days=1))
    assert DataReading.objects.count() == 4


def test_the_person_sees_the_post_and_why_and_nobody_else_does(
    world: SmallWorld, submitted: Submit, client: Client
) -> None:
    case = submitted()
    queries.case_view(world.reviewer, case.pk, today())
    actions.show_personal_data(world.reviewer, case.pk, "other", "核实租约", timezone.now())
    page = who_looked(world.citizen)
    assert [(row.purpose, row.asked, row.reason) for row in page.rows] == [
        (str(Purpose.OTHER.label), True, "核实租约"),
        (str(Purpose.HANDLING.label), False, ""),
    ]
    first = page.rows[0]
    assert (first.agency, first.post, first.case_id) == (world.agency.label, "科员", case.pk)
    assert [row.purpose for row in who_looked(world.citizen, size=1).rows] == [str(Purpose.OTHER.label)]
    rest = who_looked(world.citizen, before=who_looked(world.citizen, size=1).next)
    assert [row.asked for row in rest.rows] == [False]
    assert who_looked(world.stranger).rows == []
    assert who_looked(world.agent).rows == []
    with pytest.raises(NotAllowedError):
        who_looked(world.reviewer)
    client.force_login(account_of(world.citizen))
    text = client.get("/me/who-looked/").content.decode()
    assert "谁查看了我的数据" in text
    assert "核实租约" in text
    assert world.reviewer.person_name not in text
    assert client.get("/me/who-looked/?before=x").status_code == 200


def test_the_page_shows_in_full_only_in_the_answer_to_the_question(
    world: SmallWorld, submitted: Submit, client: Client
) -> None:
    case = submitted()
    client.force_login(account_of(world.reviewer))
    page, ask = f"/workbench/cases/{case.pk}/", f"/workbench/cases/{case.pk}/personal-data/"
    assert PHONE not in (text := client.get(page).content.decode())
    assert "138****0000" in text
    assert ask in text
    assert PHONE not in client.get(ask).content.decode()
    refused = client.post(ask, {"purpose": "other"})
    assert (refused.status_code, PHONE in refused.content.decode()) == (422, False)
    shown = client.post(ask, {"purpose": "contact"})
    assert (shown.status_code, PHONE in shown.content.decode()) == (200, True)
    assert "no-store" in shown.headers["Cache-Control"]
    assert PHONE not in client.get(page).content.decode()


def test_what_a_request_shares_is_masked_until_the_asked_agency_asks(
    world: SmallWorld, submitted: Submit, client: Client
) -> None:
    case, now = submitted(), timezone.now()
    asked = internal.ask_cooperation(
        world.window, case.pk, world.other_agency.pk, "请核实电话", 5, internal.Shared(answers=["phone"]), now
    )
    for side in (world.foreign_officer, world.reviewer):
        view = queries.cooperation_view(side, asked.pk, today())
        assert (phone_on(view), view.hides_personal_data) == (["138****0000"], True)
    client.force_login(account_of(world.foreign_officer))
    page, ask = f"/workbench/cooperation/{asked.pk}/", f"/workbench/cooperation/{asked.pk}/personal-data/"
    assert PHONE not in (text := client.get(page).content.decode())
    assert ask in text
    refused = client.post(ask, {"purpose": "other"})
    assert (refused.status_code, PHONE in refused.content.decode()) == (422, False)
    assert PHONE in client.post(ask, {"purpose": "other", "reason": "电话核实"}).content.decode()
    assert PHONE not in client.get(page).content.decode()
    # For that request only: the case stays closed to the asked agency.
    shown = actions.show_shared_data(world.foreign_officer, asked.pk, "contact", "", now)
    assert phone_on(queries.cooperation_view(world.reviewer, asked.pk, today(), shown)) == ["138****0000"]
    with pytest.raises(NotFoundError):
        actions.show_personal_data(world.foreign_officer, case.pk, "contact", "", now)
    for stranger in (world.supervisor, world.citizen, VISITOR):
        with pytest.raises((NotFoundError, NotAllowedError)):
            actions.show_shared_data(stranger, asked.pk, "contact", "", now)
    seen = [row for row in who_looked(world.citizen).rows if row.agency == world.other_agency.label]
    assert [(row.asked, row.reason, row.case_id) for row in seen] == [
        (True, "", case.pk),
        (True, "电话核实", case.pk),
        (False, "", case.pk),
    ]
    assert LedgerEntry.objects.filter(deed="show_personal_data", object_id=case.pk).count() == 2


def test_rows_are_not_removed_by_hand(world: SmallWorld, submitted: Submit) -> None:
    queries.case_view(world.reviewer, submitted().pk, today())
    with pytest.raises(DatabaseError, match="never changed"), transaction.atomic():
        DataReading.objects.all().delete()
