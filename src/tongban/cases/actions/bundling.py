"""Applying for several things at once, and what the applicant or an agency does with a part of it afterwards."""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from tongban.cases import rules
from tongban.cases.actions.again import MAY_BE_TRIED_AGAIN
from tongban.cases.actions.bundle_parts import advance, composition_behind, procedure_for
from tongban.cases.actions.checking import Positions, files_by, messages_of, offer_for
from tongban.cases.actions.handling import withdraw
from tongban.cases.actions.recording import next_serial
from tongban.cases.bundle_store import PartOffer, composition, latest_bundle, missing_parts, parts_in, pins_of
from tongban.cases.bundles.definition import Bundle, form_of_properties
from tongban.cases.bundles.merging import Composition
from tongban.cases.bundles.progress import PartState
from tongban.cases.labels import english
from tongban.cases.models import BundleCase, BundlePart, Draft, Outcome
from tongban.cases.reading import read_case
from tongban.cases.relations import OUTSIDE, applicant, relations_to
from tongban.cases.requirements import missing_materials, published_version
from tongban.foundation.errors import ConflictError, InvalidError, NotAllowedError, NotFoundError
from tongban.foundation.forms import FormDefinition
from tongban.foundation.ledger import Announcement, append
from tongban.government.models import Region
from tongban.government.queries import find_region
from tongban.identity.actor import Actor
from tongban.identity.authority import Relation, may, require
from tongban.identity.mandates import Deed


@dataclass(frozen=True)
class _Wanted:
    """What can be applied for at once in a place today."""

    bundle: Bundle
    region: Region
    offers: Mapping[str, PartOffer]
    composition: Composition


def _wanted(actor: Actor, code: str, region_code: str, now: datetime) -> _Wanted:
    """Raises:
    NotFoundError: there is no such bundle.
    InvalidError: it is not offered in this place (`region`), or not to this kind of applicant (`bundle`).
    """
    require(actor, "apply", "case")
    if not actor.covers_all(Deed.APPLY):
        raise NotAllowedError(OUTSIDE)
    bundle, region = latest_bundle(code), find_region(actor, region_code)
    audience = "organisation" if actor.organisation_id else "person"
    if bundle.audience != audience:
        whom = _("people") if audience == "organisation" else _("organisations")
        message = _("This is for %(whom)s; choose for whom you act at the top of the page.") % {"whom": whom}
        raise InvalidError({"bundle": [message]})
    today = timezone.localdate(now)
    offers = parts_in(bundle, region, today)
    if missing := missing_parts(bundle, offers):
        names = ", ".join(part.label(english=english()) for part in missing)
        message = _("In %(region)s this is not offered yet; no agency there offers: %(parts)s") % {
            "region": region.label,
            "parts": names,
        }
        raise InvalidError({"region": [message]})
    return _Wanted(bundle, region, offers, composition(bundle, pins_of(offers)))


def start_bundle(actor: Actor, code: str, region_code: str, now: datetime) -> Draft:
    """The actor's draft for this bundle: the one left unfinished, or a new one. Begun for another place, it is moved
    here with its answers.

    Raises:
        NotFoundError: there is no such bundle.
        InvalidError: it is not offered in this place (`region`), or not to this applicant (`bundle`, `service`).
    """
    wanted = _wanted(actor, code, region_code, now)
    for offer in wanted.offers.values():
        offer_for(actor, offer.service_id, timezone.localdate(now), to_draft=True)
    whose = applicant(actor)
    with transaction.atomic():
        draft = Draft.objects.select_for_update(of=("self",)).filter(whose.drafts, bundle=code).first()
        fresh = draft is None
        if draft is None:
            draft = Draft(person_id=whose.person_id, organisation_id=whose.organisation_id, bundle=code, answers={})
        if _follow(draft, wanted) or fresh:
            draft.save()
            parts = {name: str(pin) for name, pin in pins_of(wanted.offers).items()}
            append(actor, "start_draft", "draft", draft.pk, {"bundle": code, "parts": parts})
    return draft


