"""Across regions: where the applicant of a draft is, the hand-over of what was collected, a joint handling."""

import uuid
from collections.abc import Callable
from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from tongban.cases.actions.checking import own_draft_of_service, stated
from tongban.cases.actions.handling import is_repetition, require_fresh
from tongban.cases.actions.recording import Step, record
from tongban.cases.clocks import happenings_of, set_due, times_of
from tongban.cases.history import Happening
from tongban.cases.models import (
    OPEN_STATES,
    Case,
    CaseAcross,
    DraftPlace,
    JointPart,
    Mode,
    RegionOffer,
)
from tongban.cases.procedure_store import procedure_of
from tongban.cases.reach import is_elsewhere, offered_on, reaches
from tongban.cases.reading import read_case
from tongban.cases.relations import handles_own_case, relations_to
from tongban.cases.requirements import published_version
from tongban.cases.responsibility import ACKNOWLEDGE, ANSWER_PLACE, ASK_PLACE, FORWARD, RETURN_ORIGINALS
from tongban.foundation.errors import ConflictError, InvalidError, NotAllowedError, NotFoundError
from tongban.foundation.ledger import append
from tongban.government.models import Region
from tongban.identity.actor import Actor
from tongban.identity.authority import may, require
from tongban.items.queries import in_force_on

DISPATCH_LENGTH = 60


# --- fully online ---------------------------------------------------------------------------------------------------


def choose_place(actor: Actor, draft_id: uuid.UUID, region_code: str, now: datetime) -> None:
    """Keep with a draft that its applicant is in another region; where it is the service's own, nothing is kept.

    Raises:
        InvalidError: there is no such region, or this service is not done online from there; under `region`.
    """
    with transaction.atomic():
        draft, _version, service_id = own_draft_of_service(actor, draft_id)
        place = _place_for(service_id, region_code, timezone.localdate(now))
        DraftPlace.objects.filter(draft=draft).delete()
        if place:
            DraftPlace.objects.create(draft=draft, region=place)
        append(actor, "choose_place", "draft", draft.pk, {"region": place.code if place else ""})


def _place_for(service_id: uuid.UUID, region_code: str, today: date) -> Region | None:
    place = Region.objects.filter(pk=region_code).first()
    if place is None:
        raise InvalidError({"region": [_("There is no region %(code)s.") % {"code": region_code}]})
    home = Region.objects.get(agencies__services=service_id)
    if not is_elsewhere(home.lineage, place.lineage):
        return None
    version = in_force_on(today).filter(service=service_id).only("handling_area").first()
    offered = RegionOffer.objects.filter(
        offered_on(today), service=service_id, mode=Mode.ONLINE, region__in=place.lineage
    ).exists()
    if not offered and not (version and reaches(version.handling_area, home.lineage, place.lineage)):
        raise InvalidError({"region": [_("This service is not done online from there; its guide says from where.")]})
    return place


# --- the hand-over --------------------------------------------------------------------------------------------------


def forward(actor: Actor, case_id: uuid.UUID, revision: int, now: datetime, dispatch: str) -> Case:
    """The receiving window sends what it collected to the competent agency; `dispatch` is the number of the
    consignment, or how else it was sent.
    """

    def change(case: Case, across: CaseAcross) -> dict[str, Any]:
        _require(across.mode == Mode.COLLECT and not across.forwarded_at, case)
        across.forwarded_at, across.dispatch = now, _dispatch(dispatch)
        return {"dispatch": across.dispatch}

    return _hand_over(actor, case_id, revision, now, Step(FORWARD), change)


def acknowledge(actor: Actor, case_id: uuid.UUID, revision: int, now: datetime, remark: str = "") -> Case:
    """The competent agency has what was collected for it: from here on it is liable, and its limits run. `remark` says
    how it arrived, if anything is to be said.
    """

    def change(case: Case, across: CaseAcross) -> dict[str, Any]:
        _require(across.mode == Mode.COLLECT and bool(across.forwarded_at) and not across.acknowledged_at, case)
        across.acknowledged_at = now
        return {"arrived": True}

    return _hand_over(actor, case_id, revision, now, Step(ACKNOWLEDGE, reason=remark.strip()), change)


