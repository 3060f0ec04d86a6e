"""The register at the workbench: found by number, entered from documents, corrected by evidence."""

from dataclasses import dataclass
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from tests.identity.people import People, number, person_of
from tests.portal.test_applying import text_of
from tests.world import PASSWORD
from tongban.identity.actions import Identity, appoint, open_account, register_person
from tongban.identity.actor import platform_process
from tongban.identity.assurance.models import Verification
from tongban.identity.models import CorrectionRequest, Guardianship, Organisation, Person, Role
from tongban.identity.own_data import ask_correction

OPERATOR = platform_process("tests")
BORN = timezone.localdate() - timedelta(days=3000)
CHILD, MOTHER = number(BORN, 8), number(BORN.replace(year=1950), 1)


@dataclass(frozen=True)
class Desk:
    people: People
    client: Client


@pytest.fixture
def desk(db: None, client: Client) -> Desk:
    """An administrator's browser."""
    people = People.build()
    account = open_account(OPERATOR, "keeper", PASSWORD)
    keeper = register_person(OPERATOR, Identity("管册", assurance_level=4), account)
    since = timezone.localdate() - timedelta(days=9)
    appoint(OPERATOR, keeper, people.world.agency, Role.ADMINISTRATOR, since)
    client.force_login(account)
    client.cookies["language"] = "en"
    return Desk(people, client)


def test_people_are_found_and_entered(desk: Desk) -> None:
    client, mother = desk.client, person_of(desk.people.mother)
    child = register_person(OPERATOR, Identity("韦小宝", id_number=CHILD))
    assert client.post("/workbench/people/", {"paper": "resident", "number": "1"}).status_code == 422
    found = client.post("/workbench/people/", {"paper": "resident", "number": CHILD})
    assert found["Location"] == f"/workbench/people/{child.pk}/"
    page = client.get(found["Location"])
    assert CHILD not in page.content.decode()
    assert "•" in text_of(page)
    guarding = {"guard": "1", "kind": "parent", "paper": "resident", "number": str(mother.id_number)}
    assert client.post(found["Location"], guarding).status_code == 422
    client.post(found["Location"], guarding | {"document": "户口簿 450721-1"})
    guardian = Guardianship.objects.get(ward=child)
    assert guardian.guardian == mother
    client.post(found["Location"], {"end_guard": str(guardian.pk), "reason": "判决"})
    assert Guardianship.objects.get(ward=child).ended_at
    merging = {"merge": "1", "other_paper": "resident", "other_number": str(mother.id_number), "merge_reason": "同一人"}
    assert "two people" in text_of(client.post(found["Location"], merging))
    day = {"died_on-year": "2026", "died_on-month": "1", "died_on-day": "2", "death_document": "死亡证明 1"}
    client.post(found["Location"], {"death": "1"} | day)
    assert Person.objects.get(pk=child.pk).died_on


def test_a_level_obtained_wrongly_is_taken_back(desk: Desk) -> None:
    person = person_of(desk.people.mother)
    made = Verification.objects.create(person=person, source="counter", level=5, evidence={}, made_at=timezone.now())
    Person.objects.filter(pk=person.pk).update(assurance_level=5)
    here = f"/workbench/people/{person.pk}/"
    assert "L5 · At a counter" in text_of(desk.client.get(here))
    refused = desk.client.post(here, {"revoke": str(made.pk), f"revoke_reason_{made.pk}": " "})
    assert refused.status_code == 422
    assert "State why it shall count no more." in text_of(refused)
    desk.client.post(here, {"revoke": str(made.pk), f"revoke_reason_{made.pk}": "伪造的证件"})
    assert Person.objects.get(pk=person.pk).assurance_level == 2
    page = text_of(desk.client.get(here))
    assert "counts no more" in page
    assert "伪造的证件" not in page


def test_organisations_change_and_end(desk: Desk) -> None:
    client, organisation = desk.client, desk.people.world.organisation
    found = client.post("/workbench/people/", {"credit_code": organisation.credit_code})
    mother = person_of(desk.people.mother)
    new = {"representative": "1", "paper": "resident", "number": str(mother.id_number), "document": "变更登记 1"}
    client.post(found["Location"], new)
    assert Organisation.objects.get(pk=organisation.pk).legal_representative == mother
    day = {"dissolved_on-year": "2026", "dissolved_on-month": "2", "dissolved_on-day": "3"}
    assert client.post(found["Location"], {"dissolve": "1"} | day).status_code == 422
    client.post(found["Location"], {"dissolve": "1", "dissolution_document": "注销登记 1"} | day)
    assert "Dissolved" in text_of(client.get(found["Location"]))


def test_corrections_are_answered(desk: Desk) -> None:
    asked = ask_correction(desk.people.mother, "name", "韦秀蓝", "户口簿", timezone.now())
    assert "韦秀兰" in text_of(desk.client.get("/workbench/corrections/"))
    here = f"/workbench/corrections/{asked.pk}/"
    assert desk.client.post(here, {"correct": "1"}).status_code == 422
    desk.client.post(here, {"correct": "1", "evidence": "户口簿 1"})
    assert CorrectionRequest.objects.get(pk=asked.pk).state == "corrected"


def test_other_officers_have_none_of_these_pages(desk: Desk) -> None:
    world = desk.people.world
    person = person_of(desk.people.mother)
    account = person_of(world.reviewer).account
    assert account is not None
    desk.client.force_login(account)
    for address in ("people/", f"people/{person.pk}/", f"organisations/{world.organisation.pk}/", "corrections/"):
        page = desk.client.get(f"/workbench/{address}")
        assert page.status_code == 403
