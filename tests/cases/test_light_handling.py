"""Light handling on real rows: guidance, commitment, fetched materials, decisions by rule, offers."""

import json
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from click.testing import CliRunner
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone, translation

from tests.cases.light import COMMITMENT, FETCH, GUIDANCE, INSTANT, OFFER, light_service
from tests.world import ANSWERS, NOW, PDF, SmallWorld
from tongban.cases import actions
from tongban.cases.actions import offers
from tongban.cases.facts import Subject
from tongban.cases.jobs import close_offers
from tongban.cases.models import (
    BenefitOffer,
    Case,
    CaseFetch,
    CaseLight,
    CaseState,
    CreditRecord,
    FetchedMaterial,
    MachineDecision,
    OfferSweep,
    OfficerTask,
    Outcome,
)
from tongban.cases.particulars import Particulars
from tongban.cases.queries import case_view, draft_view
from tongban.cases.queries.light import agency_tasks, case_light, my_offers, rule_explanations
from tongban.cases.replaying import replay_all, replay_case
from tongban.cases.timekeeping import run_deemed_effects
from tongban.cases.ways import Choice
from tongban.cli.decisions import replay_command
from tongban.foundation import content, outbox
from tongban.foundation.errors import ConflictError, InvalidError, NotAllowedError, NotFoundError, StepUpNeededError
from tongban.foundation.ids import uuid7
from tongban.foundation.models import LedgerEntry
from tongban.identity.actions import Identity, appoint, register_person
from tongban.identity.actor import Actor, actor_for, platform_process
from tongban.identity.entering import dissolve_organisation, record_death
from tongban.identity.finding import PaperGiven
from tongban.identity.models import Account, Organisation, Person, Role
from tongban.identity.own_data import merge_people
from tongban.identity.papers import PaperKind
from tongban.items.models import Service
from tongban.userspace.queries import my_messages

OPERATOR = platform_process("tests")
RENTED = {"premises": "rented", "landlord": "private"}


def file_of(actor: Actor) -> list[Any]:
    return [actions.upload(actor, "文件.pdf", PDF).pk]


def apply(
    world: SmallWorld,
    service: Service,
    choice: Choice,
    materials: tuple[int, ...] = (1, 2),
    answers: dict[str, Any] | None = None,
) -> Case:
    files = {position: file_of(world.citizen) for position in materials}
    return actions.submit_application(world.citizen, service.pk, answers or ANSWERS, files, NOW, choice)


def take(actor: Actor, case: Case, action: str, now: Any = NOW, **stated: Any) -> Case:
    return actions.take_step(actor, case.pk, case.revision, now, action, Particulars(**stated))


def refused(error: pytest.ExceptionInfo[InvalidError]) -> set[str]:
    return set(error.value.fields)


# --- guidance ---------------------------------------------------------------------------------------------------------


def test_guidance_reduces_form_and_materials_and_is_frozen(world: SmallWorld) -> None:
    service = light_service(world, guidance=GUIDANCE)
    answers = {name: value for name, value in ANSWERS.items() if name != "area"}
    case = apply(world, service, Choice({"premises": "own"}), (1,), answers)
    view = case_light(world.citizen, case.pk).personal_list
    assert view is not None
    assert [line.position for line in view.to_hand_in] == [1]
    assert [(line.position, line.how) for line in view.not_handed_in] == [(2, "not_needed")]
    assert len(view.asked) == 1
    assert len(view.fields) == 2
    labels = [row.field for group in case_view(world.reviewer, case.pk, NOW.date()).summary for row in group.rows]
    assert "area" not in labels
    with pytest.raises(IntegrityError), transaction.atomic():
        CaseLight.objects.update(way="commitment")


def test_what_applies_is_asked_for_and_what_fell_away_is_refused(world: SmallWorld) -> None:
    service = light_service(world, guidance=GUIDANCE)
    with pytest.raises(InvalidError) as error:
        apply(world, service, Choice(RENTED), (1,))
    assert refused(error) == {"materials.2"}
    with pytest.raises(InvalidError) as error:
        apply(world, service, Choice({"premises": "own"}), (1,))
    assert refused(error) == {"area"}  # the form does not ask for it in this situation


