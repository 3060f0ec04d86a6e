"""Applying for several things at once, and everything that follows, on cases in the database."""

import json
import uuid
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml
from click.testing import CliRunner
from django.core.exceptions import ImproperlyConfigured
from django.db import connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone, translation

from tests.bundle_world import CHILD_ID, CITY, COUNTY, PARENT_ID, TOWN, BundleWorld, answers_to, build_bundle_world
from tests.kept import copied, kept
from tests.world import NOW, PDF
from tongban.cases import actions, queries, rules
from tongban.cases.actions.applying import file_case as file_case_for_good
from tongban.cases.actions.handling import take_by_rule
from tongban.cases.actions.recording import Step
from tongban.cases.bundle_items import read_items
from tongban.cases.bundle_store import BUNDLES, composition, enter_bundle, latest_bundle, parts_in, pins_of
from tongban.cases.bundles.definition import SHIPPED_BUNDLES
from tongban.cases.bundles.merging import Composition
from tongban.cases.bundles.progress import PartState
from tongban.cases.explaining import explain_case
from tongban.cases.jobs import advance_bundles
from tongban.cases.models import BundleCase, Case, CaseState, Draft, Outcome
from tongban.cases.particulars import Particulars
from tongban.cases.procedure import SHIPPED_PROCEDURES, Action, Procedure
from tongban.cases.procedure_store import procedure_of
from tongban.cases.rules import written
from tongban.cases.timekeeping import refresh_lights
from tongban.cli.casework import explain_command
from tongban.foundation import outbox
from tongban.foundation.calendar import china
from tongban.foundation.clock import Limit, deadline
from tongban.foundation.errors import ConflictError, InvalidError, NotAllowedError, NotFoundError
from tongban.foundation.models import LedgerEntry
from tongban.foundation.yamltext import read_yaml
from tongban.government.models import Agency, Department, Platform, Region
from tongban.identity.actions import Identity, appoint, open_account, register_person
from tongban.identity.actor import Actor, actor_for, platform_process
from tongban.identity.models import Account, Role
from tongban.items.models import Item, ServiceVersion
from tongban.userspace.queries import my_messages
from tongban.userspace.readings import who_looked

pytestmark = pytest.mark.django_db
TODAY = timezone.localdate(NOW)
OPERATOR = platform_process("tests")
KEYS = {
    "food": "food-business-licence",
    "sign": "outdoor-sign-permit",
    "drain": "drainage-permit",
    "insurance": "social-insurance-registration",
    "birth": "birth-registration",
    "vaccination": "vaccination-record",
    "card": "social-security-card",
    "contract": "home-sale-filing",
    "tax": "deed-tax-declaration",
    "title": "home-transfer-registration",
    "fund": "housing-fund-for-purchase",
}


built = kept(build_bundle_world)


@pytest.fixture
def world(db: None, built: BundleWorld) -> Iterator[BundleWorld]:
    yield copied(built)
    BUNDLES.forget()  # what a test entered is rolled back


def merged(code: str, region: str = TOWN) -> Composition:
    bundle = latest_bundle(code)
    return composition(bundle, pins_of(parts_in(bundle, Region.objects.get(pk=region), TODAY)))


def complete(actor: Actor, code: str, **own: Any) -> tuple[dict[str, Any], dict[int, list[uuid.UUID]]]:
    """Answers and files that the bundle takes."""
    found = merged(code)
    answers = answers_to(found.form, 7, **own)
    files = {m.position: [actions.upload(actor, "file.pdf", PDF).pk] for m in found.materials_asked(answers)}
    return answers, files


def applied(actor: Actor, code: str, now: datetime = NOW, **own: Any) -> BundleCase:
    answers, files = complete(actor, code, **own)
    return actions.submit_bundle(actor, code, TOWN, answers, files, now)


def states(bundle: BundleCase) -> dict[str, str]:
    return dict(bundle.parts.values_list("name", "state"))


def case_of(bundle: BundleCase, part: str) -> Case:
    found = Case.objects.filter(bundle_part__bundle=bundle, bundle_part__name=part).first()
    assert found is not None, f"{part} has no case: {states(bundle)}"
    return found


def officer(world: BundleWorld, bundle: BundleCase, part: str) -> Actor:
    key = "resident-medical-insurance" if (bundle.code, part) == ("newborn", "insurance") else KEYS[part]
    return world.officer(key)


def decided(world: BundleWorld, bundle: BundleCase, part: str, outcome: Outcome, now: datetime) -> Case:
    """Accepted and decided by the officer of the part's own agency; then the platform does what follows."""
    who, case = officer(world, bundle, part), case_of(bundle, part)
    case = actions.accept(who, case.pk, case.revision, now)
    case = actions.decide(who, case.pk, case.revision, now, outcome, "不符合规定条件")
    follow(now)
    return case


def withdrawn(actor: Actor, bundle: BundleCase, part: str, now: datetime) -> None:
    case = case_of(bundle, part)
    actions.withdraw(actor, case.pk, case.revision, now)
    follow(now)


def follow(now: datetime) -> None:
    """What the worker does: events to their handlers, then the job."""
    _tell(now)
    advance_bundles(now)
    _tell(now)


def _tell(now: datetime) -> None:
    while outbox.drain(now):
        pass


# --- applying ---------------------------------------------------------------------------------------------------------


