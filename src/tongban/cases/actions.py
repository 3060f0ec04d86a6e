"""Every write to a case: one verb each. Check authority, change the state, keep the event, write the document.

Officers and applicants say which revision of the case they saw. If somebody was faster they are told so; if it was
their own double click they get the case as their first click left it.
"""

import uuid
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from django.db import models, transaction
from django.db.models import OuterRef, Q, QuerySet, Subquery
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from tongban.cases import rules
from tongban.cases.clocks import day_of, happenings_of, set_due, times_of
from tongban.cases.documents import Occasion, compose, document_number
from tongban.cases.events import announcement
from tongban.cases.history import CaseTimes, Happening
from tongban.cases.labels import action_label, stage_label
from tongban.cases.models import (
    ApplicationBar,
    Case,
    CaseDocument,
    CaseEvent,
    CaseMaterial,
    Draft,
    Outcome,
    Upload,
)
from tongban.cases.particulars import NOTHING_STATED, Moment, Particulars, stated_data, submission_data
from tongban.cases.procedure import Party, Procedure
from tongban.cases.procedure_store import latest_procedure, procedure_of
from tongban.cases.reading import read_case
from tongban.cases.relations import applicant, handles_own_case, parties_of, relations_to
from tongban.cases.requirements import asked_of_applicant, form_of, missing_materials, published_version
from tongban.foundation import content
from tongban.foundation.calendars import calendar_in_force
from tongban.foundation.clockrules import clock_rules, due_by
from tongban.foundation.errors import ConflictError, InvalidError, NotAllowedError, NotFoundError
from tongban.foundation.forms import FieldError
from tongban.foundation.ledger import append
from tongban.foundation.statements import Reading, insert, instance, run, update
from tongban.government.models import Agency
from tongban.identity.actor import Actor, platform_process
from tongban.identity.authority import may, require
from tongban.items.models import Material, Service, ServiceVersion
from tongban.items.queries import in_force_on

# What a material may be handed in as.
MATERIAL_TYPES = content.ALL_TYPES - {content.TEXT}

# The actor of what the clock does by itself.
CLOCK = platform_process("clock")

Positions = Mapping[int, Sequence[uuid.UUID]]


# --- filling in -----------------------------------------------------------------------------------------------------


def start_draft(actor: Actor, service_id: uuid.UUID, now: datetime) -> Draft:
    """The actor's draft for this service: the one left unfinished, or a new one.

    Raises:
        NotFoundError: no such service, or nothing in force today.
        InvalidError: the service is only listed here, or not meant for this kind of applicant.
    """
    require(actor, "apply", "case")
    version = _offer(actor, service_id, timezone.localdate(now)).version
    whose = applicant(actor)
    with transaction.atomic():
        draft = Draft.objects.select_for_update().filter(whose.own, service_id=service_id).first()
        if draft is None:
            draft = Draft.objects.create(
                service_id=service_id,
                version=version,
                person_id=whose.person_id,
                organisation_id=whose.organisation_id,
                answers={},
            )
            append(actor, "start_draft", "draft", draft.pk, {"service": service_id, "version": version.pk})
    return draft


def save_draft(actor: Actor, draft_id: uuid.UUID, answers: Mapping[str, Any]) -> Draft:
    """Add these answers to the draft; a value of None removes the answer. Nothing is validated but the field names."""
    with transaction.atomic():
        draft = _own_draft(actor, draft_id)
        known = form_of(draft.version).fields
        unknown = {name: [_("This form has no such field.")] for name in answers if name not in known}
        if unknown:
            raise InvalidError(unknown)
        merged = {**(draft.answers or {}), **answers}
        draft.answers = {name: value for name, value in merged.items() if value is not None}
        draft.save(update_fields=["answers", "saved_at"])
        append(actor, "save_draft", "draft", draft.pk, {"answers": draft.answers})
    return draft