@pytest.mark.parametrize(
    ("situation", "field"),
    [
        ({}, "situation.premises"),
        ({"premises": "rented"}, "situation.landlord"),
        ({"premises": "castle"}, "situation.premises"),
        ({**RENTED, "moon": "yes"}, "situation.moon"),
    ],
)
def test_guidance_must_be_answered_by_its_own_questions(
    world: SmallWorld, situation: dict[str, str], field: str
) -> None:
    with pytest.raises(InvalidError) as error:
        apply(world, light_service(world, guidance=GUIDANCE), Choice(situation))
    assert field in refused(error)


def test_a_draft_follows_the_answers_and_may_change_them(world: SmallWorld) -> None:
    service = light_service(world, guidance=GUIDANCE)
    draft = actions.start_draft(world.citizen, service.pk, NOW)
    assert not draft_view(world.citizen, draft.pk).light.is_guided
    actions.answer_guidance(world.citizen, draft.pk, RENTED)
    assert [task.material.position for task in draft_view(world.citizen, draft.pk).materials] == [1, 2]
    actions.answer_guidance(world.citizen, draft.pk, {"premises": "own"})
    view = draft_view(world.citizen, draft.pk)
    assert [task.material.position for task in view.materials] == [1]
    assert "area" not in view.form.fields
    # The landlord's answer is kept, but no longer asked, and does not stand in the way.
    actions.save_draft(world.citizen, draft.pk, ANSWERS)
    actions.attach(world.citizen, draft.pk, 1, file_of(world.citizen)[0])
    with pytest.raises(InvalidError) as error:
        actions.submit_draft(world.citizen, draft.pk, NOW)
    assert refused(error) == {"area"}
    actions.save_draft(world.citizen, draft.pk, {"area": None})
    assert actions.submit_draft(world.citizen, draft.pk, NOW).state == CaseState.SUBMITTED
    with pytest.raises(InvalidError):
        actions.answer_guidance(
            world.citizen, actions.start_draft(world.citizen, service.pk, NOW).pk, {"premises": "castle"}
        )


# --- commitment -------------------------------------------------------------------------------------------------------


def test_commitment_is_chosen_undertaken_and_stored(world: SmallWorld) -> None:
    service = light_service(world, commitment=COMMITMENT)
    with pytest.raises(InvalidError) as error:
        apply(world, service, Choice(way="commitment"), (1,))
    assert refused(error) == {"undertaken"}
    with pytest.raises(InvalidError) as error:
        apply(world, light_service(world, guidance=GUIDANCE), Choice(RENTED, "commitment", undertaken=True))
    assert refused(error) == {"way"}
    ordinary = apply(world, service, Choice())
    assert ordinary.procedure == "standard"
    case = apply(world, service, Choice(way="commitment", undertaken=True), (1,))
    assert case.procedure == "commitment"
    written = case.documents.get(kind="commitment")
    assert ("诺字第" in written.number, "revoked" in written.content["en"]["reason"]) == (True, True)
    kept = case_light(world.reviewer, case.pk).undertaking
    assert kept is not None
    assert kept.liability in {"the grant is revoked", "中：the grant is revoked"}


def test_a_grant_by_commitment_is_checked_later_and_revoked_where_it_was_not_kept(world: SmallWorld) -> None:
    service = light_service(world, commitment=COMMITMENT)
    choice = Choice(way="commitment", undertaken=True)
    case = take(world.reviewer, apply(world, service, choice, (1,)), "grant")
    task = agency_tasks(world.reviewer, NOW.date())[0]
    assert (task.kind, task.due_on) == ("check", timezone.localdate(NOW) + timedelta(days=30))
    case = take(world.second_reviewer, case, "order_rectification", reason="场所不固定", until=date(2026, 6, 20))
    assert agency_tasks(world.reviewer, NOW.date())[0].due_on == date(2026, 6, 20)
    take(world.reviewer, case, "pass_check", reason="已整改")
    assert agency_tasks(world.reviewer, NOW.date()) == []
    assert not CreditRecord.objects.exists()


