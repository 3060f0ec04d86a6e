"""The overview, licences, results, what was saved, and one search over all of one's own."""

import uuid
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from tongban.cases.models import OPEN_STATES, Case, CaseDocument, CaseEvent, CaseState, Outcome
from tongban.cases.queries import CaseRow, my_cases, my_drafts
from tongban.cases.queries.drafts import DraftRow
from tongban.cases.queries.light import open_offers
from tongban.cases.queries.rows import ListedCase, row_of
from tongban.cases.relations import applicant
from tongban.cases.rules import written
from tongban.foundation.calendars import calendar_in_force
from tongban.identity.actor import Actor
from tongban.identity.authority import Relation, require
from tongban.items.queries import in_force_on
from tongban.items.searchable import pinyin_of
from tongban.userspace.models import Message, SavedMatter
from tongban.userspace.queries.messages import own_messages, unread_messages
from tongban.userspace.rules import Standing, Term, find, standing, term_of

MOST = 200
_TOP = 5
_MOST_SEARCHED = 500
_DECISIONS = (
    CaseDocument.Kind.GRANT,
    CaseDocument.Kind.DENIAL,
    CaseDocument.Kind.DEEMED_RENEWAL,
    CaseDocument.Kind.REVOCATION,
    CaseDocument.Kind.CANCELLATION,
    CaseDocument.Kind.ACCEPTANCE_REFUSAL,
    CaseDocument.Kind.NOT_REQUIRED,
)
_OVER = {Standing.RENEWED, Standing.EXPIRED}
_ENDS = (CaseDocument.Kind.REVOCATION, CaseDocument.Kind.CANCELLATION)


def own(actor: Actor) -> Q:
    """Rows with `person`, `organisation` and `service` that are the present hat's: an organisation's, whoever acted for
    it; an agent's only in the matters the delegation names.

    Raises:
        SignInNeededError, NotAllowedError: nobody applies in this hat.
    """
    require(actor, "read", "case", {Relation.OWN})
    return applicant(actor).own


def _english() -> bool:
    return (get_language() or "").startswith("en")


# --- licences ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Licence:
    """Something granted that runs out.

    Attributes:
        name: of what was granted, or of the service.
        standing: towards its end; `standing_label` in words.
        renew: the service by which it is renewed here; None where there is none to apply for.
    """

    case_id: uuid.UUID
    case_number: str
    name: str
    agency: str
    granted_on: date
    term: Term
    standing: Standing
    standing_label: str
    asked_on: date | None
    renew: uuid.UUID | None

    @property
    def needs_renewal(self) -> bool:
        return self.standing in {Standing.RENEW_NOW, Standing.ASK_LATE}


def my_licences(actor: Actor, today: date) -> list[Licence]:
    """What was granted to the present hat for a time, what runs out first on top."""
    return licences_among(Case.objects.filter(own(actor)), today)[:MOST]


def licences_among(cases: QuerySet[Case], today: date) -> list[Licence]:
    """The licences that some applicant's cases granted; `cases` are of one applicant."""
    granted = list(
        cases.filter(outcome=Outcome.GRANTED, version__result_validity__gt=0)
        .exclude(Exists(CaseDocument.objects.filter(case=OuterRef("pk"), kind__in=_ENDS)))
        .select_related("version", "agency", "service__item")
        .defer("answers")
        .order_by("-decided_at")[:MOST]
    )
    if not granted:
        return []
    renewers = _renewers(granted, today)
    asked = _asked(cases, {code for case in granted if (code := _renewal_code(case))})
    before = _expiries_stated(granted)
    found = []
    for case in granted:
        decided = timezone.localdate(case.decided_at)
        term = term_of(decided, case.version.result_validity or 0, calendar_in_force(), before.get(case.pk))
        later = [each for each in asked.get(_renewal_code(case), ()) if each[0] != case.pk and each[1] > decided]
        asked_on = max((day for _pk, day, _granted in later), default=None)
        state = standing(term, today, asked_on, granted=any(granted for _pk, _day, granted in later))
        found.append(_licence(case, term, state, asked_on, renewers.get(case.pk)))
    return sorted(found, key=lambda licence: (licence.standing in _OVER, licence.term.expires_on))


def _renewal_code(case: Case) -> str:
    """The item by which what a case granted is renewed."""
    return case.version.renewal_item or (case.service.item.code if case.service.item else "")


