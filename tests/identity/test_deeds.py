"""No action is done by whom the table of rights denies it: every action, every role at every agency, every object.

As in `test_reach`, actions are found by looking. What is denied must be refused before anything else is looked at
(a wrong revision, a missing text): an answer about the object would tell that it is there. Whoever is allowed must get
past that, at least one in each action, else the test would hold with everybody shut out.
"""

import importlib
import inspect
import pkgutil
import uuid
from collections.abc import Callable, Iterator, Mapping
from itertools import product
from typing import Any, NamedTuple

import pytest
from django.db import transaction

import tongban
from tests.identity.reach_world import COUNTY, ReachWorld, build_reach_world, relations_of
from tests.identity.test_reach import EXHAUSTIVE, asked
from tests.world import NOW, TODAY
from tongban.cases.actions.internal import Shared
from tongban.cases.models import Absence, BenefitOffer, Cooperation, CreditRecord, RegionOffer
from tongban.cases.particulars import Particulars
from tongban.foundation.errors import NotAllowedError, NotFoundError, SignInNeededError
from tongban.government.models import DockingTask
from tongban.identity.actor import Actor
from tongban.identity.assurance.models import Verification
from tongban.identity.authority import Relation, may
from tongban.identity.models import Application

pytestmark = pytest.mark.django_db

REFUSED = (NotAllowedError, NotFoundError, SignInNeededError)
Given = Mapping[str, Any]
# In which relations an actor stands to what is given; None where the place alone denies it.
Place = Callable[[ReachWorld, Actor, Given], "set[Relation] | None"]


class Asks(NamedTuple):
    """What an action asks of the table: one of these deeds (with | between), of this kind, in the relations there."""

    deeds: str
    kind: str
    place: Place


def anywhere(_world: ReachWorld, _actor: Actor, _given: Given) -> set[Relation]:
    return set()


def of_case(world: ReachWorld, actor: Actor, given: Given) -> set[Relation]:
    number = next(n for n, case in enumerate(world.cases) if case.pk == given["case_id"])
    return relations_of(world, actor, number)


def at_agency(_world: ReachWorld, actor: Actor, _given: Given) -> set[Relation]:
    """Of the agency the officer serves, whichever it is."""
    return {Relation.OWN_AGENCY} if actor.post and not actor.at_desk else set()


def own(name: str, relation: Relation = Relation.OWN) -> Place:
    """What is given under this name must be the actor's to see, as the judge of its row says."""

    def place(world: ReachWorld, actor: Actor, given: Given) -> set[Relation] | None:
        _what, judge = world.owners[str(given[name])]
        return {relation} if judge(actor) else None

    return place


def of_agency(model: type[CreditRecord] | type[RegionOffer], name: str) -> Place:
    """What is given under this name belongs to an agency, or to a service of one."""

    def place(_world: ReachWorld, actor: Actor, given: Given) -> set[Relation]:
        row = model.objects.get(pk=given[name])
        agency_id = row.service.agency_id if isinstance(row, RegionOffer) else row.agency_id
        return {Relation.OWN_AGENCY} if actor.post and actor.post.agency_id == agency_id else set()

    return place


def of_service(world: ReachWorld, actor: Actor, _given: Given) -> set[Relation]:
    """There is one agency whose services are in this world."""
    return {Relation.OWN_AGENCY} if actor.post and actor.post.agency_id == world.cases[0].agency_id else set()


def of_application(_world: ReachWorld, actor: Actor, given: Given) -> set[Relation]:
    row = Application.objects.get(pk=given["application_id"])
    return {Relation.OWN_AGENCY} if actor.post and actor.post.agency_id == row.agency_id else set()


def of_request(_world: ReachWorld, actor: Actor, given: Given) -> set[Relation]:
    row, post = Cooperation.objects.get(pk=given["request_id"]), actor.post
    sides = ((Relation.OWN_AGENCY, row.asking_id), (Relation.ASKED_AGENCY, row.asked_id))
    return {relation for relation, agency_id in sides if post and post.agency_id == agency_id}


def absence(_world: ReachWorld, actor: Actor, given: Given) -> set[Relation]:
    whose = given["post_id"] if "post_id" in given else Absence.objects.get(pk=given["absence_id"]).post_id
    return {Relation.OWN_AGENCY} | ({Relation.OWN} if actor.post_id == whose else set())