def test_bad_credit_bars_from_commitment_until_repaired(world: SmallWorld) -> None:
    service = light_service(world, commitment=COMMITMENT)
    choice = Choice(way="commitment", undertaken=True)
    chief = Person.objects.get(account=world.stranger.account_id)
    appoint(OPERATOR, chief, world.agency, Role.HEAD_OF_AGENCY, date(2026, 1, 1))
    head = actor_for(Account.objects.get(person=chief), "", date(2026, 6, 1))
    revoked = take(world.reviewer, apply(world, service, choice, (1,)), "grant")
    revoked = take(world.reviewer, revoked, "order_rectification", reason="场所不固定", until=date(2026, 6, 20))
    assert take(head, revoked, "revoke", reason="未整改").state == CaseState.CLOSED
    assert revoked.documents.filter(kind="revocation").exists()
    assert agency_tasks(world.reviewer, NOW.date()) == []
    with pytest.raises(InvalidError) as error:
        apply(world, service, choice, (1,))
    assert refused(error) == {"way"}
    record = CreditRecord.objects.get()
    with pytest.raises(NotFoundError):
        actions.repair_credit(world.foreign_officer, record.pk, NOW, "已修复")
    with pytest.raises(NotAllowedError):
        actions.repair_credit(world.window, record.pk, NOW, "已修复")
    with pytest.raises(InvalidError):
        actions.repair_credit(world.reviewer, record.pk, NOW, " ")
    actions.repair_credit(world.reviewer, record.pk, NOW, "已修复")
    actions.repair_credit(world.reviewer, record.pk, NOW, "")  # again: nothing changes
    assert apply(world, service, choice, (1,)).procedure == "commitment"


def test_an_undertaking_is_taken_back_before_the_decision_and_goes_on_the_ordinary_way(world: SmallWorld) -> None:
    service = light_service(world, commitment=COMMITMENT)
    case = apply(world, service, Choice(way="commitment", undertaken=True), (1,))
    draft = actions.withdraw_undertaking(world.citizen, case.pk, case.revision, NOW)
    assert actions.withdraw_undertaking(world.citizen, case.pk, case.revision, NOW).pk == draft.pk
    case.refresh_from_db()
    assert case.state == CaseState.WITHDRAWN
    view = draft_view(world.citizen, draft.pk)
    assert (view.light.way, view.answers) == ("", ANSWERS)
    assert [len(task.uploads) for task in view.materials] == [1, 0]
    with pytest.raises(InvalidError) as error:
        actions.submit_draft(world.citizen, draft.pk, NOW)
    assert refused(error) == {"materials.2"}
    granted = take(world.reviewer, apply(world, service, Choice(way="commitment", undertaken=True), (1,)), "grant")
    with pytest.raises(ConflictError):
        actions.withdraw_undertaking(world.citizen, granted.pk, granted.revision, NOW)


# --- deferred materials -----------------------------------------------------------------------------------------------


def test_what_may_follow_needs_an_undertaking_and_is_told(world: SmallWorld) -> None:
    from tests.cases.test_licence_rules import service_of

    service = service_of(world, "deferred")
    with pytest.raises(InvalidError) as error:
        apply(world, service, Choice(), (1,))
    assert refused(error) == {"materials_follow"}
    case = apply(world, service, Choice(materials_follow=True), (1,))
    assert case_light(world.citizen, case.pk).undertaken_materials == ["房屋租赁合同"]
    with pytest.raises(ConflictError):
        take(world.window, case, "accept")
    assert take(world.window, case, "accept_deferred", until=date(2026, 6, 12)).stage == "deferred"


# --- fetched materials ------------------------------------------------------------------------------------------------


@pytest.fixture
def earlier(world: SmallWorld, submitted: Any) -> Case:
    """A decision the citizen was granted before."""
    case: Case = actions.accept(world.window, submitted().pk, 1, NOW)
    return actions.decide(world.reviewer, case.pk, case.revision, NOW, Outcome.GRANTED)


