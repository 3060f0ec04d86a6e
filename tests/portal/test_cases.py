"""One's own cases: following, correcting, withdrawing, reading the documents, rating."""

import re
import uuid
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.shortcuts import resolve_url
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone, translation

from tests.kept import kept
from tests.portal.test_applying import CONTACT, SHOP, draft_of, file_of, fill_in, text_of
from tests.portal.world import World, build_world
from tongban.cases import actions
from tongban.cases.models import Case, CaseDocument, CaseMaterial, CaseState, Outcome
from tongban.cases.rules import written
from tongban.feedback.models import Rating
from tongban.foundation.errors import ConflictError


def _build() -> World:
    """The world, with an application that was just submitted."""
    world, citizen = build_world(), Client()
    citizen.force_login(world.citizen)
    draft = draft_of(citizen, world.licence)
    fill_in(citizen, draft)
    citizen.post(f"/apply/{draft}/check/", {"declaration": "1"})
    return world


built = kept(_build)


@pytest.fixture
def case(world: World) -> Case:
    """The application."""
    return Case.objects.get()


def handle(world: World, case: Case, *steps: str) -> Case:
    """Officers take these steps, one after the other."""
    for step in steps:
        case.refresh_from_db()
        officer = world.actor(world.reviewer)
        now = timezone.now()
        if step == "return":
            actions.return_for_correction(officer, case.pk, case.revision, now, "平面图缺少签字 Sign the floor plan.")
        elif step == "grant":
            actions.decide(officer, case.pk, case.revision, now, Outcome.GRANTED)
        elif step == "deny":
            actions.decide(officer, case.pk, case.revision, now, Outcome.DENIED, "场所不符合要求")
        else:
            getattr(actions, step)(officer, case.pk, case.revision, now)
    case.refresh_from_db()
    return case


def test_the_case_page_explains_its_due_date_day_by_day(case: Case, citizen: Client) -> None:
    page = citizen.get(f"/cases/{case.pk}/")
    words = text_of(page)
    assert written(case.number) in words
    assert "5 working days" in words
    assert "working day" in words
    assert case.due_on
    assert f"{case.due_on:%Y-%m-%d}" in words
    assert "What happens next" in words
    assert "海湾小厨" in words


def test_my_cases_tell_what_happens_next(case: Case, citizen: Client) -> None:
    words = text_of(citizen.get("/me/"))
    assert written(case.number) in words
    assert "working days left" in words
    assert "The agency checks whether everything is there" in words


def test_strangers_find_no_case_no_document_no_file(world: World, case: Case, client: Client) -> None:
    document, material = CaseDocument.objects.first(), CaseMaterial.objects.first()
    assert document
    assert material
    client.force_login(world.stranger)
    for address in (
        f"/cases/{case.pk}/",
        f"/cases/{case.pk}/receipt/",
        f"/cases/{case.pk}/correct/",
        f"/cases/{case.pk}/withdraw/",
        f"/cases/{case.pk}/rate/",
        f"/documents/{document.pk}/",
        f"/documents/{document.pk}.pdf",
        f"/files/{material.pk}",
        f"/cases/check?number={case.number}",
    ):
        assert client.get(address).status_code == 404, address
    client.logout()
    assert client.get(f"/files/{material.pk}")["Location"].startswith("/sign-in?next=")


@pytest.mark.parametrize("mangle", [str, str.lower, lambda number: number.replace("-", " ")])
def test_a_case_is_found_by_its_number_however_it_is_typed(case: Case, citizen: Client, mangle) -> None:  # type: ignore[no-untyped-def]  # noqa: ANN001
    response = citizen.get("/cases/check", {"number": mangle(written(case.number))})
    assert response["Location"] == f"/cases/{case.pk}/"


def test_documents_are_pages_and_pdf_files(world: World, case: Case, citizen: Client) -> None:
    document = CaseDocument.objects.get()
    assert "Receipt of application materials" in text_of(citizen.get(f"/documents/{document.pk}/"))
    assert f'href="/cases/{case.pk}/"' in citizen.get(f"/documents/{document.pk}/").content.decode()
    officer = Client()
    officer.force_login(world.window)
    assert f'href="/workbench/cases/{case.pk}/"' in officer.get(f"/documents/{document.pk}/").content.decode()
    file = citizen.get(f"/documents/{document.pk}.pdf")
    assert file.content.startswith(b"%PDF-")
    assert file["Content-Disposition"].startswith("attachment; ")