def verification(_world: ReachWorld, actor: Actor, given: Given) -> set[Relation]:
    row = Verification.objects.get(pk=given["verification_id"])
    held = actor.post_id is not None and row.check_made is not None and row.check_made.post_id == actor.post_id
    return ({Relation.OWN} if actor.person_id == row.person_id else set()) | ({Relation.HOLDER} if held else set())


def post(_world: ReachWorld, actor: Actor, _given: Given) -> set[Relation]:
    return {Relation.OWN} if actor.post else set()


def counter(_world: ReachWorld, actor: Actor, _given: Given) -> set[Relation]:
    return {Relation.COUNTER} if actor.post and actor.post.serves_counter else set()


def served(_world: ReachWorld, actor: Actor, _given: Given) -> set[Relation] | None:
    """Somebody whose identity was seen sits at the desk."""
    return set() if actor.at_desk else None


def applying(_world: ReachWorld, actor: Actor, _given: Given) -> set[Relation]:
    return {Relation.OWN} if actor.is_applicant else set()


def oneself(_world: ReachWorld, actor: Actor, _given: Given) -> set[Relation] | None:
    return {Relation.OWN} if actor.is_signed_in else None


LED = own("bundle_id", Relation.LEAD_AGENCY)
AUDITED = own("access_id", Relation.OWN_REGION)
# Officers take steps, applicants take part, the clock does what the law ties to a lapse; the procedure says which step
# is whose.
STEP = "handle|take_part|run_clock"