def _follow(draft: Draft, wanted: _Wanted) -> bool:
    """Let the draft follow what is in force; whether anything changed. Files handed in stay with their documents."""
    parts = {name: str(pin) for name, pin in pins_of(wanted.offers).items()}
    present = (draft.bundle_version, draft.region_id, draft.parts)
    if present == (wanted.bundle.version, wanted.region.pk, parts):
        return False
    if draft.parts:
        names = {m.position: m.name for m in _composition_begun(draft).materials}
        positions = {m.name: m.position for m in wanted.composition.materials}
        draft.uploads = {
            str(positions[names[int(old)]]): ids
            for old, ids in draft.uploads.items()
            if names.get(int(old)) in positions
        }
    draft.answers = {n: v for n, v in (draft.answers or {}).items() if n in wanted.composition.form.fields}
    draft.bundle_version, draft.region, draft.parts = wanted.bundle.version, wanted.region, parts
    return True


def _composition_begun(draft: Draft) -> Composition:
    from tongban.cases.draft_subjects import composition_of  # noqa: PLC0415 - the draft's own room

    return composition_of(draft)


def submit_bundle_draft(actor: Actor, draft_id: uuid.UUID, now: datetime) -> BundleCase:
    """Submit everything at once. Submitting it again returns the same.

    Raises:
        ConflictError: a guide or the bundle has changed since; the draft now follows what is in force.
        InvalidError: answers or materials are missing or wrong.
    """
    whose = applicant(actor)
    with transaction.atomic():
        draft = (
            Draft.objects.select_for_update(of=("self",)).filter(whose.drafts, pk=draft_id).exclude(bundle="").first()
        )
        if draft is None:
            found = BundleCase.objects.filter(whose.whole, draft_id=draft_id).first()
            if found is None:
                raise NotFoundError(_("There is no such draft."))
            return found
        wanted = _wanted(actor, draft.bundle, draft.region_id or "", now)
        if not _follow(draft, wanted):
            uploads = {int(position): [uuid.UUID(u) for u in ids] for position, ids in draft.uploads.items()}
            bundle = _submit(actor, wanted, draft.answers or {}, uploads, now, draft_id=draft.pk)
            draft.delete()
            return bundle
        draft.save()
    raise ConflictError(_("The guide has changed since you began. Please check your answers against it once more."))


def submit_bundle(
    actor: Actor, code: str, region_code: str, answers: Mapping[str, Any], uploads: Positions, now: datetime
) -> BundleCase:
    """Apply for everything in one step, without a draft (the API's way).

    Args:
        actor: the applicant, or who acts for it.
        code: the bundle.
        region_code: 6 or 12 digits; where the applicant is.
        answers: field name -> value, as the merged form's JSON Schema says.
        uploads: position in the merged list of materials -> ids of uploads.
        now: the moment of submission.
    """
    wanted = _wanted(actor, code, region_code, now)
    with transaction.atomic():
        return _submit(actor, wanted, answers, uploads, now)


def _submit(
    actor: Actor,
    wanted: _Wanted,
    answers: Mapping[str, Any],
    uploads: Positions,
    now: datetime,
    *,
    draft_id: uuid.UUID | None = None,
) -> BundleCase:
    whose, today = applicant(actor), timezone.localdate(now)
    merged = wanted.composition
    needed = wanted.bundle.wanted(answers)
    joint = merged.is_joint(answers)
    asked = {m.position: m.position for m in merged.materials}
    given = files_by(actor, asked, uploads)
    # What the answers no longer ask for is not handed on.
    handed_in = {m.position for m in merged.materials_asked(answers)} & given.keys()
    if errors := _errors(wanted, answers, handed_in, joint=joint):
        raise InvalidError(errors)
    for name in needed:
        offer_for(actor, wanted.offers[name].service_id, today)
    lead = wanted.offers[wanted.bundle.lead]
    bundle = BundleCase.objects.create(
        number=rules.case_number(wanted.region.pk, today, next_serial()),
        draft_id=draft_id,
        code=wanted.bundle.code,
        version=wanted.bundle.version,
        region=wanted.region,
        lead_agency_id=lead.agency_id,
        person_id=whose.person_id,
        organisation_id=whose.organisation_id,
        applicant_name=actor.organisation_name or actor.person_name,
        joint=joint,
        answers=merged.form.trim(answers),
        uploads={str(position): [str(u.pk) for u in given[position]] for position in sorted(handed_in)},
        submitted_at=now,
    )
    BundlePart.objects.bulk_create(
        BundlePart(
            bundle=bundle,
            name=name,
            position=position,
            service_id=wanted.offers[name].service_id,
            service_version_id=wanted.offers[name].version_id,
            state=BundlePart.State.WAITING if name in needed else BundlePart.State.UNNEEDED,
            changed_at=now,
        )
        for position, name in enumerate(wanted.bundle.parts, start=1)
    )
    facts = {"number": bundle.number, "bundle": [bundle.code, bundle.version], "parts": sorted(needed), "joint": joint}
    facts |= {"answers": bundle.answers, "lead": lead.agency_id}
    append(actor, "submit_bundle", "bundle", bundle.pk, facts, Announcement("bundle.submitted", {"parts": len(needed)}))
    advance(actor, bundle, now)
    return bundle


