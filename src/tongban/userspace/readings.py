"""Who looked at one's data: every recorded reading of it, newest first."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from tongban.cases.access import ANSWERS, DOCUMENTS, MATERIALS
from tongban.cases.actions.showing import UNMASKED
from tongban.cases.labels import english
from tongban.cases.models import BundleCase, Case
from tongban.cases.relations import OUTSIDE, applicant
from tongban.cases.rules import written
from tongban.foundation.errors import NotAllowedError, SignInNeededError
from tongban.identity.access_records import DataReading, Kind
from tongban.identity.actor import Actor
from tongban.identity.mandates import Deed

PAGE_SIZE = 25


@dataclass(frozen=True)
class ReadingRow:
    """A reading as the person sees it: the post that read, never the officer's name.

    Attributes:
        case_number, case_id: of the case it stands in; empty where there is none to open.
        asked: whether it was masked until the officer asked.
    """

    at: datetime
    agency: str
    post: str
    case_number: str
    case_id: uuid.UUID | None
    service: str
    purpose: str
    reason: str
    what: str
    asked: bool


@dataclass(frozen=True)
class ReadingPage:
    rows: Sequence[ReadingRow]
    next: int | None


def who_looked(actor: Actor, before: int | None = None, size: int = PAGE_SIZE) -> ReadingPage:
    """Readings of the data of whom the actor is in the present hat: the person's own, the organisation's, or those of
    whom an agent acts for in everything.

    `before` is the id of the last row of the page before.

    Raises:
        SignInNeededError, NotAllowedError: nobody has such a page in this hat.
    """
    if not actor.is_signed_in:
        raise SignInNeededError
    if not actor.is_applicant:
        raise NotAllowedError
    if not actor.covers_all(Deed.READ):
        raise NotAllowedError(OUTSIDE)
    whose = applicant(actor)
    own = Q(person_id=whose.person_id, organisation_id=None)
    if whose.organisation_id:
        own = Q(organisation_id=whose.organisation_id)
    found = DataReading.objects.filter(own).select_related("post", "agency").order_by("-id")
    rows = list((found.filter(id__lt=before) if before else found)[: size + 1])
    shown = rows[:size]
    cases = _cases({row.object_id for row in shown if row.kind == Kind.CASE})
    numbers = _bundles({row.object_id for row in shown if row.kind == Kind.BUNDLE})
    return ReadingPage(
        [_row(row, cases.get(row.object_id), numbers.get(row.object_id, "")) for row in shown],
        shown[-1].pk if len(rows) > size else None,
    )


def _cases(ids: set[uuid.UUID]) -> dict[uuid.UUID, Case]:
    found = Case.objects.filter(pk__in=ids).select_related("version")
    return {case.pk: case for case in found.only("number", "version__name", "version__english")} if ids else {}


def _bundles(ids: set[uuid.UUID]) -> dict[uuid.UUID, str]:
    if not ids:
        return {}
    return {key: written(number) for key, number in BundleCase.objects.filter(pk__in=ids).values_list("pk", "number")}


def _row(row: DataReading, case: Case | None, bundle_number: str) -> ReadingRow:
    return ReadingRow(
        at=timezone.localtime(row.first_at),
        agency=row.agency.label,
        post=(english() and row.post.title_en) or row.post.title or row.post.get_role_display(),
        case_number=written(case.number) if case else bundle_number,
        case_id=case.pk if case else None,
        service=case.version.text("name") if case else row.get_kind_display(),
        purpose=row.get_purpose_display(),
        reason=row.reason or "",
        what=_(", ").join(_words(row.fields)),
        asked=row.asked,
    )


def _words(fields: Sequence[str]) -> list[str]:
    known = {
        ANSWERS: _("the application"),
        MATERIALS: _("materials handed in"),
        DOCUMENTS: _("documents"),
        UNMASKED: _("numbers, telephones and addresses in full"),
    }
    return [str(known.get(name, name)) for name in fields]