def upload(actor: Actor, name: str, data: bytes) -> Upload:
    """Keep a file for an application of the actor's. The content is checked for what it really is.

    Raises:
        InvalidError: type, size or content cannot be taken; under the field `file`.
    """
    require(actor, "apply", "case")
    stored = content.store(data, declared_name=name, allowed=MATERIAL_TYPES)
    with transaction.atomic():
        kept = Upload.objects.create(
            person_id=applicant(actor).person_id,
            digest=stored.digest,
            file_name=stored.name,
            media_type=stored.media_type,
            size=stored.size,
        )
        append(actor, "upload", "upload", kept.pk, {"digest": stored.digest})
    return kept


def attach(actor: Actor, draft_id: uuid.UUID, position: int, upload_id: uuid.UUID) -> Draft:
    """Hand in an upload as the material at `position` of the draft's version."""
    with transaction.atomic():
        draft = _own_draft(actor, draft_id)
        _resolve_uploads(actor, draft.version, {position: [upload_id]})
        mine = [*draft.uploads.get(str(position), []), str(upload_id)]
        draft.uploads = {**draft.uploads, str(position): list(dict.fromkeys(mine))}
        draft.save(update_fields=["uploads", "saved_at"])
        append(actor, "attach", "draft", draft.pk, {"position": position, "upload": upload_id})
    return draft


def detach(actor: Actor, draft_id: uuid.UUID, position: int, upload_id: uuid.UUID) -> Draft:
    """Take an upload out of the draft again; taking it out twice is once."""
    with transaction.atomic():
        draft = _own_draft(actor, draft_id)
        kept = [u for u in draft.uploads.get(str(position), []) if u != str(upload_id)]
        draft.uploads = {**draft.uploads, str(position): kept}
        draft.save(update_fields=["uploads", "saved_at"])
        append(actor, "detach", "draft", draft.pk, {"position": position, "upload": upload_id})
    return draft


def discard_draft(actor: Actor, draft_id: uuid.UUID) -> None:
    """Throw the draft away with what was entered."""
    with transaction.atomic():
        draft = _own_draft(actor, draft_id)
        append(actor, "discard_draft", "draft", draft.pk)
        draft.delete()


# --- applying -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Offer:
    """What can be applied for today: a service with its agency, and the version in force."""

    service: Service
    version: ServiceVersion


def submit_draft(actor: Actor, draft_id: uuid.UUID, now: datetime) -> Case:
    """Make the draft a case. Submitting it again returns the same case.

    Raises:
        ConflictError: the guide has changed since; the draft now follows the new version and must be checked again.
        InvalidError: answers or materials are missing or wrong.
    """
    with transaction.atomic():
        draft = Draft.objects.select_for_update(of=("self",)).filter(applicant(actor).own, pk=draft_id).first()
        if draft is None:
            return _case_of_draft(actor, draft_id)
        offer = _offer(actor, draft.service_id, timezone.localdate(now))
        if offer.version.pk == draft.version_id:
            uploads = {int(position): [uuid.UUID(u) for u in ids] for position, ids in draft.uploads.items()}
            case = _open_case(actor, offer, draft.answers or {}, uploads, now, draft_id=draft.pk)
            draft.delete()
            return case
        draft.version = offer.version
        draft.save(update_fields=["version", "saved_at"])
    raise ConflictError(_("The guide has changed since you began. Please check your answers against it once more."))


def submit_application(
    actor: Actor, service_id: uuid.UUID, answers: Mapping[str, Any], uploads: Positions, now: datetime
) -> Case:
    """Apply in one step, without a draft (the API's way).

    Args:
        actor: the applicant, or who acts for it.
        service_id: what is applied for.
        answers: field name -> value, as the form's JSON Schema says.
        uploads: position of the material -> ids of uploads.
        now: the moment of submission.
    """
    require(actor, "apply", "case")
    with transaction.atomic():
        offer = _offer(actor, service_id, timezone.localdate(now))
        return _open_case(actor, offer, answers, uploads, now)


