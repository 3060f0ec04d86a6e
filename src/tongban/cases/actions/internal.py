"""What officers say to each other about a case: notes within the agency, requests for cooperation to another (协办).

Neither is an event of the case: the applicant's history does not show them, and no deadline is replayed from them.
"""

import uuid
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from django.db import IntegrityError, transaction
from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext as _

from tongban.cases.models import OPEN_STATES, Case, CaseMaterial, CaseNote, Cooperation, CooperationAct
from tongban.cases.reading import read_case
from tongban.cases.relations import handles_own_case, relations_to
from tongban.cases.requirements import form_of, published_version
from tongban.foundation.calendars import calendar_in_force
from tongban.foundation.clock import Limit, deadline
from tongban.foundation.errors import ConflictError, InvalidError, NotAllowedError, NotFoundError
from tongban.foundation.ledger import Announcement, append
from tongban.government.models import Agency
from tongban.identity.actor import Actor
from tongban.identity.authority import Relation, may, require

MAX_NOTE = 5000
MAX_LIMIT = 60


def add_note(actor: Actor, case_id: uuid.UUID, text: str, token: uuid.UUID, now: datetime) -> CaseNote:
    """Keep a note on a case of the actor's agency. It is sealed and never changed; the applicant never sees it.

    Args:
        actor: an officer of the handling agency.
        case_id: the case.
        text: 1 to 5,000 characters.
        token: of the page it was written on; the same token again is the same note.
        now: the moment.
    """
    text = _said(text, "text", _("Write something, or go back."))
    try:
        with transaction.atomic():
            case = _case_of_own(actor, case_id, "note")
            if actor.post is None:
                raise NotAllowedError
            note = CaseNote.objects.create(
                case=case,
                at=now,
                account_id=actor.account_id,
                post_id=actor.post.id,
                author=actor.person_name,
                text=text,
                token=token,
            )
            append(actor, "note", "case", case.pk, {"note": note.pk, "text": text})
    except IntegrityError:
        return CaseNote.objects.get(token=token, case=case_id, post=actor.post_id)
    return note


def _case_of_own(actor: Actor, case_id: uuid.UUID, deed: str, *, lock: bool = False) -> Case:
    """A case that the actor's agency handles and that is not the actor's own."""
    case = read_case(case_id, lock=lock)
    relations = relations_to(actor, case) if case else frozenset()
    if case is None or not may(actor, "read", "case", relations):
        raise NotFoundError(_("There is no such case, or it is not yours to see."))
    require(actor, deed, "case", relations)
    if handles_own_case(actor, case):
        raise NotAllowedError(_("Nobody handles their own case."))
    return case


def _said(text: str, name: str, message: str) -> str:
    text = text.strip()
    if not text:
        raise InvalidError({name: [message]})
    if len(text) > MAX_NOTE:
        raise InvalidError({name: [_("At most %(most)d characters.") % {"most": MAX_NOTE}]})
    return text


# --- cooperation ----------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Shared:
    """What the asked agency gets to see of a case; nothing that is not named.

    Attributes:
        applicant: the applicant's name.
        answers: fields of the form.
        materials: ids of materials that were handed in.
    """

    applicant: bool = False
    answers: Sequence[str] = ()
    materials: Sequence[int] = field(default_factory=tuple)

    def as_data(self) -> Mapping[str, object]:
        return {"applicant": self.applicant, "answers": list(self.answers), "materials": list(self.materials)}


def ask_cooperation(
    actor: Actor, case_id: uuid.UUID, asked_id: uuid.UUID, question: str, limit: int, shared: Shared, now: datetime
) -> Cooperation:
    """Ask another agency for help with a case of the actor's agency. The asked agency's clock starts today.

    Args:
        actor: an officer of the handling agency.
        case_id: an open case. Its own clock goes on: a request is no special procedure of art 45.
        asked_id: another agency on this platform. While a request to it is open, a second one with the same question
            is the same request.
        question: what is asked, 1 to 5,000 characters; sealed.
        limit: working days to answer, 1 to 60; the day of the request is not counted.
        shared: what it may see.
        now: the moment.

    Raises:
        InvalidError: under `asked`, `question`, `limit`, `answers` or `materials`.
        ConflictError: the case is closed.
    """
    question = _said(question, "question", _("Say what you ask for."))
    with transaction.atomic():
        case = _case_of_own(actor, case_id, "ask_cooperation", lock=True)
        if case.state not in OPEN_STATES:
            raise ConflictError(_("This case is closed; there is nothing to ask any more."))
        asked = Agency.objects.filter(pk=asked_id, platform__run_by_us=True).first()
        errors = dict(_wrong_shares(case, shared))
        if asked is None or asked.pk == case.agency_id:
            errors["asked"] = [_("Choose another agency on this platform.")]
        if not 1 <= limit <= MAX_LIMIT:
            errors["limit"] = [_("From 1 to %(most)d working days.") % {"most": MAX_LIMIT}]
        if errors or asked is None or actor.post is None:
            raise InvalidError(errors)
        for known in Cooperation.objects.filter(case=case, asked=asked, state=Cooperation.State.OPEN):
            first = known.acts.order_by("id").first()
            if first and first.text == question:
                return known
        due = deadline(timezone.localdate(now), Limit(limit), calendar_in_force())
        request = Cooperation.objects.create(
            case=case,
            asking_id=case.agency_id,
            asked=asked,
            shares=shared.as_data(),
            asked_at=now,
            asked_by_id=actor.post.id,
            limit=limit,
            due_on=due.due,
            due_provisional=due.provisional,
        )
        Case.objects.filter(pk=case.pk).update(open_requests=F("open_requests") + 1)
        _keep(actor, request, CooperationAct.Kind.ASK, question, now)
    return request


