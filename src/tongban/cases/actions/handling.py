"""Handling: each verb is one step of the case's procedure, taken by an officer, the applicant or the clock."""

import uuid
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from django.db import models, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from tongban.cases import rules
from tongban.cases.actions.checking import Positions, messages_of, resolve_uploads, stated
from tongban.cases.actions.extending import extend_other_parts, hold_whole, require_whole_not_extended
from tongban.cases.actions.following import Following, follow_up
from tongban.cases.actions.recording import Step, compose_document, keep_materials, record
from tongban.cases.cancelling import cancelled_with, titles
from tongban.cases.clocks import happenings_of, set_due, times_of
from tongban.cases.history import CaseTimes, Happening
from tongban.cases.labels import action_label, english, stage_label
from tongban.cases.left_out import left_out_of
from tongban.cases.models import (
    ApplicationBar,
    BundlePart,
    Case,
    CaseDocument,
    Outcome,
)
from tongban.cases.particulars import Moment, Particulars, stated_data
from tongban.cases.procedure import Action, Party, Procedure
from tongban.cases.procedure_store import procedure_of
from tongban.cases.reading import hold_case
from tongban.cases.relations import OUTSIDE, parties_of, reaches, relations_to
from tongban.cases.requirements import form_of, published_version
from tongban.cases.wording import WHERE_TO_APPLY
from tongban.foundation.calendars import calendar_in_force
from tongban.foundation.clockrules import clock_rules, due_by
from tongban.foundation.errors import ConflictError, InvalidError, NotAllowedError, NotFoundError
from tongban.foundation.ledger import append
from tongban.government.models import Agency
from tongban.identity.actor import Actor, platform_process
from tongban.identity.authority import may, require
from tongban.items.models import Service

CLOCK = platform_process("clock")
# What the applicant agreed to with the application for several things at once.
BUNDLES = platform_process("bundles")


def receive(actor: Actor, case_id: uuid.UUID, revision: int, now: datetime) -> Case:
    """收件: an officer takes the application in hand. It is not yet accepted."""
    return _act(actor, case_id, revision, now, Step("receive"))


def accept(actor: Actor, case_id: uuid.UUID, revision: int, now: datetime) -> Case:
    """受理: complete and in lawful form; the clock of the decision starts (行政许可法 art 32(5), 42)."""
    return _act(actor, case_id, revision, now, Step("accept"))


def refuse_acceptance(
    actor: Actor, case_id: uuid.UUID, revision: int, now: datetime, reason: str, competent_organ: str = ""
) -> Case:
    """不予受理: not competent, or nothing that needs a licence; with the reason (art 32(1)(2)). `competent_organ` is
    where to apply instead.
    """
    named = Particulars(competent_organ=competent_organ)
    return _act(actor, case_id, revision, now, Step("refuse_acceptance", reason=stated(reason), particulars=named))


def return_for_correction(actor: Actor, case_id: uuid.UUID, revision: int, now: datetime, missing: str) -> Case:
    """补正: tell once everything that must be supplemented (art 32(4)); only before acceptance."""
    return _act(actor, case_id, revision, now, Step("return_for_correction", reason=stated(missing)))


def decide(actor: Actor, case_id: uuid.UUID, revision: int, now: datetime, outcome: Outcome, reason: str = "") -> Case:
    """决定: grant or deny. A denial states its reason (art 38)."""
    if outcome == Outcome.GRANTED:
        return _act(actor, case_id, revision, now, Step("grant", reason=reason.strip()))
    return _act(actor, case_id, revision, now, Step("deny", reason=stated(reason)))


def deliver(actor: Actor, case_id: uuid.UUID, revision: int, now: datetime) -> Case:
    """送达、办结: the result has reached the applicant (art 44)."""
    return _act(actor, case_id, revision, now, Step("deliver"))


def supplement(
    actor: Actor,
    case_id: uuid.UUID,
    revision: int,
    now: datetime,
    answers: Mapping[str, Any] | None = None,
    uploads: Positions | None = None,
) -> Case:
    """补正 by the applicant: corrected answers and further files; the five days of art 32(4) start again."""
    return _act(actor, case_id, revision, now, Step("supplement", answers=answers or {}, uploads=uploads or {}))


def withdraw(actor: Actor, case_id: uuid.UUID, revision: int, now: datetime, reason: str = "") -> Case:
    """撤回: the applicant takes the application back before a decision."""
    return _act(actor, case_id, revision, now, Step("withdraw", reason=reason.strip()))


def take_step(
    actor: Actor, case_id: uuid.UUID, revision: int, now: datetime, action: str, particulars: Particulars
) -> Case:
    """Any step of the case's procedure, with what the procedure asks for it.

    Raises:
        InvalidError: something the step asks for is missing or not possible, under its own name.
        ConflictError, NotAllowedError: it cannot be taken now, or not by this actor.
    """
    return _act(actor, case_id, revision, now, Step(action, particulars.reason.strip(), particulars=particulars))


