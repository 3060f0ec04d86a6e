"""The workbench as officers use it: inbox, case, steps; what strangers get."""

import re
from collections.abc import Callable, Iterator
from datetime import timedelta
from http import HTTPStatus

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from tests.kept import copied, kept
from tests.world import ANSWERS, PDF, SmallWorld
from tongban.cases import actions
from tongban.cases.models import Case, CaseState
from tongban.cases.particulars import Particulars
from tongban.cases.procedure import SHIPPED_PROCEDURES
from tongban.cases.procedure_store import PROCEDURES, latest_procedure
from tongban.cases.queries import case_view
from tongban.identity.actions import Identity, appoint, open_account, register_person
from tongban.identity.actor import Actor, actor_for, platform_process
from tongban.identity.models import Account, Role
from tongban.workbench.common import MAX_DOCUMENT

built = kept(SmallWorld.build)


@pytest.fixture
def world(db: None, built: SmallWorld) -> SmallWorld:
    return copied(built)


@pytest.fixture
def case(world: SmallWorld) -> Case:
    plan = actions.upload(world.citizen, "平面图.pdf", PDF)
    return actions.submit_application(world.citizen, world.service.pk, ANSWERS, {1: [plan.pk]}, timezone.now())


@pytest.fixture
def browse(client: Client) -> Callable[[Actor], Client]:
    def sign_in(actor: Actor) -> Client:
        client.force_login(Account.objects.get(person=actor.person_id))
        return client

    return sign_in


Browse = Callable[[Actor], Client]


def _step(case: Case, action: str) -> str:
    return reverse("workbench:step", args=[case.pk, action])


def test_the_inbox_shows_the_agencys_open_cases(world: SmallWorld, case: Case, browse: Browse) -> None:
    page = browse(world.window).get(reverse("workbench:inbox"))
    assert page.status_code == HTTPStatus.OK
    assert case.applicant_name in page.text
    assert "食品经营许可" in page.text
    assert page.headers["Cache-Control"].startswith("max-age=0")


def test_the_inbox_costs_the_same_whatever_its_length(world: SmallWorld, case: Case, browse: Browse) -> None:
    client = browse(world.window)

    def queries_for(length: int) -> int:
        with CaptureQueriesContext(connection) as asked:
            page = client.get(reverse("workbench:inbox"))
        assert page.text.count('href="/workbench/cases/') == length
        return len(asked)

    queries_for(1)  # what a process reads once
    one = queries_for(1)
    for _ in range(3):
        plan = actions.upload(world.citizen, "平面图.pdf", PDF)
        actions.submit_application(world.citizen, world.service.pk, ANSWERS, {1: [plan.pk]}, timezone.now())
    assert queries_for(4) == one == 3


@pytest.mark.smoke
def test_a_case_is_accepted_and_decided_through_pages(world: SmallWorld, case: Case, browse: Browse) -> None:
    client = browse(world.window)
    page = client.get(reverse("workbench:case", args=[case.pk]))
    assert "阿秀米粉店" in page.text
    assert _step(case, "accept") in page.text
    assert _step(case, "grant") not in page.text
    done = client.post(_step(case, "accept"), {"revision": 1}, follow=True)
    assert done.status_code == HTTPStatus.OK
    client = browse(world.reviewer)
    missing = client.post(_step(case, "deny"), {"revision": 2, "reason": "  "})
    assert missing.status_code == HTTPStatus.UNPROCESSABLE_ENTITY
    assert 'href="#field-reason"' in missing.text
    client.post(_step(case, "deny"), {"revision": 2, "reason": "选址不符合要求"})
    case.refresh_from_db()
    assert (case.state, case.outcome) == (CaseState.DECIDED, "denied")


def test_an_overrun_is_explained_before_what_waits_for_it(world: SmallWorld, case: Case, browse: Browse) -> None:
    now, address = timezone.now(), reverse("workbench:case", args=[case.pk])
    over = timezone.localdate() - timedelta(days=1)

    def page_of(actor: Actor) -> tuple[str, list[tuple[str, str]]]:
        page = browse(actor).get(address, headers={"Accept-Language": "en"}).content.decode()
        found = re.findall(rf'<a class="button ?([a-z]*)" href="{address}([a-z_]+)/"', page)
        return page, found

    # A role that does not explain is told who does.
    Case.objects.filter(pk=case.pk).update(legal_due_on=over)
    page, found = page_of(world.window)
    assert "who decides at your agency explains it" in page
    assert {"intake", "accept"}.isdisjoint(name for _look, name in found)
    Case.objects.filter(pk=case.pk).update(legal_due_on=case.legal_due_on)

    actions.accept(world.window, case.pk, 1, now)
    Case.objects.filter(pk=case.pk).update(legal_due_on=over)
    page, found = page_of(world.reviewer)
    assert found[0] == ("", "explain_overrun")
    assert all(look for look, _name in found[1:])
    assert {"grant", "deny"}.isdisjoint(name for _look, name in found)
    waiting = re.search(r"wait until the overrun is explained: ([^<]*)</p>", page)
    assert waiting
    assert {"Grant", "Deny"} <= set(re.split(r", | and |\.", waiting[1]))

    actions.take_step(world.reviewer, case.pk, 2, now, "explain_overrun", Particulars(reason="系统故障"))
    page, found = page_of(world.reviewer)
    assert found[0][1] != "explain_overrun"
    assert ("", "grant") in found
    assert "wait until the overrun" not in page