def test_a_grant_without_a_remark_says_why_on_its_page(world: World, case: Case, citizen: Client) -> None:
    handle(world, case, "accept", "grant")
    document = CaseDocument.objects.get(kind="grant")
    words = text_of(citizen.get(f"/documents/{document.pk}/"))
    assert "Reason: the application meets the conditions and standards of law" in words
    assert "reconsideration" in words


def test_files_are_saved_and_never_shown(case: Case, citizen: Client) -> None:
    material = CaseMaterial.objects.first()
    assert material
    response = citizen.get(f"/files/{material.pk}")
    assert response["Content-Disposition"].startswith('attachment; filename="rules.pdf"')
    assert response["X-Content-Type-Options"] == "nosniff"
    assert response["Content-Security-Policy"].startswith("sandbox")
    assert "no-store" in response["Cache-Control"]


def test_correcting_and_sending(world: World, case: Case, citizen: Client) -> None:
    handle(world, case, "return")
    assert "It is your turn" in text_of(citizen.get("/me/"))
    page = citizen.get(f"/cases/{case.pk}/correct/")
    assert "Sign the floor plan." in text_of(page)
    assert 'value="海湾小厨"' in page.content.decode()
    (revision,) = re.findall(r'name="revision" value="(\d+)"', page.content.decode())
    posted = {**SHOP, **CONTACT, "floor_area": "90", "revision": revision, "material-2": file_of("signed.pdf")}
    sent = citizen.post(f"/cases/{case.pk}/correct/", posted, follow=True)
    assert "Your correction was sent" in text_of(sent)
    case.refresh_from_db()
    assert case.state == CaseState.SUBMITTED
    assert case.answers["floor_area"] == 90
    assert "signed.pdf" in [kept.file_name for kept in case.materials.all()]
    again = citizen.post(f"/cases/{case.pk}/correct/", {**SHOP, **CONTACT, "revision": revision}, follow=True)
    assert "does not wait for your correction any more" in text_of(again)


def test_a_wrong_correction_keeps_answers_and_files(world: World, case: Case, citizen: Client) -> None:
    handle(world, case, "return")
    posted = {**SHOP, "phone": "12", "revision": "2", "material-2": file_of("signed.pdf")}
    response = citizen.post(f"/cases/{case.pk}/correct/", posted)
    page = response.content.decode()
    assert response.status_code == 422
    assert 'href="#field-phone"' in page
    (kept,) = re.findall(r'name="kept-2" value="([^"]+)"', page)
    sent = citizen.post(f"/cases/{case.pk}/correct/", {**SHOP, **CONTACT, "revision": "2", "kept-2": kept})
    assert sent.status_code == 302
    assert case.materials.filter(position=2).count() == 2


def test_withdrawing_asks_once_and_is_final(case: Case, citizen: Client) -> None:
    assert "Withdraw this application?" in text_of(citizen.get(f"/cases/{case.pk}/withdraw/"))
    for _click in range(2):
        citizen.post(f"/cases/{case.pk}/withdraw/", {"revision": "1", "reason": "不办了"})
    case.refresh_from_db()
    assert case.state == CaseState.WITHDRAWN
    assert case.events.filter(action="withdraw").count() == 1
    assert citizen.get(f"/cases/{case.pk}/withdraw/").status_code == 409


