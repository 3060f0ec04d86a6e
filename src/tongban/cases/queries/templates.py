"""An agency's words for notices: the list, and a text filled in for a case."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import Q
from django.utils.translation import gettext as _

from tongban.cases.labels import action_label
from tongban.cases.models import NoticeTemplate
from tongban.cases.queries.one_case import readable_case
from tongban.cases.relations import relations_to
from tongban.cases.rules import written
from tongban.cases.templating import fill, in_words
from tongban.foundation.errors import NotAllowedError, NotFoundError
from tongban.identity.actor import Actor
from tongban.identity.authority import Relation, may, require


@dataclass(frozen=True)
class TemplateRow:
    id: uuid.UUID
    name: str
    version: int
    step: str
    step_label: str
    text: str
    in_words: str
    entered_at: datetime
    entered_by: str


def notice_templates(actor: Actor, step: str = "") -> list[TemplateRow]:
    """The last version of each template in use at the officer's agency; those for a step where one is named."""
    found = NoticeTemplate.objects.filter(agency=_own_agency(actor)).order_by("name", "-version").distinct("name")
    rows = [_row(template) for template in found if not template.retired]
    return [row for row in rows if not step or row.step in {"", step}]


def template_versions(actor: Actor, template_id: uuid.UUID) -> Sequence[TemplateRow]:
    """Every version of a template of the officer's agency, newest first."""
    if actor.post is None:
        raise NotAllowedError
    require(actor, "maintain", "notice_template", {Relation.OWN_AGENCY})
    one = NoticeTemplate.objects.filter(agency=actor.post.agency_id, pk=template_id).values("name")
    found = NoticeTemplate.objects.filter(Q(name__in=one), agency=actor.post.agency_id).order_by("-version")
    rows = [_row(template) for template in found]
    if not rows:
        raise NotFoundError
    return rows


def filled_template(actor: Actor, case_id: uuid.UUID, template_id: uuid.UUID, today: date) -> str:
    """The words of a template for a case that the officer's agency handles.

    Raises:
        NotFoundError: the case is not theirs to see, or their agency has no such template.
    """
    case = readable_case(actor, case_id)
    require(actor, "handle", "case", relations_to(actor, case))
    found = NoticeTemplate.objects.filter(pk=template_id, agency=_own_agency(actor)).first()
    if found is None:
        raise NotFoundError(_("Your agency has no such template."))
    values = {
        "applicant": case.applicant_name,
        "service": case.version.name,
        "case": written(case.number),
        "agency": case.agency.name,
        "phone": case.agency.phone,
        "due": f"{case.due_on:%Y-%m-%d}" if case.due_on else "",
        "today": f"{today:%Y-%m-%d}",
    }
    return fill(found.text, values)


def _own_agency(actor: Actor) -> uuid.UUID:
    """The agency whose templates the actor reads: who maintains them need not handle cases, and the other way round."""
    if actor.post is None:
        raise NotAllowedError
    if not may(actor, "maintain", "notice_template", {Relation.OWN_AGENCY}):
        require(actor, "note", "case", {Relation.OWN_AGENCY})
    return actor.post.agency_id


def _row(template: NoticeTemplate) -> TemplateRow:
    return TemplateRow(
        template.pk,
        template.name,
        template.version,
        template.step,
        action_label(template.step) if template.step else _("Every step"),
        template.text,
        in_words(template.text),
        template.entered_at,
        template.entered_by,
    )