def test_one_submission_makes_one_bundle_and_the_cases_that_can_begin(world: BundleWorld) -> None:
    bundle = applied(world.company(), "restaurant", has_sign=True, hires_first=True)
    assert states(bundle) == {"food": "open", "sign": "open", "drain": "open", "insurance": "waiting"}
    numbers = {bundle.number, *Case.objects.values_list("number", flat=True)}
    assert len(numbers) == 4
    food, drain = case_of(bundle, "food"), case_of(bundle, "drain")
    assert (food.region_id, drain.region_id) == (CITY, COUNTY)
    assert {food.lead_agency_id, drain.lead_agency_id} == {bundle.lead_agency_id} == {food.agency_id}
    # A datum asked once reaches both under each one's own name; each agency has its own answers only.
    assert food.answers["premises_address"] == drain.answers["drain_address"] == bundle.answers["premises_address"]
    assert "safety_manager" in food.answers
    assert "safety_manager" not in drain.answers
    # A document handed in once is a material of each case that asks for it.
    right = "经营场所使用证明"
    assert all(case_of(bundle, part).materials.filter(name=right).count() == 1 for part in ("sign", "drain"))
    assert food.events.get().data["bundle"] == bundle.number
    assert LedgerEntry.objects.filter(deed="submit_bundle", object_id=str(bundle.pk)).count() == 1


def test_what_the_answers_do_not_ask_for_is_not_applied_for(world: BundleWorld) -> None:
    bundle = applied(world.company(), "restaurant", has_sign=False, hires_first=False)
    assert states(bundle) == {"food": "open", "sign": "unneeded", "drain": "open", "insurance": "unneeded"}
    assert bundle.joint
    assert not any(name.startswith("sign_") for name in bundle.answers)
    assert {case.procedure for case in Case.objects.all()} == {"joint"}


def test_with_a_part_that_is_no_licence_each_agency_follows_its_own_procedure(world: BundleWorld) -> None:
    bundle = applied(world.company(), "restaurant", has_sign=True, hires_first=True)
    assert not bundle.joint
    assert {case.procedure for case in Case.objects.all()} == {"standard"}


def test_everything_wrong_is_told_under_the_names_of_the_merged_form(world: BundleWorld) -> None:
    actor = world.company()
    answers, files = complete(actor, "restaurant", has_sign=True, hires_first=False)
    del answers["premises_address"]
    with pytest.raises(InvalidError) as refused:
        actions.submit_bundle(actor, "restaurant", TOWN, answers, files, NOW)
    assert set(refused.value.fields) == {"premises_address"}
    answers["premises_address"] = "示例路1号"
    position = next(m.position for m in merged("restaurant").materials if m.name == "经营场所使用证明")
    with pytest.raises(InvalidError) as refused:
        actions.submit_bundle(
            actor, "restaurant", TOWN, answers, {p: f for p, f in files.items() if p != position}, NOW
        )
    assert set(refused.value.fields) == {f"materials.{position}"}
    with pytest.raises(InvalidError) as refused:
        actions.submit_bundle(actor, "restaurant", TOWN, answers | {"colour": "red"}, files, NOW)
    assert set(refused.value.fields) == {"colour"}
    assert not BundleCase.objects.exists()
    assert not Case.objects.exists()