def _open_case(
    actor: Actor,
    offer: _Offer,
    answers: Mapping[str, Any],
    uploads: Positions,
    now: datetime,
    *,
    draft_id: uuid.UUID | None = None,
) -> Case:
    whose, version = applicant(actor), offer.version
    files = _resolve_uploads(actor, version, uploads)
    procedure = latest_procedure(version.procedure)
    errors = _errors_in(version, answers, files, deferring=procedure.defers)
    if errors:
        raise InvalidError(errors)
    service, agency = offer.service, offer.service.agency
    today = timezone.localdate(now)
    case = Case(
        number=rules.case_number(agency.region_id, today, _next_serial()),
        draft_id=draft_id,
        service=service,
        version=version,
        agency=agency,
        region_id=agency.region_id,
        platform_id=service.platform_id,
        person_id=whose.person_id,
        organisation_id=whose.organisation_id,
        applicant_name=actor.organisation_name or actor.person_name,
        procedure=procedure.code,
        procedure_version=procedure.version,
        state=procedure.start,
        answers=form_of(version).trim(answers),
        submitted_at=now,
    )
    data = submission_data(procedure, version, agency.region_id, case.answers, today)
    filed = Happening("submit", timezone.localtime(now), procedure.start, data)
    due = set_due(case, procedure, times_of(case, procedure, [filed]))
    document = _compose_document(case, CaseDocument.Kind.RECEIPT, due, now)
    _record(actor, case, _Step("submit", data={**data, "document": document.number}), now, case, document)
    _keep_materials(case, files, now)
    return case


# --- handling: each is one step of the procedure ---------------------------------------------------------------------


def receive(actor: Actor, case_id: uuid.UUID, revision: int, now: datetime) -> Case:
    """收件: an officer takes the application in hand. It is not yet accepted."""
    return _act(actor, case_id, revision, now, _Step("receive"))


def accept(actor: Actor, case_id: uuid.UUID, revision: int, now: datetime) -> Case:
    """受理: complete and in lawful form; the clock of the decision starts (行政许可法 art 32(5), 42)."""
    return _act(actor, case_id, revision, now, _Step("accept"))


def refuse_acceptance(actor: Actor, case_id: uuid.UUID, revision: int, now: datetime, reason: str) -> Case:
    """不予受理: not competent, or nothing that needs a licence; with the reason (art 32(1)(2))."""
    return _act(actor, case_id, revision, now, _Step("refuse_acceptance", reason=_stated(reason)))


def return_for_correction(actor: Actor, case_id: uuid.UUID, revision: int, now: datetime, missing: str) -> Case:
    """补正: tell once everything that must be supplemented (art 32(4)); only before acceptance."""
    return _act(actor, case_id, revision, now, _Step("return_for_correction", reason=_stated(missing)))


def decide(actor: Actor, case_id: uuid.UUID, revision: int, now: datetime, outcome: Outcome, reason: str = "") -> Case:
    """决定: grant or deny. A denial states its reason (art 38)."""
    if outcome == Outcome.GRANTED:
        return _act(actor, case_id, revision, now, _Step("grant", reason=reason.strip()))
    return _act(actor, case_id, revision, now, _Step("deny", reason=_stated(reason)))


def deliver(actor: Actor, case_id: uuid.UUID, revision: int, now: datetime) -> Case:
    """送达、办结: the result has reached the applicant (art 44)."""
    return _act(actor, case_id, revision, now, _Step("deliver"))


def supplement(
    actor: Actor,
    case_id: uuid.UUID,
    revision: int,
    now: datetime,
    answers: Mapping[str, Any] | None = None,
    uploads: Positions | None = None,
) -> Case:
    """补正 by the applicant: corrected answers and further files; the five days of art 32(4) start again."""
    return _act(actor, case_id, revision, now, _Step("supplement", answers=answers or {}, uploads=uploads or {}))


def withdraw(actor: Actor, case_id: uuid.UUID, revision: int, now: datetime, reason: str = "") -> Case:
    """撤回: the applicant takes the application back before a decision."""
    return _act(actor, case_id, revision, now, _Step("withdraw", reason=reason.strip()))


def take_step(
    actor: Actor, case_id: uuid.UUID, revision: int, now: datetime, action: str, particulars: Particulars
) -> Case:
    """Any step of the case's procedure, with what the procedure asks for it.

    Raises:
        InvalidError: something the step asks for is missing or not possible, under its own name.
        ConflictError, NotAllowedError: it cannot be taken now, or not by this actor.
    """
    return _act(actor, case_id, revision, now, _Step(action, particulars.reason.strip(), particulars=particulars))


