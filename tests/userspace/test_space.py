"""One's own space: licences that run out and their reminders, results, saved matters, suggestions, the one search."""

import re
from collections.abc import Callable
from datetime import date, datetime, timedelta
from functools import partial

import pytest
from django.test import Client
from django.utils import timezone, translation

from tests.world import ANSWERS, NOW, PDF, TODAY, SmallWorld, account_of
from tongban.cases import actions
from tongban.cases.models import Case, Outcome
from tongban.foundation import outbox
from tongban.foundation.errors import NotAllowedError, NotFoundError, SignInNeededError
from tongban.foundation.models import LedgerEntry
from tongban.identity.actor import VISITOR, Actor, actor_for
from tongban.identity.models import Account
from tongban.items.models import Item, Service, ServiceVersion
from tongban.userspace.actions import choose_suggestions, save_matter, unsave_matter
from tongban.userspace.jobs import count_what_came_next, remind_of_licences
from tongban.userspace.models import Message, NextMatter
from tongban.userspace.queries import (
    is_saved,
    my_licences,
    my_results,
    my_saved,
    my_suggestions,
    overview,
    search_my_space,
)
from tongban.userspace.rules import Standing

MONTHS = 6
# Pages of the space that are pages of everybody, or stand in the navigation themselves.
ELSEWHERE = {"/life/", "/me/messages/"}


@pytest.fixture
def granted(world: SmallWorld) -> Callable[..., Case]:
    """A case granted some days after it was submitted, of a service whose result is valid for six months."""
    _valid_for(world, MONTHS)

    def grant(actor: Actor | None = None, now: datetime = NOW) -> Case:
        who = actor or world.citizen
        plan = actions.upload(who, "平面图.pdf", PDF)
        case = actions.submit_application(who, world.service.pk, ANSWERS, {1: [plan.pk]}, now)
        case = actions.accept(world.window, case.pk, case.revision, now + timedelta(days=1))
        return actions.decide(world.reviewer, case.pk, case.revision, now + timedelta(days=2), Outcome.GRANTED)

    return grant


def _valid_for(world: SmallWorld, months: int) -> None:
    """A second version of the service, in force from the same day: its result is valid for a time."""
    first = ServiceVersion.objects.get(pk=world.version.pk)
    materials = list(first.materials.all())
    first.pk, first.number, first.state, first.result_validity = None, 2, ServiceVersion.State.DRAFT, months
    first.save()
    for material in materials:
        material.pk, material.version = None, first
        material.save()
    first.state = ServiceVersion.State.PUBLISHED
    first.save()


@pytest.mark.parametrize(("name", "lacks"), [("citizen", set()), ("agent", {"/me/data/", "/me/delegations/"})])
def test_whatever_stands_in_a_space_opens_in_its_hat(
    world: SmallWorld, client: Client, name: str, lacks: set[str]
) -> None:
    actor: Actor = getattr(world, name)
    client.force_login(account_of(actor))
    client.post("/act-as/", {"hat": actor.hat})
    page = client.get("/me/").content.decode()
    ways = set(re.findall(r'href="([^"]+)"', page[page.index('<ul class="entries">') :].split("</ul>")[0]))
    assert {"/me/data/", "/me/delegations/"} - ways == lacks
    opened = {way: client.get(way) for way in ways}
    assert {way: answer.status_code for way, answer in opened.items()} == dict.fromkeys(ways, 200)
    # Each leads back.
    assert all('href="/me/"' in opened[way].content.decode().partition("<main")[2] for way in ways - ELSEWHERE)


def test_the_last_day_to_ask_says_that_it_may_still_move(world: SmallWorld, granted: Callable[..., Case]) -> None:
    """It is counted back over days of a year whose holidays are not announced yet."""
    granted(now=NOW + timedelta(days=61))  # until 3 February 2027
    near = NOW + timedelta(days=180)
    assert remind_of_licences(near) == 1
    assert re.search("2026年12月.*日（暂定）", Message.objects.get(notice="renew_now").texts["zh"]["text"])
    with translation.override("en"):
        (first, *_others) = my_suggestions(world.citizen, near.date())
    assert first.kind == "renew"
    assert " December 2026 (provisional)" in first.why