DEEDS: dict[str, Asks] = (
    {f"government.actions.{name}": Asks("maintain", "government", anywhere) for name in (
        "abolish_region", "add_region", "assign_platform", "create", "finish_docking_task", "merge_region",
        "plan_docking_task", "rename_region", "start_docking_task", "update",
    )}
    | {f"identity.actions.{name}": Asks("maintain", "identity", anywhere) for name in (
        "appoint", "delegate", "let_serve_counter", "open_account", "register_organisation", "register_person",
    )}
    | {f"cases.actions.handling.{name}": Asks(STEP, "case", of_case) for name in (
        "accept", "decide", "deliver", "receive", "refuse_acceptance", "return_for_correction",
    )}
    | {f"cases.actions.handling.{name}": Asks(f"{name}|run_clock", "case", of_case) for name in (
        "supplement", "withdraw",
    )}
    | {f"cases.actions.across.{name}": Asks(name, "case", of_case) for name in (
        "acknowledge", "answer_place", "ask_place", "forward", "return_originals",
    )}
    | {f"cases.actions.{name}": Asks("apply", "case", own("draft_id")) for name in (
        "across.choose_place", "applying.submit_draft", "bundling.submit_bundle_draft", "drafting.attach",
        "drafting.detach", "drafting.discard_draft", "drafting.save_draft", "fetching.fetch_for_draft",
        "settling.answer_guidance", "settling.choose_way",
    )}
    | {f"cases.actions.{name}": Asks("apply", "case", anywhere) for name in (
        "applying.submit_application", "bundling.start_bundle", "bundling.submit_bundle", "drafting.start_draft",
        "drafting.upload", "fetching.fetch_material",
    )}
    | {f"cases.actions.assigning.{name}": Asks("arrange", "desk", at_agency) for name in (
        "set_assignment_rule", "set_specialists",
    )}
    | {f"cases.actions.counter.{name}": Asks("keep", "queue", at_agency) for name in (
        "call_next", "draw_number", "finish_ticket",
    )}
    | {f"cases.actions.templates.{name}": Asks("maintain", "notice_template", at_agency) for name in (
        "retire_template", "save_template",
    )}
    | {f"cases.actions.internal.{name}": Asks(deed, "cooperation", of_request) for name, deed in (
        ("answer_cooperation", "answer"), ("decline_cooperation", "answer"), ("remind_cooperation", "remind"),
        ("withdraw_cooperation", "remind"),
    )}
    | {f"cases.actions.offers.{name}": Asks("answer", "offer", own("offer_id")) for name in (
        "confirm_offer", "decline_offer",
    )}
    | {f"cases.actions.region_offers.{name}": Asks("maintain", "region_offer", where) for name, where in (
        ("change_offer", of_agency(RegionOffer, "offer_id")), ("end_offer", of_agency(RegionOffer, "offer_id")),
        ("offer_across", of_service),
    )}
    | {f"items.actions.{name}": Asks("maintain", "service", of_service) for name in (
        "check_version", "draft_version", "publish_version", "withdraw_service", "withdraw_version",
    )}
    | {f"cases.adoption.{name}": Asks("maintain", "procedure", anywhere) for name in (
        "adopt_rule", "checked_adoption", "drop_rule",
    )}
    | {f"identity.entering.{name}": Asks(deed, "identity", anywhere) for name, deed in (
        ("change_representative", "change_representative"), ("dissolve_organisation", "record_dissolution"),
        ("record_death", "record_death"),
    )}
    | {f"identity.provider.actions.{name}": Asks(deed, kind, anywhere) for name, deed, kind in (
        ("directory.review_application", "review", "application"),
        ("directory.suspend_application", "suspend", "application"),
        ("federation.confirm_trust", "confirm", "trusted_provider"),
        ("federation.end_trust", "end", "trusted_provider"),
        ("federation.trust_provider", "maintain", "trusted_provider"),
        ("signing_in.end_sign_ins_of", "suspend", "application"),
        ("signing_in.give_consent", "give", "consent"),
        ("signing_in.sign_in_to_application", "sign_in", "application"),
    )}
    | {
        "cases.actions.assigning.enter_absence": Asks("enter", "absence", absence),
        "cases.actions.assigning.end_absence": Asks("enter", "absence", absence),
        "cases.actions.bundling.apply_again": Asks("apply", "case", own("bundle_id")),
        "cases.actions.bundling.give_up_part": Asks("withdraw", "bundle", own("bundle_id")),
        "cases.actions.counter.apply_at_counter": Asks("apply", "case", served),
        "cases.actions.counter.cancel_appointment": Asks("book", "queue", own("ticket_id")),
        "cases.actions.counter.take_in_at_counter": Asks("apply", "case", served),
        "cases.actions.credit.repair_credit": Asks("repair", "credit", of_agency(CreditRecord, "record_id")),
        "cases.actions.emergency.end_emergency_access": Asks("end", "break_glass", own("access_id")),
        "cases.actions.emergency.review_emergency_access": Asks("review", "break_glass", AUDITED),
        "cases.actions.handling.take_step": Asks(STEP, "case", of_case),
        "cases.actions.taking_back.withdraw_undertaking": Asks("apply", "case", own("case_id")),
        "cases.actions.taking_in.check_at_window": Asks("take_in_elsewhere", "case", anywhere),
        "cases.actions.taking_in.keep_paper": Asks("take_in_elsewhere", "case", anywhere),
        "cases.actions.taking_in.keep_power_at_window": Asks("take_in_elsewhere", "case", anywhere),
        "cases.actions.views.remove_view": Asks("keep", "inbox_view", post),
        "cases.actions.views.save_view": Asks("keep", "inbox_view", post),
        "identity.assurance.actions.announce_visit": Asks("step_up", "verification", oneself),
        "identity.assurance.actions.revoke_verification": Asks("revoke", "verification", verification),
        "identity.assurance.actions.verify": Asks("step_up", "verification", oneself),
        "identity.delegating.accept_delegation": Asks("answer", "delegation", own("delegation_id")),
        "identity.delegating.decline_delegation": Asks("answer", "delegation", own("delegation_id")),
        "identity.delegating.end_delegation": Asks("end", "delegation", own("delegation_id")),
        "identity.delegating.offer_delegation": Asks("offer", "delegation", oneself),
        "identity.entering.end_guardianship": Asks("enter_guardianship", "identity", counter),
        "identity.entering.enter_guardianship": Asks("enter_guardianship", "identity", counter),
        "identity.provider.actions.directory.change_application": Asks("register", "application", of_application),
        "identity.provider.actions.directory.renew_secret": Asks("register", "application", of_application),
        "identity.provider.actions.signing_in.withdraw_consent": Asks("give", "consent", anywhere),
        "userspace.actions.choose_channels": Asks("choose", "contact", oneself),
        "userspace.actions.choose_suggestions": Asks("choose", "suggestion", applying),
        "userspace.actions.mark_all_read": Asks("mark", "message", oneself),
        "userspace.actions.save_matter": Asks("keep", "saved_matter", applying),
        "userspace.actions.unsave_matter": Asks("keep", "saved_matter", applying),
        "cases.actions.assigning.assign": Asks("take_on|reassign", "case", of_case),
        "cases.actions.bulk.act_on_several": Asks("handle", "case", at_agency),
        "cases.actions.bundling.state_results": Asks("handle", "case", of_case),
        "cases.actions.bundling.withdraw_bundle": Asks("withdraw", "bundle", own("bundle_id")),
        "cases.actions.counter.book_appointment": Asks("book", "queue", anywhere),
        "cases.actions.counter.set_hours": Asks("arrange", "desk", at_agency),
        "cases.actions.emergency.open_in_emergency": Asks("break_glass", "case", of_case),
        "cases.actions.internal.add_note": Asks("note", "case", of_case),
        "cases.actions.internal.ask_cooperation": Asks("ask_cooperation", "case", of_case),
        "cases.actions.showing.show_bundle_data": Asks("show_in_full", "bundle", LED),
        "cases.actions.showing.show_personal_data": Asks("handle", "case", of_case),
        "cases.actions.showing.show_shared_data": Asks("show_in_full", "cooperation", of_request),
        "cases.actions.taking_in.take_in_elsewhere": Asks("take_in_elsewhere", "case", anywhere),
        "feedback.actions.rate_case": Asks("rate", "case", of_case),
        "foundation.retention.approve_report": Asks("approve", "retention", anywhere),
        "identity.own_data.answer_correction": Asks("answer", "correction_request", anywhere),
        "identity.own_data.ask_correction": Asks("ask_correction", "personal_data", oneself),
        "identity.own_data.close_own_account": Asks("erase", "personal_data", oneself),
        "identity.own_data.copy_of_data": Asks("copy", "personal_data", oneself),
        "identity.own_data.merge_people": Asks("merge", "identity", anywhere),
        "identity.signin.actions.release_second_factor": Asks("maintain", "identity", anywhere),
        "items.actions.keep_catalogue_row": Asks("maintain", "government", anywhere),
        "userspace.actions.mark_read": Asks("mark", "message", own("message_id")),
    }
)  # fmt: skip