def _renewers(granted: Sequence[Case], today: date) -> dict[uuid.UUID, uuid.UUID]:
    """By case: the service in force that renews it, of the same agency, or of its region."""
    codes = {_renewal_code(case) for case in granted} - {""}
    services = in_force_on(today).filter(is_applicable=True, service__item__code__in=codes)
    by_place: dict[tuple[str, object], uuid.UUID] = {}
    rows = services.values_list("service__item__code", "service__agency_id", "service__agency__region_id", "service_id")
    for code, agency, region, service in rows:
        by_place[code, agency] = service
        by_place.setdefault((code, region), service)
    found: dict[uuid.UUID, uuid.UUID] = {}
    for case in granted:
        code = _renewal_code(case)
        renewer = by_place.get((code, case.agency_id), by_place.get((code, case.region_id)))
        if renewer is not None:
            found[case.pk] = renewer
    return found


def _asked(cases: QuerySet[Case], codes: set[str]) -> dict[str, list[tuple[uuid.UUID, date, bool]]]:
    """By item: the applicant's cases that are open or granted: id, day of application, whether it was granted."""
    found: dict[str, list[tuple[uuid.UUID, date, bool]]] = {}
    rows = cases.filter(Q(state__in=OPEN_STATES) | Q(outcome=Outcome.GRANTED), service__item__code__in=codes)
    for pk, code, at, outcome in rows.values_list("pk", "service__item__code", "submitted_at", "outcome"):
        found.setdefault(code, []).append((pk, timezone.localdate(at), outcome == Outcome.GRANTED))
    return found


def _expiries_stated(granted: Sequence[Case]) -> dict[uuid.UUID, date]:
    """By case: until when the licence was valid that it renewed, where its procedure asked for it."""
    events = CaseEvent.objects.filter(case__in=[case.pk for case in granted], sequence=1)
    rows = events.values_list("case_id", "data__expires_on")
    return {case: date.fromisoformat(day) for case, day in rows if day}


_STANDING = {
    Standing.VALID: lambda: _("valid"),
    Standing.RENEW_NOW: lambda: _("renew now"),
    Standing.ASK_LATE: lambda: _("renew at once"),
    Standing.RENEWING: lambda: _("renewal under way"),
    Standing.RENEWED: lambda: _("renewed"),
    Standing.EXPIRED: lambda: _("expired"),
}


def _licence(case: Case, term: Term, state: Standing, asked_on: date | None, renew: uuid.UUID | None) -> Licence:
    return Licence(
        case.pk,
        written(case.number),
        case.version.text("result_name") or case.version.text("name"),
        case.agency.label,
        timezone.localdate(case.decided_at),
        term,
        state,
        _STANDING[state](),
        asked_on,
        renew,
    )


# --- results ----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Result:
    """A decision as a written act: what one keeps of a case until certificates stand beside it."""

    document_id: uuid.UUID
    case_id: uuid.UUID
    case_number: str
    title: str
    number: str
    service: str
    agency: str
    issued_at: datetime
    service_zh: str = ""


def my_results(actor: Actor, size: int = MOST) -> list[Result]:
    """The decisions in the present hat's cases, newest first."""
    documents = CaseDocument.objects.filter(
        kind__in=_DECISIONS, case__in=Case.objects.filter(own(actor)).values("pk")
    ).select_related("case__version", "agency")
    rows = documents.defer("content", "case__answers").order_by("-issued_at", "-id")[:size]
    return [
        Result(
            row.pk,
            row.case_id,
            written(row.case.number),
            str(CaseDocument.Kind(row.kind).label),
            row.number,
            row.case.version.text("name"),
            row.agency.label,
            timezone.localtime(row.issued_at),
            row.case.version.name,
        )
        for row in rows
    ]


# --- saved matters ----------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class SavedRow:
    """A service that was put aside; `name` is empty of what is no longer in force."""

    service_id: uuid.UUID
    name: str
    agency: str
    saved_at: datetime
    is_applicable: bool
    name_zh: str = ""


def own_saved(actor: Actor) -> Q:
    """What the present hat saved; an agent sees it in the matters the delegation names."""
    return applicant(actor).own