def test_a_licence_runs_out_is_reminded_of_once_and_renewed(world: SmallWorld, granted: Callable[..., Case]) -> None:
    case = granted()
    assert my_licences(world.stranger, TODAY) == []
    (licence,) = my_licences(world.citizen, TODAY)
    assert (licence.case_id, licence.term.expires_on, licence.standing) == (case.pk, date(2026, 12, 3), Standing.VALID)
    assert licence.renew == world.service.pk
    assert remind_of_licences(NOW) == 0
    near = NOW + timedelta(days=131)  # 10 October
    for _time in range(2):
        remind_of_licences(near)
    told = Message.objects.get(notice="renew_now")
    assert "2026年12月3日" in told.texts["zh"]["text"]
    assert overview(world.citizen, near.date()).licences[0].standing is Standing.RENEW_NOW
    assert remind_of_licences(NOW + timedelta(days=177)) == 1
    with translation.override("en"):
        (first, *_others) = my_suggestions(world.citizen, date(2026, 11, 25))
    assert first.kind == "renew"
    assert "3 December 2026" in first.why
    # Asked for, it is under way; granted, the new one stands beside it.
    plan = actions.upload(world.citizen, "平面图.pdf", PDF)
    again = actions.submit_application(world.citizen, world.service.pk, ANSWERS, {1: [plan.pk]}, near)
    assert my_licences(world.citizen, near.date())[0].standing is Standing.RENEWING
    assert remind_of_licences(near + timedelta(days=50)) == 0
    again = actions.accept(world.window, again.pk, again.revision, near)
    actions.decide(world.reviewer, again.pk, again.revision, near, Outcome.GRANTED)
    found = [(one.case_id, one.standing) for one in my_licences(world.citizen, near.date())]
    assert found == [(again.pk, Standing.VALID), (case.pk, Standing.RENEWED)]
    assert remind_of_licences(near + timedelta(days=50)) == 0


def test_results_and_the_search_are_ones_own(world: SmallWorld, granted: Callable[..., Case]) -> None:
    case, theirs = granted(), granted(world.agent)
    outbox.drain(timezone.now())
    (result,) = my_results(world.citizen)
    assert result.case_id == case.pk
    assert [one.case_id for one in my_results(world.agent)] == [theirs.pk]
    save_matter(world.citizen, world.service.pk, NOW)
    found = search_my_space(world.citizen, "食品", TODAY)
    assert {one.kind for one in found} == {"case", "result", "message", "saved"}
    assert {one.id for one in found if one.kind == "case"} == {case.pk}
    assert {one.kind for one in search_my_space(world.citizen, "spjy", TODAY)} >= {"case", "saved"}
    assert [one.id for one in search_my_space(world.citizen, case.number, TODAY) if one.kind == "case"] == [case.pk]
    assert search_my_space(world.stranger, "食品", TODAY) == []
    assert search_my_space(world.citizen, theirs.number, TODAY) == []
    for other, refusal in ((VISITOR, SignInNeededError), (world.window, NotAllowedError)):
        reads: tuple[Callable[[Actor], object], ...] = (
            my_results,
            partial(my_licences, today=TODAY),
            partial(search_my_space, query="x", today=TODAY),
            partial(my_suggestions, today=TODAY),
            partial(overview, today=TODAY),
        )
        for read in reads:
            with pytest.raises(refusal):
                read(other)


def test_matters_are_saved_by_the_hat(world: SmallWorld) -> None:
    for _time in range(2):
        save_matter(world.agent, world.service.pk, NOW)
    assert is_saved(world.agent, world.service.pk)
    assert not is_saved(world.citizen, world.service.pk)
    assert not is_saved(VISITOR, world.service.pk)
    assert [row.name for row in my_saved(world.agent, TODAY)] == ["食品经营许可"]
    with pytest.raises(NotFoundError):
        save_matter(world.agent, world.agency.pk, NOW)
    for _time in range(2):
        unsave_matter(world.agent, world.service.pk)
    assert my_saved(world.agent, TODAY) == []
    deeds = LedgerEntry.objects.filter(deed__in=["save_matter", "unsave_matter"]).values_list("deed", flat=True)
    assert list(deeds) == ["save_matter", "unsave_matter"]