def _wrong_shares(case: Case, shared: Shared) -> Mapping[str, list[str]]:
    errors = {}
    known = form_of(published_version(case.version_id)).fields
    if set(shared.answers) - known.keys():
        errors["answers"] = [_("The form of this case has no such field.")]
    mine = CaseMaterial.objects.filter(case=case, pk__in=shared.materials).count()
    if mine != len(set(shared.materials)):
        errors["materials"] = [_("This is no material of this case.")]
    return errors


def answer_cooperation(actor: Actor, request_id: uuid.UUID, answer: str, now: datetime) -> Cooperation:
    """The asked agency's answer. It can be given once; late answers are taken, too."""
    answer = _said(answer, "text", _("Write the answer."))
    return _close(actor, request_id, "answer", CooperationAct.Kind.ANSWER, answer, now)


def decline_cooperation(actor: Actor, request_id: uuid.UUID, reason: str, now: datetime) -> Cooperation:
    """The asked agency cannot help, and says why."""
    reason = _said(reason, "text", _("Say why your agency cannot help."))
    return _close(actor, request_id, "answer", CooperationAct.Kind.DECLINE, reason, now)


def withdraw_cooperation(actor: Actor, request_id: uuid.UUID, now: datetime) -> Cooperation:
    """The asking agency needs no answer any more."""
    return _close(actor, request_id, "remind", CooperationAct.Kind.WITHDRAW, "", now)


def remind_cooperation(actor: Actor, request_id: uuid.UUID, now: datetime) -> Cooperation:
    """Remind the asked agency: its inbox shows that it was reminded. Once a day at most; more is the same reminder."""
    with transaction.atomic():
        request = _request(actor, request_id, "remind")
        _require_open(request)
        if request.reminded_at and timezone.localdate(request.reminded_at) == timezone.localdate(now):
            return request
        request.reminded_at = now
        request.save(update_fields=["reminded_at"])
        _keep(actor, request, CooperationAct.Kind.REMIND, "", now)
    return request


_CLOSES = {
    CooperationAct.Kind.ANSWER: Cooperation.State.ANSWERED,
    CooperationAct.Kind.DECLINE: Cooperation.State.DECLINED,
    CooperationAct.Kind.WITHDRAW: Cooperation.State.WITHDRAWN,
}


def _close(
    actor: Actor, request_id: uuid.UUID, deed: str, kind: CooperationAct.Kind, text: str, now: datetime
) -> Cooperation:
    with transaction.atomic():
        request = _request(actor, request_id, deed)
        last = request.acts.order_by("-id").first()
        if last and (last.kind, last.post_id, last.text or "") == (kind, actor.post_id, text):
            return request  # a second click
        _require_open(request)
        request.state = _CLOSES[kind]
        request.closed_at = now
        request.save(update_fields=["state", "closed_at"])
        Case.objects.filter(pk=request.case_id).update(open_requests=F("open_requests") - 1)
        _keep(actor, request, kind, text, now)
    return request


def _require_open(request: Cooperation) -> None:
    if request.state != Cooperation.State.OPEN:
        raise ConflictError(
            _("This request is closed already: %(state)s.") % {"state": Cooperation.State(request.state).label}
        )


def _request(actor: Actor, request_id: uuid.UUID, deed: str) -> Cooperation:
    """The request, locked, after its case: two who answer take turns, and so do an answer and a step."""
    found = Cooperation.objects.filter(pk=request_id).values_list("case_id", flat=True).first()
    case = read_case(found, lock=True) if found else None
    request = Cooperation.objects.select_for_update(of=("self",)).filter(pk=request_id).first()
    relations = cooperation_relations(actor, request) if request else frozenset()
    if request is None or case is None or not may(actor, "read", "cooperation", relations):
        raise NotFoundError(_("There is no such request, or it is not yours to see."))
    require(actor, deed, "cooperation", relations)
    if handles_own_case(actor, case):
        raise NotAllowedError(_("Nobody handles their own case."))
    return request


def cooperation_relations(actor: Actor, request: Cooperation) -> frozenset[Relation]:
    """How the officer's agency stands to a request: it asked, or was asked."""
    agency_id = actor.post.agency_id if actor.post else None
    relations: Collection[Relation] = {
        relation
        for relation, agency in ((Relation.OWN_AGENCY, request.asking_id), (Relation.ASKED_AGENCY, request.asked_id))
        if agency_id == agency
    }
    return frozenset(relations)


def _keep(actor: Actor, request: Cooperation, kind: CooperationAct.Kind, text: str, now: datetime) -> None:
    if actor.post is None:
        raise NotAllowedError
    CooperationAct.objects.create(
        cooperation=request,
        kind=kind,
        at=now,
        post_id=actor.post.id,
        author=actor.person_name,
        text=text or None,
    )
    told = {CooperationAct.Kind.ANSWER, CooperationAct.Kind.DECLINE}
    news = Announcement("case.cooperation_closed", {"post": str(request.asked_by_id)}) if kind in told else None
    content = {"request": request.pk, "text": text, "asked": request.asked_id, "shares": request.shares}
    append(actor, f"cooperation_{kind}", "case", request.case_id, content, news)
