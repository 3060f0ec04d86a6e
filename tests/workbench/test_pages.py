"""The workbench as officers use it: inbox, case, steps; what strangers get."""

from collections.abc import Callable
from http import HTTPStatus

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from tests.world import ANSWERS, PDF, SmallWorld
from tongban.cases import actions
from tongban.cases.models import Case, CaseState
from tongban.identity.actor import Actor
from tongban.identity.models import Account


@pytest.fixture
def world(db: None) -> SmallWorld:
    return SmallWorld.build()


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


def test_the_inbox_costs_the_same_whatever_its_length(
    world: SmallWorld, case: Case, browse: Browse, django_assert_max_num_queries: Callable[[int], object]
) -> None:
    client = browse(world.window)
    with django_assert_max_num_queries(8):  # type: ignore[attr-defined] # pytest-django types it loosely
        client.get(reverse("workbench:inbox"))


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
    page = browse(world.window).get(reverse("workbench:inbox"), {"after": after, "state": "?", "due": "\x00"})
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