def test_what_others_did_next_counts_only_in_groups(
    world: SmallWorld, granted: Callable[..., Case], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two did the same; only where groups of two are large enough is it told, and never what is sensitive."""
    first = world.service.item
    assert first is not None
    sign = Item.objects.create(
        code="000131002000", name="户外招牌审批", item_type="01", department=world.agency.department, levels=[3]
    )
    service = Service.objects.create(item=sign, agency=world.agency, platform=world.agency.platform)
    version = ServiceVersion.objects.create(
        service=service, number=1, name=sign.name, item_type="01", effective_from=date(2026, 1, 1), is_applicable=True
    )
    version.state = ServiceVersion.State.PUBLISHED
    version.save()
    for actor in (world.citizen, world.stranger):
        granted(actor)
        case = granted(actor, NOW + timedelta(days=3))
        Case.objects.filter(pk=case.pk).update(service=service)
    plan = actions.upload(_as_person(world, world.agent), "平面图.pdf", PDF)
    third = _as_person(world, world.agent)
    actions.submit_application(third, world.service.pk, ANSWERS, {1: [plan.pk]}, NOW)

    later = NOW + timedelta(days=30)
    assert count_what_came_next(later) == 0
    assert [one for one in my_suggestions(third, later.date()) if one.kind == "others"] == []
    monkeypatch.setattr("tongban.userspace.jobs.SMALLEST_GROUP", 2)
    monkeypatch.setattr("tongban.userspace.suggesting.SMALLEST_GROUP", 2)
    assert count_what_came_next(later) == 1
    pair = NextMatter.objects.get()
    assert (pair.before, pair.after, pair.group, pair.followed) == (first, sign, 3, 2)
    with translation.override("en"):
        (told,) = [one for one in my_suggestions(third, later.date()) if one.kind == "others"]
    assert told.target == str(service.pk)
    assert "Of 3 who applied" in told.why
    # Whoever switches suggestions off gets none, and is not counted either.
    choose_suggestions(third, wanted=False)
    assert my_suggestions(third, later.date()) == []
    choose_suggestions(world.citizen, wanted=False)
    assert count_what_came_next(later) == 0
    Item.objects.filter(pk=sign.pk).update(name="残疾人证办理")
    choose_suggestions(world.citizen, wanted=True)
    assert count_what_came_next(later) == 0


def _as_person(world: SmallWorld, actor: Actor) -> Actor:
    return actor_for(Account.objects.get(person=actor.person_id), "person", TODAY)


def test_the_pages_of_ones_space(world: SmallWorld, granted: Callable[..., Case], client: Client) -> None:
    """Each page opens for who applies, in both hats, shows one's own, and works without script."""
    now = timezone.now()
    case = granted(now=now - timedelta(days=150))
    outbox.drain(now)
    client.force_login(Account.objects.get(person=world.citizen.person_id))
    client.cookies["language"] = "en"
    assert "Something of yours runs out" in client.get("/me/").content.decode()
    saved = client.post(f"/me/saved/{world.service.pk}/", {"next": f"/guides/{world.service.pk}/"})
    assert saved.headers["Location"] == f"/guides/{world.service.pk}/"
    assert "Saved: take it out" in client.get(f"/guides/{world.service.pk}/").content.decode()
    assert "Food business licence" in client.get("/me/saved/").content.decode()
    assert "Renew" in client.get("/me/licences/").content.decode()
    assert "decision to grant" in client.get("/me/results/").content.decode().lower()
    found = client.get("/me/search/", {"q": "spjy"}).content.decode()
    assert f"/cases/{case.pk}/" in found
    assert client.get("/me/search/", {"q": "%_\\"}).status_code == 200
    message = Message.objects.filter(person=world.citizen.person_id).first()
    assert message is not None
    assert client.get(f"/me/messages/{message.pk}/").status_code == 200
    assert "It expires on" in client.get("/me/suggestions/").content.decode()
    client.post("/me/suggestions/", {"off": "1"})
    assert "Suggestions are switched off" in client.get("/me/suggestions/").content.decode()
    for page in ("/life/", "/life/open/", "/life/open/?q=spjy&everywhere", "/me/cases/", "/me/assurance/"):
        assert client.get(page).status_code == 200, page
    assert "食品" in Client().get("/life/open/").content.decode()
    assert client.get("/life/nothing/").status_code == 404
    assert client.get("/my/messages/?before=x").headers["Location"] == "/me/messages/?before=x"
    client.force_login(Account.objects.get(person=world.stranger.person_id))
    assert client.get(f"/me/messages/{message.pk}/").status_code == 404
    assert f"/cases/{case.pk}/" not in client.get("/me/search/", {"q": "食品"}).content.decode()