def test_the_second_officer_gets_a_page_that_says_so(world: SmallWorld, case: Case, browse: Browse) -> None:
    browse(world.window).post(_step(case, "accept"), {"revision": 1})
    browse(world.reviewer).post(_step(case, "grant"), {"revision": 2})
    late = browse(world.second_reviewer).post(_step(case, "grant"), {"revision": 2})
    assert late.status_code == HTTPStatus.CONFLICT
    assert "农丽华" in late.text


def test_strangers(world: SmallWorld, case: Case, browse: Browse, client: Client) -> None:
    assert client.get(reverse("workbench:inbox")).status_code in {HTTPStatus.FOUND, HTTPStatus.UNAUTHORIZED}
    assert browse(world.citizen).get(reverse("workbench:inbox")).status_code == HTTPStatus.FORBIDDEN
    foreign = browse(world.foreign_officer)
    assert foreign.get(reverse("workbench:case", args=[case.pk])).status_code == HTTPStatus.NOT_FOUND
    assert foreign.post(_step(case, "accept"), {"revision": 1}).status_code == HTTPStatus.NOT_FOUND
    assert foreign.get(_step(case, "nonsense")).status_code == HTTPStatus.NOT_FOUND


def test_a_supervisor_sees_figures_without_names(world: SmallWorld, case: Case, browse: Browse) -> None:
    page = browse(world.supervisor).get(reverse("workbench:progress"))
    assert world.agency.name in page.text
    assert case.applicant_name not in page.text
    assert browse(world.window).get(reverse("workbench:progress")).status_code == HTTPStatus.FORBIDDEN


@pytest.mark.parametrize("after", ["x", "2026-01-01_x", "_", "9999-99-99_" + "0" * 36])
def test_a_wrong_cursor_is_the_first_page(world: SmallWorld, case: Case, browse: Browse, after: str) -> None:
    page = browse(world.window).get(reverse("workbench:inbox"), {"after": after, "state": "?", "due": "?"})
    assert page.status_code == HTTPStatus.OK
    assert case.applicant_name in page.text


def test_a_step_of_another_role_is_refused_as_such(world: SmallWorld, case: Case, browse: Browse) -> None:
    client = browse(world.window)
    client.post(_step(case, "accept"), {"revision": 1})
    page = client.get(_step(case, "grant"))
    assert page.status_code == HTTPStatus.FORBIDDEN
    assert reverse("workbench:case", args=[case.pk]) in page.text


def test_a_page_of_conflict_leads_on_to_the_case(world: SmallWorld, case: Case, browse: Browse) -> None:
    client = browse(world.window)
    client.post(_step(case, "accept"), {"revision": 1})
    page = client.post(_step(case, "refuse_acceptance"), {"revision": 1, "reason": "不属于本机关"})
    assert page.status_code == HTTPStatus.CONFLICT
    assert "另一个窗口" in page.text
    assert reverse("workbench:case", args=[case.pk]) in page.text


# --- steps of a procedure, intake, the clock --------------------------------------------------------------------------


def test_intake_leads_to_its_exit(world: SmallWorld, case: Case, browse: Browse) -> None:
    client = browse(world.window)
    address = reverse("workbench:intake", args=[case.pk])
    assert address in client.get(reverse("workbench:case", args=[case.pk])).text
    assert client.get(address).status_code == HTTPStatus.OK
    empty = client.post(address, {"revision": 1})
    assert empty.status_code == HTTPStatus.UNPROCESSABLE_ENTITY
    assert 'href="#field-found"' in empty.text
    answers = {"revision": 1, "needed": "yes", "competent": "yes", "found": "incomplete"}
    assert client.post(address, answers).status_code == HTTPStatus.UNPROCESSABLE_ENTITY  # what is missing?
    assert client.post(address, answers | {"reason": "平面图看不清楚"}).status_code == HTTPStatus.FOUND
    case.refresh_from_db()
    assert case.state == CaseState.CORRECTING
    assert client.get(address).status_code == HTTPStatus.CONFLICT


