"""The loaded world: what is in it, that loading again changes nothing, and that a crash is repaired."""

from collections import Counter
from datetime import datetime, timedelta

import pytest
from django.contrib.auth.hashers import check_password
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from tests.demo.notebook import World
from tongban.cases.actions import start_bundle
from tongban.cases.bundle_store import latest_bundle, problems_of
from tongban.cases.models import Case, CaseAcross, CaseEvent, CaseState, Draft, JointPart
from tongban.cases.queries import ZoneFilter, bundle_offer, zone
from tongban.cases.rules import Light, light
from tongban.demo import world as demo
from tongban.demo.content import service_keys
from tongban.demo.people import Cast
from tongban.demo.plans import Plan, plans
from tongban.demo.playing import Stage, Times
from tongban.demo.services import FEEDS
from tongban.feedback.models import Rating
from tongban.foundation.calendar import china
from tongban.foundation.models import LedgerEntry
from tongban.government.models import Agency, DockingTask, Platform, Region
from tongban.government.queries import docking_table
from tongban.government.rules import credit_code_fault
from tongban.identity.access_records import DataReading
from tongban.identity.actor import VISITOR, hats_of
from tongban.identity.models import Account, Person, Post, Role
from tongban.items.models import Service, ServiceVersion
from tongban.items.queries import in_force_on
from tongban.userspace.models import Message

pytestmark = pytest.mark.django_db


def counts() -> dict[str, int]:
    """How many rows every table has."""
    models = (Region, Platform, Agency, DockingTask, Account, Person, Post, Service, ServiceVersion)
    more = (Case, CaseEvent, Draft, Rating, LedgerEntry)
    return {model.__name__: model._default_manager.count() for model in (*models, *more)}  # noqa: SLF001 - Django's documented API


def test_three_hundred_cases_over_every_state(world: World) -> None:
    states = Counter(Case.objects.filter(across=None).values_list("state", flat=True))
    assert sum(states.values()) == 300
    assert set(states) == set(CaseState.values)
    assert min(states.values()) >= 10
    assert not Case.objects.filter(submitted_at__gt=timezone.now()).exists()
    assert Case.objects.filter(submitted_at__gte=timezone.now() - timedelta(days=3)).exists()


def test_whoever_took_a_step_has_read_the_case_and_the_applicant_sees_it_in_order(world: World) -> None:
    stepped = CaseEvent.objects.filter(case__across=None, action__in=["accept", "grant", "deny"], post_id__isnull=False)
    read = set(DataReading.objects.values_list("object_id", flat=True))
    assert stepped.exists()
    assert set(stepped.values_list("case_id", flat=True)) <= read
    moments = list(DataReading.objects.order_by("id").values_list("first_at", flat=True))
    assert moments == sorted(moments)


def test_the_steps_of_every_case_follow_each_other(world: World) -> None:
    last: dict[object, CaseEvent] = {}
    for event in CaseEvent.objects.order_by("case_id", "sequence"):
        before = last.get(event.case_id)
        assert before is None or before.at <= event.at
        last[event.case_id] = event
    assert max(event.at for event in last.values()) <= timezone.now()


def test_every_light_shines_somewhere(world: World) -> None:
    today = timezone.localdate()
    lights = {light(today, due, china()) for due in Case.objects.values_list("due_on", flat=True)}
    assert lights == {*Light, None}
    due = [light(today, day, china()) for day in Case.objects.exclude(due_on=None).values_list("due_on", flat=True)]
    assert due.count(Light.RED) < len(due) / 3


def test_ratings_are_few_and_many(world: World) -> None:
    of_service = Counter(Rating.objects.values_list("service_id", flat=True))
    assert of_service.most_common(1)[0][1] > 100
    assert sum(1 <= count <= 3 for count in of_service.values()) >= 3
    assert set(Rating.objects.values_list("level", flat=True)) == {1, 2, 3, 4, 5}


def test_all_described_services_can_be_applied_for(world: World) -> None:
    applicable = in_force_on(timezone.localdate()).filter(is_applicable=True)
    assert applicable.count() == len(service_keys())
    assert not applicable.exclude(service__implementation_code__regex=r"^[0-9A-Z]{31}$").exists()


