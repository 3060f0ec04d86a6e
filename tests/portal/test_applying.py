"""From the guide to the receipt: every page of applying, and what happens when something is wrong."""

import re
import uuid
from typing import Any
from urllib.parse import quote

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import HttpResponse
from django.test import Client
from django.utils import timezone

from tests.portal.world import World
from tongban.cases.models import Case, Draft
from tongban.identity.models import Person
from tongban.items.models import Service, ServiceVersion

PDF = b"%PDF-1.4\n1 0 obj\n<<>>\nendobj\ntrailer\n<<>>\n%%EOF\n"
SHOP = {"shop_name": "海湾小厨", "floor_area": "86", "cold_food": "false"}
CONTACT = {"phone": "13977712345"}


def draft_of(citizen: Client, service: Service) -> uuid.UUID:
    response = citizen.post(f"/guides/{service.pk}/apply")
    assert response.status_code == 302, response.content.decode()
    return uuid.UUID(response["Location"].strip("/").split("/")[-1])


def file_of(name: str = "rules.pdf") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, PDF)


def fill_in(citizen: Client, draft: uuid.UUID) -> None:
    """Everything that is asked for, and nothing else."""
    assert citizen.post(f"/apply/{draft}/questions/shop/", SHOP).status_code == 302
    assert citizen.post(f"/apply/{draft}/questions/contact/", CONTACT).status_code == 302
    for position in (1, 2):
        assert citizen.post(f"/apply/{draft}/materials/{position}/", {"file": file_of()}).status_code == 302


def text_of(response: HttpResponse | Any) -> str:  # the test client's own kind of response
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", response.content.decode()))


def test_applying_from_the_guide_to_the_receipt(world: World, citizen: Client) -> None:
    assert "Apply online" in text_of(citizen.get(f"/guides/{world.licence.pk}/"))
    draft = draft_of(citizen, world.licence)
    assert "0 of 3 parts are complete" in text_of(citizen.get(f"/apply/{draft}/"))
    assert citizen.get(f"/apply/{draft}/check/")["Location"] == f"/apply/{draft}/"
    fill_in(citizen, draft)
    assert "3 of 3 parts are complete" in text_of(citizen.get(f"/apply/{draft}/"))
    summary = text_of(citizen.get(f"/apply/{draft}/check/"))
    assert "海湾小厨" in summary
    assert "86 m²" in summary
    assert "rules.pdf" in summary
    sent = citizen.post(f"/apply/{draft}/check/", {"declaration": "1"}, follow=True)
    case = Case.objects.get()
    assert sent.redirect_chain[-1][0] == f"/cases/{case.pk}/receipt/"
    assert "Application sent" in text_of(sent)
    assert "food business licence" in text_of(sent).lower()


def test_a_second_click_on_submit_gets_the_one_case(world: World, citizen: Client) -> None:
    draft = draft_of(citizen, world.licence)
    fill_in(citizen, draft)
    first = citizen.post(f"/apply/{draft}/check/", {"declaration": "1"})
    second = citizen.post(f"/apply/{draft}/check/", {"declaration": "1"})
    assert first["Location"] == second["Location"]
    assert Case.objects.count() == 1


def test_without_the_declaration_nothing_is_sent(world: World, citizen: Client) -> None:
    draft = draft_of(citizen, world.licence)
    fill_in(citizen, draft)
    response = citizen.post(f"/apply/{draft}/check/")
    assert response.status_code == 422
    assert 'href="#field-declaration"' in response.content.decode()
    assert not Case.objects.exists()


def test_wrong_answers_stay_on_the_page_beside_what_is_wrong(world: World, citizen: Client) -> None:
    draft = draft_of(citizen, world.licence)
    wrong = {"shop_name": "海湾小厨", "floor_area": "big", "cold_food": "true"}
    response = citizen.post(f"/apply/{draft}/questions/shop/", wrong)
    page = response.content.decode()
    assert response.status_code == 422
    assert "<title>Error: " in page
    assert 'href="#field-floor_area"' in page
    assert 'href="#field-cold_room"' in page
    assert 'value="big"' in page
    assert 'value="海湾小厨"' in page
    assert Draft.objects.get().answers == {}


def test_saving_for_later_keeps_what_could_be_read(world: World, citizen: Client) -> None:
    draft = draft_of(citizen, world.licence)
    response = citizen.post(f"/apply/{draft}/questions/shop/", {"shop_name": "海湾小厨", "later": "1"})
    assert response["Location"] == "/me/"
    assert "海湾小厨" in citizen.get(f"/apply/{draft}/questions/shop/").content.decode()
    assert "Food business licence" in text_of(citizen.get("/me/"))
    assert draft_of(citizen, world.licence) == draft


def test_changing_an_answer_from_the_summary_leads_back_to_it(world: World, citizen: Client) -> None:
    draft = draft_of(citizen, world.licence)
    fill_in(citizen, draft)
    page = citizen.get(f"/apply/{draft}/questions/shop/?from=check").content.decode()
    assert 'name="from_check"' in page
    response = citizen.post(f"/apply/{draft}/questions/shop/", {**SHOP, "floor_area": "90", "from_check": "1"})
    assert response["Location"] == f"/apply/{draft}/check/"
    assert "90 m²" in text_of(citizen.get(f"/apply/{draft}/check/"))


def test_a_file_can_be_taken_out_again(world: World, citizen: Client) -> None:
    draft = draft_of(citizen, world.licence)
    citizen.post(f"/apply/{draft}/materials/1/", {"file": file_of("first.pdf")})
    page = citizen.get(f"/apply/{draft}/materials/1/").content.decode()
    (upload,) = re.findall(r'name="remove" value="([^"]+)"', page)
    citizen.post(f"/apply/{draft}/materials/1/", {"remove": upload})
    assert "first.pdf" not in citizen.get(f"/apply/{draft}/materials/1/").content.decode()


