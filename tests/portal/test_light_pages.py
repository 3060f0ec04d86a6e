"""Light handling as applicants and officers see it: guidance, ways, fetching, explanations, offers, tasks, tables."""

import re
from http import HTTPStatus
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from tests.cases.light import COMMITMENT, FETCH, GUIDANCE, INSTANT, OFFER, light_service
from tests.kept import copied, kept
from tests.world import ANSWERS, PDF, SmallWorld
from tongban.cases import actions
from tongban.cases.models import BenefitOffer, Case, CreditRecord, Draft, OfficerTask
from tongban.cases.particulars import Particulars
from tongban.cases.ways import Choice
from tongban.identity.actions import Identity, appoint, open_account, register_person
from tongban.identity.actor import Actor, platform_process
from tongban.identity.models import Account, Person, Role

Get = Any


built = kept(SmallWorld.build)


@pytest.fixture
def small(db: None, built: SmallWorld) -> SmallWorld:
    return copied(built)


def browser(actor: Actor) -> Client:
    client = Client()
    client.force_login(Account.objects.get(person=actor.person_id))
    client.cookies["language"] = "en"
    return client


def page(client: Client, name: str, *args: Any, **query: str) -> str:
    answer = client.get(reverse(name, args=args), query)
    assert answer.status_code == HTTPStatus.OK, answer
    return answer.content.decode()


def post(client: Client, name: str, *args: Any, **data: Any) -> Any:
    return client.post(reverse(name, args=args), data)


def apply(small: SmallWorld, service: Any, choice: Choice, materials: tuple[int, ...] = (1, 2)) -> Case:
    files = {place: [actions.upload(small.citizen, "文件.pdf", PDF).pk] for place in materials}
    return actions.submit_application(small.citizen, service.pk, ANSWERS, files, timezone.now(), choice)


def test_anybody_is_guided_question_by_question_to_a_list(small: SmallWorld) -> None:
    service = light_service(small, guidance=GUIDANCE)
    reader = Client()
    reader.cookies["language"] = "en"
    assert reverse("portal:guidance", args=[service.pk]) in page(reader, "portal:guide", service.pk)
    assert "Question 1" in page(reader, "portal:guidance", service.pk)
    second = page(reader, "portal:guidance", service.pk, premises="rented", nonsense="x")
    assert "Question 2" in second
    assert 'name="premises" value="rented"' in second
    done = page(reader, "portal:guidance", service.pk, premises="own")
    assert "nothing is rented" in done
    assert "Print this page" in done
    assert 'name="situation-premises" value="own"' in done
    other = light_service(small)
    assert reader.get(reverse("portal:guidance", args=[other.pk])).status_code == HTTPStatus.NOT_FOUND


def test_what_was_answered_before_signing_in_goes_into_the_draft(small: SmallWorld) -> None:
    service = light_service(small, guidance=GUIDANCE)
    client = browser(small.citizen)
    answer = post(client, "portal:apply", service.pk, **{"situation-premises": "own"})
    draft = Draft.objects.get()
    assert answer["Location"] == reverse("portal:task_list", args=[draft.pk])
    assert "Floor plan" in page(client, "portal:materials", draft.pk)
    assert "Lease" not in page(client, "portal:materials", draft.pk)


def test_a_draft_asks_first_and_cannot_be_sent_without_answers(small: SmallWorld) -> None:
    service = light_service(small, guidance=GUIDANCE)
    client = browser(small.citizen)
    answer = post(client, "portal:apply", service.pk)
    draft = Draft.objects.get()
    assert answer["Location"] == reverse("portal:situation", args=[draft.pk])
    refused = post(client, "portal:situation", draft.pk, question="premises")
    assert refused.status_code == HTTPStatus.UNPROCESSABLE_ENTITY
    assert client.get(reverse("portal:check", args=[draft.pk])).status_code == HTTPStatus.FOUND
    post(client, "portal:situation", draft.pk, question="premises", answer="rented")
    assert "Who is the landlord?" in page(client, "portal:situation", draft.pk)
    post(client, "portal:situation", draft.pk, question="landlord", answer="private")
    assert "Your list" in page(client, "portal:situation", draft.pk)
    assert "checked" in page(client, "portal:situation", draft.pk, question="premises")