def test_coverage_differs_from_place_to_place(world: World) -> None:
    def published(region: str) -> int:
        found = Service.objects.filter(agency__region_id=region, item__isnull=False)
        return found.values("item").distinct().count()

    assert published("450100000000") > published("450700000000") > published("450500000000")
    assert published("450500000000") > published("450600000000") > 0
    assert published("450721109000") > 0
    assert published("450721103000") == 0


def test_other_platforms_keep_what_is_theirs(world: World) -> None:
    theirs = Service.objects.filter(platform__run_by_us=False)
    assert set(theirs.values_list("platform__code", flat=True)) == set(FEEDS)
    assert not theirs.exclude(source=Service.Source.FEED).exists()
    assert not ServiceVersion.objects.filter(service__in=theirs, is_applicable=True).exists()
    assert Region.objects.get(pk="440100000000").platform.code == "guangzhou"
    assert Region.objects.get(pk="450721109000").platform.code == "guangxi"


def test_agencies_of_ours_have_right_credit_codes(world: World) -> None:
    ours = Agency.objects.filter(services__versions__is_applicable=True).distinct()
    assert ours.exists()
    assert [agency.name for agency in ours if credit_code_fault(agency.credit_code)] == []


def test_fifty_five_docking_tasks_were_done_by_the_end_of_may_2019(world: World) -> None:
    done = DockingTask.objects.filter(state=DockingTask.State.DONE, done_on__lte="2019-05-31")
    assert done.count() == 55
    late = DockingTask.objects.filter(due_on__lt=timezone.localdate()).exclude(state=DockingTask.State.DONE)
    assert late.exists()


def test_the_league_of_docking_has_many_platforms_and_owners(world: World) -> None:
    table = docking_table(VISITOR, timezone.localdate())
    assert {row.code for row, _standing in table.standings} >= {
        "guangxi",
        "guangdong",
        "hainan",
        "fujian",
        *up_to_provinces(),
    }
    assert len({standing.rank for _row, standing in table.standings}) >= 4
    assert any(standing.late for _row, standing in table.standings)
    assert len(set(DockingTask.objects.values_list("owner__department", flat=True))) >= 6
    foreign = DockingTask.objects.exclude(platform__code="guangxi").select_related("owner__region", "platform")
    assert [t.name for t in foreign if t.owner.region.platform != t.platform] == []


def up_to_provinces() -> set[str]:
    """The cities' platforms, which join those of their provinces."""
    return {"guangzhou", "haikou", "quanzhou", "fuzhou"}


@pytest.mark.parametrize("hour", [2, 8, 12, 22])
def test_nobody_at_an_agency_takes_a_step_at_night(hour: int) -> None:
    now = datetime(2026, 3, 17, hour, 50, tzinfo=timezone.get_current_timezone())
    times = Times(now, now - timedelta(days=3))
    step = timezone.localtime(times.working(9, 0))
    assert step < now
    assert 9 <= step.hour < 17
    assert china().is_working(step.date())


def test_old_messages_of_who_signs_in_often_are_read(world: World) -> None:
    mine = Message.objects.filter(person__account__username="citizen.wei", post=None)
    old = mine.filter(created_at__lt=timezone.now() - timedelta(days=8))
    assert old.exists()
    assert not old.filter(read_at=None).exists()
    assert mine.filter(read_at=None).count() <= 20


def test_the_named_accounts_can_sign_in_and_wear_their_hats(world: World) -> None:
    accounts = demo.demo_accounts()
    assert len(accounts) == 18
    kept = Account.objects.in_bulk([a.username for a in accounts], field_name="username")
    assert len({account.password for account in kept.values()}) == 1
    assert check_password(accounts[0].password, kept["citizen.wei"].password)
    agent = hats_of(kept["agent.chen"], timezone.localdate())
    assert sum(hat.key.startswith("organisation:") for hat in agent) == 2
    officer = hats_of(kept["window.su"], timezone.localdate())
    assert sum(hat.key.startswith("post:") for hat in officer) == 2
    # Who may maintain what is said by the table of rights alone.
    assert not any(account.is_superuser for account in kept.values())
    others = Account.objects.exclude(pk__in=[account.pk for account in kept.values()])
    assert not any(account.has_usable_password() for account in others)