def return_originals(actor: Actor, case_id: uuid.UUID, revision: int, now: datetime, dispatch: str) -> Case:
    """Originals, or the result on paper, go back to the applicant; with the number of the consignment."""

    def change(case: Case, across: CaseAcross) -> dict[str, Any]:
        _require(bool(across.agency_id) and not across.returned_at, case, closed_too=True)
        across.returned_at, across.return_dispatch = now, _dispatch(dispatch)
        return {"dispatch": across.return_dispatch}

    return _hand_over(actor, case_id, revision, now, Step(RETURN_ORIGINALS), change)


def ask_place(
    actor: Actor, case_id: uuid.UUID, revision: int, now: datetime, agency_id: uuid.UUID, question: str
) -> Case:
    """Ask another place of a joint handling for its part; the applicant is not sent there."""

    def change(case: Case, across: CaseAcross) -> dict[str, Any]:
        _require(across.mode == Mode.JOINT, case)
        taking_part = RegionOffer.objects.filter(
            offered_on(timezone.localdate(now)), service=case.service_id, mode=Mode.JOINT, agency=agency_id
        )
        if agency_id == across.agency_id or not taking_part.exists():
            raise InvalidError({"agency": [_("Choose one of the places that take part in this joint handling.")]})
        if JointPart.objects.filter(case=case, agency=agency_id).exists():
            raise ConflictError(_("This place was asked already."))
        JointPart.objects.create(case=case, agency_id=agency_id, question=step.reason, asked_at=now)
        return {"asked": str(agency_id)}

    step = Step(ASK_PLACE, reason=stated(question))
    return _hand_over(actor, case_id, revision, now, step, change)


def answer_place(actor: Actor, case_id: uuid.UUID, revision: int, now: datetime, answer: str) -> Case:
    """The asked place gives its part."""

    def change(case: Case, across: CaseAcross) -> dict[str, Any]:
        _require(across.mode == Mode.JOINT, case)
        mine = JointPart.objects.filter(case=case, agency=actor.post.agency_id if actor.post else None)
        part = mine.filter(answered_at=None).first()
        if part is None:
            raise ConflictError(_("Your agency has answered already."))
        part.answer, part.answered_at = step.reason, now
        part.save(update_fields=["answer", "answered_at"])
        return {"answered": str(part.agency_id)}

    step = Step(ANSWER_PLACE, reason=stated(answer))
    return _hand_over(actor, case_id, revision, now, step, change)


Change = Callable[[Case, CaseAcross], dict[str, Any]]


def _hand_over(actor: Actor, case_id: uuid.UUID, revision: int, now: datetime, step: Step, change: Change) -> Case:
    """Take one step of the hand-over: it is an event of the case, with its due date counted anew."""
    with transaction.atomic():
        case = read_case(case_id, lock=True)
        relations = relations_to(actor, case) if case else frozenset()
        across = CaseAcross.objects.filter(case=case_id).first() if case else None
        if case is None or across is None or not may(actor, "read", "case", relations):
            raise NotFoundError(_("There is no such case, or it is not yours to see."))
        require(actor, step.action, "case", relations)
        if handles_own_case(actor, case):
            raise NotAllowedError(_("Nobody handles their own case."))
        case.version = published_version(case.version_id)
        if is_repetition(actor, case, revision, step):
            return case
        procedure = procedure_of(case.procedure, case.procedure_version)
        require_fresh(actor, case, procedure, revision)
        data = change(case, across)
        if case.finer_stage:
            data["stage"] = case.finer_stage
        happened = Happening(step.action, timezone.localtime(now), case.stage, data, actor.account_id)
        set_due(case, procedure, times_of(case, procedure, [*happenings_of(case), happened]))
        case.revision += 1
        across.save()
        record(actor, case, Step(step.action, reason=step.reason, data=data), now)
    return case


def _require(possible: bool, case: Case, *, closed_too: bool = False) -> None:  # noqa: FBT001 - what is asked
    if not possible or (case.state not in OPEN_STATES and not closed_too):
        raise ConflictError(_("This is not possible (any more). Open the case as it is now."))


def _dispatch(text: str) -> str:
    text = " ".join(text.split())
    if not text or len(text) > DISPATCH_LENGTH:
        message = _("State the number of the consignment, or how it is sent: at most %(most)d characters.")
        raise InvalidError({"dispatch": [message % {"most": DISPATCH_LENGTH}]})
    return text
