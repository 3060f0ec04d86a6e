"""A case that is a part of one thing."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _

from tongban.cases.bundle_store import (
    bundle_of,
)
from tongban.cases.bundles.definition import form_of_properties
from tongban.cases.cancelling import cancelling_part
from tongban.cases.labels import english
from tongban.cases.models import BundlePart, Outcome
from tongban.cases.queries.one_case import readable_case
from tongban.cases.relations import relations_to_bundle
from tongban.cases.rules import written
from tongban.foundation.errors import NotFoundError
from tongban.foundation.forms import FormDefinition
from tongban.identity.actor import Actor
from tongban.identity.authority import may


@dataclass(frozen=True)
class PartOfBundle:
    """What the page of a case says of the bundle it is a part of.

    Attributes:
        may_open: whether the actor may see the whole (the applicant, the leading agency).
        results_wanted: whether the case is granted and its agency has yet to tell the others what they need.
    """

    bundle_id: uuid.UUID
    number: str
    name: str
    part: str
    lead_agency: str
    may_open: bool
    results_wanted: bool
    given: Sequence[str]
    # The other part because of which this one is to be taken back and is not granted; empty where it may go on.
    cancelled_with: str


def bundle_of_case(actor: Actor, case_id: uuid.UUID) -> PartOfBundle | None:
    """The bundle a case the actor may see is a part of; None where it is none.

    Raises:
        NotFoundError: the case is not the actor's to see.
    """
    readable_case(actor, case_id, "bundle")
    part = BundlePart.objects.select_related("bundle__lead_agency", "case").filter(case=case_id).first()
    if part is None or part.case is None:
        return None
    bundle = part.bundle
    definition = bundle_of(bundle.code, bundle.version)
    own = definition.parts[part.name]
    because = cancelling_part(part) if part.case.decided_at is None else ""
    handles = actor.post is not None and actor.post.agency_id == part.case.agency_id
    return PartOfBundle(
        bundle_id=bundle.pk,
        number=written(bundle.number),
        name=definition.label(english=english()),
        part=own.label(english=english()),
        lead_agency=bundle.lead_agency.label,
        may_open=may(actor, "read", "bundle", relations_to_bundle(actor, bundle)),
        results_wanted=bool(handles and own.outputs and part.results is None and part.case.outcome == Outcome.GRANTED),
        given=[
            definition.parts[edge.source].label(english=english())
            for edge in definition.into(part.name)
            if edge.feeds or edge.materials
        ],
        cancelled_with=definition.parts[because].label(english=english()) if because else "",
    )


def results_form(actor: Actor, case_id: uuid.UUID) -> tuple[PartOfBundle, FormDefinition]:
    """What an agency is asked to state with its grant for the agencies of other parts.

    Raises:
        NotFoundError: the case is no part of a bundle, nothing is to be stated, or it is not the actor's to see.
    """
    part = bundle_of_case(actor, case_id)
    row = BundlePart.objects.select_related("bundle").filter(case=case_id).first()
    outputs = bundle_of(row.bundle.code, row.bundle.version).parts[row.name].outputs if row else {}
    if part is None or not outputs:
        raise NotFoundError(_("There is nothing to state for other agencies here."))
    return part, FormDefinition.load(form_of_properties(outputs))