def test_a_decision_and_a_material_of_an_earlier_case_are_fetched_with_consent(
    world: SmallWorld, earlier: Case
) -> None:
    service = light_service(world, fetch=FETCH)
    draft = actions.start_draft(world.citizen, service.pk, NOW)
    assert set(draft_view(world.citizen, draft.pk).light.fetchable) == {1, 2}
    with pytest.raises(InvalidError) as error:
        actions.fetch_for_draft(world.citizen, draft.pk, 1, NOW, consent=False)
    assert refused(error) == {"consent"}
    with pytest.raises(StepUpNeededError):
        # Whoever began without being known surely enough gets nothing that government holds.
        actions.fetch_for_draft(replace(world.citizen, assurance_level=1), draft.pk, 1, NOW, consent=True)
    for _again in range(2):
        for position in (1, 2):
            actions.fetch_for_draft(world.citizen, draft.pk, position, NOW, consent=True)
    assert FetchedMaterial.objects.count() == 2
    actions.save_draft(world.citizen, draft.pk, ANSWERS)
    case = actions.submit_draft(world.citizen, draft.pk, NOW)
    plan, decision = case.materials.order_by("position")
    assert content.read(plan.digest) == PDF
    assert content.read(decision.digest).startswith(b"%PDF")
    view = case_light(world.reviewer, case.pk)
    assert len(view.fetched) == 2
    assert all("Food business licence" in row.source or "食品经营许可" in row.source for row in view.fetched)
    assert CaseLight.objects.get().fetched == 2
    with pytest.raises(IntegrityError), transaction.atomic():
        CaseFetch.objects.all().delete()


def test_nobody_elses_papers_are_fetched(world: SmallWorld, earlier: Case) -> None:
    service = light_service(world, fetch=FETCH)
    with pytest.raises(InvalidError) as error:
        actions.fetch_material(world.stranger, service.pk, 1, NOW, consent=True)
    assert refused(error) == {"materials.1"}
    with pytest.raises(InvalidError):  # the same human, but for an organisation
        actions.fetch_material(world.agent, service.pk, 1, NOW, consent=True)


def test_what_was_revoked_since_is_not_taken(world: SmallWorld, earlier: Case) -> None:
    service = light_service(world, fetch=FETCH)
    fetched = actions.fetch_material(world.citizen, service.pk, 1, NOW, consent=True)
    Case.objects.filter(pk=earlier.pk).update(outcome=Outcome.DENIED)
    files = {1: [fetched.pk], 2: file_of(world.citizen)}
    with pytest.raises(InvalidError) as error:
        actions.submit_application(world.citizen, service.pk, ANSWERS, files, NOW)
    assert refused(error) == {"materials.1"}


# --- decisions by rule ------------------------------------------------------------------------------------------------


def test_an_instant_decision_is_stored_explained_and_replayed(world: SmallWorld) -> None:
    case = apply(world, light_service(world, "instant", instant=INSTANT), Choice())
    assert (case.stage, case.outcome) == ("decided_instantly", Outcome.GRANTED)
    assert list(case.documents.order_by("issued_at", "id").values_list("kind", flat=True)) == ["receipt", "grant"]
    assert "符合法定条件、标准" in case.documents.get(kind="grant").content["zh"]["reason"]
    decision = MachineDecision.objects.get()
    assert (decision.table_version, decision.rule, decision.inputs) == (2, 1, {"area": 45.5, "granted": False})
    _case, [why] = rule_explanations(world.citizen, case.pk)
    assert why.agrees
    assert "small shops" in why.because
    assert next(fact.value for fact in why.facts) == "45.5"
    [replayed] = replay_case(OPERATOR, case.number)
    assert replayed.agrees
    assert replay_all(OPERATOR) == (1, [])
    with pytest.raises(IntegrityError), transaction.atomic():
        MachineDecision.objects.update(rule=2)


def test_replay_tells_what_does_not_come_out_the_same(world: SmallWorld) -> None:
    case = apply(world, light_service(world, "instant", instant=INSTANT), Choice())
    row = MachineDecision.objects.get()
    row.pk, row.inputs = uuid7(), {"area": 400.0, "granted": False}
    row.save(force_insert=True)
    count, [different] = replay_all(OPERATOR)
    assert (count, different.now.outcome, different.stored.outcome) == (2, "officer", "grant")
    assert different.case_number.replace("-", "") == case.number


