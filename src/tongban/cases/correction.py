"""What the applicant sees when it is their turn: the notice, the form as it was answered, the materials handed in."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from tongban.cases.models import Case, CaseState
from tongban.cases.relations import OUTSIDE, applicant, reaches
from tongban.cases.requirements import asked_of_applicant, form_of
from tongban.cases.rules import written
from tongban.foundation.errors import ConflictError, NotAllowedError, NotFoundError
from tongban.foundation.forms import FormDefinition
from tongban.identity.actor import Actor
from tongban.identity.authority import Relation, require
from tongban.items.models import Material


@dataclass(frozen=True)
class MaterialToCorrect:
    """A material the guide asks for, and the names of the files handed in for it."""

    material: Material
    file_names: Sequence[str]


@dataclass(frozen=True)
class CorrectionView:
    """A case that waits for its applicant."""

    id: uuid.UUID
    number: str
    revision: int
    service: str
    notice: str
    form: FormDefinition
    answers: dict[str, Any]
    materials: Sequence[MaterialToCorrect]


def correction_view(actor: Actor, case_id: uuid.UUID) -> CorrectionView:
    """The actor's own case, as it can be corrected.

    Raises:
        NotFoundError: there is no such case of the actor's.
        ConflictError: the case does not wait for a correction.
    """
    require(actor, "supplement", "case", {Relation.OWN})
    case = Case.objects.select_related("version").filter(applicant(actor).own, pk=case_id).first()
    if case is None:
        raise NotFoundError(_("There is no such case, or it is not yours to see."))
    if not reaches(actor, "supplement", case):
        raise NotAllowedError(OUTSIDE)
    if case.state != CaseState.CORRECTING:
        raise ConflictError(
            _("This case does not wait for a correction: it is %(state)s.") % {"state": case.get_state_display()}
        )
    notice = case.events.filter(action="return_for_correction").order_by("-sequence").first()
    handed_in: dict[int, list[str]] = {}
    for kept in case.materials.all():
        handed_in.setdefault(kept.position, []).append(kept.file_name)
    return CorrectionView(
        id=case.pk,
        number=written(case.number),
        revision=case.revision,
        service=case.version.text("name"),
        notice=(notice.reason or "") if notice else "",
        form=form_of(case.version),
        answers=dict(case.answers),
        materials=[
            MaterialToCorrect(material, handed_in.get(material.position, []))
            for material in case.version.materials.all()
            if asked_of_applicant(material)
        ],
    )
