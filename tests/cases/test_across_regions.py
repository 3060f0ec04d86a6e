"""Across regions: the three modes on real rows, and who answers for which step."""

import uuid
from datetime import date, timedelta

import pytest
from django.utils import timezone, translation
from hypothesis import given
from hypothesis import strategies as st

from tests.cases.across import GUANGDONG, GUANGZHOU, HAINAN, OPERATOR, Far
from tests.world import ANSWERS, NOW, PDF, TODAY, SmallWorld
from tongban.cases import actions
from tongban.cases.actions import OfferTerms
from tongban.cases.explaining import explain_case
from tongban.cases.models import Case, CaseAcross, CaseState, ClockStart, JointPart, Mode, Outcome, RegionOffer
from tongban.cases.queries import ZoneFilter, across_desk, case_view, inbox, ways_of, zone
from tongban.cases.reach import LEVELS, is_elsewhere, reaches
from tongban.cases.responsibility import ACKNOWLEDGE, ANSWER_PLACE, DEEDS, RETURN_ORIGINALS, Act, Places, duties
from tongban.cases.timekeeping import run_deemed_effects
from tongban.foundation import outbox
from tongban.foundation.errors import ConflictError, InvalidError, NotAllowedError, NotFoundError
from tongban.foundation.models import LedgerEntry
from tongban.government.models import Region
from tongban.identity.actor import VISITOR
from tongban.identity.models import Person
from tongban.items.models import ServiceVersion
from tongban.userspace.queries import my_messages

# --- who answers for what -------------------------------------------------------------------------------------------

COMPETENT, RECEIVING, ASKED = (uuid.UUID(int=n) for n in (1, 2, 3))
ACTS = st.lists(
    st.builds(
        Act,
        st.sampled_from([*DEEDS, "submit", "accept", "grant", "withdraw", "deem_accepted"]),
        st.sampled_from([None, COMPETENT, RECEIVING, ASKED]),
        st.booleans(),
    )
)


@given(st.sampled_from(Mode), ACTS)
def test_the_competent_agency_always_decides_and_somebody_is_always_liable(mode: Mode, acts: list[Act]) -> None:
    receiving = None if mode is Mode.ONLINE else RECEIVING
    found = duties(Places(mode, COMPETENT, receiving), acts)
    assert len(found) == len(acts)
    assert {duty.decides for duty in found} <= {COMPETENT}
    assert {duty.received for duty in found} <= {receiving or COMPETENT}
    for act, duty in zip(acts, found, strict=True):
        assert duty.liable in {COMPETENT, RECEIVING, act.agency}


@given(ACTS)
def test_from_the_acknowledgement_on_the_competent_agency_is_liable(acts: list[Act]) -> None:
    found = duties(Places(Mode.COLLECT, COMPETENT, RECEIVING), acts)
    arrived = next((place for place, act in enumerate(acts) if act.action == ACKNOWLEDGE), len(acts))
    own = {ANSWER_PLACE, RETURN_ORIGINALS}
    for place, (act, duty) in enumerate(zip(acts, found, strict=True)):
        if not (act.action in own and act.agency):
            assert duty.liable == (RECEIVING if place < arrived else COMPETENT)


def test_online_nobody_else_is_ever_liable() -> None:
    acts = [Act("submit"), Act("accept", COMPETENT, accepted=True), Act("grant", COMPETENT)]
    assert {duty.liable for duty in duties(Places(Mode.ONLINE, COMPETENT), acts)} == {COMPETENT}


def test_in_a_joint_handling_each_answers_for_its_part() -> None:
    acts = [
        Act("submit", RECEIVING),
        Act("accept", RECEIVING, accepted=True),
        Act("ask_place", RECEIVING, accepted=True),
        Act("answer_place", ASKED, accepted=True),
        Act("grant", COMPETENT),
    ]
    found = duties(Places(Mode.JOINT, COMPETENT, RECEIVING), acts)
    assert [duty.liable for duty in found] == [RECEIVING, RECEIVING, COMPETENT, ASKED, COMPETENT]


LINEAGES = st.lists(st.sampled_from("abc"), min_size=1, max_size=5).map(lambda codes: ["n", *codes])