def test_the_command_replays_one_case_and_all(world: SmallWorld) -> None:
    case = apply(world, light_service(world, "instant", instant=INSTANT), Choice())
    one = CliRunner().invoke(replay_command, [case.number])
    assert one.exit_code == 0, one.output
    assert "decided: grant by rule 1: small shops are granted at once" in one.output
    found = json.loads(CliRunner().invoke(replay_command, ["--all", "--json"]).output)
    assert found == {"decisions": 1, "replayed": []}
    assert isinstance(CliRunner().invoke(replay_command, ["45070020260601"]).exception, SystemExit)
    row = MachineDecision.objects.get()
    row.pk, row.outcome = uuid7(), "officer"
    row.save(force_insert=True)
    different = CliRunner().invoke(replay_command, ["--all"])
    assert different.exit_code == 1
    assert "DIFFERENT" in different.output


def test_what_the_rule_does_not_grant_goes_on_as_an_ordinary_case(world: SmallWorld) -> None:
    service = light_service(world, "instant", instant=INSTANT)
    case = apply(world, service, Choice(), answers={**ANSWERS, "area": 300})
    assert (case.state, case.outcome) == (CaseState.SUBMITTED, "")
    assert MachineDecision.objects.get().outcome == "officer"
    assert take(world.window, case, "accept").state == CaseState.ACCEPTED


def test_the_machine_never_refuses_alone_unless_it_may(world: SmallWorld) -> None:
    rules = [
        {"when": {"area": "<= 50"}, "then": "deny", "because": {"zh": "太小", "en": "too small"}},
        {"when": {"area": "> 50"}, "then": "grant", "because": {"zh": "够大", "en": "large enough"}},
    ]
    table = {**INSTANT, "rules": rules, "may_refuse": True}
    case = apply(world, light_service(world, "instant", instant=table), Choice())
    assert (case.stage, case.outcome) == ("decided_instantly", Outcome.DENIED)
    denial = case.documents.get(kind="denial")
    assert "太小" in denial.content["zh"]["reason"]
    assert denial.content["zh"]["remedies"]
    assert "太小" not in denial.content["en"]["reason"]
    for language, said in (("zh-hans", "太小"), ("en", "too small")):
        with translation.override(language):
            assert case_view(world.citizen, case.pk, timezone.localdate(NOW)).events[-1].reason == said
    # A refusal by rule is looked at by an officer as much as a grant.
    assert take(world.citizen, case, "ask_for_review").stage == "reviewing"


def test_who_wants_an_officer_gets_one_before_and_after(world: SmallWorld) -> None:
    service = light_service(world, "instant", instant=INSTANT)
    before = apply(world, service, Choice(way="officer"))
    assert before.state == CaseState.SUBMITTED
    assert not MachineDecision.objects.exists()
    case = apply(world, service, Choice())
    with pytest.raises(ConflictError):
        take(world.window, case, "grant")
    case = take(world.citizen, case, "ask_for_review", reason="请人工复核")
    assert (case.state, case.stage) == (CaseState.ACCEPTED, "reviewing")
    assert case.due_on is not None
    assert [(task.kind, task.case_id) for task in agency_tasks(world.reviewer, NOW.date())] == [("review", case.pk)]
    again = actions.take_step(
        world.citizen, case.pk, case.revision - 1, NOW, "ask_for_review", Particulars(reason="请人工复核")
    )
    assert again.revision == case.revision
    case = take(world.reviewer, case, "deny", reason="场所不符")
    assert (case.state, case.outcome) == (CaseState.DECIDED, Outcome.DENIED)
    assert agency_tasks(world.reviewer, NOW.date()) == []


def test_an_instant_decision_nobody_doubts_is_closed_by_the_clock(world: SmallWorld) -> None:
    case = apply(world, light_service(world, "instant", instant=INSTANT), Choice())
    assert case.clock_on is not None
    run = run_deemed_effects(NOW + timedelta(days=(case.clock_on - timezone.localdate(NOW)).days + 1))
    assert run.taken == {"close_by_time": 1}
    case.refresh_from_db()
    assert (case.state, case.outcome) == (CaseState.CLOSED, Outcome.GRANTED)


# --- offers -----------------------------------------------------------------------------------------------------------