# What the applicant may do, by the deed the authority table knows it under; every other step of theirs is taking part.
_APPLICANT_DEEDS = {"supplement": "supplement", "withdraw": "withdraw"}
_MOMENTS = {"received": "received_at", "accepted": "accepted_at", "decided": "decided_at"}


def _act(actor: Actor, case_id: uuid.UUID, revision: int, now: datetime, step: Step) -> Case:
    """Take the step; where a limit has lapsed that the law ties something to, that comes first."""
    case = _attempt(actor, case_id, revision, now, step, only_in_time=True)
    if case is None:
        settle_lapse(case_id, now)
        case = _attempt(actor, case_id, revision, now, step)
    if case is None:
        raise RuntimeError("a step that is not asked to be in time is taken or refused")
    return case


def _attempt(
    actor: Actor, case_id: uuid.UUID, revision: int, now: datetime, step: Step, *, only_in_time: bool = False
) -> Case | None:
    """The case after the step; None where it is only to be taken in time and a limit of the clock has lapsed."""
    with transaction.atomic():
        hold_whole(case_id, step.action)
        held = hold_case(case_id, actor.person_id if actor.is_officer else None)
        case = held.case if held else None
        relations = relations_to(actor, case) if case else frozenset()
        if held is None or case is None or not may(actor, "read", "case", relations):
            raise NotFoundError(_("There is no such case, or it is not yours to see."))
        require(actor, _deed(actor, step), "case", relations)
        if actor.is_applicant and not reaches(actor, _deed(actor, step), case):
            raise NotAllowedError(OUTSIDE)
        if held.asker_is_party:
            raise NotAllowedError(_("Nobody handles their own case."))
        if only_in_time and case.clock_on and case.clock_on < timezone.localdate(now):
            return None
        case.version = published_version(case.version_id)
        if is_repetition(actor, case, revision, step):
            return case
        procedure = procedure_of(case.procedure, case.procedure_version)
        require_fresh(actor, case, procedure, revision)
        _require_available(procedure, case, parties_of(actor, relations), step, own=actor.is_applicant)
        _take(actor, case, procedure, step, now, held.happenings)
    return case


def settle_lapse(case_id: uuid.UUID, now: datetime, *, skip_locked: bool = False) -> str:
    """What the law ties to a lapse of time (deemed acceptance, renewal, withdrawal) happens, once.

    A limit is over at the end of its last day; nothing happens on a provisional day.

    Returns:
        The action the clock took; empty where nothing has lapsed (any more), or where the case is locked by somebody
        and `skip_locked` says not to wait.
    """
    with transaction.atomic():
        held = Case.objects.select_for_update(of=("self",), skip_locked=skip_locked).select_related("agency", "region")
        case = held.filter(pk=case_id).first()
        if case is None:
            return ""
        case.version = published_version(case.version_id)
        procedure = procedure_of(case.procedure, case.procedure_version)
        times = times_of(case, procedure, happenings_of(case))
        lapse = rules.next_lapse(procedure, case.stage, times, calendar_in_force())
        if lapse is None or lapse.provisional or lapse.day >= timezone.localdate(now):
            return ""
        if _cancelled(case, lapse.action):
            return ""  # it is about to be taken back
        step = Step(lapse.action.name)
        require(CLOCK, _deed(CLOCK, step), "case")
        _require_available(procedure, case, parties_of(CLOCK, ()), step, own=False)
        _take(CLOCK, case, procedure, step, now)
        return step.action


def take_back(case_id: uuid.UUID, reasons: tuple[str, str], now: datetime) -> bool:
    """Withdraw a case because another part of the same bundle came to nothing, as its applicant was told it would be;
    `reasons` in Chinese and English.

    Returns:
        Whether it was; a case that its procedure does not let go now (it is decided, or being examined in a stage that
        cannot be left) is not.
    """
    with transaction.atomic():
        held = Case.objects.select_for_update(of=("self",)).select_related("agency", "region")
        case = held.get(pk=case_id)
        case.version = published_version(case.version_id)
        procedure = procedure_of(case.procedure, case.procedure_version)
        action = procedure.actions.get("withdraw")
        if action is None or case.stage not in action.sources:
            return False
        require(BUNDLES, "advance", "bundle")
        _take(BUNDLES, case, procedure, Step("withdraw", reasons=reasons), now)
    return True


def take_by_rule(actor: Actor, case: Case, procedure: Procedure, step: Step, now: datetime) -> None:
    """A step of the platform that a decision table led to, in the transaction of what it follows."""
    require(actor, "decide_by_rule", "case")
    _require_available(procedure, case, parties_of(actor, ()), step, own=actor.is_applicant)
    _take(actor, case, procedure, step, now)


