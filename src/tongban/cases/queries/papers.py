"""The written acts and handed-in materials of a case."""

import uuid
from dataclasses import dataclass
from datetime import datetime

from tongban.cases.labels import english
from tongban.cases.models import (
    CaseDocument,
    CaseMaterial,
)
from tongban.cases.queries.one_case import readable_case
from tongban.cases.rules import written
from tongban.foundation import content
from tongban.foundation.errors import NotFoundError, SignInNeededError
from tongban.identity.actor import Actor


@dataclass(frozen=True)
class DocumentView:
    """A written act as it was issued: its texts in both languages."""

    id: uuid.UUID
    case_id: uuid.UUID
    case_number: str
    kind: str
    number: str
    issued_at: datetime
    texts: dict[str, dict[str, str]]

    @property
    def text(self) -> dict[str, str]:
        """The text in the reader's language."""
        return self.texts["en" if english() else "zh"]


def document_view(actor: Actor, document_id: uuid.UUID) -> DocumentView:
    """One written act of a case the actor may see."""
    document = CaseDocument.objects.filter(pk=document_id).first()
    if document is None:
        if not actor.is_signed_in:
            raise SignInNeededError
        raise NotFoundError
    case = readable_case(actor, document.case_id, f"document:{document.pk}")
    return DocumentView(
        document.pk, case.pk, written(case.number), document.kind, document.number, document.issued_at, document.content
    )


@dataclass(frozen=True)
class FileView:
    name: str
    media_type: str
    data: bytes


def material_file(actor: Actor, material_id: int) -> FileView:
    """The content of a material of a case the actor may see."""
    material = CaseMaterial.objects.filter(pk=material_id).first()
    if material is None:
        if not actor.is_signed_in:
            raise SignInNeededError
        raise NotFoundError
    readable_case(actor, material.case_id, f"material:{material.pk}")
    return FileView(material.file_name, material.media_type, content.read(material.digest))


# --- drafts ---------------------------------------------------------------------------------------------------------