@given(st.sampled_from(sorted(LEVELS)), LINEAGES, LINEAGES)
def test_what_reaches_far_reaches_near(area: str, home: list[str], place: list[str]) -> None:
    wider = [each for each in LEVELS if LEVELS[each] <= LEVELS[area]]
    if reaches(area, home, place):
        assert all(reaches(each, home, place) for each in wider)
    assert reaches("nation", home, place)
    assert not reaches("", home, place)
    assert is_elsewhere(home, place) == (home[-1] not in place)


# --- on real rows ---------------------------------------------------------------------------------------------------


@pytest.fixture
def far(world: SmallWorld) -> Far:
    return Far(world)


def test_collected_in_guangzhou_and_decided_in_lingshan(world: SmallWorld, far: Far) -> None:
    far.offer(Mode.COLLECT, basis="桂粤跨省通办合作协议")
    case = far.taken_in()
    assert (case.agency_id, case.due_on, case.clock_on) == (world.agency.pk, None, None)  # nothing runs on the way
    late = NOW + timedelta(days=20)
    assert run_deemed_effects(late).taken == {}
    with pytest.raises(ConflictError):
        actions.accept(world.window, case.pk, 1, NOW)
    with pytest.raises(NotAllowedError):
        actions.acknowledge(far.window, case.pk, 1, NOW)
    with pytest.raises(ConflictError):
        actions.acknowledge(world.window, case.pk, 1, NOW)  # it has not been sent yet
    with pytest.raises(InvalidError) as refused:
        actions.forward(far.window, case.pk, 1, NOW, "  ")
    assert list(refused.value.fields) == ["dispatch"]

    sent = NOW + timedelta(days=1)
    case = actions.forward(far.window, case.pk, 1, sent, "EMS 1234 5678 9CN")
    assert actions.forward(far.window, case.pk, 1, sent, "EMS 1234 5678 9CN").revision == 2  # a second click
    with pytest.raises(ConflictError, match="林窗"):
        actions.acknowledge(world.window, case.pk, 1, sent)
    arrived = NOW + timedelta(days=3)  # Thursday 4 June
    case = actions.acknowledge(world.window, case.pk, 2, arrived, "封条完好")
    assert case.due_on == date(2026, 6, 11)  # five working days from the arrival
    assert run_deemed_effects(NOW + timedelta(days=10)).taken == {}
    case = actions.accept(world.window, case.pk, 3, arrived)
    assert case.due_on == date(2026, 6, 11)  # the promised five working days, from the acceptance
    case = actions.decide(world.reviewer, case.pk, 4, arrived, Outcome.GRANTED)
    case = actions.return_originals(far.window, case.pk, 5, arrived, "当面交还")
    case = actions.deliver(world.window, case.pk, 6, arrived)

    view = case_view(world.citizen, case.pk, TODAY)
    assert view.across
    assert [(event.label, event.duty and event.duty.liable) for event in view.events] == [
        ("异地窗口代收", "广州市政务服务中心"),
        ("转送实施机关", "广州市政务服务中心"),
        ("确认收到转送材料", world.agency.name),
        ("受理", world.agency.name),
        ("准予", world.agency.name),
        ("交还原件或结果", "广州市政务服务中心"),
        ("送达并办结", world.agency.name),
    ]
    assert {event.duty.decides for event in view.events if event.duty} == {world.agency.name}
    assert {event.duty.received for event in view.events if event.duty} == {"广州市政务服务中心"}
    assert explain_case(world.citizen, case.pk, TODAY).agrees
    outbox.drain(timezone.now())
    told = [row.title for row in my_messages(world.citizen).rows]
    assert {"材料已转送实施机关", "实施机关已收到材料", "原件或结果已交还"} <= set(told)
    principals = LedgerEntry.objects.filter(object_id=str(case.pk), deed__in=["submit", "forward", "acknowledge"])
    assert set(principals.values_list("principal", flat=True)) == {
        f"agency:{far.agency.pk}",
        f"agency:{world.agency.pk}",
    }


def test_an_offer_may_let_the_limits_run_from_the_hand_in(far: Far) -> None:
    far.offer(Mode.COLLECT, clock_start=ClockStart.HAND_IN)
    case = far.taken_in()
    assert case.due_on == date(2026, 6, 8)
    actions.forward(far.window, case.pk, 1, NOW, "EMS 1")
    case = actions.acknowledge(far.world.window, case.pk, 2, NOW + timedelta(days=2))
    assert case.due_on == date(2026, 6, 8)
    assert run_deemed_effects(NOW + timedelta(days=8)).taken == {"deem_accepted": 1}