def test_it_is_one_transaction(world: BundleWorld, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the last part cannot be opened, nothing was applied for."""
    opened: list[str] = []

    def file_case(actor: Actor, filing: Any, now: datetime) -> Case:
        opened.append(filing.version.name)
        if len(opened) == 3:
            raise RuntimeError("the disk is full")
        return file_case_for_good(actor, filing, now)

    monkeypatch.setattr("tongban.cases.actions.bundle_parts.file_case", file_case)
    with pytest.raises(RuntimeError):
        applied(world.company(), "restaurant", has_sign=True, hires_first=False)
    assert not BundleCase.objects.exists()
    assert not Case.objects.exists()


def test_not_offered_where_a_part_is_missing_and_not_to_everybody(world: BundleWorld) -> None:
    with pytest.raises(InvalidError) as refused:
        actions.start_bundle(world.applicant(), "newborn", COUNTY, NOW)
    assert "Vaccination record" in str(refused.value.fields["region"]) or "预防接种证" in str(
        refused.value.fields["region"]
    )
    with pytest.raises(InvalidError) as refused:
        actions.start_bundle(world.company(), "newborn", TOWN, NOW)
    assert set(refused.value.fields) == {"bundle"}
    with pytest.raises(NotAllowedError):
        actions.start_bundle(world.officer("deed-tax-declaration"), "house", TOWN, NOW)
    with pytest.raises(NotFoundError):
        actions.start_bundle(world.applicant(), "wedding", TOWN, NOW)


# --- drafts -----------------------------------------------------------------------------------------------------------


def test_a_bundle_can_be_left_and_taken_up_again_and_is_submitted_once(world: BundleWorld) -> None:
    actor = world.applicant()
    draft = actions.start_bundle(actor, "house", TOWN, NOW)
    answers, files = complete(actor, "house", uses_fund=False)
    actions.save_draft(actor, draft.pk, answers)
    for position, uploads in files.items():
        actions.attach(actor, draft.pk, position, uploads[0])
    assert actions.start_bundle(actor, "house", TOWN, NOW).pk == draft.pk
    view = queries.draft_view(actor, draft.pk)
    assert view.answers == answers
    assert [len(task.uploads) for task in view.materials] == [1]
    assert [row.service for row in queries.my_drafts(actor)] == [view.service]
    with pytest.raises(ConflictError):
        actions.submit_draft(actor, draft.pk, NOW)
    first = actions.submit_bundle_draft(actor, draft.pk, NOW)
    again = actions.submit_bundle_draft(actor, draft.pk, NOW)
    assert first.pk == again.pk
    assert BundleCase.objects.count() == 1
    assert not Draft.objects.exists()
    with pytest.raises(NotFoundError):
        actions.submit_bundle_draft(world.company(), draft.pk, NOW)


def test_a_guide_that_changed_is_told_of_and_the_draft_follows(world: BundleWorld) -> None:
    actor = world.applicant()
    draft = actions.start_bundle(actor, "house", TOWN, NOW)
    answers, files = complete(actor, "house", uses_fund=False)
    actions.save_draft(actor, draft.pk, answers)
    for position, uploads in files.items():
        actions.attach(actor, draft.pk, position, uploads[0])
    tax = world.services["deed-tax-declaration"]
    old = ServiceVersion.objects.get(service=tax)
    rows = list(old.materials.all())
    new = ServiceVersion.objects.get(pk=old.pk)
    new.pk, new.number, new.state = uuid.uuid4(), 2, ServiceVersion.State.DRAFT
    new._state.adding = True  # noqa: SLF001 - a copy
    new.save()
    for row in rows:
        row.pk, row.version = None, new
        row.save()
    ServiceVersion.objects.filter(pk=new.pk).update(state=ServiceVersion.State.PUBLISHED)
    with pytest.raises(ConflictError):
        actions.submit_bundle_draft(actor, draft.pk, NOW)
    draft.refresh_from_db()
    assert draft.parts["tax"] == str(new.pk)
    bundle = actions.submit_bundle_draft(actor, draft.pk, NOW)
    assert bundle.parts.get(name="tax").service_version_id == new.pk


def test_a_draft_begun_for_another_version_of_the_bundle_moves_to_it(world: BundleWorld) -> None:
    actor = world.applicant()
    draft = actions.start_bundle(actor, "house", TOWN, NOW)
    actions.save_draft(actor, draft.pk, {"price": 500_000, "uses_fund": True})
    before = applied(actor, "house", uses_fund=False)
    changed = read_yaml(SHIPPED_BUNDLES.text("house", 1))
    changed["summary_en"] = "Everything about a home."
    entered = enter_bundle(OPERATOR, yaml.safe_dump(changed, allow_unicode=True, sort_keys=False), NOW)
    assert entered.version == 2
    assert actions.start_bundle(actor, "house", TOWN, NOW).bundle_version == 2
    draft.refresh_from_db()
    assert draft.answers == {"price": 500_000, "uses_fund": True}
    # What was applied for keeps its version.
    assert queries.bundle_view(actor, before.pk, TODAY).version == 1
    assert applied(actor, "house", uses_fund=False).version == 2


def test_a_bundle_is_held_against_the_services_in_force_when_it_is_entered(world: BundleWorld) -> None:
    changed = read_yaml(SHIPPED_BUNDLES.text("house", 1))
    changed["shared"]["price"]["tax"] = "cost"
    with pytest.raises(InvalidError) as refused:
        enter_bundle(OPERATOR, yaml.safe_dump(changed, allow_unicode=True, sort_keys=False), NOW)
    assert "shared.price: tax的表单没有'cost'这个字段" in str(refused.value)
    changed["parts"]["tax"]["item"] = "999999999999"
    with pytest.raises(InvalidError) as refused:
        enter_bundle(OPERATOR, yaml.safe_dump(changed, allow_unicode=True, sort_keys=False), NOW)
    assert "parts.tax.item: 基本目录中没有999999999999" in refused.value.fields["document"]
    with pytest.raises(NotAllowedError):
        enter_bundle(world.applicant(), SHIPPED_BUNDLES.text("house", 1), NOW)


# --- what one part gives to another -----------------------------------------------------------------------------------


def test_each_step_hands_its_result_to_the_next(world: BundleWorld) -> None:
    bundle = applied(world.applicant(), "house", uses_fund=True)
    assert states(bundle) == {"contract": "open", "tax": "waiting", "title": "waiting", "fund": "waiting"}
    contract = decided(world, bundle, "contract", Outcome.GRANTED, NOW + timedelta(days=1))
    assert states(bundle) == {"contract": "done", "tax": "open", "title": "waiting", "fund": "open"}
    tax, fund = case_of(bundle, "tax"), case_of(bundle, "fund")
    assert tax.answers["filing_number"] == contract.documents.get(kind="grant").number
    assert tax.submitted_at == NOW + timedelta(days=1)
    proof = fund.materials.get(name="商品房买卖合同备案证明")
    assert (proof.media_type, proof.file_name) == ("application/pdf", "商品房买卖合同备案证明.pdf")
    decided(world, bundle, "tax", Outcome.GRANTED, NOW + timedelta(days=2))
    title = case_of(bundle, "title")
    assert {m.name for m in title.materials.all()} == {"商品房买卖合同备案证明", "契税完税凭证"}
    assert title.events.get().data["from"] == {
        "商品房买卖合同备案证明": contract.number,
        "tax_number": tax.number,
        "契税完税凭证": tax.number,
    }
    decided(world, bundle, "fund", Outcome.GRANTED, NOW + timedelta(days=2))
    decided(world, bundle, "title", Outcome.GRANTED, NOW + timedelta(days=3))
    bundle.refresh_from_db()
    assert set(states(bundle).values()) == {"done"}
    assert bundle.closed_at == NOW + timedelta(days=3)


def test_an_installation_names_the_items_of_its_own_catalogue(
    world: BundleWorld, settings: Any, tmp_path: Path
) -> None:
    bundle = latest_bundle("house")
    part = next(iter(bundle.parts.values()))
    file = tmp_path / "items.json"
    file.write_text(json.dumps({"house": {part.name: "000000000001"}}))
    settings.BUNDLE_ITEMS_FILE = file
    region = Region.objects.get(pk=COUNTY)
    assert part.name not in parts_in(bundle, region, timezone.localdate(NOW))
    Item.objects.filter(code=part.item).update(code="000000000001")
    assert set(parts_in(bundle, region, timezone.localdate(NOW))) == set(bundle.parts)
    entered = replace(bundle, version=99)  # what was entered carries its own codes
    assert part.name not in parts_in(entered, region, timezone.localdate(NOW))
    for wrong, said in (
        ("[]", "an object"),
        ('{"nothing": {}}', "nothing"),
        ('{"house": {"roof": "000000000001"}}', "roof"),
        (f'{{"house": {{"{part.name}": "1"}}}}', part.name),
        ("{", "items.json"),
    ):
        with pytest.raises(ImproperlyConfigured, match=said):
            read_items(wrong, "items.json")


def test_an_agency_states_what_the_others_need_once(world: BundleWorld) -> None:
    bundle = applied(world.applicant(), "newborn", joins_insurance=True, wants_card=True, guardian_id=PARENT_ID)
    birth = decided(world, bundle, "birth", Outcome.GRANTED, NOW)
    # Granted, but the others cannot begin before they know the number.
    assert states(bundle) == {"birth": "open", "vaccination": "open", "insurance": "waiting", "card": "waiting"}
    police = officer(world, bundle, "birth")
    assert (part := queries.bundle_of_case(police, birth.pk))
    assert part.results_wanted
    assert not part.may_open or bundle.lead_agency_id == birth.agency_id
    for wrong, field in (({}, "child_id"), ({"child_id": "12"}, "child_id"), ({"child_id": CHILD_ID, "a": 1}, "a")):
        with pytest.raises(InvalidError) as refused:
            actions.state_results(police, birth.pk, wrong, NOW)
        assert set(refused.value.fields) == {field}
    with pytest.raises(NotFoundError):
        actions.state_results(officer(world, bundle, "card"), birth.pk, {"child_id": CHILD_ID}, NOW)
    actions.state_results(police, birth.pk, {"child_id": CHILD_ID}, NOW)
    actions.state_results(police, birth.pk, {"child_id": CHILD_ID}, NOW)
    with pytest.raises(ConflictError):
        actions.state_results(police, birth.pk, {"child_id": PARENT_ID}, NOW)
    assert states(bundle) == {"birth": "done", "vaccination": "open", "insurance": "open", "card": "open"}
    assert case_of(bundle, "insurance").answers["insured_id"] == CHILD_ID
    assert case_of(bundle, "card").answers["holder_id"] == CHILD_ID


# --- what a refusal or a withdrawal of one part means for another -----------------------------------------------------

CONSEQUENCES = [
    (waits, event, consequence)
    for waits in (True, False)
    for event in ("refused", "withdrawn")
    for consequence in ("continue", "suspend", "cancel")
    if waits or consequence != "suspend"
]


@pytest.mark.parametrize(("waits", "event", "consequence"), CONSEQUENCES)
def test_every_consequence_of_an_edge(world: BundleWorld, waits: bool, event: str, consequence: str) -> None:  # noqa: FBT001
    """One edge of a bundle of two, over the real cases; the other event would have had another consequence."""
    changed = read_yaml(SHIPPED_BUNDLES.text("restaurant", 1))
    other = "cancel" if consequence == "continue" else "continue"
    said = {"refused": other, "withdrawn": other} | {event: consequence}
    # What a process made of a version it keeps; so each is one of its own.
    code = f"two-{CONSEQUENCES.index((waits, event, consequence))}"
    changed |= {"code": code, "handling": "separate", "materials": {}, "questions": {}}
    changed["parts"] = {name: changed["parts"][name] for name in ("food", "drain")}
    changed["edges"] = [{"source": "food", "target": "drain", "waits": waits, **said}]
    changed["shared"] = {"declaration": {"food": "declaration", "drain": "declaration"}}
    enter_bundle(OPERATOR, yaml.safe_dump(changed, allow_unicode=True, sort_keys=False), NOW)
    actor = world.company()
    bundle = applied(actor, code)
    assert states(bundle) == {"food": "open", "drain": "waiting" if waits else "open"}
    if event == "refused":
        decided(world, bundle, "food", Outcome.DENIED, NOW)
    else:
        withdrawn(actor, bundle, "food", NOW)
    expected = {"continue": "open", "suspend": "suspended", "cancel": "cancelled"}[consequence]
    assert states(bundle) == {"food": event, "drain": expected}
    drain = Case.objects.filter(bundle_part__name="drain").first()
    if expected == "open":
        assert drain is not None
        assert drain.state == CaseState.SUBMITTED
    elif not waits:
        assert drain is not None
        assert drain.state == CaseState.WITHDRAWN
        for language, title in (("zh-hans", "食品经营许可"), ("en", "Food business licence")):
            with translation.override(language):  # each reader in their own language, and in no other
                heard = queries.case_view(actor, drain.pk, TODAY).events[-1].reason
                assert title in heard
                assert ("同一" in heard) == (language == "zh-hans")
    else:
        assert drain is None
    bundle.refresh_from_db()
    assert (bundle.closed_at is not None) == (expected == "cancelled")


@pytest.mark.parametrize("exit_", ["refuse_acceptance", "not_required"])
def test_an_agency_that_does_not_accept_refuses_the_part_unless_nothing_is_needed(
    world: BundleWorld, exit_: str
) -> None:
    actor = world.company()
    bundle = applied(actor, "restaurant", has_sign=True, hires_first=False)
    sign, who = case_of(bundle, "sign"), officer(world, bundle, "sign")
    step = "refuse_acceptance" if exit_ == "refuse_acceptance" else "declare_not_required"
    actions.take_step(who, sign.pk, sign.revision, NOW, step, Particulars(reason="招牌面积很小"))
    follow(NOW)
    assert states(bundle)["sign"] == ("refused" if exit_ == "refuse_acceptance" else "unneeded")
    assert states(bundle)["food"] == "open"


def _place(bundle: BundleCase, part: str, procedure: Procedure, stage: str) -> Case:
    """Let a part follow a procedure and stand at a stage of it."""
    counts_as = procedure.states[stage].counts_as
    finer = "" if stage == counts_as else stage
    Case.objects.filter(bundle_part__bundle=bundle, bundle_part__name=part).update(
        procedure=procedure.code, procedure_version=procedure.version, state=counts_as, finer_stage=finer
    )
    return case_of(bundle, part)


def _undecided(procedure: Procedure) -> list[str]:
    early = {CaseState.SUBMITTED, CaseState.RECEIVED, CaseState.CORRECTING, CaseState.ACCEPTED}
    return [name for name, state in procedure.states.items() if state.counts_as in early]


_SHIPPED = [(code, version) for code, versions in SHIPPED_PROCEDURES.versions.items() for version in versions]


@pytest.mark.parametrize(("code", "version"), _SHIPPED)
def test_a_cancelled_part_ends_or_is_not_granted_at_every_stage(world: BundleWorld, code: str, version: int) -> None:
    company = world.company()
    bundle = applied(company, "restaurant", has_sign=True, hires_first=False)
    procedure = procedure_of(code, version)
    sign = case_of(bundle, "sign")
    head = {role: _colleague(sign, role) for role in (Role.HEAD_OF_AGENCY, Role.REVIEWING_OFFICER)}
    food, who = case_of(bundle, "food"), officer(world, bundle, "food")
    food = actions.accept(who, food.pk, food.revision, NOW)
    actions.decide(who, food.pk, food.revision, NOW, Outcome.DENIED, "不符合规定条件")
    ended = held = 0
    for stage in _undecided(procedure):
        with transaction.atomic():
            sign = _place(bundle, "sign", procedure, stage)
            # Refused is refused: before the platform has moved on nothing is granted either.
            for step in _grants(procedure, stage):
                _refuses_to_grant(head, sign, step)
            follow(NOW)
            sign.refresh_from_db()
            view = next(p for p in queries.bundle_view(company, bundle.pk, TODAY).parts if p.name == "sign")
            assert "食品经营许可" in view.note or "Food business licence" in view.note
            if stage in procedure.actions["withdraw"].sources:
                ended += 1
                assert (view.state, sign.state) == (PartState.CANCELLED, CaseState.WITHDRAWN)
            else:
                held += 1
                assert (view.state, sign.stage) == (PartState.OPEN, stage)
                for step in _grants(procedure, stage):
                    _refuses_to_grant(head, sign, step)
                # Once it is where it can be taken back, it is; until then it is not granted there either.
                sign = _place(bundle, "sign", procedure, "accepted")
                for step in (
                    a for a in procedure.actions.values() if a.outcome == "granted" and "accepted" in a.sources
                ):
                    _refuses_to_grant(head, sign, step)
                BundleCase.objects.update(stirred=True)
                follow(NOW)
                assert states(bundle)["sign"] == "cancelled"
            transaction.set_rollback(True)
    assert ended
    assert ended + held == len(_undecided(procedure))


def _grants(procedure: Procedure, stage: str) -> list[Action]:
    return [step for step in procedure.actions.values() if step.outcome == "granted" and stage in step.sources]


def _refuses_to_grant(officers: dict[Role, Actor], case: Case, step: Action) -> None:
    by = next((officers[role] for role in officers if role.value in step.roles), None)
    given = Particulars(reason="符合条件")
    if by is None:  # the platform: by a rule, or by lapse of time
        rules_ = platform_process("rules")
        with pytest.raises(ConflictError, match=r"食品经营许可|Food business licence"), transaction.atomic():
            take_by_rule(rules_, case, procedure_of(case.procedure, case.procedure_version), Step(step.name), NOW)
        return
    with pytest.raises(ConflictError, match=r"食品经营许可|Food business licence"):
        actions.take_step(by, case.pk, case.revision, NOW, step.name, given)


def _page_of(client: Client, account: Account, name: str, case: Case) -> str:
    client.force_login(account)
    return client.get(reverse(name, args=[case.pk]), follow=True).content.decode()


def test_who_has_a_case_that_is_to_be_taken_back_and_its_applicant_are_told(world: BundleWorld, client: Client) -> None:
    company = world.company()
    bundle = applied(company, "restaurant", has_sign=True, hires_first=False)
    # The first version lets nobody withdraw what is proposed.
    sign = _place(bundle, "sign", SHIPPED_PROCEDURES.document("joint", 1), "submitted")
    signs = officer(world, bundle, "sign")
    sign = actions.accept(signs, sign.pk, sign.revision, NOW)
    sign = actions.take_step(signs, sign.pk, sign.revision, NOW, "propose", Particulars(reason="拟准予"))
    decided(world, bundle, "food", Outcome.DENIED, NOW)
    sign.refresh_from_db()
    assert (states(bundle)["sign"], sign.stage) == ("open", "proposed")
    number = written(bundle.number)
    assert [row.title for row in my_messages(company).rows if row.bundle_id and number in row.text]
    assert [row.case_id for row in my_messages(signs).rows] == [sign.pk]
    for actor in (company, signs):
        part = queries.bundle_of_case(actor, sign.pk)
        assert part is not None
        assert part.cancelled_with in {"食品经营许可", "Food business licence"}
    page = _page_of(client, world.officers[KEYS["sign"]], "workbench:case", sign)
    assert "将予撤回" in page or "To be taken back" in page
    before = LedgerEntry.objects.count()
    assert actions.advance_bundle(bundle.pk, NOW) == []  # told once
    assert LedgerEntry.objects.count() == before
    sign = actions.take_step(signs, sign.pk, sign.revision, NOW, "send_back", Particulars(reason="随主项撤回"))
    follow(NOW)
    sign.refresh_from_db()
    assert (states(bundle)["sign"], sign.state) == ("cancelled", CaseState.WITHDRAWN)
    assert queries.bundle_of_case(company, sign.pk).cancelled_with == ""  # type: ignore[union-attr]


def test_a_cancellation_goes_on_to_what_hangs_on_the_cancelled(world: BundleWorld) -> None:
    actor = world.applicant()
    bundle = applied(actor, "house", uses_fund=True)
    withdrawn(actor, bundle, "contract", NOW)
    # The contract taken back cancels tax, fund and title; nothing is left to do.
    assert states(bundle) == {"contract": "withdrawn", "tax": "cancelled", "title": "cancelled", "fund": "cancelled"}
    bundle.refresh_from_db()
    assert bundle.closed_at == NOW


def test_what_is_held_goes_on_when_the_other_is_applied_for_again(world: BundleWorld) -> None:
    actor = world.applicant()
    bundle = applied(actor, "house", uses_fund=False)
    decided(world, bundle, "contract", Outcome.DENIED, NOW)
    assert states(bundle) == {"contract": "refused", "tax": "suspended", "title": "suspended", "fund": "unneeded"}
    told = [row for row in my_messages(actor).rows if row.bundle_id]
    number = rules.written(bundle.number)
    assert [(row.bundle_id, row.bundle_number, row.case_id) for row in told] == [(bundle.pk, number, None)] * 2
    assert all(number in row.text for row in told)
    view = {part.name: part for part in queries.bundle_view(actor, bundle.pk, TODAY).parts}
    assert view["contract"].can_try_again
    assert view["tax"].can_give_up
    draft = actions.apply_again(actor, bundle.pk, "contract", NOW)
    assert actions.apply_again(actor, bundle.pk, "contract", NOW).pk == draft.pk
    assert draft.answers is not None
    assert draft.answers["house_address"] == bundle.answers["house_address"]
    for material in queries.draft_view(actor, draft.pk).materials:
        actions.attach(actor, draft.pk, material.material.position, actions.upload(actor, "neu.pdf", PDF).pk)
    new = actions.submit_draft(actor, draft.pk, NOW)
    follow(NOW)
    assert case_of(bundle, "contract").pk == new.pk
    assert states(bundle) == {"contract": "open", "tax": "waiting", "title": "waiting", "fund": "unneeded"}
    decided(world, bundle, "contract", Outcome.GRANTED, NOW)
    assert states(bundle)["tax"] == "open"


def test_a_held_part_can_be_given_up(world: BundleWorld) -> None:
    actor = world.applicant()
    bundle = applied(actor, "house", uses_fund=False)
    decided(world, bundle, "contract", Outcome.DENIED, NOW)
    with pytest.raises(ConflictError):
        actions.give_up_part(actor, bundle.pk, "contract", NOW)
    actions.give_up_part(actor, bundle.pk, "title", NOW)
    actions.give_up_part(actor, bundle.pk, "title", NOW)
    assert states(bundle)["title"] == "withdrawn"
    actions.give_up_part(actor, bundle.pk, "tax", NOW)
    bundle.refresh_from_db()
    assert bundle.closed_at == NOW


def test_the_whole_is_taken_back_except_for_what_is_decided(world: BundleWorld) -> None:
    actor = world.applicant()
    bundle = applied(actor, "house", uses_fund=True)
    decided(world, bundle, "contract", Outcome.GRANTED, NOW)
    actions.withdraw_bundle(actor, bundle.pk, NOW, "不买了")
    assert states(bundle) == {"contract": "done", "tax": "withdrawn", "title": "withdrawn", "fund": "withdrawn"}
    assert case_of(bundle, "tax").state == CaseState.WITHDRAWN
    actions.withdraw_bundle(actor, bundle.pk, NOW)
    with pytest.raises(NotFoundError):
        actions.withdraw_bundle(world.company(), bundle.pk, NOW)


def test_advancing_twice_does_nothing_the_second_time(world: BundleWorld) -> None:
    bundle = applied(world.applicant(), "house", uses_fund=True)
    decided(world, bundle, "contract", Outcome.GRANTED, NOW)
    before = (Case.objects.count(), LedgerEntry.objects.count())
    assert actions.advance_bundle(bundle.pk, NOW) == []
    assert actions.advance_stirred(NOW) == 0
    assert (Case.objects.count(), LedgerEntry.objects.count()) == before


# --- who sees what, and the clock of the whole ------------------------------------------------------------------------


def test_the_applicant_and_the_leading_agency_see_the_whole_each_other_agency_its_case(world: BundleWorld) -> None:
    bundle = applied(world.company(), "restaurant", has_sign=True, hires_first=False)
    lead, drains = officer(world, bundle, "food"), officer(world, bundle, "drain")
    assert queries.bundle_view(world.company(), bundle.pk, TODAY).row.total == 3
    assert queries.bundle_view(lead, bundle.pk, TODAY).row.total == 3
    assert [row.id for row in queries.led_bundles(lead)] == [bundle.pk]
    # The leading agency answers for the whole, so it may read every part.
    assert queries.case_view(lead, case_of(bundle, "drain").pk, TODAY).row.number
    assert queries.led_bundles(drains) == []
    for stranger in (drains, world.applicant(), officer(world, bundle, "insurance")):
        with pytest.raises(NotFoundError):
            queries.bundle_view(stranger, bundle.pk, TODAY)
    with pytest.raises(NotFoundError):
        queries.case_view(drains, case_of(bundle, "food").pk, TODAY)


def test_the_leading_agency_sees_numbers_of_the_whole_when_it_asks(world: BundleWorld, client: Client) -> None:
    bundle = applied(world.applicant(), "newborn", joins_insurance=True, wants_card=True, guardian_id=PARENT_ID)
    birth = decided(world, bundle, "birth", Outcome.GRANTED, NOW)
    lead = officer(world, bundle, "birth")
    assert bundle.lead_agency_id == birth.agency_id
    actions.state_results(lead, birth.pk, {"child_id": CHILD_ID}, NOW)
    both = {PARENT_ID, CHILD_ID}

    def told(view: queries.BundleView) -> set[str]:
        return {number for number in both if number in repr((view.summary, view.parts))}

    assert told(queries.bundle_view(world.applicant(), bundle.pk, TODAY)) == both
    masked = queries.bundle_view(lead, bundle.pk, TODAY)
    assert (told(masked), masked.hides_personal_data) == (set(), True)
    shown = actions.show_bundle_data(lead, bundle.pk, "comparison", "", NOW)
    assert told(queries.bundle_view(lead, bundle.pk, TODAY, shown)) == both
    client.force_login(world.officers["birth-registration"])
    page, ask = f"/workbench/one-thing/{bundle.pk}/", f"/workbench/one-thing/{bundle.pk}/personal-data/"
    assert ask in (text := client.get(page).content.decode())
    assert not {number for number in both if number in text}
    in_full = client.post(ask, {"purpose": "identity"}).content.decode()
    assert both == {number for number in both if number in in_full}
    for stranger in (officer(world, bundle, "card"), world.applicant()):
        with pytest.raises(NotFoundError):
            actions.show_bundle_data(stranger, bundle.pk, "comparison", "", NOW)
    asked = [row for row in who_looked(world.applicant()).rows if row.asked]
    assert [row.case_number for row in asked] == [written(bundle.number)] * 2
    assert LedgerEntry.objects.filter(deed="show_personal_data", object_type="bundle").count() == 2


def test_the_leading_agency_hears_that_a_part_of_another_agency_is_late(world: BundleWorld) -> None:
    bundle = applied(world.company(), "restaurant", has_sign=False, hires_first=False)
    refresh_lights(NOW + timedelta(days=8))  # nobody accepted either part in five working days
    _tell(NOW)
    food, drain = case_of(bundle, "food"), case_of(bundle, "drain")
    assert [(row.case_id) for row in my_messages(officer(world, bundle, "food")).rows] == [drain.pk, food.pk]
    assert [(row.case_id) for row in my_messages(officer(world, bundle, "drain")).rows] == [drain.pk]


def test_the_joint_clock_is_45_working_days_for_the_whole_and_each_agency_keeps_its_own(world: BundleWorld) -> None:
    bundle = applied(world.company(), "restaurant", has_sign=True, hires_first=False)
    view = queries.bundle_view(world.company(), bundle.pk, TODAY)
    assert view.clock is not None
    assert (view.clock.joint, view.clock.is_estimate) == (True, True)
    for number, part in enumerate(("food", "sign", "drain")):
        case = case_of(bundle, part)
        actions.accept(officer(world, bundle, part), case.pk, case.revision, NOW + timedelta(days=number))
    view = queries.bundle_view(world.company(), bundle.pk, TODAY)
    assert view.clock is not None
    assert not view.clock.is_estimate
    assert [r.counted for r in view.clock.reckonings] == [45]
    assert view.clock.reckonings[0].start == TODAY + timedelta(days=2)
    assert "45" in view.clock.why
    # By law each has the joint limit; each agency promised its own.
    dues = {part.name: part.due_on for part in view.wanted}
    assert len(set(dues.values())) == 3
    assert all(due and due < view.clock.due for due in dues.values())
    assert case_of(bundle, "sign").legal_due_on is not None


def _mayor(region: str, name: str) -> Actor:
    office, _ = Department.objects.get_or_create(code="office", defaults={"name": "政府办公室", "name_en": "Office"})
    platform = Platform.objects.get()
    seat = Agency.objects.create(department=office, region_id=region, platform=platform, name=f"{name}政府")
    account = open_account(OPERATOR, name, "correct-horse-battery")
    person = register_person(OPERATOR, Identity(name, assurance_level=4), account)
    appoint(OPERATOR, person, seat, Role.HEAD_OF_GOVERNMENT, date(2026, 1, 1), title="负责人", title_en="Head")
    return actor_for(account, "", TODAY)


def _colleague(case: Case, role: Role = Role.REVIEWING_OFFICER) -> Actor:
    """Somebody else at the agency of a case."""
    name = f"colleague.{Account.objects.count()}"
    account = open_account(OPERATOR, name, "correct-horse-battery")
    person = register_person(OPERATOR, Identity(name, assurance_level=4), account)
    appoint(OPERATOR, person, case.agency, role, date(2026, 1, 1), title="审批岗", title_en="Officer")
    return actor_for(account, "", TODAY)


def _extended(actor: Actor, case: Case, now: datetime) -> Case:
    return actions.take_step(actor, case.pk, case.revision, now, "extend", Particulars(reason="涉及多个部门"))


def test_the_one_extension_of_a_joint_handling_is_that_of_every_open_part(world: BundleWorld) -> None:
    bundle = applied(world.company(), "restaurant", has_sign=True, hires_first=False)
    food, sign, drain = (case_of(bundle, part) for part in ("food", "sign", "drain"))
    food = actions.accept(officer(world, bundle, "food"), food.pk, food.revision, NOW)
    sign = actions.accept(officer(world, bundle, "sign"), sign.pk, sign.revision, NOW)
    who = officer(world, bundle, "sign")
    sign = actions.take_step(who, sign.pk, sign.revision, NOW, "verify", Particulars(reason="现场核对"))
    _tell(NOW)
    day = TODAY + timedelta(days=2)
    now = NOW + timedelta(days=2)
    food = _extended(_mayor(food.region_id, "mayor"), food, now)
    _tell(now)
    sign.refresh_from_db()
    drain.refresh_from_db()
    sixty = deadline(TODAY, Limit(60), china()).due
    assert food.legal_due_on == sign.legal_due_on == sixty
    # The applicant is told of each, with the reason; what is not accepted has no day for its decision yet.
    assert [c.documents.filter(kind="extension_notice").count() for c in (food, sign, drain)] == [1, 1, 0]
    notice = sign.documents.get(kind="extension_notice").content["zh"]
    assert "涉及多个部门" in json.dumps(notice, ensure_ascii=False)
    told = [m.case_id for m in my_messages(world.company()).rows if "联合办理" in m.title or "joint" in m.title]
    assert sorted(told, key=str) == sorted([sign.pk, drain.pk], key=str)
    # Its own events alone give the same days again.
    for case in (food, sign, drain):
        found = explain_case(world.company(), case.pk, day)
        assert (found.agrees, found.extension) == (True, 15)
    told = json.loads(CliRunner().invoke(explain_command, [written(sign.number), "--json"]).stdout)
    assert told["replay_agrees"] is True
    assert [clock["legal"]["due"] for clock in told["clocks"] if clock["running"]] == [sixty.isoformat()]
    # What is accepted later has the extended limit from the start.
    drain = actions.accept(officer(world, bundle, "drain"), drain.pk, drain.revision, now)
    assert drain.legal_due_on == deadline(day, Limit(60), china()).due
    clock = queries.bundle_view(world.company(), bundle.pk, day).clock
    assert clock is not None
    assert (clock.extension, clock.due) == (15, drain.legal_due_on)
    # After the first legal day of the sign nothing is overrun, and nobody has to explain anything.
    late = NOW + (deadline(TODAY, Limit(50), china()).due - TODAY)
    sign = actions.take_step(
        _colleague(sign), sign.pk, sign.revision, late, "confirm_verification", Particulars(reason="核对无误")
    )
    sign = actions.decide(who, sign.pk, sign.revision, late, Outcome.GRANTED)
    assert sign.outcome == Outcome.GRANTED


def test_a_joint_handling_is_extended_once_by_whichever_part(world: BundleWorld) -> None:
    bundle = applied(world.company(), "restaurant", has_sign=True, hires_first=False)
    cases = {part: case_of(bundle, part) for part in ("food", "sign", "drain")}
    for part, case in cases.items():
        cases[part] = actions.accept(officer(world, bundle, part), case.pk, case.revision, NOW)
    sign = actions.decide(officer(world, bundle, "sign"), cases["sign"].pk, 2, NOW, Outcome.GRANTED)
    city, county = _mayor(CITY, "mayor"), _mayor(COUNTY, "magistrate")
    food = _extended(city, cases["food"], NOW)
    sign.refresh_from_db()
    assert not sign.events.filter(action="extend_with_whole").exists()  # it was decided
    drain = cases["drain"]
    drain.refresh_from_db()
    before = (drain.revision, drain.legal_due_on)
    for actor, case in ((county, drain), (city, food)):
        with pytest.raises(ConflictError) as refused:
            _extended(actor, case, NOW)
        assert written(food.number) in str(refused.value)
    drain.refresh_from_db()
    assert (drain.revision, drain.legal_due_on) == before


def test_otherwise_the_longest_way_counts_and_the_page_says_why(world: BundleWorld) -> None:
    bundle = applied(world.company(), "restaurant", has_sign=True, hires_first=True)
    view = queries.bundle_view(world.company(), bundle.pk, TODAY)
    assert view.clock is not None
    assert not view.clock.joint
    assert "社会保险参保登记" in view.clock.why
    # 5 days until acceptance and 5 as promised for the food licence, then 5 and 1 for insurance; drains: 5 and 7.
    assert [leg.title for leg in view.clock.legs] == ["食品经营许可", "社会保险参保登记"]
    assert [r.counted for leg in view.clock.legs for r in leg.reckonings] == [5, 5, 5, 1]
    assert {part.name for part in view.wanted if part.is_critical} == {"food", "insurance"}
    decided(world, bundle, "food", Outcome.GRANTED, NOW)
    sooner = queries.bundle_view(world.company(), bundle.pk, TODAY).clock
    assert sooner is not None
    assert sooner.due < view.clock.due
    assert [leg.title for leg in sooner.legs] == ["排水许可"]


def test_the_number_of_queries_is_fixed(world: BundleWorld) -> None:
    actor, region = world.applicant(), Region.objects.get(pk=TOWN)

    def count(read: Any, *args: Any) -> int:
        with CaptureQueriesContext(connection) as taken:
            read(*args)
        return len(taken)

    applied(actor, "house", uses_fund=True)
    counts = {
        "offered": count(queries.offered_bundles, actor, region, TODAY),
        "mine": count(queries.my_bundles, actor),
        "led": count(queries.led_bundles, world.officer("home-transfer-registration")),
    }
    for _more in range(3):
        applied(actor, "house", uses_fund=True)
    assert counts == {
        "offered": count(queries.offered_bundles, actor, region, TODAY),
        "mine": count(queries.my_bundles, actor),
        "led": count(queries.led_bundles, world.officer("home-transfer-registration")),
    }
    assert counts == {"offered": 1, "mine": 2, "led": 2}
    assert len(queries.my_bundles(actor)) == len(queries.led_bundles(world.officer("home-transfer-registration"))) == 4