def test_intake_asks_which_organ_is_competent(world: SmallWorld, case: Case, browse: Browse) -> None:
    client, address = browse(world.window), reverse("workbench:intake", args=[case.pk])
    answers = {"revision": 1, "needed": "yes", "competent": "no", "found": "complete", "reason": "没有管辖权"}
    unnamed = client.post(address, answers)
    assert unnamed.status_code == HTTPStatus.UNPROCESSABLE_ENTITY
    assert 'href="#field-competent_organ"' in unnamed.text
    assert "没有管辖权" in unnamed.text
    assert client.post(address, answers | {"competent_organ": "钦州市市场监督管理局"}).status_code == HTTPStatus.FOUND
    document = case.documents.get(kind="acceptance_refusal")
    page = browse(world.citizen).get(reverse("portal:document", args=[document.pk]))
    assert "钦州市市场监督管理局" in page.text


def test_a_refusal_may_name_the_competent_organ(world: SmallWorld, case: Case, browse: Browse) -> None:
    client = browse(world.window)
    assert 'name="competent_organ"' in client.get(_step(case, "refuse_acceptance")).text
    assert 'name="competent_organ"' not in client.get(_step(case, "return_for_correction")).text
    unsaid = client.post(_step(case, "refuse_acceptance"), {"revision": 1, "competent_organ": "钦州市 \r\n 医保局"})
    assert unsaid.status_code == HTTPStatus.UNPROCESSABLE_ENTITY
    assert 'value="钦州市 医保局"' in unsaid.text
    stated = {"revision": 1, "reason": "没有管辖权", "competent_organ": "钦州市医保局"}
    assert client.post(_step(case, "refuse_acceptance"), stated).status_code == HTTPStatus.FOUND
    assert "请向钦州市医保局提出申请" in case.documents.get(kind="acceptance_refusal").content["zh"]["reason"]


def test_a_step_asks_for_what_its_procedure_asks(world: SmallWorld, case: Case, browse: Browse) -> None:
    client = browse(world.reviewer)
    client.post(_step(case, "accept"), {"revision": 1})
    page = client.get(_step(case, "begin_special"))
    for field in ("pause", "until-year", "reason"):
        assert f'name="{field}"' in page.text
    stated = {"revision": 2, "pause": "testing", "reason": "水质检测"}
    missing = client.post(_step(case, "begin_special"), stated)
    assert missing.status_code == HTTPStatus.UNPROCESSABLE_ENTITY
    assert "水质检测" in missing.text
    day = timezone.localdate() + timedelta(days=20)
    dated = {"until-year": day.year, "until-month": day.month, "until-day": day.day}
    done = client.post(_step(case, "begin_special"), stated | dated, follow=True)
    assert done.status_code == HTTPStatus.OK
    case.refresh_from_db()
    assert case.stage == "special"
    clock = client.get(reverse("workbench:clock", args=[case.pk]))
    assert "LIC-DECIDE" in clock.text
    assert "检测" in clock.text


def test_every_step_of_the_standard_procedure_has_a_page(world: SmallWorld, case: Case, browse: Browse) -> None:
    client = browse(world.reviewer)
    client.post(_step(case, "accept"), {"revision": 1})
    actions_now = case_view(world.reviewer, case.pk, timezone.localdate()).actions
    assert {"verify", "offer_hearing", "propose", "want_inspectors", "send_to_lower"} <= set(actions_now)
    for action in actions_now:
        page = client.get(_step(case, action))
        assert page.status_code == HTTPStatus.OK, action


def test_the_applicant_sees_the_clock_day_by_day(world: SmallWorld, case: Case, browse: Browse) -> None:
    page = browse(world.citizen).get(reverse("portal:clock", args=[case.pk]))
    assert page.status_code == HTTPStatus.OK
    assert "《行政许可法》（2019修正）第三十二条第四项" in page.text
    assert browse(world.stranger).get(reverse("portal:clock", args=[case.pk])).status_code == HTTPStatus.NOT_FOUND


# --- procedures -------------------------------------------------------------------------------------------------------


@pytest.fixture
def administrator(world: SmallWorld) -> Iterator[Actor]:
    account = open_account(platform_process("tests"), "root", "correct-horse-battery")
    person = register_person(platform_process("tests"), Identity("管理员", assurance_level=4), account)
    since = timezone.localdate() - timedelta(days=1)
    appoint(platform_process("tests"), person, world.agency, Role.ADMINISTRATOR, since)
    yield actor_for(account, "", timezone.localdate())
    PROCEDURES.forget()


