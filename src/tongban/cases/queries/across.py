"""Reading across regions: what a window takes in and hands over, and who answers for which step of a case."""

import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from tongban.cases.models import (
    OPEN_STATES,
    Case,
    CaseAcross,
    CaseEvent,
    CaseState,
    JointPart,
    Mode,
    RegionOffer,
    Upload,
)
from tongban.cases.queries.rows import PAGE_SIZE, CaseRow, ListedCase, listed, row_of
from tongban.cases.reach import offered_on
from tongban.cases.responsibility import (
    ACKNOWLEDGE,
    ANSWER_PLACE,
    ASK_PLACE,
    FORWARD,
    RETURN_ORIGINALS,
    Act,
    Duty,
    Places,
    duties,
)
from tongban.foundation.errors import NotAllowedError, NotFoundError
from tongban.government.models import Agency
from tongban.identity.actor import Actor
from tongban.identity.authority import Relation, may, require
from tongban.identity.counter import at_window
from tongban.items.queries import in_force_on

# --- one case -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class DutyRow:
    """Who received, who decides and who is liable for a step, by name."""

    sequence: int
    received: str
    decides: str
    liable: str


@dataclass(frozen=True)
class PartRow:
    agency_id: uuid.UUID
    agency: str
    question: str
    asked_at: datetime
    answer: str
    answered_at: datetime | None


@dataclass(frozen=True)
class AcrossView:
    """What crossing regions adds to a case.

    Attributes:
        duties: one for each event, in order.
        deeds: steps of the hand-over that this actor may take now.
        askable: places of the joint handling that may still be asked, by id.
        stands: in a sentence, where the application is.
        agencies: names of the agencies that have a part in it, by id.
    """

    mode: str
    mode_label: str
    place: str
    receiving: str
    competent: str
    received_at: datetime
    identity_document: str
    has_originals: bool
    forwarded_at: datetime | None
    dispatch: str
    acknowledged_at: datetime | None
    returned_at: datetime | None
    return_dispatch: str
    duties: Sequence[DutyRow]
    parts: Sequence[PartRow]
    deeds: Sequence[str]
    askable: Mapping[str, str]
    stands: str
    agencies: Mapping[uuid.UUID, str]

    @property
    def in_transit(self) -> bool:
        return self.mode == Mode.COLLECT and self.acknowledged_at is None


def across_of(
    actor: Actor, case: Case, events: Sequence[CaseEvent], relations: Iterable[Relation], today: date
) -> AcrossView | None:
    """The cross-region side of a case that was read already; None for what never left its region (one query)."""
    across = CaseAcross.objects.select_related("region", "agency", "check_made").filter(case=case.pk).first()
    if across is None:
        return None
    parts = list(JointPart.objects.filter(case=case.pk).select_related("agency"))
    names = {case.agency_id: case.agency.label} | {part.agency_id: part.agency.label for part in parts}
    if across.agency:
        names[across.agency.pk] = across.agency.label
    places = Places(Mode(across.mode), case.agency_id, across.agency_id)
    found = duties(places, [_act(event) for event in events])
    askable = _askable(case, across, parts, today)
    return AcrossView(
        mode=across.mode,
        mode_label=across.get_mode_display(),
        place=across.region.label,
        receiving=across.agency.label if across.agency else case.agency.label,
        competent=case.agency.label,
        received_at=across.received_at,
        identity_document=across.check_made.get_document_display() if across.check_made else "",
        has_originals=across.has_originals,
        forwarded_at=across.forwarded_at,
        dispatch=across.dispatch,
        acknowledged_at=across.acknowledged_at,
        returned_at=across.returned_at,
        return_dispatch=across.return_dispatch,
        duties=[_duty_row(event, duty, names) for event, duty in zip(events, found, strict=True)],
        parts=[_part_row(part) for part in parts],
        deeds=[] if not actor.is_officer else list(_deeds(actor, case, across, parts, askable, relations)),
        askable={str(agency.pk): agency.label for agency in askable},
        stands=_stands(across),
        agencies=names,
    )


def _act(event: CaseEvent) -> Act:
    return Act(event.action, event.agency_id, accepted=event.state == CaseState.ACCEPTED)


def _duty_row(event: CaseEvent, duty: Duty, names: Mapping[uuid.UUID, str]) -> DutyRow:
    return DutyRow(event.sequence, *(names.get(each, "") for each in (duty.received, duty.decides, duty.liable)))


def _part_row(part: JointPart) -> PartRow:
    return PartRow(part.agency_id, part.agency.label, part.question, part.asked_at, part.answer or "", part.answered_at)


def _askable(case: Case, across: CaseAcross, parts: Sequence[JointPart], today: date) -> list[Agency]:
    if across.mode != Mode.JOINT:
        return []
    asked = {part.agency_id for part in parts} | {across.agency_id}
    offers = RegionOffer.objects.filter(offered_on(today), service=case.service_id, mode=Mode.JOINT)
    found = {o.agency.pk: o.agency for o in offers.select_related("agency") if o.agency and o.agency_id not in asked}
    return list(found.values())


