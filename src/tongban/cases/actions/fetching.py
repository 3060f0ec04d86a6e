"""Fetching a material with the applicant's consent, instead of asking for it (数据共享条例: not collected twice)."""

import uuid
from collections.abc import Mapping, Sequence
from datetime import datetime

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from tongban.cases import providers
from tongban.cases.actions.checking import offer_for, own_draft_of_service, require_level
from tongban.cases.actions.drafting import MATERIAL_TYPES
from tongban.cases.actions.settling import subject_of
from tongban.cases.facts import granted
from tongban.cases.models import Draft, FetchedMaterial, Upload
from tongban.cases.relations import applicant
from tongban.cases.requirements import light_handling
from tongban.foundation import content
from tongban.foundation.errors import InvalidError
from tongban.foundation.ledger import append
from tongban.identity.actor import Actor
from tongban.identity.authority import require
from tongban.items.models import Material, ServiceVersion


def fetch_for_draft(actor: Actor, draft_id: uuid.UUID, position: int, now: datetime, *, consent: bool) -> Draft:
    """Fetch a material into a draft. Fetching it again finds what was fetched.

    Raises:
        InvalidError: no consent (under `consent`), or nothing that can be fetched at this position.
    """
    with transaction.atomic():
        draft, version, _service = own_draft_of_service(actor, draft_id)
        held = draft.uploads.get(str(position), [])
        if FetchedMaterial.objects.filter(upload__in=held, position=position, version=draft.version_id).exists():
            return draft
        kept = _fetch(actor, version, position, now, consent=consent)
        draft.uploads = {**draft.uploads, str(position): [*held, str(kept.pk)]}
        draft.save(update_fields=["uploads", "saved_at"])
    return draft


def fetch_material(actor: Actor, service_id: uuid.UUID, position: int, now: datetime, *, consent: bool) -> Upload:
    """Fetch a material for an application in one step (the API's way); name the upload as that material.

    Raises:
        InvalidError: no consent (under `consent`), or nothing that can be fetched at this position.
    """
    require(actor, "apply", "case")
    with transaction.atomic():
        version = offer_for(actor, service_id, timezone.localdate(now)).version
        return _fetch(actor, version, position, now, consent=consent)


def _fetch(actor: Actor, version: ServiceVersion, position: int, now: datetime, *, consent: bool) -> Upload:
    if not consent:
        raise InvalidError({"consent": [_("Consent to it first, or hand the material in yourself.")]})
    # A draft may be begun by who is not known surely enough; what government holds is not theirs to see yet.
    require_level(actor, version)
    whose = applicant(actor)
    sources = (light_handling(version).fetch or {}).get(position, ())
    found = providers.find_all(subject_of(whose), {position: sources}, timezone.localdate(now)).get(position)
    if found is None:
        message = _("Nothing of yours was found that could be fetched. Please hand it in.")
        raise InvalidError({f"materials.{position}": [message]})
    fetched = providers.fetch(found)
    stored = content.store(fetched.data, declared_name=fetched.name, allowed=MATERIAL_TYPES)
    kept = Upload.objects.create(
        person_id=whose.person_id,
        digest=stored.digest,
        file_name=stored.name,
        media_type=stored.media_type,
        size=stored.size,
    )
    FetchedMaterial.objects.create(
        upload=kept,
        version=version,
        position=position,
        provider=found.provider,
        source_case=found.case,
        source_document=found.document,
        source_material=found.material,
        source=dict(found.source),
        consented_at=now,
    )
    source = {"case": found.case.pk, "document": found.document and found.document.pk, "digest": stored.digest}
    append(actor, "fetch_material", "upload", kept.pk, {"position": position, "provider": found.provider, **source})
    return kept


def fetched_among(
    actor: Actor, version: ServiceVersion, files: Mapping[Material, Sequence[Upload]]
) -> list[FetchedMaterial]:
    """Which of an application's files were fetched; what they come from must still stand.

    Raises:
        InvalidError: the decision it comes from was revoked since; under `materials.<position>`.
    """
    sources = light_handling(version).fetch
    if not sources:
        return []
    places = {upload.pk: material.position for material, uploads in files.items() for upload in uploads}
    fetched = [
        each
        for each in FetchedMaterial.objects.filter(upload__in=places, version=version)
        if each.position == places[each.upload_id]
    ]
    if not fetched:
        return []
    cases = {each.source_case_id for each in fetched}
    standing = set(granted(subject_of(applicant(actor))).filter(pk__in=cases).values_list("pk", flat=True))
    names = {material.position: material.text("name") for material in files}
    gone = {each.position: names[each.position] for each in fetched if each.source_case_id not in standing}
    if gone:
        message = _("The decision “%(name)s” was fetched from no longer stands. Remove the file and hand it in.")
        raise InvalidError({f"materials.{place}": [message % {"name": name}] for place, name in gone.items()})
    return fetched