def test_what_is_deemed_accepted_is_dated_back_to_the_arrival(far: Far) -> None:
    far.offer(Mode.COLLECT)
    case = far.taken_in()
    actions.forward(far.window, case.pk, 1, NOW, "EMS 1")
    actions.acknowledge(far.world.window, case.pk, 2, NOW + timedelta(days=3))
    assert run_deemed_effects(NOW + timedelta(days=11)).taken == {"deem_accepted": 1}
    case.refresh_from_db()
    assert case.accepted_at == NOW + timedelta(days=3)
    assert case_view(far.world.citizen, case.pk, TODAY).times.accepted_on == date(2026, 6, 4)


def test_a_joint_handling_is_accepted_where_the_applicant_is(world: SmallWorld, far: Far) -> None:
    far.offer(Mode.JOINT)
    far.offer(Mode.JOINT, far.second)
    case = far.taken_in()
    assert case.due_on == date(2026, 6, 8)
    assert {"accept", "return_for_correction", "refuse_acceptance"} <= set(
        case_view(far.window, case.pk, TODAY).actions
    )
    case = actions.accept(far.window, case.pk, 1, NOW)
    assert case.state == CaseState.ACCEPTED
    assert case_view(far.window, case.pk, TODAY).actions == []  # deciding is not the accepting place's
    with pytest.raises(NotFoundError):
        case_view(far.other, case.pk, TODAY)  # not asked yet
    with pytest.raises(InvalidError):
        actions.ask_place(far.window, case.pk, 2, NOW, world.agency.pk, "请核对")
    case = actions.ask_place(far.window, case.pk, 2, NOW, far.second.pk, "请核对该申请人在海南的登记情况")
    assert [row.case.id for row in across_desk(far.other, TODAY).asked] == [case.pk]
    with pytest.raises(NotAllowedError):
        actions.accept(far.other, case.pk, 3, NOW)
    with pytest.raises(NotAllowedError):
        actions.answer_place(world.window, case.pk, 3, NOW, "我来答")
    case = actions.answer_place(far.other, case.pk, 3, NOW, "无不良记录")
    assert across_desk(far.other, TODAY).asked == []
    case = actions.decide(world.reviewer, case.pk, 4, NOW, Outcome.GRANTED)
    view = case_view(world.citizen, case.pk, TODAY)
    assert view.across
    assert [duty.liable for duty in view.across.duties] == [
        far.agency.name,
        far.agency.name,
        world.agency.name,
        far.second.name,
        world.agency.name,
    ]
    assert [(part.agency, part.answer) for part in view.across.parts] == [(far.second.name, "无不良记录")]
    assert JointPart.objects.count() == 1


def test_online_from_another_region(world: SmallWorld, far: Far) -> None:
    draft = actions.start_draft(world.citizen, world.service.pk, NOW)
    with pytest.raises(InvalidError) as refused:
        actions.choose_place(world.citizen, draft.pk, GUANGZHOU, NOW)  # nothing says so
    assert list(refused.value.fields) == ["region"]
    far.offer(Mode.ONLINE)
    with pytest.raises(NotFoundError):
        actions.choose_place(world.stranger, draft.pk, GUANGZHOU, NOW)
    actions.choose_place(world.citizen, draft.pk, GUANGZHOU, NOW)
    actions.save_draft(world.citizen, draft.pk, ANSWERS)
    plan = actions.upload(world.citizen, "平面图.pdf", PDF)
    actions.attach(world.citizen, draft.pk, 1, plan.pk)
    case = actions.submit_draft(world.citizen, draft.pk, NOW)
    assert case.due_on == date(2026, 6, 8)
    view = case_view(world.citizen, case.pk, TODAY)
    assert view.across
    assert (view.across.mode, view.across.place, view.across.receiving) == ("online", "广州市", world.agency.name)
    assert CaseAcross.objects.get().agency is None
    # Who is at home needs no mode.
    draft = actions.start_draft(world.citizen, world.service.pk, NOW)
    actions.choose_place(world.citizen, draft.pk, world.agency.region_id, NOW)
    assert not hasattr(draft, "place")