def _deeds(
    actor: Actor,
    case: Case,
    across: CaseAcross,
    parts: Sequence[JointPart],
    askable: Sequence[Agency],
    relations: Iterable[Relation],
) -> Iterable[str]:
    is_open = case.state in OPEN_STATES
    mine = actor.post.agency_id if actor.post else None
    possible = {
        FORWARD: is_open and across.mode == Mode.COLLECT and not across.forwarded_at,
        ACKNOWLEDGE: is_open and bool(across.forwarded_at) and not across.acknowledged_at,
        ASK_PLACE: is_open and bool(askable),
        ANSWER_PLACE: is_open and any(p.agency_id == mine and p.answered_at is None for p in parts),
        RETURN_ORIGINALS: bool(across.agency_id) and not across.returned_at,
    }
    held = frozenset(relations)
    yield from (deed for deed, now in possible.items() if now and may(actor, deed, "case", held))


def _stands(across: CaseAcross) -> str:
    if across.mode == Mode.ONLINE:
        return _("It came online from another region; the competent agency handles it.")
    if across.mode == Mode.JOINT:
        return _("The applicant deals with the accepting place alone; it asks the other places.")
    if across.acknowledged_at:
        return _("What was collected has arrived at the competent agency, which handles it.")
    if across.forwarded_at:
        return _("What was collected is on its way to the competent agency.")
    return _("What was collected is still at the window that took it in.")


# --- lists of a window ----------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class AcrossRow:
    """A line of the officer's page: the case, and how far its hand-over is."""

    case: CaseRow
    mode: str
    place: str
    dispatch: str
    state: str


@dataclass(frozen=True)
class ToTakeIn:
    """A service that the window takes in; `modes` are the ways, with their names."""

    service_id: uuid.UUID
    name: str
    agency: str
    modes: Sequence[tuple[str, str]]


@dataclass(frozen=True)
class AcrossDesk:
    """What an officer's agency has to do across regions."""

    to_take_in: Sequence[ToTakeIn]
    taken_in: Sequence[AcrossRow]
    arriving: Sequence[AcrossRow]
    asked: Sequence[AcrossRow]


def across_desk(actor: Actor, today: date, size: int = PAGE_SIZE) -> AcrossDesk:
    """What the window takes in, what it took in, what is on its way to the agency, and what other places ask of it. A
    fixed number of queries, whatever the size.
    """
    agency_id = _window(actor)
    across = CaseAcross.objects.select_related("region")
    received = across.filter(agency=agency_id).order_by("-received_at")[:size]
    coming = across.filter(
        case__agency=agency_id, mode=Mode.COLLECT, acknowledged_at=None, case__state__in=OPEN_STATES
    ).order_by("received_at")[:size]
    open_parts = JointPart.objects.filter(agency=agency_id, answered_at=None, case__state__in=OPEN_STATES)
    asked = across.filter(case__in=open_parts.values("case")).order_by("received_at")[:size]
    return AcrossDesk(
        to_take_in=_to_take_in(RegionOffer.objects.filter(offered_on(today), agency=agency_id), today),
        taken_in=_rows(received, today),
        arriving=_rows(coming, today),
        asked=_rows(asked, today),
    )


def to_take_in(actor: Actor, service_id: uuid.UUID, today: date) -> ToTakeIn:
    """One service that the window takes in.

    Raises:
        NotFoundError: it does not.
    """
    offers = RegionOffer.objects.filter(offered_on(today), agency=_window(actor), service=service_id)
    found = _to_take_in(offers, today)
    if not found:
        raise NotFoundError(_("Your window does not take in this service for its agency."))
    return found[0]


def papers_at_window(
    actor: Actor, check_id: uuid.UUID, uploads: Sequence[uuid.UUID], now: datetime
) -> dict[uuid.UUID, str]:
    """Names of what was scanned for who stands at the window, of these."""
    _window(actor)
    whose = at_window(actor, check_id, now)
    kept = Upload.objects.filter(pk__in=uploads, person=whose.person_id)
    return {upload.pk: upload.file_name for upload in kept}


def _window(actor: Actor) -> uuid.UUID:
    require(actor, "take_in_elsewhere", "case")
    if actor.post is None:
        raise NotAllowedError
    return actor.post.agency_id


def _to_take_in(offers: QuerySet[RegionOffer], today: date) -> list[ToTakeIn]:
    modes: dict[uuid.UUID, list[tuple[str, str]]] = {}
    for service_id, mode in offers.exclude(mode=Mode.ONLINE).order_by("mode").values_list("service_id", "mode"):
        modes.setdefault(service_id, []).append((mode, str(Mode(mode).label)))
    versions = in_force_on(today).filter(service__in=modes, is_applicable=True).defer("form")
    return [
        ToTakeIn(v.service_id, v.text("name"), v.service.agency.label, modes[v.service_id])
        for v in versions.select_related("service__agency").order_by("name", "id")
    ]


def _rows(found: QuerySet[CaseAcross], today: date) -> list[AcrossRow]:
    across = {each.case_id: each for each in found}
    rows = map(ListedCase._make, listed(Case.objects.filter(pk__in=list(across))))
    cases = {case.id: case for case in rows}
    return [
        AcrossRow(
            row_of(cases[pk], today), each.get_mode_display(), each.region.label, each.dispatch, _hand_over_state(each)
        )
        for pk, each in across.items()
    ]


def _hand_over_state(across: CaseAcross) -> str:
    if across.mode == Mode.JOINT:
        return _("accepted and coordinated here")
    if across.returned_at:
        return _("given back")
    if across.acknowledged_at:
        return _("arrived at the competent agency")
    return _("on its way") if across.forwarded_at else _("to be sent on")