def test_named_people_have_something_to_do(world: World) -> None:
    def states(username: str) -> set[str]:
        return set(Case.objects.filter(person__account__username=username).values_list("state", flat=True))

    assert {CaseState.CORRECTING, CaseState.ACCEPTED, CaseState.CLOSED} <= states("citizen.wei")
    assert {CaseState.DECIDED, CaseState.SUBMITTED} <= states("citizen.huang")
    assert Draft.objects.filter(person__account__username="citizen.huang").exists()
    assert Draft.objects.filter(organisation__isnull=False).exists()


def test_loading_again_changes_nothing_and_costs_one_query(
    world: World,
) -> None:
    before = counts()
    with CaptureQueriesContext(connection) as queries:
        demo.load_demo_world(lambda _line: None)
    assert len(queries) == 1
    assert counts() == before


def test_what_a_crash_left_out_is_made_up_and_nothing_doubled(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """The mark of the whole world is not there yet, and the last case was cut off within its transaction."""
    before = counts()
    played: list[str] = []

    def crash(_stage: Stage, plan: object) -> None:
        played.append(str(plan))
        raise KeyboardInterrupt

    monkeypatch.setattr(demo, "_WHOLE", "another-world")
    planned = plans()
    monkeypatch.setattr(demo, "plans", lambda: [*planned[:5], *_one_more(planned)])
    with monkeypatch.context() as patched:
        patched.setattr(demo, "play", crash)
        with pytest.raises(KeyboardInterrupt):
            demo.load_demo_world(lambda _line: None)
    assert len(played) == 1
    demo.load_demo_world(lambda _line: None)
    after = counts()
    assert after["Case"] == before["Case"] + 1
    same = ("Region", "Platform", "Agency", "DockingTask", "Account", "Person", "Post", "Service", "ServiceVersion")
    assert {name: after[name] for name in same} == {name: before[name] for name in same}
    assert after["Draft"] == before["Draft"]


def _one_more(planned: list[Plan]) -> list[Plan]:
    first = planned[0]
    return [Plan("one-more", first.service, first.who, CaseState.SUBMITTED, 1)]


def test_officers_are_found_for_every_agency_with_a_described_service(world: World) -> None:
    cast = Cast(timezone.localdate())
    for agency_id in Case.objects.values_list("agency_id", flat=True).distinct():
        for role in (Role.WINDOW_OFFICER, Role.REVIEWING_OFFICER):
            assert cast.officer(agency_id, role).role == role


@pytest.mark.parametrize(
    ("code", "region", "agencies"),
    [("restaurant", "450721000000", 3), ("newborn", "450721109000", 4), ("house", "450721000000", 4)],
)
def test_the_bundles_that_ship_can_be_applied_for(world: World, code: str, region: str, agencies: int) -> None:
    today = timezone.localdate()
    bundle = latest_bundle(code)
    assert problems_of(bundle, today) == []
    offer = bundle_offer(VISITOR, code, Region.objects.get(pk=region), today)
    assert offer.row.is_offered
    assert offer.form is not None
    assert len({part.agency for part in offer.parts}) == agencies
    assert len({part.region for part in offer.parts}) >= 2
    cast = Cast(today)
    actor = cast.person("citizen.wei") if bundle.audience == "person" else cast.agent("钦州市海味小馆餐饮有限公司")
    assert start_bundle(actor, code, region, timezone.now()).bundle == code


def test_each_mode_across_regions_has_a_case(world: World) -> None:
    across = CaseAcross.objects.select_related("case", "region", "agency")
    assert Counter(across.values_list("mode", flat=True)) == {"online": 1, "collect": 3, "joint": 1}
    assert {each.region.code[:2] for each in across} == {"44", "46"}
    assert across.filter(mode="collect", acknowledged_at=None).exclude(forwarded_at=None).exists()
    joint = across.get(mode="joint")
    assert joint.case.state == CaseState.ACCEPTED
    assert JointPart.objects.get().case_id == joint.case_id
    guangzhou = Region.objects.get(pk="440100000000").lineage
    found = zone(VISITOR, ZoneFilter(guangzhou), timezone.localdate())
    assert {way.mode for row in found.rows for way in row.ways} == {"online", "collect", "joint"}