def test_rating_a_handled_case_once(world: World, case: Case, citizen: Client) -> None:
    assert citizen.get(f"/cases/{case.pk}/rate/").status_code == 409
    handle(world, case, "accept", "grant", "deliver")
    assert "Rate how it went" in text_of(citizen.get(f"/cases/{case.pk}/"))
    missing = citizen.post(f"/cases/{case.pk}/rate/", {"comment": "很快"})
    assert missing.status_code == 422
    assert "很快" in missing.content.decode()
    thanks = citizen.post(f"/cases/{case.pk}/rate/", {"level": "5", "comment": "很快"}, follow=True)
    assert "Thank you" in text_of(thanks)
    assert citizen.post(f"/cases/{case.pk}/rate/", {"level": "1", "comment": ""}).status_code == 409
    assert Rating.objects.get().level == 5
    everyone = text_of(citizen.get(f"/guides/{world.licence.pk}/ratings/"))
    assert "100.0 %" in everyone
    assert "很快" in everyone
    assert "韦兰" not in text_of(Client().get(f"/guides/{world.licence.pk}/ratings/"))
    assert "很快" in text_of(citizen.get(f"/agencies/{world.agency.pk}/ratings/"))


def test_the_agency_page_shows_what_the_guide_shows_of_its_ratings(
    world: World, case: Case, citizen: Client, django_assert_num_queries: Any
) -> None:
    address, reader = f"/agencies/{world.agency.pk}/", Client()
    reader.cookies["language"] = "en"
    with CaptureQueriesContext(connection) as before:
        assert "No ratings yet." in text_of(reader.get(address))
    number = len(before)
    handle(world, case, "accept", "grant", "deliver")
    citizen.post(f"/cases/{case.pk}/rate/", {"level": "4", "comment": "很快"})
    with django_assert_num_queries(number):
        page = reader.get(address)
    words = text_of(page)
    for said in ("很快", "1 rating", "1 case handled", "100.0 % of them rated", "the true share lies between"):
        assert said in words
    assert "How the ratings are distributed" in page.content.decode()
    assert f"/agencies/{world.agency.pk}/ratings/" in page.content.decode()


def test_a_late_case_says_what_to_do(world: World, case: Case, citizen: Client) -> None:
    assert "complain" not in text_of(citizen.get(f"/cases/{case.pk}/"))
    Case.objects.filter(pk=case.pk).update(due_on=timezone.localdate() - timedelta(days=9))
    page = citizen.get(f"/cases/{case.pk}/")
    words = text_of(page)
    assert "The agency is late. You can complain to it, or call 12345." in words
    assert "0777-12345" in words
    assert "You need do nothing now." not in words
    assert f"/guides/{world.licence.pk}/#remedies" in page.content.decode()
    assert 'id="remedies"' in citizen.get(f"/guides/{world.licence.pk}/").content.decode()


def test_the_officer_is_not_told_to_correct(world: World, case: Case, citizen: Client) -> None:
    handle(world, case, "return")
    assert "waiting for your correction" in text_of(citizen.get(f"/cases/{case.pk}/")).lower()
    officer = Client()
    officer.force_login(world.reviewer)
    officer.cookies["language"] = "en"
    for address in (resolve_url("workbench:inbox"), resolve_url("workbench:case", case_id=case.pk)):
        words = text_of(officer.get(address)).lower()
        assert "with the applicant for correction" in words, address
        assert "your correction" not in words, address
    with translation.override("en"), pytest.raises(ConflictError, match="the case is with the applicant"):
        actions.decide(world.actor(world.reviewer), case.pk, case.revision, timezone.now(), Outcome.GRANTED)


def test_materials_are_named_in_the_language_of_the_reader(world: World, case: Case, citizen: Client) -> None:
    material = case.materials.first()
    assert material is not None
    asked = case.version.materials.get(position=material.position)
    assert asked.english["name"] != asked.name == material.name
    words = text_of(citizen.get(f"/cases/{case.pk}/"))
    assert asked.english["name"] in words
    assert asked.name not in words


def test_a_denial_states_reason_and_remedies(world: World, case: Case, citizen: Client) -> None:
    handle(world, case, "accept", "deny")
    document = CaseDocument.objects.get(kind=CaseDocument.Kind.DENIAL)
    words = text_of(citizen.get(f"/documents/{document.pk}/"))
    assert "场所不符合要求" in words
    assert "reconsideration" in words


def test_no_case_is_told_from_one_that_is_not_yours(citizen: Client) -> None:
    assert citizen.get(f"/cases/{uuid.uuid4()}/").status_code == 404