def test_commitment_from_choice_to_receipt_and_back(small: SmallWorld) -> None:
    service = light_service(small, commitment=COMMITMENT)
    client = browser(small.citizen)
    assert "the grant is revoked" in page(client, "portal:guide", service.pk)
    post(client, "portal:apply", service.pk)
    draft = Draft.objects.get()
    assert "the grant is revoked" in page(client, "portal:way", draft.pk)
    assert post(client, "portal:way", draft.pk, way="moon").status_code == HTTPStatus.UNPROCESSABLE_ENTITY
    post(client, "portal:way", draft.pk, way="commitment")
    actions.save_draft(small.citizen, draft.pk, ANSWERS)
    post(client, "portal:material", draft.pk, 1, file=SimpleUploadedFile("plan.pdf", PDF))
    assert "tell of changes" in page(client, "portal:check", draft.pk)
    assert post(client, "portal:check", draft.pk, declaration="1").status_code == HTTPStatus.UNPROCESSABLE_ENTITY
    sent = post(client, "portal:check", draft.pk, declaration="1", undertaken="1")
    case = Case.objects.get()
    assert sent["Location"] == reverse("portal:receipt", args=[case.pk])
    again = post(client, "portal:check", draft.pk, declaration="1", undertaken="1")
    assert again["Location"] == sent["Location"]
    listed = page(client, "portal:case_list", case.pk)
    assert "tell of changes" in listed
    assert "print-button" in listed
    assert reverse("portal:take_back", args=[case.pk]) in page(client, "portal:case", case.pk)
    back = post(client, "portal:take_back", case.pk, revision=case.revision)
    assert back["Location"] == reverse("portal:task_list", args=[Draft.objects.get().pk])
    gone = client.get(reverse("portal:take_back", args=[case.pk]))
    assert gone.status_code == HTTPStatus.CONFLICT


def test_fetching_asks_for_consent_and_is_told_on_the_case(small: SmallWorld) -> None:
    floor_plan = actions.upload(small.citizen, "平面图.pdf", PDF)
    now = timezone.now()
    earlier = actions.submit_application(small.citizen, small.service.pk, ANSWERS, {1: [floor_plan.pk]}, now)
    earlier = actions.accept(small.window, earlier.pk, 1, now)
    actions.decide(small.reviewer, earlier.pk, earlier.revision, now, "granted")  # type: ignore[arg-type]
    service = light_service(small, fetch=FETCH)
    client = browser(small.citizen)
    guide = page(client, "portal:guide", service.pk)
    assert guide.count("Not asked for where we find it") == 2
    for material in service.versions.get().materials.filter(position__in=(1, 2)):
        assert guide.count(material.text("name")) == 1  # a material stands once, in its row
    draft = actions.start_draft(small.citizen, service.pk, now)
    assert "Food business licence" in page(client, "portal:materials", draft.pk)
    assert "We can fetch it" in page(client, "portal:material", draft.pk, 2)
    assert post(client, "portal:material", draft.pk, 2, fetch="1").status_code == HTTPStatus.UNPROCESSABLE_ENTITY
    for place in (1, 2):
        done = post(client, "portal:material", draft.pk, place, fetch="1", consent="1")
        assert done.status_code == HTTPStatus.FOUND
    actions.save_draft(small.citizen, draft.pk, ANSWERS)
    case = actions.submit_draft(small.citizen, draft.pk, now)
    assert "2 documents were fetched" in page(client, "portal:case", case.pk)
    assert "With your consent" in page(client, "portal:case_list", case.pk)
    assert "Fetched with consent" in page(browser(small.reviewer), "workbench:case_light", case.pk)


def test_an_instant_decision_is_explained_and_an_officer_is_asked_for(small: SmallWorld) -> None:
    case = apply(small, light_service(small, "instant", instant=INSTANT), Choice())
    client = browser(small.citizen)
    assert reverse("portal:explanation", args=[case.pk]) in page(client, "portal:receipt", case.pk)
    why = page(client, "portal:explanation", case.pk)
    assert "small shops are granted at once" in why
    assert "the same result" in why
    assert "Rule 1 of version 2" in why
    assert (
        browser(small.stranger).get(reverse("portal:explanation", args=[case.pk])).status_code == HTTPStatus.NOT_FOUND
    )
    step = reverse("portal:take_part", args=[case.pk, "ask_for_review"])
    assert step in page(client, "portal:case", case.pk)
    for _double_click in range(2):
        client.post(step, {"revision": case.revision, "reason": "请人工复核"})
    assert OfficerTask.objects.count() == 1
    tasks = page(browser(small.reviewer), "workbench:tasks")
    assert "Review of what a rule decided" in tasks
    assert reverse("workbench:case", args=[case.pk]) in tasks
    assert "An officer looks at it now" in page(client, "portal:explanation", case.pk)
    assert "small shops" in page(browser(small.reviewer), "workbench:case_light", case.pk)


