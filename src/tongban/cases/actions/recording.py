"""What every step leaves behind: its event, its written act, its materials, its line in the ledger."""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import models
from django.utils import timezone

from tongban.cases import rules
from tongban.cases.actions.checking import Positions
from tongban.cases.clocks import day_of
from tongban.cases.documents import Occasion, compose, document_number
from tongban.cases.events import announcement
from tongban.cases.models import (
    Case,
    CaseDocument,
    CaseEvent,
    CaseMaterial,
    Upload,
)
from tongban.cases.particulars import NOTHING_STATED, Particulars
from tongban.foundation.ledger import append
from tongban.foundation.statements import run
from tongban.government.models import Agency
from tongban.identity.actor import Actor
from tongban.items.models import ItemType, Material


@dataclass(frozen=True)
class Step:
    action: str
    reason: str = ""
    # The reason in Chinese and English, where it is a rule's and not somebody's own words: each reader gets their own.
    reasons: tuple[str, str] | None = None
    answers: Mapping[str, Any] | None = None
    uploads: Positions | None = None
    data: Mapping[str, Any] | None = None
    particulars: Particulars = NOTHING_STATED


def record(actor: Actor, case: Case, step: Step, now: datetime, *rows: models.Model, opening: bool = False) -> None:
    """Keep what happened, in one statement: the case as it is now, new `rows` of the step, its event, the ledger entry.

    Args:
        actor: who took the step.
        case: as the step left it, not written yet.
        step: what was done.
        now: when.
        rows: of the step.
        opening: the case is new.
    """
    data = {
        **(step.data or {}),
        "due": case.due_on and case.due_on.isoformat(),
        "legal_due": case.legal_due_on and case.legal_due_on.isoformat(),
    }
    data |= mandate_stated(actor)
    if case.due_provisional:
        data["due_provisional"] = True
    reason = dict(zip(("zh", "en"), step.reasons, strict=True)) if step.reasons else step.reason
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
        reason=reason or None,
        data=data,
    )
    append(
        actor,
        step.action,
        "case",
        case.pk,
        {"state": case.state, "reason": reason, "answers": case.answers, **data},
        announcement(step.action, case.revision),
        rows=[case, *rows, event] if opening else [*rows, event],
        changed=None if opening else case,
    )


def mandate_stated(actor: Actor) -> dict[str, Any]:
    """By what an agent acts, as it stands with every step; at a counter with the agent's name, which is not the
    officer's who acts there.
    """
    if actor.mandate is None:
        return {}
    named = {"agent": actor.at_desk.person_name} if actor.at_desk else {}
    return {"by_mandate": {"basis": actor.mandate.basis.value, "source": str(actor.mandate.source)} | named}


def compose_document(  # noqa: PLR0913 - what stands on the paper
    case: Case,
    kind: CaseDocument.Kind,
    due: rules.Due | None,
    now: datetime,
    reason: str = "",
    data: Mapping[str, Any] | None = None,
    reasons: tuple[str, str] | None = None,
    *,
    serial: int | None = None,
    issuer: Agency | None = None,
) -> CaseDocument:
    """A written act, not saved. `serial` where its place in the agency's year was drawn already; `issuer` where it is
    not the handling agency's.
    """
    today, agency = timezone.localdate(now), issuer or case.agency
    if serial is None:
        serial = _next_document(agency.pk, kind, today.year)
    number = document_number(agency.name, kind, today.year, serial)
    occasion = Occasion(
        case_number=case.number,
        applicant=case.applicant_name,
        service=case.version.name,
        service_en=str(case.version.english.get("name", "")),
        agency=agency.name,
        agency_en=agency.name_en,
        legal_basis=case.version.legal_basis,
        legal_basis_en=str(case.version.english.get("legal_basis", "")),
        is_licence=case.version.item_type == ItemType.LICENCE,
        today=today,
        due=due.promised.due if due else None,
        legal_due=due.legal.due if due else None,
        due_provisional=bool(due and due.promised.provisional),
        legal_due_provisional=bool(due and due.legal.provisional),
        reason=reason,
        reasons=reasons,
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
        agency=agency,
        content=compose(kind, number, occasion),
    )


_NEXT = (
    "INSERT INTO cases_documentcounter (agency_id, kind, year, last) VALUES (%s, %s, %s, 1) "
    "ON CONFLICT (agency_id, kind, year) DO UPDATE SET last = cases_documentcounter.last + 1 RETURNING last"
)


def _next_document(agency_id: uuid.UUID, kind: CaseDocument.Kind, year: int) -> int:
    return int(run(_NEXT, [agency_id, str(kind), year])[0][0])


def next_serial() -> int:
    """The next number of a case or a bundle."""
    return int(run("SELECT nextval('case_serial')", [])[0][0])


def next_serial_and_receipt(agency_id: uuid.UUID, year: int) -> tuple[int, int]:
    """The next number of a case, and of a receipt of its agency in that year, in one statement."""
    receipt, serial = run(f"{_NEXT}, nextval('case_serial')", [agency_id, str(CaseDocument.Kind.RECEIPT), year])[0]
    return int(serial), int(receipt)


def keep_materials(case: Case, files: Mapping[Material, Sequence[Upload]], now: datetime) -> None:
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
