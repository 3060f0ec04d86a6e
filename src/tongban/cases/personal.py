"""What `cases` holds about a person: applications, files, offers, appointments."""

import uuid
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from tongban.cases.models import (
    OPEN_STATES,
    ApplicationBar,
    BenefitOffer,
    BundleCase,
    Case,
    CreditRecord,
    Draft,
    QueueTicket,
    Upload,
)
from tongban.cases.rules import written
from tongban.identity.holdings import Erasure, Holding, Kept, moves, register


def _copy(person_id: uuid.UUID) -> Mapping[str, Any]:
    own = Case.objects.filter(person=person_id, organisation=None).select_related("version", "agency")
    return {
        "cases": [_case(case) for case in own.prefetch_related("events", "materials", "documents").order_by("id")],
        "applied_for_organisations": list(
            Case.objects.filter(person=person_id, organisation__isnull=False).values(
                "number", "organisation__name", "submitted_at"
            )
        ),
        "one_thing_at_once": [
            {"number": bundle.number, "code": bundle.code, "answers": bundle.answers, "at": bundle.submitted_at}
            for bundle in BundleCase.objects.filter(person=person_id, organisation=None)
        ],
        "drafts": [
            {"service": draft.version and draft.version.name, "answers": draft.answers, "saved_at": draft.saved_at}
            for draft in Draft.objects.filter(person=person_id).select_related("version")
        ],
        "files": [
            {"name": kept.file_name, "type": kept.media_type, "size": kept.size}
            for kept in Upload.objects.filter(person=person_id)
        ],
        "offers": list(
            BenefitOffer.objects.filter(person=person_id, organisation=None).values(
                "version__name", "state", "made_at", "answered_at"
            )
        ),
        "appointments": list(
            QueueTicket.objects.filter(person=person_id).values("agency__name", "day", "starts_at", "state")
        ),
        "credit": list(CreditRecord.objects.filter(person=person_id).values("agency__name", "since", "repaired_on")),
        "bars": list(ApplicationBar.objects.filter(person=person_id).values("item__name", "until")),
    }


def _case(case: Case) -> dict[str, Any]:
    return {
        "number": written(case.number),
        "service": case.version.name,
        "agency": case.agency.name,
        "state": case.state,
        "outcome": case.outcome,
        "answers": case.answers,
        "submitted_at": case.submitted_at,
        "events": [{"action": e.action, "at": e.at, "reason": e.reason} for e in case.events.all()],
        "materials": [{"name": m.name, "file": m.file_name, "size": m.size} for m in case.materials.all()],
        "documents": [
            {"kind": d.kind, "number": d.number, "at": d.issued_at, "content": d.content} for d in case.documents.all()
        ],
    }


def _move(kept: uuid.UUID, merged: uuid.UUID) -> Mapping[str, list[str]]:
    tables = (Case, ApplicationBar, BundleCase, Upload, Draft, QueueTicket, BenefitOffer, CreditRecord)
    lapsed = _one_row_of_offers(kept, merged)
    return moves(kept, merged, *((table, "person") for table in tables)) | lapsed


def _one_row_of_offers(kept: uuid.UUID, merged: uuid.UUID) -> dict[str, list[str]]:
    """What both entries were offered was offered to one human: the rounds count on, and beside an offer that waits, or
    was answered, no other waits.
    """
    lapsed: list[BenefitOffer] = []
    # The last round first, so that no two offers have the same meanwhile.
    for offer in BenefitOffer.objects.filter(person=merged).order_by("-round"):
        beside = BenefitOffer.objects.filter(person=kept, service=offer.service_id, organisation=offer.organisation_id)
        standing = [each for each in beside if each.state != BenefitOffer.State.LAPSED]
        if offer.state == BenefitOffer.State.OPEN:
            lapsed += [offer] if standing else []
        elif offer.state != BenefitOffer.State.LAPSED:
            lapsed += [each for each in standing if each.state == BenefitOffer.State.OPEN]
        offer.round += max((each.round for each in beside), default=0)
        offer.save(update_fields=["round"])
    ids = [each.pk for each in lapsed]
    BenefitOffer.objects.filter(pk__in=ids).update(state=BenefitOffer.State.LAPSED, answered_at=timezone.now())
    return {"cases.BenefitOffer.lapsed": sorted(map(str, ids))} if ids else {}


def _obstacles(person_id: uuid.UUID) -> Sequence[str]:
    numbers = Case.objects.filter(person=person_id, organisation=None, state__in=OPEN_STATES)
    return [
        _("Your case %(number)s is under way; wait for its end, or withdraw it.") % {"number": written(number)}
        for number in numbers.values_list("number", flat=True)[:20]
    ]


def _erase(person_id: uuid.UUID, _now: datetime) -> Erasure:
    drafts, _by_table = Draft.objects.filter(person=person_id).delete()
    files, _by_table = Upload.objects.filter(person=person_id).delete()
    tickets = QueueTicket.objects.filter(person=person_id).update(person=None, name=None)
    duty = _("Case files are archives (Archives Law; DA/T 85-2019), and decisions must stay provable.")
    cases = Case.objects.filter(person=person_id).count()
    records = CreditRecord.objects.filter(person=person_id).count()
    bars = ApplicationBar.objects.filter(person=person_id).count()
    kept = [Kept(_("cases with what was handed in"), cases, duty)] if cases else []
    if records or bars:
        kept.append(Kept(_("records of credit and bars"), records + bars, _("They bind by law until they end.")))
    return Erasure({"drafts": drafts, "files": files, "appointments": tickets}, kept)


register(
    Holding(
        "cases",
        gettext_lazy("applications, files, offers and appointments"),
        copy=_copy,
        move=_move,
        erase=_erase,
        obstacles=_obstacles,
        covers=frozenset(
            f"cases.{table}.person"
            for table in (
                "ApplicationBar",
                "BenefitOffer",
                "BundleCase",
                "Case",
                "CreditRecord",
                "Draft",
                "QueueTicket",
                "Upload",
            )
        ),
    )
)