# Take an actor and ask the table nothing, with the reason.
_PART = "a part of actions, which ask before they call it"
ELSEWHERE = {
    "cases.actions.timekeeping.raise_alerts": "of the platform alone",
    "cases.actions.timekeeping.recount_due_date": "of the platform alone",
    "cases.actions.timekeeping.tell_of_late_cooperation": "of the platform alone",
    "foundation.retention.carry_out": "of the platform, after approval",
    "foundation.retention.make_report": "of the platform",
    "identity.actions.revoke_token": "who brings a token may end it",
    "identity.provider.actions.directory.register_application": "as `change_application`, of an agency that is given",
    "identity.signin.actions.name_passkey": "of the account that is signed in: an account has no role",
    "identity.signin.actions.set_contact": "of the account that is signed in: an account has no role",
} | dict.fromkeys(
    (
        "cases.actions.again.take_up_part", "cases.actions.applying.file_case", "cases.actions.applying.open_case",
        "cases.actions.bundle_parts.advance", "cases.actions.checking.case_of_draft",
        "cases.actions.checking.files_by", "cases.actions.checking.offer_for", "cases.actions.checking.own_draft",
        "cases.actions.checking.own_draft_of_service", "cases.actions.checking.require_level",
        "cases.actions.checking.resolve_uploads", "cases.actions.extending.extend_other_parts",
        "cases.actions.fetching.fetched_among",
        "cases.actions.following.follow_up", "cases.actions.handling.is_repetition",
        "cases.actions.handling.require_fresh", "cases.actions.handling.take_by_rule",
        "cases.actions.instant.decide_by_rule", "cases.actions.internal.cooperation_relations",
        "cases.actions.recording.mandate_stated", "cases.actions.recording.record", "cases.actions.settling.settle",
        "identity.own_data.may_copy",
        "foundation.retention.newest_reports", "identity.assurance.actions.own_person",
        "identity.assurance.actions.record_counter_check", "identity.delegating.end_all",
        "identity.delegating.given_by", "identity.delegating.giving_relations", "identity.delegating.received_by",
        "identity.own_data.obstacles_to_closing",
    ),
    _PART,
)  # fmt: skip