def _errors(wanted: _Wanted, answers: Mapping[str, Any], handed_in: set[int], *, joint: bool) -> dict[str, list[str]]:
    """What is wrong with the whole, and then what a part's own form says, under the names of the merged form."""
    merged = wanted.composition
    errors = messages_of(merged.form.validate(answers))
    if errors:
        return errors
    materials = {m.position: m for m in merged.materials_asked(answers)}
    for name in wanted.bundle.wanted(answers):
        version = published_version(wanted.offers[name].version_id)
        fed = {own for edge in wanted.bundle.into(name) for own in edge.feeds}
        for field, found in messages_of(merged.forms[name].validate(merged.answers_of(name, answers, {}))).items():
            if field not in fed:
                errors.setdefault(merged.merged_name(name, field), found)
        positions = {shared.parts[name]: at for at, shared in materials.items() if name in shared.parts}
        there = {own for own, at in positions.items() if at in handed_in}
        procedure = procedure_for(version, joint=joint)
        for material in missing_materials(version, there, deferring=procedure.defers):
            if material.position in positions:  # else another part gives it
                at = positions[material.position]
                errors[f"materials.{at}"] = [_("Upload “%(name)s”.") % {"name": materials[at].name}]
    return errors


# --- afterwards -------------------------------------------------------------------------------------------------------


def withdraw_bundle(actor: Actor, bundle_id: uuid.UUID, now: datetime, reason: str = "") -> BundleCase:
    """Take back what is not decided yet: parts not begun fall away, the cases of the others are withdrawn."""
    with transaction.atomic():
        bundle, parts = _held(actor, bundle_id)
        require(actor, "withdraw", "bundle", {Relation.OWN})
        for part in parts:
            if part.state in {PartState.WAITING, PartState.SUSPENDED}:
                _fall_away(actor, part, now)
        for part in parts:
            if part.state == PartState.OPEN and part.case:
                _withdraw_case(actor, part, now, reason)
        advance(actor, bundle, now)
    return bundle


def _withdraw_case(actor: Actor, part: BundlePart, now: datetime, reason: str) -> None:
    case = read_case(part.case_id, lock=True) if part.case_id else None
    if case is None:
        return
    try:
        with transaction.atomic():
            withdraw(actor, case.pk, case.revision, now, reason)
    except ConflictError:
        return  # decided, or in a stage that cannot be left: this one goes on


def give_up_part(actor: Actor, bundle_id: uuid.UUID, name: str, now: datetime) -> BundleCase:
    """Give up a part that is not begun: what hangs on it follows as if it had been taken back."""
    with transaction.atomic():
        bundle, parts = _held(actor, bundle_id)
        require(actor, "withdraw", "bundle", {Relation.OWN})
        part = _part(parts, name)
        if part.state == PartState.WITHDRAWN and part.case_id is None:
            return bundle  # the second click
        if part.state not in {PartState.WAITING, PartState.SUSPENDED}:
            raise ConflictError(_("Only a part that has not begun can be given up; withdraw its case instead."))
        _fall_away(actor, part, now)
        advance(actor, bundle, now)
    return bundle