def _deed(actor: Actor, step: Step) -> str:
    if actor.process:
        return "run_clock"
    if step.action in _APPLICANT_DEEDS:
        return _APPLICANT_DEEDS[step.action]
    return "take_part" if actor.is_applicant else "handle"


def _take(
    actor: Actor,
    case: Case,
    procedure: Procedure,
    step: Step,
    now: datetime,
    before: Sequence[Happening] | None = None,
) -> None:
    """Take a step that is available; `before` are the events of the case, where they were read already."""
    action, stage_before = procedure.actions[step.action], case.stage
    before = happenings_of(case) if before is None else before
    times = times_of(case, procedure, before)
    given = replace(step.particulars, reason=step.reasons[0] if step.reasons else step.reason)
    _require_arrived(actor, times)
    require_whole_not_extended(case, action)
    _require_not_cancelled(case, action)
    data = stated_data(Moment(actor, case, procedure, before, times, now), action, given)
    step = _where_to_apply(action, step)
    if action.document == CaseDocument.Kind.CORRECTION_NOTICE:
        _require_told_at_once(case, before, step)
    if action.stamps == "materials":
        _supplement(actor, case, step, now)
    if "materials" in action.asks and actor.is_applicant:
        _hand_in_deferred(actor, case, times, step.particulars, before, now)
    stage = action.leads_to(case.stage)
    _enter(case, procedure, stage, now)
    if case.finer_stage:
        data["stage"] = stage
    case.outcome = action.outcome or case.outcome
    if action.stamps in _MOMENTS:
        setattr(case, _MOMENTS[action.stamps], times.reached_at if action.dated else now)
    if action.stamps == "accepted" and case.received_at is None:
        case.received_at = case.accepted_at
    case.revision += 1
    happened = Happening(step.action, timezone.localtime(now), stage, data, actor.account_id)
    after = times_of(case, procedure, [*before, happened])
    due = set_due(case, procedure, after)
    rows: list[models.Model] = []
    if action.document:
        kind, issuer = CaseDocument.Kind(action.document), _issuer(actor, case)
        document = compose_document(case, kind, due, now, step.reason, data, step.reasons, issuer=issuer)
        data["document"] = document.number
        rows.append(document)
    if action.bars:
        _bar(actor, case, action.bars, now)
    record(actor, case, Step(step.action, reason=step.reason, reasons=step.reasons, data=data), now, *rows)
    extend_other_parts(actor, case, action, step.reason, data, now)
    follow_up(actor, case, Following(step.action, stage_before, stage, data), now)


def _where_to_apply(action: Action, step: Step) -> Step:
    """A refusal of acceptance that names the competent organ says so after its reason, in both languages."""
    organ = step.particulars.competent_organ.strip()
    if action.document != CaseDocument.Kind.ACCEPTANCE_REFUSAL or not organ:
        return step
    chinese, english = (f"{step.reason}\n{text.format(organ=organ)}" for text in WHERE_TO_APPLY)
    return replace(step, reasons=(chinese, english))


def _issuer(actor: Actor, case: Case) -> Agency:
    """Whose written act it is: what the agency below finds, or explains, it writes under its own name and number."""
    if case.lower_agency and actor.post and actor.post.agency_id == case.lower_agency_id:
        return case.lower_agency
    return case.agency


def _enter(case: Case, procedure: Procedure, stage: str, now: datetime) -> None:
    before, state = procedure.states[case.stage], procedure.states[stage]
    case.state, case.finer_stage = state.counts_as, "" if stage == state.counts_as else stage
    if state.limit != before.limit:
        case.overrun_explained = False  # what is explained in public is one limit
    if state.final:
        case.closed_at = now


def _require_arrived(actor: Actor, times: CaseTimes) -> None:
    """Receiving and handling are separate: nothing is decided on what the competent agency does not have yet."""
    if times.transit and actor.is_officer:
        raise ConflictError(_("What was collected elsewhere has not arrived yet. Acknowledge it first."))


def _cancelled(case: Case, action: Action) -> BundlePart | None:
    """Where the step grants what falls away because of another part of the same bundle: the part that the case is."""
    return cancelled_with(case) if action.outcome == Outcome.GRANTED and case.lead_agency_id else None


def _require_not_cancelled(case: Case, action: Action) -> None:
    """What the applicant agreed to with the application holds: nothing is granted that is to be taken back."""
    if part := _cancelled(case, action):
        (cause, _own) = titles(part)
        raise ConflictError(
            _(
                "“%(part)s”, applied for at once with this, was refused or taken back. As the applicant was told, this "
                "one is taken back too and cannot be granted; bring it out of its present stage, and the platform ends "
                "it."
            )
            % {"part": cause[1] if english() else cause[0]}
        )