def test_procedures_are_listed_drawn_and_for_administrators(
    world: SmallWorld, administrator: Actor, browse: Browse
) -> None:
    client = browse(administrator)
    page = client.get(reverse("workbench:procedures"))
    for code, versions in SHIPPED_PROCEDURES.versions.items():
        for version in versions:
            address = reverse("workbench:procedure", args=[code, version])
            assert address in page.text
            drawn = client.get(address)
            assert drawn.status_code == HTTPStatus.OK
            assert "<svg" in drawn.text
    assert client.get(reverse("workbench:procedure", args=["standard", 99])).status_code == HTTPStatus.NOT_FOUND
    assert browse(world.window).get(reverse("workbench:procedures")).status_code == HTTPStatus.FORBIDDEN


def test_a_new_version_is_checked_and_then_followed(world: SmallWorld, administrator: Actor, browse: Browse) -> None:
    client = browse(administrator)
    address = reverse("workbench:procedure_edit", args=["standard", 3])
    text = SHIPPED_PROCEDURES.text("standard", 3)
    wrong = text.replace("limit: LIC-LOWER", "limit: LIC-LOWEST").replace("[reviewing_officer@lower", "[emperor@lower")
    refused = client.post(address, {"document": wrong})
    assert refused.status_code == HTTPStatus.UNPROCESSABLE_ENTITY
    assert "LIC-LOWEST" in refused.text
    assert "emperor" in refused.text
    twice = client.post(address, {"document": f"{text}start: received\n"})
    assert twice.status_code == HTTPStatus.UNPROCESSABLE_ENTITY
    assert f"第{text.count(chr(10)) + 1}行" in twice.text
    assert "已经写过" in twice.text
    short = {"file": SimpleUploadedFile("p.yaml", text.encode("gb18030"))}
    assert "UTF-8" in client.post(address, short).text
    long = {"document": text + "#" * MAX_DOCUMENT}
    assert client.post(address, long).status_code == HTTPStatus.UNPROCESSABLE_ENTITY  # not cut off and put in force
    same = client.post(address, {"document": text}, follow=True)
    assert same.redirect_chain[-1][0] == reverse("workbench:procedure", args=["standard", 3])
    assert latest_procedure("standard").version == 3
    done = client.post(address, {"document": text.replace("title_en: proposed", "title_en: put forward")}, follow=True)
    assert done.status_code == HTTPStatus.OK
    assert latest_procedure("standard").version == 4
    plan = actions.upload(world.citizen, "平面图.pdf", PDF)
    case = actions.submit_application(world.citizen, world.service.pk, ANSWERS, {1: [plan.pk]}, timezone.now())
    assert case.procedure_version == 4
    assert actions.accept(world.window, case.pk, 1, timezone.now()).state == CaseState.ACCEPTED


def test_a_page_without_its_revision_is_refused(world: SmallWorld, case: Case, browse: Browse) -> None:
    client = browse(world.window)
    for posted in ({}, {"revision": ""}, {"revision": "eins"}, {"revision": "²"}):
        page = client.post(_step(case, "accept"), posted)
        assert page.status_code == HTTPStatus.UNPROCESSABLE_ENTITY
        assert "页面内容不完整" in page.text
        assert reverse("workbench:case", args=[case.pk]) in page.text
    case.refresh_from_db()
    assert case.revision == 1


def test_a_second_click_on_the_applicants_own_step_gets_the_firsts_page(
    world: SmallWorld, case: Case, browse: Browse
) -> None:
    actions.accept(world.window, case.pk, 1, timezone.now())
    actions.take_step(world.reviewer, case.pk, 2, timezone.now(), "offer_hearing", Particulars(reason="拟不予许可"))
    address = reverse("portal:take_part", args=[case.pk, "request_hearing"])
    client = browse(world.citizen)
    for _click in (1, 2):
        page = client.post(address, {"revision": 3})
        assert (page.status_code, page.headers.get("Location")) == (
            HTTPStatus.FOUND,
            reverse("portal:case", args=[case.pk]),
        )
    case.refresh_from_db()
    assert (case.stage, case.revision) == ("hearing_requested", 4)
    assert client.post(address).status_code == HTTPStatus.UNPROCESSABLE_ENTITY  # which revision was seen?
    assert client.get(address).status_code == HTTPStatus.CONFLICT
    assert client.post(reverse("portal:take_part", args=[case.pk, "x"]), {"revision": 4}).status_code == 409
