"""Filling in an application: a draft, what is answered so far, and files handed in for it."""

import uuid
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from tongban.cases.actions.checking import files_by, offer_for, own_draft
from tongban.cases.draft_subjects import form_of_draft, materials_of_draft
from tongban.cases.models import (
    Draft,
    Upload,
)
from tongban.cases.relations import applicant
from tongban.foundation import content
from tongban.foundation.errors import InvalidError
from tongban.foundation.ledger import append
from tongban.identity.actor import Actor
from tongban.identity.authority import require

MATERIAL_TYPES = content.ALL_TYPES - {content.TEXT}


def start_draft(actor: Actor, service_id: uuid.UUID, now: datetime) -> Draft:
    """The actor's draft for this service: the one left unfinished, or a new one.

    Raises:
        NotFoundError: no such service, or nothing in force today.
        InvalidError: the service is only listed here, or not meant for this kind of applicant.
    """
    require(actor, "apply", "case")
    version = offer_for(actor, service_id, timezone.localdate(now), to_draft=True).version
    whose = applicant(actor)
    with transaction.atomic():
        draft = Draft.objects.select_for_update().filter(whose.drafts, service_id=service_id, again=None).first()
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
        draft = own_draft(actor, draft_id)
        form = form_of_draft(draft)
        known = form.fields
        unknown = {name: [_("This form has no such field.")] for name in answers if name not in known}
        if unknown:
            raise InvalidError(unknown)
        merged = {**(draft.answers or {}), **form.normalised(answers)}
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
        draft = own_draft(actor, draft_id)
        # Positions, not rows, are compared: what several things ask for at once stands in no table.
        files_by(actor, {m.position: m.position for m in materials_of_draft(draft)}, {position: [upload_id]})
        mine = [*draft.uploads.get(str(position), []), str(upload_id)]
        draft.uploads = {**draft.uploads, str(position): list(dict.fromkeys(mine))}
        draft.save(update_fields=["uploads", "saved_at"])
        append(actor, "attach", "draft", draft.pk, {"position": position, "upload": upload_id})
    return draft


def detach(actor: Actor, draft_id: uuid.UUID, position: int, upload_id: uuid.UUID) -> Draft:
    """Take an upload out of the draft again; taking it out twice is once."""
    with transaction.atomic():
        draft = own_draft(actor, draft_id)
        kept = [u for u in draft.uploads.get(str(position), []) if u != str(upload_id)]
        draft.uploads = {**draft.uploads, str(position): kept}
        draft.save(update_fields=["uploads", "saved_at"])
        append(actor, "detach", "draft", draft.pk, {"position": position, "upload": upload_id})
    return draft


def discard_draft(actor: Actor, draft_id: uuid.UUID) -> None:
    """Throw the draft away with what was entered."""
    with transaction.atomic():
        draft = own_draft(actor, draft_id)
        append(actor, "discard_draft", "draft", draft.pk)
        draft.delete()