def _fall_away(actor: Actor, part: BundlePart, now: datetime) -> None:
    part.state, part.because, part.changed_at = BundlePart.State.WITHDRAWN, "", now
    part.save(update_fields=["state", "because", "changed_at"])
    append(actor, "give_up_part", "bundle", part.bundle_id, {"part": part.name})


def apply_again(actor: Actor, bundle_id: uuid.UUID, name: str, now: datetime) -> Draft:
    """A draft to apply again for a part that was refused or withdrawn, with the answers given the first time.

    Submitting it makes the part's new case; parts that are held for it wait again.
    """
    with transaction.atomic():
        bundle, parts = _held(actor, bundle_id)
        part = _part(parts, name)
        if part.state not in MAY_BE_TRIED_AGAIN:
            raise ConflictError(_("Only a part that was refused or withdrawn can be applied for again."))
        draft = Draft.objects.filter(applicant(actor).drafts, again=part).first()
        if draft is not None:
            return draft
        version = offer_for(actor, part.service_id, timezone.localdate(now), to_draft=True).version
        known = version.form or {}
        merged = composition_behind(bundle, parts)
        before = part.case.answers if part.case else merged.answers_of(name, bundle.answers, {})
        draft = Draft.objects.create(
            service_id=part.service_id,
            version=version,
            person_id=bundle.person_id,
            organisation_id=bundle.organisation_id,
            answers={field: value for field, value in before.items() if field in known.get("properties", {})},
            again=part,
        )
        append(actor, "start_draft", "draft", draft.pk, {"service": part.service_id, "again": part.pk})
    return draft


def _held(actor: Actor, bundle_id: uuid.UUID) -> tuple[BundleCase, list[BundlePart]]:
    """The actor's own bundle, locked, with its parts.

    Raises:
        NotFoundError: there is none, or it is not this actor's.
    """
    bundle = BundleCase.objects.select_for_update(of=("self",)).filter(applicant(actor).whole, pk=bundle_id).first()
    if bundle is None:
        raise NotFoundError(_("There is no such application, or it is not yours to see."))
    return bundle, list(bundle.parts.select_related("case").order_by("position"))


def _part(parts: list[BundlePart], name: str) -> BundlePart:
    found = next((part for part in parts if part.name == name), None)
    if found is None:
        raise NotFoundError(_("This application has no such part."))
    return found


def state_results(actor: Actor, case_id: uuid.UUID, answers: Mapping[str, Any], now: datetime) -> BundlePart:
    """What an agency states with its grant for the agencies of other parts; once.

    Raises:
        NotFoundError: the case is no part of a bundle, or not the actor's to see.
        NotAllowedError: another agency handles it.
        ConflictError: it is not granted, or something else was stated already.
        InvalidError: a value is missing or wrong, under its own name.
    """
    with transaction.atomic():
        part = BundlePart.objects.select_related("bundle").filter(case=case_id).first()
        case = read_case(case_id)
        relations = relations_to(actor, case) if case else frozenset()
        if part is None or case is None or not may(actor, "read", "case", relations):
            raise NotFoundError(_("There is no such case, or it is not yours to see."))
        require(actor, "handle", "case", relations & {Relation.OWN_AGENCY})
        if actor.person_id == case.person_id:
            raise NotAllowedError(_("Nobody handles their own case."))
        bundle = BundleCase.objects.select_for_update(of=("self",)).get(pk=part.bundle_id)
        part.refresh_from_db(fields=["results", "state"])
        definition = composition_behind(bundle, list(bundle.parts.all())).bundle.parts[part.name]
        if not definition.outputs or case.outcome != Outcome.GRANTED:
            raise ConflictError(_("There is nothing to state for other agencies: the case is not granted."))
        form = FormDefinition.load(form_of_properties(definition.outputs))
        if errors := messages_of(form.validate(answers)):
            raise InvalidError(errors)
        if part.results == dict(answers):
            return part  # the second click
        if part.results is not None:
            raise ConflictError(_("What your agency states for the others was stated already."))
        part.results = dict(answers)
        part.save(update_fields=["results"])
        append(actor, "state_results", "bundle", bundle.pk, {"part": part.name, "results": part.results})
        advance(actor, bundle, now)
    return part