def test_offers_are_confirmed_by_one_click_and_declined_by_another(small: SmallWorld) -> None:
    person = Person.objects.get(account=small.citizen.account_id)
    person.id_number = "452824195005010028"
    person.save()
    for _each in range(2):
        light_service(small, offer=OFFER)
    client = browser(small.citizen)
    assert "Nothing is offered to you now" in page(client, "portal:offers")
    assert actions.make_offers(timezone.now()) == 2
    assert "2 offers wait for your answer" in page(client, "portal:my_space")
    shown = page(client, "portal:offers")
    assert "from the age of 60" in shown
    first, second = BenefitOffer.objects.order_by("pk")
    post(client, "portal:answer_offer", first.pk, answer="decline")
    for _double_click in range(2):
        done = post(client, "portal:answer_offer", second.pk, answer="confirm")
        assert done["Location"] == reverse("portal:case", args=[Case.objects.get().pk])
    assert "as offered" in page(client, "portal:explanation", Case.objects.get().pk)
    assert post(client, "portal:answer_offer", first.pk, answer="confirm").status_code == HTTPStatus.CONFLICT
    assert post(browser(small.stranger), "portal:answer_offer", first.pk, answer="confirm").status_code == (
        HTTPStatus.NOT_FOUND
    )
    assert "{" not in re.sub(r"<(script|style).*?</\1>", "", page(client, "portal:offers"), flags=re.DOTALL)


def test_bad_credit_is_repaired_by_who_decides_at_the_agency(small: SmallWorld) -> None:
    service = light_service(small, commitment=COMMITMENT)
    case = apply(small, service, Choice(way="commitment", undertaken=True), (1,))
    now = timezone.now()
    case = actions.take_step(small.reviewer, case.pk, case.revision, now, "grant", Particulars())
    head = open_account(platform_process("tests"), "head", "correct-horse-battery")
    person = register_person(platform_process("tests"), Identity("局长", assurance_level=4), head)
    appoint(platform_process("tests"), person, small.agency, Role.HEAD_OF_AGENCY, timezone.localdate(now))
    boss = Client()
    boss.force_login(head)
    boss.cookies["language"] = "en"
    step = reverse("workbench:step", args=[case.pk, "revoke"])
    boss.post(step, {"revision": case.revision, "reason": "承诺不实"})
    record = CreditRecord.objects.get()
    assert "Mark as repaired" in page(boss, "workbench:tasks")
    assert "Mark as repaired" not in page(browser(small.window), "workbench:tasks")
    assert post(boss, "workbench:repair", record.pk).status_code == HTTPStatus.UNPROCESSABLE_ENTITY
    post(boss, "workbench:repair", record.pk, reason="已履行")
    record.refresh_from_db()
    assert record.repaired_on is not None


def test_an_administrator_reads_the_tables_with_their_version(small: SmallWorld) -> None:
    service = light_service(small, "instant", instant=INSTANT, guidance=GUIDANCE)
    account = open_account(platform_process("tests"), "admin", "correct-horse-battery")
    person = register_person(platform_process("tests"), Identity("管理员", assurance_level=4), account)
    appoint(platform_process("tests"), person, small.agency, Role.ADMINISTRATOR, timezone.localdate())
    admin = Client()
    admin.force_login(account)
    admin.cookies["language"] = "en"
    listed = page(admin, "workbench:tables")
    for code in ("intake", "instant", "guidance.materials.2", "guidance.fields.area"):
        assert code in listed
    assert "Decision at once by rule" in listed
    guided = page(admin, "workbench:table", service.pk, "guidance.fields.area")
    asked = GUIDANCE["questions"][0]
    assert asked["label"]["en"] in guided
    assert asked["options"][0]["label"]["en"] in guided
    one = page(admin, "workbench:table", service.pk, "instant")
    assert "version 2" in one
    assert "&lt;= 50" in one
    assert admin.get(reverse("workbench:table", args=[service.pk, "moon"])).status_code == HTTPStatus.NOT_FOUND
    refused = browser(small.window).get(reverse("workbench:tables"))
    assert refused.status_code == HTTPStatus.FORBIDDEN


def test_lists_have_a_fixed_number_of_queries(small: SmallWorld) -> None:
    service = light_service(small, "instant", instant=INSTANT)
    counts = []
    client = browser(small.reviewer)
    for _round in range(2):
        for _each in range(2):
            case = apply(small, service, Choice())
            now = timezone.now()
            actions.take_step(
                small.citizen, case.pk, case.revision, now, "ask_for_review", Particulars(reason="请复核")
            )
        page(client, "workbench:tasks")
        with CaptureQueriesContext(connection) as queries:
            page(client, "workbench:tasks")
        counts.append(len(queries))
    assert counts[0] == counts[1]