def test_a_second_click_takes_in_once(far: Far) -> None:
    far.offer(Mode.COLLECT)
    check = far.seen()
    service, handed_in = far.world.service.pk, far.handed_in(check)
    cases = {actions.take_in_elsewhere(far.window, check, service, handed_in, NOW).pk for _click in (1, 2)}
    assert len(cases) == Case.objects.count() == 1


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"name": "韦秀"}, "name"),
        ({"id_number": "450721199003070023"}, "id_number"),
        ({"document": " "}, "document"),
        ({"credit_code": "91450700MA5K00000X"}, "credit_code"),
    ],
)
def test_who_stands_at_the_desk_is_checked(far: Far, wrong: dict[str, str], field: str) -> None:
    far.offer(Mode.COLLECT)
    with pytest.raises(InvalidError) as refused:
        far.seen(None, **wrong)
    assert list(refused.value.fields) == [field]


def test_who_is_unknown_is_registered_at_the_window(far: Far) -> None:
    far.offer(Mode.COLLECT)
    check = far.seen(name="邓小满", id_number="440103198802294518", phone="13900000000")
    case = actions.take_in_elsewhere(far.window, check, far.world.service.pk, far.handed_in(check), NOW)
    assert case.applicant_name == "邓小满"
    across = CaseAcross.objects.get(case=case)
    assert (across.check_made_id, Person.objects.get(name="邓小满").assurance_level) == (check, 5)
    with translation.override("en"):
        view = case_view(far.window, case.pk, TODAY)
    assert view.across
    assert view.across.identity_document == "resident identity card"
    with pytest.raises(NotFoundError):  # another window's check is not theirs
        actions.keep_paper(far.other, check, "x.pdf", PDF, NOW)
    with pytest.raises(ConflictError):  # nor does it hold tomorrow
        actions.keep_paper(far.window, check, "x.pdf", PDF, NOW + timedelta(1))


def test_other_papers_than_a_residents_are_shown_at_the_window(far: Far) -> None:
    far.offer(Mode.COLLECT)
    with pytest.raises(InvalidError) as refused:
        far.seen(document="passport", name="NGUYEN VAN AN", id_number="C1234567")
    assert list(refused.value.fields) == ["country"]
    check = far.seen(document="passport", name="NGUYEN VAN AN", id_number="C1234567", country="VNM")
    case = actions.take_in_elsewhere(far.window, check, far.world.service.pk, far.handed_in(check), NOW)
    assert (case.applicant_name, case.person.papers.get().country) == ("NGUYEN VAN AN", "VNM")


def test_a_window_with_two_ways_says_which(far: Far) -> None:
    far.offer(Mode.COLLECT)
    far.offer(Mode.JOINT)
    (offered,) = across_desk(far.window, TODAY).to_take_in
    assert [mode for mode, _label in offered.modes] == ["collect", "joint"]
    for unsaid in ("", "online"):
        with pytest.raises(InvalidError) as refused:
            far.taken_in(mode=unsaid)
        assert list(refused.value.fields) == ["mode"]
    assert {far.taken_in(mode=mode).across.mode for mode in ("collect", "joint")} == {"collect", "joint"}


def test_only_the_window_of_the_offer_takes_in(world: SmallWorld, far: Far) -> None:
    with pytest.raises(NotAllowedError):  # no agency elsewhere has named it
        far.seen()
    offer = far.offer(Mode.COLLECT)
    check = far.seen()
    handed_in = far.handed_in(check)
    for officer in (world.window, far.other):
        with pytest.raises(NotFoundError):
            actions.take_in_elsewhere(officer, check, world.service.pk, handed_in, NOW)
    for somebody in (world.window, far.other, world.citizen):
        with pytest.raises(NotAllowedError):
            far.seen(somebody)
    case = far.taken_in()
    with pytest.raises(NotFoundError):
        case_view(far.other, case.pk, TODAY)
    assert [row.id for row in inbox(world.window, TODAY).rows] == [case.pk]
    assert [row.case.id for row in across_desk(far.window, TODAY).taken_in] == [case.pk]
    assert [row.case.id for row in across_desk(world.window, TODAY).arriving] == [case.pk]
    tomorrow = NOW + timedelta(1)
    actions.end_offer(OPERATOR, offer.pk, TODAY + timedelta(1), TODAY)
    with pytest.raises(NotFoundError):
        actions.take_in_elsewhere(far.window, check, world.service.pk, handed_in, tomorrow)
    actions.forward(far.window, case.pk, 1, NOW, "EMS 1")  # what was taken in goes on