@pytest.fixture
def elder(world: SmallWorld) -> Actor:
    """The citizen, born in 1950."""
    person = Person.objects.get(account=world.citizen.account_id)
    person.id_number = "452824195005010028"
    person.save()
    return world.citizen


def test_an_offer_is_made_once_told_confirmed_and_decided_at_once(world: SmallWorld, elder: Actor) -> None:
    light_service(world, offer=OFFER)
    assert actions.make_offers(NOW) == 1
    assert actions.make_offers(NOW) == 0
    [offer] = my_offers(elder, timezone.localdate(NOW))
    assert offer.is_open
    assert my_offers(world.stranger, NOW.date()) == []
    outbox.drain(NOW)
    [told] = my_messages(elder).rows
    assert told.case_id is None
    with pytest.raises(NotFoundError):
        actions.confirm_offer(world.stranger, offer.id, NOW)
    case = actions.confirm_offer(elder, offer.id, NOW)
    assert actions.confirm_offer(elder, offer.id, NOW).pk == case.pk
    assert (case.stage, case.outcome, case.answers["phone"]) == ("decided_instantly", Outcome.GRANTED, "13800000000")
    decision = MachineDecision.objects.get()
    assert (decision.table, decision.outcome) == ("offer", "offer")
    assert replay_all(OPERATOR) == (1, [])
    outbox.drain(NOW)
    assert {row.case_id for row in my_messages(elder).rows} == {None, case.pk}
    with pytest.raises(ConflictError):
        actions.decline_offer(elder, offer.id, NOW)


def test_an_offer_is_declined_or_lapses_and_does_not_come_back(world: SmallWorld, elder: Actor) -> None:
    light_service(world, offer=OFFER)
    actions.make_offers(NOW)
    offer = BenefitOffer.objects.get()
    actions.decline_offer(elder, offer.pk, NOW)
    actions.decline_offer(elder, offer.pk, NOW)
    with pytest.raises(ConflictError):
        actions.confirm_offer(elder, offer.pk, NOW)
    assert actions.make_offers(NOW) == 0
    light_service(world, offer=OFFER)
    actions.make_offers(NOW)
    assert actions.lapse_offers(NOW) == 0
    late = NOW + timedelta(days=31)
    last = BenefitOffer.objects.get(state="open")
    with pytest.raises(ConflictError):
        actions.confirm_offer(elder, last.pk, late)
    assert actions.lapse_offers(late) == 1
    assert {row.state for row in my_offers(elder, late.date())} == {"declined", "lapsed"}


def test_an_offer_whose_conditions_are_gone_is_not_confirmed(world: SmallWorld, elder: Actor, submitted: Any) -> None:
    light_service(world, offer=OFFER)
    actions.make_offers(NOW)
    submitted()
    with pytest.raises(ConflictError):
        actions.confirm_offer(elder, BenefitOffer.objects.get().pk, NOW)
    assert Case.objects.count() == 1


def test_tasks_are_the_agencys_own(world: SmallWorld) -> None:
    case = apply(world, light_service(world, "instant", instant=INSTANT), Choice())
    take(world.citizen, case, "ask_for_review")
    assert OfficerTask.objects.count() == 1
    assert agency_tasks(world.foreign_officer, NOW.date()) == []
    with pytest.raises(NotAllowedError):
        agency_tasks(world.citizen, NOW.date())


def test_an_offer_that_comes_by_period_comes_again(world: SmallWorld, elder: Actor) -> None:
    light_service(world, offer=OFFER | {"again_after_days": 365})
    assert actions.make_offers(NOW) == 1
    later = NOW + timedelta(days=366)
    assert actions.make_offers(NOW + timedelta(days=300)) == 0
    assert actions.make_offers(later) == 0  # the first is still open: it is not offered beside it
    assert actions.lapse_offers(later) == 1
    assert [actions.make_offers(later), actions.make_offers(later)] == [1, 0]
    assert sorted(BenefitOffer.objects.values_list("round", "state")) == [(1, "lapsed"), (2, "open")]


