"""The applicant's situation and way: answered in a draft, judged on submission, frozen with the case."""

import uuid
from collections.abc import Mapping, Sequence
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from tongban.cases.actions.checking import own_draft_of_service
from tongban.cases.actions.recording import compose_document
from tongban.cases.facts import Subject, has_bad_credit
from tongban.cases.models import (
    Case,
    CaseDocument,
    CaseFetch,
    CaseLight,
    Draft,
    DraftLight,
    FetchedMaterial,
    Upload,
    Way,
)
from tongban.cases.procedure import Procedure
from tongban.cases.relations import Applicant, applicant
from tongban.cases.requirements import form_of, light_handling, missing_materials
from tongban.cases.ways import Choice, Settled, personal_list, settled, undertaking_of, ways_of
from tongban.foundation.errors import InvalidError
from tongban.foundation.ledger import append
from tongban.identity.actor import Actor
from tongban.items.models import Material, ServiceVersion


def subject_of(whose: Applicant) -> Subject:
    """Whose facts an applicant's are."""
    return Subject(whose.person_id, whose.organisation_id)


def answer_guidance(actor: Actor, draft_id: uuid.UUID, answers: Mapping[str, str | None]) -> Draft:
    """Answer questions of the guidance in a draft; None takes an answer back. Later questions may fall away.

    Raises:
        InvalidError: an unknown question, or an answer that is no choice; under `situation.<question>`.
    """
    with transaction.atomic():
        draft, version, _service = own_draft_of_service(actor, draft_id)
        guidance = light_handling(version).guidance
        known = {q.id: {o.value for o in q.options} for q in guidance.questions} if guidance else {}
        wrong = dict.fromkeys(answers.keys() - known.keys(), "unknown")
        wrong |= {
            n: "choice" for n, given in answers.items() if n in known and given is not None and given not in known[n]
        }
        if wrong:
            raise InvalidError({f"situation.{name}": [_message(what)] for name, what in wrong.items()})
        light = light_of_draft(draft)
        merged = {**(light.situation or {}), **answers}
        light.situation = {name: given for name, given in merged.items() if given is not None}
        light.save()
        draft.save(update_fields=["saved_at"])
        append(actor, "answer_guidance", "draft", draft.pk, {"situation": light.situation})
    return draft


def choose_way(actor: Actor, draft_id: uuid.UUID, way: str) -> Draft:
    """Choose by which way the application goes: `commitment`, `officer` (no rule decides), or the ordinary one.

    Raises:
        InvalidError: the service does not offer it, or the applicant may not use it; under `way`.
    """
    with transaction.atomic():
        draft, version, _service = own_draft_of_service(actor, draft_id)
        _require_way(actor, version, way)
        light = light_of_draft(draft)
        light.way = way
        light.save()
        append(actor, "choose_way", "draft", draft.pk, {"way": way})
    return draft


def light_of_draft(draft: Draft) -> DraftLight:
    return DraftLight.objects.filter(draft=draft).first() or DraftLight(draft=draft)


def choice_of(draft: Draft, version: ServiceVersion, *, undertaken: bool, materials_follow: bool) -> Choice:
    """What the draft's applicant chose, with what they undertake on sending it."""
    light = light_of_draft(draft)
    answers = light.situation or {}
    guidance = light_handling(version).guidance
    asked = {question.id for question in guidance.asked(answers)} if guidance else set()
    situation = {name: given for name, given in answers.items() if name in asked}
    return Choice(situation, light.way, undertaken, materials_follow)


def settle(actor: Actor, version: ServiceVersion, choice: Choice) -> Settled:
    """What a choice leads to.

    Raises:
        InvalidError: answers to the guidance are missing or wrong, or the way is not possible for this applicant.
    """
    done, problems = settled(version, light_handling(version), choice)
    if problems:
        raise InvalidError({name: [_message(what, name)] for name, what in problems.items()})
    _require_way(actor, version, choice.way)
    return done


def _message(what: str, name: str = "") -> str:
    if name == "undertaken":
        return _("Confirm that you know the conditions, duties and liability, and undertake to meet them.")
    return {
        "unknown": _("The guidance has no such question."),
        "missing": _("Answer this question: what is needed depends on it."),
        "choice": _("Choose one of the answers."),
        "not_offered": _("The service does not offer this way."),
    }[what]


def _require_way(actor: Actor, version: ServiceVersion, way: str) -> None:
    """安阳市政务服务条例 art 25: not for who has serious bad credit, until it is repaired."""
    if way and way not in ways_of(light_handling(version)):
        raise InvalidError({"way": [_message("not_offered")]})
    if way == Way.COMMITMENT and has_bad_credit(subject_of(applicant(actor))):
        message = _("Commitment is not possible while serious bad credit stands against you. Apply the ordinary way.")
        raise InvalidError({"way": [message]})


def undertaken_to_follow(
    version: ServiceVersion,
    procedure: Procedure,
    files: Mapping[Material, Sequence[Upload]],
    done: Settled,
    *,
    promised: bool,
) -> list[int]:
    """Positions of the materials that follow later (容缺), which the applicant undertook to hand in.

    Raises:
        InvalidError: materials are to follow and the applicant does not undertake it; under `materials_follow`.
    """
    if not procedure.defers:
        return []
    missing = missing_materials(version, {m.position for m in files}, left_out=done.left_out_materials)
    if missing and not promised:
        names = _(", ").join(material.text("name") for material in missing)
        message = _("Undertake to hand in later what is missing, or hand it in now: %(names)s.") % {"names": names}
        raise InvalidError({"materials_follow": [message]})
    return [material.position for material in missing]


def keep_light(
    case: Case, done: Settled, fetched: Sequence[FetchedMaterial], following: Sequence[int], now: datetime
) -> None:
    """Freeze with the case what light handling made of it; nothing is written for a case that has none of it. What the
    applicant undertook becomes a numbered document of the case.
    """
    version = case.version
    if not (version.light or following):
        return
    light = light_handling(version)
    form = form_of(version, done.left_out_fields)
    labels = {name: field.label for name, field in form.fields.items()}
    places = sorted({each.position for each in fetched})
    CaseLight.objects.create(
        case=case,
        personal_list=personal_list(version, light, done, labels, places),
        left_out_fields=sorted(done.left_out_fields),
        left_out_materials=sorted(done.left_out_materials),
        way=done.way,
        undertaking=undertaking_of(done.commitment) if done.commitment else None,
        undertaken_materials=list(following),
        fetched=len(places),
    )
    CaseFetch.objects.bulk_create(
        CaseFetch(
            case=case,
            position=each.position,
            provider=each.provider,
            source_case_id=each.source_case_id,
            source_document_id=each.source_document_id,
            source_material_id=each.source_material_id,
            source=each.source,
            consented_at=each.consented_at,
        )
        for each in fetched
    )
    if done.commitment:
        text = done.commitment
        undertaken = tuple(
            "\n".join(words.get(language, "") for words in (text.conditions, text.duties, text.liability))
            for language in ("zh", "en")
        )
        compose_document(case, CaseDocument.Kind.COMMITMENT, None, now, reasons=(undertaken[0], undertaken[1])).save(
            force_insert=True
        )
    if following:
        told = {"deferred": list(following)}
        compose_document(case, CaseDocument.Kind.DEFERRAL, None, now, data=told).save(force_insert=True)