def test_an_offer_is_changed_from_a_day_on(world: SmallWorld, far: Far) -> None:
    offer = far.offer(Mode.COLLECT)
    later = TODAY + timedelta(10)
    terms = OfferTerms(Mode.COLLECT, GUANGZHOU, far.agency.pk, ClockStart.HAND_IN)
    for day in (TODAY - timedelta(1), TODAY):  # past; the very day it began
        with pytest.raises(InvalidError) as refused:
            actions.change_offer(OPERATOR, offer.pk, terms, day, TODAY)
        assert list(refused.value.fields) == ["since"]
    with pytest.raises(NotAllowedError):
        actions.change_offer(world.window, offer.pk, terms, later, TODAY)
    changed = actions.change_offer(OPERATOR, offer.pk, terms, later, TODAY)
    offer.refresh_from_db()
    assert (offer.offered_to, changed.offered_from, changed.clock_start) == (later, later, "hand_in")
    with pytest.raises(ConflictError):  # it would hold twice
        far.offer(Mode.COLLECT)
    again = actions.change_offer(OPERATOR, changed.pk, terms, later + timedelta(1), TODAY)  # not begun: written anew
    assert not RegionOffer.objects.filter(pk=changed.pk).exists()
    actions.end_offer(OPERATOR, again.pk, later, TODAY)  # never holds
    assert list(RegionOffer.objects.values_list("pk", flat=True)) == [offer.pk]


def test_offers_are_checked(world: SmallWorld, far: Far) -> None:
    for terms, field in (
        (OfferTerms(Mode.COLLECT, "999999999999", far.agency.pk), "region"),
        (OfferTerms(Mode.COLLECT, world.agency.region_id, far.agency.pk), "region"),
        (OfferTerms(Mode.COLLECT, GUANGZHOU), "agency"),
        (OfferTerms(Mode.ONLINE, GUANGZHOU, far.agency.pk), "agency"),
        (OfferTerms(Mode.COLLECT, HAINAN, far.agency.pk), "agency"),
    ):
        with pytest.raises(InvalidError) as refused:
            actions.offer_across(OPERATOR, world.service.pk, terms, TODAY)
        assert list(refused.value.fields) == [field]
    far.offer(Mode.COLLECT)
    with pytest.raises(ConflictError):
        far.offer(Mode.COLLECT)
    with pytest.raises(NotAllowedError):
        actions.offer_across(far.window, world.service.pk, OfferTerms(Mode.ONLINE, GUANGZHOU), TODAY)


def test_the_zone_lists_what_can_be_done_from_where(world: SmallWorld, far: Far) -> None:
    nation = "000000000000"
    guangzhou, hainan = [nation, GUANGDONG, GUANGZHOU], [nation, HAINAN]

    def found(here: list[str], **more: str) -> list[list[str]]:
        return [[way.mode for way in row.ways] for row in zone(VISITOR, ZoneFilter(here, **more), TODAY).rows]

    assert found(guangzhou) == []
    far.offer(Mode.COLLECT)
    far.offer(Mode.ONLINE)
    assert found(guangzhou) == [["collect", "online"]]
    assert found(guangzhou, mode="joint") == found(guangzhou, there=HAINAN) == found(hainan) == []
    assert found(guangzhou, mode="collect", there="450000000000", words="食品") == [["collect", "online"]]
    home = Region.objects.get(pk=world.agency.region_id).lineage
    assert found(home) == []  # at home nothing is across regions
    assert [way.window for way in ways_of(VISITOR, world.service.pk, TODAY)] == [far.agency.name, ""]


@pytest.mark.parametrize("area", ["", *LEVELS])
def test_rows_and_the_pure_rule_agree_on_how_far_a_service_reaches(world: SmallWorld, far: Far, area: str) -> None:
    version = world.version
    version.pk, version.number, version.handling_area = uuid.uuid4(), 2, area
    version.state, version._state.adding = ServiceVersion.State.DRAFT, True  # noqa: SLF001 - a copy as a new row
    version.save()
    version.state = ServiceVersion.State.PUBLISHED
    version.save()
    home = Region.objects.get(pk=world.agency.region_id).lineage
    for place in Region.objects.all():
        expected = is_elsewhere(home, place.lineage) and reaches(area, home, place.lineage)
        assert bool(zone(VISITOR, ZoneFilter(place.lineage), TODAY).rows) == expected, place.code