def my_saved(actor: Actor, today: date) -> list[SavedRow]:
    """What the present hat saved, newest first."""
    saved = list(
        SavedMatter.objects.filter(own_saved(actor)).select_related("service__agency").order_by("-saved_at")[:MOST]
    )
    versions = {v.service_id: v for v in in_force_on(today).filter(service__in=[row.service_id for row in saved])}
    return [
        SavedRow(
            row.service_id,
            version.text("name") if (version := versions.get(row.service_id)) else "",
            row.service.agency.label,
            timezone.localtime(row.saved_at),
            bool(version and version.is_applicable),
            version.name if version else "",
        )
        for row in saved
    ]


def is_saved(actor: Actor, service_id: uuid.UUID) -> bool:
    """Whether the present hat saved the service; nobody else's hat has."""
    return actor.is_applicant and SavedMatter.objects.filter(own_saved(actor), service=service_id).exists()


# --- the overview -----------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Overview:
    """What somebody wants to see first: their turn, what runs out, what is under way, what is new."""

    waiting: Sequence[CaseRow]
    open_cases: Sequence[CaseRow]
    drafts: Sequence[DraftRow]
    licences: Sequence[Licence]
    offers: int
    unread: int
    counts: Mapping[str, int]


def overview(actor: Actor, today: date) -> Overview:
    """The first page of the present hat's space."""
    rows = my_cases(actor, today).rows
    licences = my_licences(actor, today)
    drafts = my_drafts(actor)
    saved = SavedMatter.objects.filter(own_saved(actor)).count()
    unread = unread_messages(actor)
    return Overview(
        waiting=[row for row in rows if row.state == CaseState.CORRECTING],
        open_cases=[row for row in rows if row.state in OPEN_STATES][:_TOP],
        drafts=drafts[:_TOP],
        licences=[licence for licence in licences if licence.needs_renewal],
        offers=open_offers(actor, today),
        unread=unread,
        counts={"messages": unread, "licences": len(licences), "saved": saved, "drafts": len(drafts)},
    )


# --- one search over one's own ----------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Space:
    """Something of one's own among the results.

    Attributes:
        kind: case, draft, message, result or saved.
        id: of that thing; of a saved matter, the service.
        title: what it is called.
        text: what it is found by besides: number, agency, text of a message.
        spelt: its Chinese name, found by pinyin.
        shown: the line below its title.
    """

    kind: str
    id: uuid.UUID
    title: str
    text: str
    spelt: str
    shown: str


def search_my_space(actor: Actor, query: str, today: date) -> list[Space]:
    """The present hat's own cases, drafts, messages, results and saved matters in which every word is found.

    By number, title or text; titles also by pinyin and its initials. The newest 500 of each kind are looked through.
    """
    require(actor, "read", "case", {Relation.OWN})
    return find(_own_things(actor, today), query, pinyin_of)


def _own_things(actor: Actor, today: date) -> Iterator[Space]:
    cases = Case.objects.filter(own(actor)).select_related("version", "agency").defer("answers")
    newest = list(cases.order_by("-submitted_at")[:_MOST_SEARCHED])
    for case in newest:
        row = row_of(ListedCase.of(case), today, own=actor.is_applicant)
        name, english = case.version.name, case.version.english.get("name", "")
        shown = f"{row.number} · {row.agency} · {row.state_label}"
        yield Space("case", row.id, row.service, f"{row.number} {name} {english} {row.agency}", name, shown)
    for draft in my_drafts(actor):
        yield Space(
            "draft", draft.id, draft.service, f"{draft.service_zh} {draft.agency}", draft.service_zh, draft.agency
        )
    for message in Message.objects.filter(own_messages(actor)).order_by("-created_at")[:_MOST_SEARCHED]:
        texts = message.texts["en" if _english() else "zh"]
        other = message.texts["zh" if _english() else "en"]
        text = f"{texts['text']} {other['title']} {other['text']}"
        yield Space("message", message.pk, texts["title"], text, message.texts["zh"]["title"], texts["text"])
    for result in my_results(actor, _MOST_SEARCHED):
        text = f"{result.number} {result.case_number} {result.service_zh} {result.agency}"
        title = f"{result.title} · {result.service}"
        yield Space("result", result.document_id, title, text, result.service_zh, result.number)
    for saved in my_saved(actor, today):
        if saved.name:
            text = f"{saved.name_zh} {saved.agency}"
            yield Space("saved", saved.service_id, saved.name, text, saved.name_zh, saved.agency)