def test_a_round_of_offers_goes_on_where_the_last_turn_ended(
    world: SmallWorld, elder: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    light_service(world, offer=OFFER)
    monkeypatch.setattr(offers, "_BATCH", 3)
    Person.objects.bulk_create(Person(name=f"路人{n}", assurance_level=3) for n in range(7))
    everybody = Person.objects.count() + Organisation.objects.count()
    looked = [offers.go_on_offering(NOW, 3)]
    kept = OfferSweep.objects.get()
    assert kept.after == Person.objects.order_by("pk").values_list("pk", flat=True)[2]
    while turn := offers.go_on_offering(NOW + timedelta(minutes=len(looked)), 3):
        looked.append(turn)
    assert (sum(looked), max(looked)) == (everybody, 3)
    assert BenefitOffer.objects.get().person_id == elder.person_id
    assert offers.go_on_offering(NOW + timedelta(hours=11), 100) == 0
    # The next round is for whoever was not offered it; a second process that is slower makes no second offer.
    assert offers.go_on_offering(NOW + timedelta(hours=13), 100) == everybody - 1
    version = BenefitOffer.objects.get().version
    assert offers.offer_to(version, [Subject(BenefitOffer.objects.get().person_id)], NOW) == 0
    assert BenefitOffer.objects.count() == 1


FOR_FIRMS: dict[str, Any] = OFFER | {
    "inputs": {
        "kind": {
            "from": "applicant.kind",
            "type": ["person", "organisation"],
            "label": {"zh": "申请人类型", "en": "Kind"},
        }
    },
    "rules": [
        {"when": {"kind": "organisation"}, "then": "offer", "because": {"zh": "企业", "en": "firms"}},
        {"when": {"kind": "person"}, "then": "none", "because": {"zh": "个人", "en": "people"}},
    ],
}


def _old(name: str, born: date = date(1950, 3, 1)) -> Person:
    paper = PaperGiven(PaperKind.PASSPORT, f"P{Person.objects.count():07d}", "VNM")
    return register_person(OPERATOR, Identity(name, phone="13800000003", papers=(paper,), born_on=born))


def test_who_is_no_more_is_offered_nothing(world: SmallWorld) -> None:
    light_service(world, offer=OFFER)
    living, dead, entered_twice, closed = (_old(name) for name in ("在世", "已故", "重复登记", "已注销"))
    record_death(OPERATOR, dead, date(2026, 5, 1), "死亡证明", NOW)
    merge_people(OPERATOR, living, entered_twice, "同一人", NOW)
    Person.objects.filter(pk=closed.pk).update(closed_at=NOW)
    assert actions.make_offers(NOW) == 1
    assert BenefitOffer.objects.get().person == living


def test_a_firm_that_is_dissolved_or_has_nobody_is_offered_nothing(world: SmallWorld) -> None:
    light_service(world, offer=FOR_FIRMS)
    chief = _old("法定代表人")
    orphan = Organisation.objects.create(name="无主公司", credit_code="9145072100000000XX", legal_representative=chief)
    record_death(OPERATOR, chief, date(2026, 5, 1), "死亡证明", NOW)
    assert actions.make_offers(NOW) == 1
    assert BenefitOffer.objects.get().organisation == world.organisation
    assert not BenefitOffer.objects.filter(organisation=orphan).exists()
    dissolve_organisation(OPERATOR, world.organisation, date(2026, 6, 1), "注销登记", NOW)
    light_service(world, offer=FOR_FIRMS)
    assert actions.make_offers(NOW) == 0


def test_what_was_offered_to_who_is_no_more_is_not_confirmed_and_lapses(world: SmallWorld, elder: Actor) -> None:
    light_service(world, offer=OFFER)
    light_service(world, offer=FOR_FIRMS)
    assert actions.make_offers(NOW) == 2
    of_person, of_firm = (BenefitOffer.objects.get(organisation=each) for each in (None, world.organisation))
    record_death(OPERATOR, of_person.person, date(2026, 6, 1), "死亡证明", NOW)
    dissolve_organisation(OPERATOR, world.organisation, date(2026, 6, 1), "注销登记", NOW)
    # Who still has a page open from before.
    with pytest.raises(ConflictError, match="已不存在"):
        actions.confirm_offer(elder, of_person.pk, NOW)
    with pytest.raises(ConflictError, match="已不存在"):
        actions.confirm_offer(world.agent, of_firm.pk, NOW)
    chief = world.organisation.legal_representative
    assert chief.account
    former = actor_for(chief.account, f"organisation:{world.organisation.pk}", NOW.date())
    assert former.role == "former_representative"
    with pytest.raises(NotAllowedError):
        actions.confirm_offer(former, of_firm.pk, NOW)
    assert actions.lapse_offers(NOW) == 2
    assert Case.objects.count() == 0


def test_every_offer_that_is_over_lapses_however_many_there_are(
    world: SmallWorld, elder: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    for _ in range(2):
        light_service(world, offer=OFFER)
    actions.make_offers(NOW)
    one, other = BenefitOffer.objects.all()
    copies = [_to(_old(f"老人{number}"), one) for number in range(5)]
    BenefitOffer.objects.bulk_create(copies)
    monkeypatch.setattr(offers, "_BATCH", 3)
    over = NOW + timedelta(days=31)
    assert actions.lapse_offers(over) == 3  # a transaction is bounded, the job is not
    close_offers(over)
    assert set(BenefitOffer.objects.values_list("state", flat=True)) == {"lapsed"}
    assert LedgerEntry.objects.filter(deed="lapse_offer").count() == 7
    assert other.pk in BenefitOffer.objects.filter(answered_at=over).values_list("pk", flat=True)


def _to(person: Person, offer: BenefitOffer) -> BenefitOffer:
    """The same offer to somebody else, not saved."""
    kept = {field.attname: getattr(offer, field.attname) for field in BenefitOffer._meta.concrete_fields}  # noqa: SLF001
    return BenefitOffer(**kept | {"id": uuid7(), "person_id": person.pk})


def test_what_two_entries_of_one_human_were_offered_is_offered_once(world: SmallWorld, elder: Actor) -> None:
    light_service(world, offer=OFFER)
    light_service(world, offer=OFFER)
    second = _old("韦老先生", date(1950, 5, 1))
    assert actions.make_offers(NOW) == 4
    kept = Person.objects.get(account=elder.account_id)
    taken, waiting = BenefitOffer.objects.filter(person=second)
    BenefitOffer.objects.filter(pk=taken.pk).update(state="declined")
    merger = merge_people(OPERATOR, kept, second, "同一人两次登记", NOW)
    beside = BenefitOffer.objects.get(person=kept, service=taken.service_id, round=1)
    assert merger.moved["cases.BenefitOffer.lapsed"] == sorted([str(waiting.pk), str(beside.pk)])
    assert sorted(BenefitOffer.objects.filter(person=kept).values_list("round", "state")) == [
        (1, "lapsed"),
        (1, "open"),
        (2, "declined"),
        (2, "lapsed"),
    ]
    assert [row.is_open for row in my_offers(elder, NOW.date())].count(True) == 1


def test_who_has_no_resident_card_has_an_age_too(world: SmallWorld) -> None:
    light_service(world, offer=OFFER)
    foreigner = Identity(
        "阮文明",
        phone="13800000001",
        papers=(PaperGiven(PaperKind.PASSPORT, "C1234567", "VNM"),),
        born_on=date(1955, 3, 1),
    )
    neighbour = Identity(
        "何先生", phone="13800000002", papers=(PaperGiven(PaperKind.PERMANENT_RESIDENCE, "911124195808150015"),)
    )
    young = replace(foreigner, name="阮小明", papers=(), born_on=date(2000, 3, 1))
    old = {register_person(OPERATOR, each).pk for each in (foreigner, neighbour)}
    register_person(OPERATOR, young)
    actions.make_offers(NOW)
    assert set(BenefitOffer.objects.values_list("person_id", flat=True)) == old


def test_candidates_are_looked_at_in_a_fixed_number_of_queries(world: SmallWorld, elder: Actor) -> None:
    light_service(world, offer=OFFER)
    actions.make_offers(NOW)  # whoever meets it has it by now
    with CaptureQueriesContext(connection) as few:
        assert actions.make_offers(NOW) == 0
    Person.objects.bulk_create(Person(name=f"路人{n}", assurance_level=3) for n in range(20))
    with CaptureQueriesContext(connection) as many:
        assert actions.make_offers(NOW) == 0
    assert len(many) == len(few)