@pytest.mark.parametrize(
    ("name", "data", "words"),
    [
        ("virus.exe", b"MZ\x00\x01", "cannot be taken"),
        ("empty.pdf", b"", "Choose a file"),
        (None, b"", "Choose a file"),
    ],
)
def test_a_file_that_cannot_be_taken_is_told_at_its_field(
    world: World, citizen: Client, name: str | None, data: bytes, words: str
) -> None:
    draft = draft_of(citizen, world.licence)
    posted = {"file": SimpleUploadedFile(name, data)} if name else {}
    response = citizen.post(f"/apply/{draft}/materials/1/", posted)
    assert response.status_code == 422
    assert 'href="#field-file"' in response.content.decode()
    assert words in text_of(response) or "empty" in text_of(response)


def test_a_changed_guide_is_told_before_anything_is_sent(world: World, citizen: Client) -> None:
    draft = draft_of(citizen, world.licence)
    fill_in(citizen, draft)
    first = ServiceVersion.objects.get(service=world.licence)
    second = ServiceVersion.objects.get(pk=first.pk)
    second.pk = second.id = uuid.uuid4()
    second.number, second.state, second._state.adding = 2, ServiceVersion.State.DRAFT, True  # noqa: SLF001 - a copy
    second.effective_from = timezone.localdate()
    second.save()
    second.state = ServiceVersion.State.PUBLISHED
    second.save()
    response = citizen.post(f"/apply/{draft}/check/", {"declaration": "1"}, follow=True)
    assert "The guide has changed since you began" in text_of(response)
    assert not Case.objects.exists()


@pytest.mark.parametrize(
    ("service", "words"),
    [
        ("for_organisations", "This service is for organisations"),
        ("listed", "cannot be applied for here"),
    ],
)
def test_who_cannot_apply_is_told_why(world: World, citizen: Client, service: str, words: str) -> None:
    response = citizen.post(f"/guides/{getattr(world, service).pk}/apply")
    assert response.status_code == 403
    assert words in text_of(response)
    assert not Draft.objects.exists()


def test_an_officer_is_told_to_act_as_oneself(world: World, client: Client) -> None:
    client.force_login(world.window)
    client.cookies["language"] = "en"
    assert "You act as an officer now" in text_of(client.post(f"/guides/{world.licence.pk}/apply"))
    response = client.get("/me/")
    assert response.status_code == 403
    assert "/act-as/?next=%2Fme%2F" in response.content.decode()


def test_visitors_sign_in_and_come_back_to_where_they_were(world: World, reader: Client) -> None:
    response = reader.post(f"/guides/{world.licence.pk}/apply")
    assert response["Location"] == f"/sign-in?next=/guides/{world.licence.pk}/apply"


def test_a_draft_is_nobody_elses(world: World, citizen: Client, client: Client) -> None:
    draft = draft_of(citizen, world.licence)
    citizen.post("/sign-out")
    client.force_login(world.stranger)
    for page in ("", "questions/shop/", "materials/", "materials/1/", "check/", "discard/"):
        assert client.get(f"/apply/{draft}/{page}").status_code == 404, page


def test_deleting_a_draft_asks_once(world: World, citizen: Client) -> None:
    draft = draft_of(citizen, world.licence)
    assert "Delete this draft?" in text_of(citizen.get(f"/apply/{draft}/discard/"))
    citizen.post(f"/apply/{draft}/discard/")
    assert not Draft.objects.exists()


def test_the_level_is_raised_in_the_middle_and_nothing_is_lost(world: World, citizen: Client) -> None:
    """Below the level one begins, answers and uploads; sending leads to the step-up and back to the very step."""
    assert "You can raise it on the way" in text_of(citizen.get(f"/guides/{world.certain_identity.pk}/"))
    draft = draft_of(citizen, world.certain_identity)
    assert citizen.post(f"/apply/{draft}/questions/shop/", SHOP).status_code == 302
    assert citizen.post(f"/apply/{draft}/questions/contact/", CONTACT).status_code == 302
    assert "Prove who you are" in text_of(citizen.get(f"/apply/{draft}/"))
    step = f"/apply/{draft}/check/"
    for response in (citizen.get(step), citizen.post(step, {"declaration": "1"})):
        assert response.headers["Location"] == f"/me/assurance/?need=5&next={quote(step, safe='')}"
    page = citizen.get(response.headers["Location"])
    assert "yours is L3" in text_of(page)
    made = citizen.post("/me/assurance/", {"need": "5", "next": step}, follow=True)
    code = re.search(r'number">(\d{8})<', made.content.decode())
    assert code
    assert not Case.objects.exists()
    Person.objects.filter(account=world.citizen).update(assurance_level=5)
    assert "Go on where you were" in text_of(citizen.get(response.headers["Location"]))
    assert "海湾小厨" in text_of(citizen.get(step))
    assert "/receipt/" in citizen.post(step, {"declaration": "1"}).headers["Location"]


def test_only_a_page_of_this_site_is_come_back_to(world: World, citizen: Client) -> None:
    assert "Go on where you were" in text_of(citizen.get("/me/assurance/?need=1&next=/search"))
    for address in ("https://elsewhere.example/", "//elsewhere.example/", "javascript:alert(1)"):
        assert "Go on where you were" not in text_of(citizen.get("/me/assurance/", {"need": "1", "next": address}))