# --- how a step is taken ---------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Step:
    action: str
    reason: str = ""
    answers: Mapping[str, Any] | None = None
    uploads: Positions | None = None
    data: Mapping[str, Any] | None = None
    particulars: Particulars = NOTHING_STATED


# What the applicant may do, by the deed the authority table knows it under; every other step of theirs is taking part.
_APPLICANT_DEEDS = {"supplement": "supplement", "withdraw": "withdraw"}
_MOMENTS = {"received": "received_at", "accepted": "accepted_at", "decided": "decided_at"}


def _act(actor: Actor, case_id: uuid.UUID, revision: int, now: datetime, step: _Step) -> Case:
    """Take the step; where a limit has lapsed that the law ties something to, that comes first."""
    case = _attempt(actor, case_id, revision, now, step, only_in_time=True)
    if case is None:
        settle_lapse(case_id, now)
        case = _attempt(actor, case_id, revision, now, step)
    if case is None:
        raise RuntimeError("a step that is not asked to be in time is taken or refused")
    return case


def _attempt(
    actor: Actor, case_id: uuid.UUID, revision: int, now: datetime, step: _Step, *, only_in_time: bool = False
) -> Case | None:
    """The case after the step; None where it is only to be taken in time and a limit of the clock has lapsed."""
    with transaction.atomic():
        case = read_case(case_id, lock=True)
        relations = relations_to(actor, case) if case else frozenset()
        if case is None or not may(actor, "read", "case", relations):
            raise NotFoundError(_("There is no such case, or it is not yours to see."))
        require(actor, _deed(actor, step), "case", relations)
        if actor.is_officer and handles_own_case(actor, case):
            raise NotAllowedError(_("Nobody handles their own case."))
        if only_in_time and case.clock_on and case.clock_on < timezone.localdate(now):
            return None
        case.version = published_version(case.version_id)
        if _is_repetition(actor, case, revision, step):
            return case
        _require_fresh(actor, case, revision)
        procedure = procedure_of(case.procedure, case.procedure_version)
        _require_available(procedure, case, parties_of(actor, relations), step)
        _take(actor, case, procedure, step, now)
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
        step = _Step(lapse.action.name)
        require(CLOCK, _deed(CLOCK, step), "case")
        _require_available(procedure, case, parties_of(CLOCK, ()), step)
        _take(CLOCK, case, procedure, step, now)
        return step.action


def _deed(actor: Actor, step: _Step) -> str:
    if actor.process:
        return "run_clock"
    if step.action in _APPLICANT_DEEDS:
        return _APPLICANT_DEEDS[step.action]
    return "take_part" if actor.is_applicant else "handle"


def _take(actor: Actor, case: Case, procedure: Procedure, step: _Step, now: datetime) -> None:
    action, before = procedure.actions[step.action], happenings_of(case)
    times = times_of(case, procedure, before)
    given = replace(step.particulars, reason=step.reason)
    data = stated_data(Moment(actor, case, procedure, before, times, now), action, given)
    if action.document == CaseDocument.Kind.CORRECTION_NOTICE:
        _require_told_at_once(case, before, step)
    if action.stamps == "materials":
        _supplement(actor, case, step, now)
    if "materials" in action.asks and actor.is_applicant:
        _hand_in_deferred(actor, case, times, step.particulars, before, now)
    stage = action.leads_to(case.stage)
    state = procedure.states[stage]
    case.state, case.finer_stage = state.counts_as, "" if stage == state.counts_as else stage
    if stage != state.counts_as:
        data["stage"] = stage
    case.outcome = action.outcome or case.outcome
    if action.stamps in _MOMENTS:
        setattr(case, _MOMENTS[action.stamps], times.materials_at if action.dated else now)
    if action.stamps == "accepted" and case.received_at is None:
        case.received_at = case.accepted_at
    if state.final:
        case.closed_at = now
    case.revision += 1
    happened = Happening(step.action, timezone.localtime(now), stage, data, actor.account_id)
    after = times_of(case, procedure, [*before, happened])
    due = set_due(case, procedure, after)
    update(case)
    rows: list[models.Model] = []
    if action.document:
        document = _compose_document(case, CaseDocument.Kind(action.document), due, now, step.reason, data)
        data["document"] = document.number
        rows.append(document)
    if action.bars:
        _bar(actor, case, action.bars, now)
    _record(actor, case, _Step(step.action, reason=step.reason, data=data), now, *rows)