def _require_told_at_once(case: Case, before: Sequence[Happening], step: Step) -> None:
    """Art 32(4): everything in one notice. A later one may only repeat what was not cured."""
    if all(event.action != step.action for event in before):
        return
    earlier = case.events.filter(action=step.action).order_by("sequence").first()
    added = rules.new_grounds(step.reason, (earlier.reason or "") if earlier else "")
    if added:
        message = _("The law wants everything told at once. The first notice did not name: %(points)s")
        raise InvalidError({"reason": [message % {"points": "；".join(added)}]})


def _supplement(actor: Actor, case: Case, step: Step, now: datetime) -> None:
    files = resolve_uploads(actor, case.version, step.uploads or step.particulars.uploads or {})
    form = form_of(case.version, left_out_of(case).fields)
    answers = form.trim({**case.answers, **form.normalised(step.answers or {})})
    errors = messages_of(form.validate(answers, timezone.localdate(now)))
    if errors:
        raise InvalidError(errors)
    if answers == case.answers and not files:
        message = _("Nothing is different yet: change an answer or add a file, as the notice asks.")
        raise InvalidError({"answers": [message]})
    case.answers = answers
    keep_materials(case, files, now)


def _hand_in_deferred(
    actor: Actor, case: Case, times: CaseTimes, given: Particulars, before: Sequence[Happening], now: datetime
) -> None:
    """What was to follow, by its day and completely."""
    if times.deferred_until and timezone.localdate(now) > times.deferred_until:
        raise ConflictError(_("The day by which these materials had to follow is over."))
    files = resolve_uploads(actor, case.version, given.uploads or {})
    wanted: list[int] = next((e.data["deferred"] for e in reversed(before) if "deferred" in e.data), [])
    handed_in = {material.position for material in files}
    names = {m.position: m.text("name") for m in case.version.materials.all()}
    errors = {
        f"materials.{position}": [_("Upload “%(name)s”.") % {"name": names.get(position, position)}]
        for position in wanted
        if position not in handed_in
    }
    if errors:
        raise InvalidError(errors)
    keep_materials(case, files, now)


def _bar(actor: Actor, case: Case, rule: str, now: datetime) -> None:
    """No new application for the same item until the time of the rule is over (art 78, 79)."""
    until = due_by(clock_rules()[rule], timezone.localdate(now), calendar_in_force()).due
    item_id = Service.objects.values_list("item_id", flat=True).get(pk=case.service_id)
    bar = ApplicationBar.objects.create(
        case=case,
        person_id=None if case.organisation_id else case.person_id,
        organisation_id=case.organisation_id,
        item_id=item_id,
        rule=rule,
        until=until,
    )
    append(actor, "bar_applicant", "case", case.pk, {"rule": rule, "until": until, "bar": bar.pk})


def is_repetition(actor: Actor, case: Case, revision: int, step: Step) -> bool:
    """Whether this very click was taken already: same step, same account, next revision."""
    if case.revision != revision + 1:
        return False
    last = case.events.filter(sequence=case.revision).values("action", "account_id", "post_id").first()
    return last == {"action": step.action, "account_id": actor.account_id, "post_id": actor.post_id}


def require_fresh(actor: Actor, case: Case, procedure: Procedure, revision: int) -> None:
    """Raises:
    ConflictError: somebody was faster, or this actor themselves in another window.
    """
    if case.revision == revision:
        return
    last = case.events.filter(sequence=case.revision).first()
    if last is None or revision > case.revision:
        raise InvalidError({"revision": [_("There is no such revision of this case.")]})
    at = timezone.localtime(last.at)
    if last.account_id == actor.account_id:
        raise ConflictError(
            _("You have already done “%(what)s” yourself, at %(time)s, perhaps in another window.")
            % {"what": action_label(last.action, procedure), "time": f"{at:%H:%M:%S}"}
        )
    # As everywhere, the applicant is told which agency acted, not which officer.
    who = _("The agency") if actor.is_applicant and last.post_id else last.actor_name or _("The platform")
    raise ConflictError(
        _("%(who)s was faster: “%(what)s” at %(time)s. Look at the case as it is now.")
        % {"who": who, "what": action_label(last.action, procedure), "time": f"{at:%H:%M:%S}"}
    )


def _require_available(procedure: Procedure, case: Case, parties: Collection[Party], step: Step, *, own: bool) -> None:
    action = procedure.actions.get(step.action)
    if action is None or case.stage not in action.sources:
        raise ConflictError(
            _("“%(what)s” is not possible any more: the case is %(state)s.")
            % {"what": action_label(step.action, procedure), "state": stage_label(case.stage, procedure, own=own)}
        )
    if not procedure.lets(action, case.stage, parties):
        raise NotAllowedError(_("This step is for another role at your agency."))