def actions() -> dict[str, Callable[..., Any]]:
    """Every public function that takes an actor and stands in a module that writes."""
    found = {}
    for module_info in pkgutil.walk_packages(tongban.__path__, "tongban."):
        name = module_info.name.removeprefix("tongban.")
        writes = ".actions" in name or name in {
            "cases.adoption", "foundation.retention", "identity.delegating", "identity.entering", "identity.own_data",
        }  # fmt: skip
        if not writes:
            continue
        module = importlib.import_module(module_info.name)
        for function_name, function in vars(module).items():
            here = inspect.isfunction(function) and function.__module__ == module.__name__
            if here and not function_name.startswith("_") and "actor" in inspect.signature(function).parameters:
                found[f"{name}.{function_name}"] = function
    return found


@pytest.fixture
def world() -> ReachWorld:
    built = build_reach_world()
    built.pools |= {
        "now": [NOW], "today": [TODAY], "revision": [1], "text": ["文字"], "reason": ["理由"], "missing": ["缺"],
        "question": ["问"], "answer": ["答"], "remark": ["注"], "dispatch": ["单号"], "level": [5], "comment": [""],
        "outcome": ["granted"], "limit": [5], "shared": [Shared()], "asked_id": [uuid.uuid4()],
        "absence_id": list(Absence.objects.values_list("pk", flat=True)),
        "service": [built.cases[0].service], "version": [built.cases[0].version],
        "service_id": [built.cases[0].service_id],
        "days": [(TODAY, TODAY)], "action": ["accept"], "particulars": [Particulars()],
        "task": [DockingTask()], "token": [uuid.uuid4()], "purpose": ["other"], "name": ["名"], "region_code": [COUNTY],
    }  # fmt: skip
    return built


def given_to(function: Callable[..., Any], pools: Mapping[str, list[Any]]) -> Iterator[dict[str, Any]]:
    """Every set of values for what an action takes: what is in the world, else nothing (None)."""
    names = [
        name for name, parameter in inspect.signature(function).parameters.items()
        if name != "actor" and (parameter.default is parameter.empty or name in pools)
    ]  # fmt: skip
    every = list(product(*(pools.get(name, [None]) for name in names)))
    for values in every[:: len(every) // 9 or 1]:
        yield dict(zip(names, values, strict=True))


def refuses(function: Callable[..., Any], actor: Actor, given: Given) -> str:
    """Empty where the actor is refused; else what happened instead. Nothing that was done stays."""
    with transaction.atomic():
        try:
            function(actor, **given)
        except REFUSED:
            return ""
        except Exception as error:  # noqa: BLE001 - past the refusal: what follows is other tests' to judge
            return f"{type(error).__name__}: {error}"
        else:
            return "done"
        finally:
            transaction.set_rollback(True)


def judge(world: ReachWorld, name: str, function: Callable[..., Any], leaks: list[str]) -> tuple[int, int]:
    """Have an action tried by those asked; how often, and how many got past the refusal."""
    asks, tried, let_in = DEEDS[name], 0, 0
    pools = world.pools
    if name.startswith("cases.actions.offers."):
        pools = pools | {"offer_id": list(BenefitOffer.objects.values_list("pk", flat=True))}
    every = list(given_to(function, pools))
    for number, given in enumerate(every):
        for who in asked(name, list(world.actors), len(every), number):
            actor = world.actors[who]
            relations = asks.place(world, actor, given)
            allowed = relations is not None and any(
                may(actor, deed, asks.kind, relations) for deed in asks.deeds.split("|")
            )
            said = refuses(function, actor, given)
            tried += 1
            let_in += allowed and bool(said)
            if said and not allowed:
                leaks.append(f"{name} by {who}, who may not {asks.deeds} {asks.kind}: {said}")
    return tried, let_in


def test_whoever_the_table_denies_a_deed_is_refused_by_its_action(
    world: ReachWorld, capsys: pytest.CaptureFixture[str]
) -> None:
    leaks: list[str] = []
    assert actions().keys() == DEEDS.keys() | ELSEWHERE.keys()
    tried = {name: judge(world, name, function, leaks) for name, function in actions().items() if name in DEEDS}
    with capsys.disabled():
        print(  # noqa: T201 - the number is asked for
            f"\ndeeds{' (whole)' if EXHAUSTIVE else ''}: {len(tried)} actions x {len(world.actors)} actors ="
            f" {sum(n for n, _ in tried.values())} tries, {len(leaks)} denied by the table and yet not refused"
        )
    assert "\n".join(sorted(set(leaks))) == ""
    if EXHAUSTIVE:
        assert sorted(name for name, (_n, let_in) in tried.items() if not let_in) == []