def _require_told_at_once(case: Case, before: Sequence[Happening], step: _Step) -> None:
    """Art 32(4): everything in one notice. A later one may only repeat what was not cured."""
    if all(event.action != step.action for event in before):
        return
    earlier = case.events.filter(action=step.action).order_by("sequence").first()
    added = rules.new_grounds(step.reason, (earlier.reason or "") if earlier else "")
    if added:
        message = _("The law wants everything told at once. The first notice did not name: %(points)s")
        raise InvalidError({"reason": [message % {"points": "；".join(added)}]})


def _supplement(actor: Actor, case: Case, step: _Step, now: datetime) -> None:
    files = _resolve_uploads(actor, case.version, step.uploads or step.particulars.uploads or {})
    form = form_of(case.version)
    answers = form.trim({**case.answers, **(step.answers or {})})
    errors = _messages(form.validate(answers))
    if errors:
        raise InvalidError(errors)
    if answers == case.answers and not files:
        message = _("Nothing is different yet: change an answer or add a file, as the notice asks.")
        raise InvalidError({"answers": [message]})
    case.answers = answers
    _keep_materials(case, files, now)


def _hand_in_deferred(
    actor: Actor, case: Case, times: CaseTimes, given: Particulars, before: Sequence[Happening], now: datetime
) -> None:
    """What was to follow, by its day and completely."""
    if times.deferred_until and timezone.localdate(now) > times.deferred_until:
        raise ConflictError(_("The day by which these materials had to follow is over."))
    files = _resolve_uploads(actor, case.version, given.uploads or {})
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
    _keep_materials(case, files, now)


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


def _is_repetition(actor: Actor, case: Case, revision: int, step: _Step) -> bool:
    """Whether this very click was taken already: same step, same account, next revision."""
    if case.revision != revision + 1:
        return False
    last = case.events.filter(sequence=case.revision).values("action", "account_id", "post_id").first()
    return last == {"action": step.action, "account_id": actor.account_id, "post_id": actor.post_id}


def _require_fresh(actor: Actor, case: Case, revision: int) -> None:
    if case.revision == revision:
        return
    last = case.events.filter(sequence=case.revision).first()
    if last is None or revision > case.revision:
        raise InvalidError({"revision": [_("There is no such revision of this case.")]})
    at = timezone.localtime(last.at)
    if last.account_id == actor.account_id:
        raise ConflictError(
            _("You have already done “%(what)s” yourself, at %(time)s, perhaps in another window.")
            % {"what": action_label(last.action), "time": f"{at:%H:%M:%S}"}
        )
    raise ConflictError(
        _("%(who)s was faster: “%(what)s” at %(time)s. Look at the case as it is now.")
        % {"who": last.actor_name or _("The platform"), "what": action_label(last.action), "time": f"{at:%H:%M:%S}"}
    )


def _require_available(procedure: Procedure, case: Case, parties: Collection[Party], step: _Step) -> None:
    action = procedure.actions.get(step.action)
    if action is None or case.stage not in action.sources:
        raise ConflictError(
            _("“%(what)s” is not possible any more: the case is %(state)s.")
            % {"what": action_label(step.action, procedure), "state": stage_label(case.stage, procedure)}
        )
    if not any(party in action.parties for party in parties):
        raise NotAllowedError(_("This step is for another role at your agency."))


def _record(actor: Actor, case: Case, step: _Step, now: datetime, *rows: models.Model) -> None:
    """Keep what happened: new `rows` of the step and its event in one statement, then the ledger entry."""
    data = {
        **(step.data or {}),
        "due": case.due_on and case.due_on.isoformat(),
        "legal_due": case.legal_due_on and case.legal_due_on.isoformat(),
    }
    event = CaseEvent(
        case=case,
        sequence=case.revision,
        action=step.action,
        state=case.state,
        at=now,
        actor_role=actor.role,
        account_id=actor.account_id,
        post_id=actor.post_id,
        actor_name=actor.person_name,
        agency_id=actor.post.agency_id if actor.post else None,
        reason=step.reason or None,
        data=data,
    )
    insert(*rows, event)
    content_of_act = {"state": case.state, "reason": step.reason, "answers": case.answers, **data}
    append(actor, step.action, "case", case.pk, content_of_act, announcement(step.action, case.revision))


def _compose_document(
    case: Case,
    kind: CaseDocument.Kind,
    due: rules.Due | None,
    now: datetime,
    reason: str = "",
    data: Mapping[str, Any] | None = None,
) -> CaseDocument:
    today = timezone.localdate(now)
    number = document_number(case.agency.name, kind, today.year, _next_document(case, kind, today.year))
    occasion = Occasion(
        case_number=case.number,
        applicant=case.applicant_name,
        service=case.version.name,
        service_en=str(case.version.english.get("name", "")),
        agency=case.agency.name,
        agency_en=case.agency.name_en,
        legal_basis=case.version.legal_basis,
        legal_basis_en=str(case.version.english.get("legal_basis", "")),
        today=today,
        due=due.promised.due if due else None,
        legal_due=due.legal.due if due else None,
        reason=reason,
        accepted=day_of(case.accepted_at),
        data=data or {},
        materials=[
            (m.name, str(m.english.get("name", "")) or m.name)
            for m in case.version.materials.all()
            if m.position in (data or {}).get("deferred", ())
        ],
    )
    return CaseDocument(
        case=case,
        kind=kind,
        number=number,
        issued_at=now,
        agency=case.agency,
        content=compose(kind, number, occasion),
    )


def _next_document(case: Case, kind: CaseDocument.Kind, year: int) -> int:
    last = run(
        "INSERT INTO cases_documentcounter (agency_id, kind, year, last) VALUES (%s, %s, %s, 1) "
        "ON CONFLICT (agency_id, kind, year) DO UPDATE SET last = cases_documentcounter.last + 1 RETURNING last",
        [case.agency_id, str(kind), year],
    )
    return int(last[0][0])


def _next_serial() -> int:
    return int(run("SELECT nextval('case_serial')", [])[0][0])


def _keep_materials(case: Case, files: Mapping[Material, Sequence[Upload]], now: datetime) -> None:
    CaseMaterial.objects.bulk_create(
        CaseMaterial(
            case=case,
            position=material.position,
            name=material.name,
            digest=kept.digest,
            file_name=kept.file_name,
            media_type=kept.media_type,
            size=kept.size,
            added_at=now,
        )
        for material, uploads in files.items()
        for kept in uploads
    )


# --- checks ----------------------------------------------------------------------------------------------------------


_AGENCY = ("id", "region", "name", "name_en")


def _in_force(day: date, service_id: uuid.UUID, whose_bar: Q) -> "QuerySet[Any, Any]":
    """The version in force, until when the applicant is barred from it, and who handles it: one statement for all."""
    barred = ApplicationBar.objects.filter(whose_bar, item=OuterRef("service__item"), until__gte=day)
    return (
        in_force_on(day)
        .filter(service=service_id)
        .values_list(
            "id",
            "is_applicable",
            Subquery(barred.order_by("-until").values("until")[:1]),
            "service__platform__run_by_us",
            "service__platform_id",
            *(f"service__agency__{name}" for name in _AGENCY),
        )
    )


_IN_FORCE_FOR_PERSON = Reading(
    lambda day, service, person: _in_force(day, service, Q(person=person, organisation=None)),
    *(date(1, 1, 1), uuid.UUID(int=1), uuid.UUID(int=2)),
)
_IN_FORCE_FOR_ORGANISATION = Reading(
    lambda day, service, organisation: _in_force(day, service, Q(organisation=organisation)),
    *(date(1, 1, 1), uuid.UUID(int=1), uuid.UUID(int=2)),
)


def _offer(actor: Actor, service_id: uuid.UUID, today: date) -> _Offer:
    whose = applicant(actor)
    if whose.organisation_id:
        found = _IN_FORCE_FOR_ORGANISATION(today, service_id, whose.organisation_id)
    else:
        found = _IN_FORCE_FOR_PERSON(today, service_id, whose.person_id)
    if not found:
        raise NotFoundError(_("There is no such service, or it is not in force."))
    (version_id, is_applicable, barred_until, run_by_us, platform_id, *agency) = found[0]
    version = published_version(version_id)
    if barred_until:
        message = _(
            "By law you may not apply for this until %(day)s: an earlier application or licence was obtained by "
            "false materials or fraud (Licensing Law, art 78 and 79)."
        ) % {"day": barred_until}
        raise InvalidError({"service": [message]})
    service = Service(pk=service_id, platform_id=platform_id, agency=instance(Agency, agency, _AGENCY))
    if not (is_applicable and run_by_us):
        raise InvalidError({"service": [_("This service cannot be applied for here; its guide says where it can.")]})
    audience = "organisation" if actor.organisation_id else "person"
    if version.audiences and audience not in version.audiences:
        other = _("people") if audience == "organisation" else _("organisations")
        message = _("This service is for %(whom)s; choose for whom you act at the top of the page.") % {"whom": other}
        raise InvalidError({"service": [message]})
    if actor.assurance_level < version.assurance_level:
        raise NotAllowedError(_("This service needs an identity established at a higher level than yours."))
    return _Offer(service, version)


def _own_draft(actor: Actor, draft_id: uuid.UUID) -> Draft:
    require(actor, "apply", "case")
    draft = Draft.objects.select_for_update(of=("self",)).filter(applicant(actor).own, pk=draft_id).first()
    if draft is None:
        raise NotFoundError(_("There is no such draft; it may have been submitted already."))
    draft.version = published_version(draft.version_id)
    return draft


def _case_of_draft(actor: Actor, draft_id: uuid.UUID) -> Case:
    case = Case.objects.filter(applicant(actor).own, draft_id=draft_id).first()
    if case is None:
        raise NotFoundError(_("There is no such draft."))
    return case


def _resolve_uploads(actor: Actor, version: ServiceVersion, uploads: Positions) -> dict[Material, list[Upload]]:
    """The files of an application by material; each must be the actor's own.

    Raises:
        InvalidError: an unknown position or an upload that is not the actor's, under `materials.<position>`.
    """
    asked = {m.position: m for m in version.materials.all() if asked_of_applicant(m)}
    ids = {upload_id for wanted in uploads.values() for upload_id in wanted}
    mine = {u.pk: u for u in Upload.objects.filter(pk__in=ids, person_id=applicant(actor).person_id)}
    errors: dict[str, list[str]] = {}
    files: dict[Material, list[Upload]] = {}
    for position, wanted in uploads.items():
        material = asked.get(position)
        if material is None:
            errors[f"materials.{position}"] = [_("The guide asks for no such material.")]
        elif not mine.keys() >= set(wanted):
            errors[f"materials.{position}"] = [_("This file was not uploaded by you, or is gone. Upload it again.")]
        elif wanted:
            files[material] = [mine[upload_id] for upload_id in wanted]
    if errors:
        raise InvalidError(errors)
    return files


def _errors_in(
    version: ServiceVersion,
    answers: Mapping[str, Any],
    files: Mapping[Material, Sequence[Upload]],
    *,
    deferring: bool,
) -> dict[str, list[str]]:
    errors = _messages(form_of(version).validate(answers))
    for material in missing_materials(version, {m.position for m in files}, deferring=deferring):
        errors[f"materials.{material.position}"] = [_("Upload “%(name)s”.") % {"name": material.text("name")}]
    return errors


def _messages(errors: Sequence[FieldError]) -> dict[str, list[str]]:
    """The form's errors by field, in the reader's language."""
    language = get_language() or ""
    messages: dict[str, list[str]] = {}
    for error in errors:
        messages.setdefault(error.field or error.pointer or "answers", []).append(error.in_language(language))
    return messages


def _stated(reason: str) -> str:
    reason = reason.strip()
    if not reason:
        raise InvalidError({"reason": [_("State the reason: the applicant has a right to it.")]})
    return reason
