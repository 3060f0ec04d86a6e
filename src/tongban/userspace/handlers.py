"""Messages from what happens to cases. Each event makes at most one for a recipient, however often it is handled."""

import uuid
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import QuerySet
from django.utils import timezone

from tongban.cases.bundle_store import bundle_of
from tongban.cases.events import ALERT_RAISED, EMERGENCY_OPENED, EMERGENCY_TO_TELL, OTHER_STEP, TO_BE_CANCELLED
from tongban.cases.events import COOPERATION_LATE as LATE
from tongban.cases.models import BenefitOffer, BundleCase, Case, CaseAlert, CaseEvent
from tongban.cases.relations import entrusted_to
from tongban.cases.rules import written
from tongban.foundation.events import Event, handles
from tongban.identity.actor import held_on
from tongban.identity.delegating import invited_people
from tongban.identity.emergency import EmergencyAccess
from tongban.identity.models import Delegation, Organisation, Person, Post, Role
from tongban.identity.signin.announcing import ACCOUNT_CHANGED
from tongban.userspace.channels import channels
from tongban.userspace.composing import Notice, Occasion, compose, message_id
from tongban.userspace.models import ACCOUNT_NOTICE, DELEGATION_NOTICE, Contact, Message, Sending
from tongban.userspace.notices import (
    COOPERATION_LATE,
    EMERGENCY_TO_APPLICANT,
    EMERGENCY_TO_AUDITOR,
    OF_ACCOUNT,
    OF_BUNDLE,
    OF_TIME,
    OFFERED,
    TO_AGENT,
    TO_APPLICANT,
    TO_OFFICER,
    TO_POST,
    TO_PRINCIPAL,
)
from tongban.userspace.notices import TO_BE_CANCELLED as CANCELLATION

# The two lowest of the five levels.
WORST_LEVELS = (1, 2)
REVIEW = "ask_for_review"


@handles(
    "case.submitted",
    "case.returned_for_correction",
    "case.accepted",
    "case.acceptance_refused",
    "case.decided",
    "case.delivered",
    OTHER_STEP,
)
def tell_the_applicant(events: Sequence[Event]) -> None:
    """What concerns the applicant, to the applicant."""
    told = [event for event in events if event.detail["action"] in TO_APPLICANT]
    cases = _cases(told)
    acts = _acts(told)
    _deliver(
        _Told(event, cases[event.object_id], TO_APPLICANT, event.detail["action"], acts.get(_key(event)))
        for event in told
        if event.object_id in cases
    )


@handles("case.supplemented", "case.withdrawn", "case.rated", OTHER_STEP)
def tell_the_officer(events: Sequence[Event]) -> None:
    """What concerns the officer who handled the case last, to that officer in the post held then."""
    told = [event for event in events if _concerns_officer(event)]
    cases = _cases(told)
    last = _last_posts(told)
    # What a rule decided no officer has had: whoever is at the agency's desk hears that one is asked for.
    unheard = [e for e in told if e.detail.get("action") == REVIEW and e.id not in last and e.object_id in cases]
    posts = {event: [post] for event, post in last.items()} | _officers(unheard, cases)
    acts = _acts(told)
    _deliver(
        _Told(
            event,
            cases[event.object_id],
            TO_OFFICER,
            event.detail.get("action", "rate"),
            acts.get(_key(event)),
            post,
        )
        for event in told
        if event.object_id in cases
        for post in posts.get(event.id, ())
    )


@handles(ALERT_RAISED)
def tell_of_lights(events: Sequence[Event]) -> None:
    """What is due soon or late, to who holds the case, or handled it last, or to the agency's officers where that is
    nobody (any more), and to the agency below that has it to examine first; what is past its legal limit, to the
    supervisors of the nearest region that has some. That a part of several things is late hears the leading agency too:
    it answers for the whole.
    """
    cases = _cases(events)
    told = [event for event in events if event.object_id in cases]
    escalated = [event for event in told if event.detail["kind"] == CaseAlert.Kind.ESCALATED]
    others = [event for event in told if event.detail["kind"] != CaseAlert.Kind.ESCALATED]
    handlers = _last_posts(others, valid_on=timezone.localdate()) | _holders(others, cases)
    orphans = [event for event in others if event.id not in handlers]
    posts = (
        {event: [post] for event, post in handlers.items()} | _officers(orphans, cases) | _supervisors(escalated, cases)
    )
    below = _officers_at(others, {event.id: entrusted_to(cases[event.object_id]) for event in others})
    late = [event for event in told if event.detail["kind"] == CaseAlert.Kind.LATE]
    leading = _officers_at(late, {event.id: cases[event.object_id].led_by_another for event in late})
    _deliver(
        _Told(
            event,
            cases[event.object_id],
            OF_TIME,
            notice,
            _stated(event),
            post,
        )
        for event in told
        for notice, those in (
            (event.detail["kind"], posts),
            (event.detail["kind"], below),
            ("late_elsewhere", leading),
        )
        for post in those.get(event.id, ())
    )


def _holders(events: Sequence[Event], cases: Mapping[str, Case]) -> dict[int, Post]:
    """By event: the post that its case was assigned to, where it is held today."""
    wanted = {event.id: officer for event in events if (officer := cases[event.object_id].officer_id)}
    posts = _held_now(pk__in=set(wanted.values())).in_bulk() if wanted else {}
    return {event: posts[officer] for event, officer in wanted.items() if officer in posts}


_AT_THE_DESK = (Role.WINDOW_OFFICER, Role.REVIEWING_OFFICER)


def _officers(events: Sequence[Event], cases: Mapping[str, Case]) -> dict[int, list[Post]]:
    """By event: who handles cases at the agency of its case."""
    return _officers_at(events, {event.id: cases[event.object_id].agency_id for event in events})


def _officers_at(events: Sequence[Event], agencies: Mapping[int, uuid.UUID | None]) -> dict[int, list[Post]]:
    """By event: who handles cases at the agency that is named for it."""
    if not (wanted := {agency for agency in agencies.values() if agency}):
        return {}
    by_agency: dict[uuid.UUID | None, list[Post]] = {}
    for post in _held_now(role__in=_AT_THE_DESK, agency__in=wanted):
        by_agency.setdefault(post.agency_id, []).append(post)
    return {event.id: by_agency.get(agencies[event.id], []) for event in events}


def _supervisors(events: Sequence[Event], cases: Mapping[str, Case]) -> dict[int, list[Post]]:
    """By event: the supervisors of the nearest region at or above that of its case."""
    if not events:
        return {}
    above = {code for event in events for code in cases[event.object_id].region.lineage}
    by_region: dict[str, list[Post]] = {}
    for post in _held_now(role=Role.SUPERVISOR, agency__region__in=above):
        by_region.setdefault(post.agency.region_id, []).append(post)
    return {
        event.id: next(
            (by_region[code] for code in reversed(cases[event.object_id].region.lineage) if code in by_region), []
        )
        for event in events
    }


def _held_now(**wanted: object) -> QuerySet[Post]:
    return Post.objects.filter(held_on(timezone.localdate()), **wanted).select_related("agency").order_by("id")


@handles(TO_BE_CANCELLED)
def tell_of_cancellations(events: Sequence[Event]) -> None:
    """A case that is to be taken back, to who holds it or handled it last, else to the agency's officers, and to the
    agency below that has it to examine first.
    """
    cases = _cases(events)
    told = [event for event in events if event.object_id in cases]
    handlers = _last_posts(told, valid_on=timezone.localdate()) | _holders(told, cases)
    desk = _officers([event for event in told if event.id not in handlers], cases)
    below = _officers_at(told, {event.id: entrusted_to(cases[event.object_id]) for event in told})
    posts = {event: [post] for event, post in handlers.items()} | desk
    _deliver(
        _Told(event, cases[event.object_id], CANCELLATION, event.detail["action"], None, post)
        for event in told
        for post in {p.pk: p for p in (*posts.get(event.id, ()), *below.get(event.id, ()))}.values()
    )


@handles("case.assigned", "case.cooperation_closed")
def tell_the_post(events: Sequence[Event]) -> None:
    """What concerns one officer, to the post that the event names."""
    cases = _cases(events)
    posts = Post.objects.in_bulk([uuid.UUID(event.detail["post"]) for event in events])
    _deliver(
        _Told(event, cases[event.object_id], TO_POST, event.name.removeprefix("case."), None, post)
        for event in events
        if (post := posts.get(uuid.UUID(event.detail["post"]))) and event.object_id in cases
    )


@handles(LATE)
def tell_of_late_cooperation(events: Sequence[Event]) -> None:
    """A request that is not answered in time: to who asked, and to the officers of the agency that was asked."""
    cases = _cases(events)
    told = [event for event in events if event.object_id in cases]
    askers = _held_now(pk__in={event.detail["post"] for event in told}).in_bulk()
    asked: dict[str, list[Post]] = {}
    for post in _held_now(role__in=_AT_THE_DESK, agency__in={event.detail["asked"] for event in told}):
        asked.setdefault(str(post.agency_id), []).append(post)
    _deliver(
        _Told(
            event,
            cases[event.object_id],
            COOPERATION_LATE,
            notice,
            _stated(event),
            post,
        )
        for event in told
        for notice, posts in (
            ("cooperation_late", [askers.get(uuid.UUID(event.detail["post"]))]),
            ("cooperation_asked_late", asked.get(event.detail["asked"], [])),
        )
        for post in posts
        if post
    )


@handles("bundle.part_suspended", "bundle.part_cancelled", "bundle.part_to_be_cancelled")
def tell_of_a_part(events: Sequence[Event]) -> None:
    """A part of several things applied for at once that is held, falls away or is to, to the applicant."""
    wanted = {event.object_id for event in events}
    bundles = BundleCase.objects.defer("answers", "uploads").in_bulk(wanted)
    by_id = {str(bundle.pk): bundle for bundle in bundles.values()}
    send(_of_part(event, bundle) for event in events if (bundle := by_id.get(event.object_id)))


def _of_part(event: Event, bundle: BundleCase) -> Message:
    titles = bundle_of(bundle.code, bundle.version).parts
    part, cause = titles[event.detail["part"]], titles[event.detail["because"]]
    because = (cause.title, cause.title_en)
    occasion = Occasion(part.title, part.title_en, written(bundle.number), because=because)
    notice = event.name.removeprefix("bundle.")
    return Message(
        id=message_id(event.id, notice, bundle.person_id),
        event_id=event.id,
        notice=notice,
        person_id=bundle.person_id,
        organisation_id=bundle.organisation_id,
        bundle=bundle,
        texts=compose(OF_BUNDLE[notice], occasion),
        created_at=event.at,
    )


@handles("offer.made")
def tell_of_an_offer(events: Sequence[Event]) -> None:
    """A benefit that needs no application, to whom it is offered."""
    offers = BenefitOffer.objects.select_related("version").defer("version__form", "version__light")
    found = offers.in_bulk({event.object_id for event in events})
    by_id = {str(offer.pk): offer for offer in found.values()}
    send(
        Message(
            id=message_id(event.id, "offer", offer.person_id),
            event_id=event.id,
            notice="offer",
            person_id=offer.person_id,
            organisation_id=offer.organisation_id,
            offer=offer,
            texts=compose(
                OFFERED,
                Occasion(
                    offer.version.name,
                    str(offer.version.english.get("name", "")),
                    "",
                    offer.open_until,
                ),
            ),
            created_at=event.at,
        )
        for event in events
        if (offer := by_id.get(event.object_id))
    )


@handles(EMERGENCY_OPENED, EMERGENCY_TO_TELL)
def tell_of_emergency_access(events: Sequence[Event]) -> None:
    """An emergency access: to whom it concerns, unless the notice was put off, and to the auditors of the region."""
    accesses = EmergencyAccess.objects.in_bulk([uuid.UUID(event.object_id) for event in events])
    found = {event.id: accesses[uuid.UUID(event.object_id)] for event in events}
    cases = _cases_by_id({access.object_id for access in accesses.values()})
    told = [_of_emergency(event, cases[str(found[event.id].object_id)]) for event in events if event.detail["told"]]
    opened = [event for event in events if event.name == EMERGENCY_OPENED]
    above = {code for event in opened for code in cases[str(found[event.id].object_id)].region.lineage}
    auditors = list(_held_now(role=Role.AUDITOR, agency__region__in=above)) if opened else []
    _deliver(
        [
            *told,
            *(
                _of_emergency(event, case, auditor)
                for event in opened
                for auditor in auditors
                if auditor.agency.region_id in (case := cases[str(found[event.id].object_id)]).region.lineage
            ),
        ]
    )


def _of_emergency(event: Event, case: Case, auditor: Post | None = None) -> "_Told":
    notices = {"break_glass": EMERGENCY_TO_AUDITOR if auditor else EMERGENCY_TO_APPLICANT}
    return _Told(event, case, notices, "break_glass", None, auditor)


@handles(ACCOUNT_CHANGED)
def tell_of_the_account(events: Sequence[Event]) -> None:
    """A change of the way in, or a sign-in from a browser not used before, to the account's person."""
    people = {
        str(person.account_id): person
        for person in Person.objects.filter(account__in={event.object_id for event in events}).only("account_id")
    }
    send(
        _of_no_case(
            event,
            f"{ACCOUNT_NOTICE}{event.detail['what']}",
            OF_ACCOUNT[event.detail["what"]],
            people[event.object_id],
            (event.detail.get("device") or "未知设备", event.detail.get("device") or "unknown device"),
        )
        for event in events
        if event.object_id in people
    )


@handles(ACCOUNT_CHANGED)
def forget_what_was_stated(events: Sequence[Event]) -> None:
    """Whose account has an e-mail address now has no other one."""
    accounts = {uuid.UUID(event.object_id) for event in events if event.detail["what"] == "contact"}
    stated = Contact.objects.filter(person__account__in=accounts, person__account__email__isnull=False)
    stated.exclude(stated_email=None).update(stated_email=None)


@handles("delegation.offered", "delegation.accepted", "delegation.declined", "delegation.ended")
def tell_of_delegations(events: Sequence[Event]) -> None:
    """Who acts for whom: an invitation to whom it is for, the answer to who gave it, its end to the other side."""
    rows = Delegation.objects.select_related(
        "person", "organisation__legal_representative", "agent", "agent_organisation__legal_representative"
    ).in_bulk({event.object_id for event in events})
    by_id = {str(key): row for key, row in rows.items()}
    send(message for event in events if (row := by_id.get(event.object_id)) for message in _of_delegation(event, row))


def _of_delegation(event: Event, row: Delegation) -> Iterable[Message]:
    what, done_by = event.name.removeprefix("delegation."), event.detail.get("by")
    if what == "offered" and (row.accepted_at or row.declined_at or row.revoked_at):
        return  # it was answered, or withdrawn, before anybody was told
    principal = row.organisation or row.person
    agents: list[Person | Organisation] = [one for one in (row.agent_organisation, row.agent) if one]
    # Nobody has answered yet: by number and name, where such a person is known.
    agents = agents or list(invited_people(row))
    agent_name = row.invited_name or next((one.name for one in agents), "")
    if what in TO_AGENT and done_by != "taken" and principal:
        for agent in agents:
            yield _of_no_case(
                event, f"{DELEGATION_NOTICE}{what}", TO_AGENT[what], agent, (principal.name, principal.name)
            )
    if what in TO_PRINCIPAL and done_by != "given" and principal:
        yield _of_no_case(event, f"{DELEGATION_NOTICE}{what}", TO_PRINCIPAL[what], principal, (agent_name, agent_name))


def _of_no_case(
    event: Event, name: str, notice: Notice, to: Person | Organisation, because: tuple[str, str]
) -> Message:
    person_id = to.legal_representative_id if isinstance(to, Organisation) else to.pk
    return Message(
        id=message_id(event.id, name, to.pk),
        event_id=event.id,
        notice=name,
        person_id=person_id,
        organisation=to if isinstance(to, Organisation) else None,
        texts=compose(notice, Occasion("", "", "", because=because)),
        created_at=event.at,
    )


def _concerns_officer(event: Event) -> bool:
    if event.name == "case.rated":
        return event.detail["level"] in WORST_LEVELS
    return event.detail["action"] in TO_OFFICER


@dataclass(frozen=True)
class _Act:
    at: datetime
    due: date | None
    due_provisional: bool = False


@dataclass(frozen=True)
class _Told:
    event: Event
    case: Case
    notices: Mapping[str, Notice]
    notice: str
    act: _Act | None
    post: Post | None = None

    def message(self) -> Message:
        case, post, act = self.case, self.post, self.act
        occasion = Occasion(
            case.version.name,
            str(case.version.english.get("name", "")),
            written(case.number),
            act.due if act else None,
            due_provisional=bool(act and act.due_provisional),
        )
        return Message(
            id=message_id(self.event.id, self.notice, post.pk if post else case.person_id),
            event_id=self.event.id,
            notice=self.notice,
            person_id=post.person_id if post else case.person_id,
            organisation_id=None if post else case.organisation_id,
            post=post,
            case=case,
            texts=compose(self.notices[self.notice], occasion),
            created_at=act.at if act else self.event.at,
        )


def _cases(events: Iterable[Event]) -> dict[str, Case]:
    return _cases_by_id({event.object_id for event in events})


def _cases_by_id(ids: Collection[str | uuid.UUID]) -> dict[str, Case]:
    cases = (
        Case.objects.filter(pk__in=ids)
        .select_related("version", "region")
        .only(
            "number",
            "person_id",
            "organisation_id",
            "agency_id",
            "lead_agency_id",
            "lower_agency_id",
            "officer_id",
            *("procedure", "procedure_version", "state", "finer_stage"),
            "region__lineage",
            "version__name",
            "version__english",
        )
    )
    return {str(case.pk): case for case in cases}


def _key(event: Event) -> tuple[str, int]:
    return event.object_id, event.detail.get("sequence", 0)


def _acts(events: Iterable[Event]) -> dict[tuple[str, int], _Act]:
    """When each act was taken and the due date it set, by case and sequence; the case may have gone on since."""
    wanted = {_key(event) for event in events}
    rows = CaseEvent.objects.filter(
        case__in={case for case, _ in wanted}, sequence__in={sequence for _, sequence in wanted}
    ).values_list("case_id", "sequence", "at", "data__due", "data__due_provisional")
    return {
        (str(case), sequence): _Act(at, date.fromisoformat(due) if due else None, bool(due and provisional))
        for case, sequence, at, due, provisional in rows
    }


def _stated(event: Event) -> _Act:
    """The due date that an event of the clock states itself."""
    return _Act(event.at, date.fromisoformat(event.detail["due"]), bool(event.detail.get("provisional")))


def _last_posts(events: Sequence[Event], valid_on: date | None = None) -> dict[int, Post]:
    """By event: the post of the officer who acted last on its case before it, where it is held on that day."""
    acts = CaseEvent.objects.filter(case__in={event.object_id for event in events}, post_id__isnull=False)
    # Who took it in at a counter does not handle it.
    acts = acts.exclude(actor_role="counter")
    by_case: dict[str, list[tuple[int, uuid.UUID]]] = {}
    for case, sequence, post in acts.order_by("sequence").values_list("case_id", "sequence", "post_id"):
        if post:
            by_case.setdefault(str(case), []).append((sequence, post))
    last = {
        event.id: post
        for event in events
        for sequence, post in by_case.get(event.object_id, ())
        # A rating has no place among the case's own events: it comes after those that decided.
        if sequence < event.detail.get("sequence", sequence + 1)
    }
    known = Post.objects.filter(held_on(valid_on)) if valid_on else Post.objects.all()
    posts = known.in_bulk(list(set(last.values())))
    return {event: posts[post] for event, post in last.items() if post in posts}


def _deliver(told: Iterable[_Told]) -> None:
    send(one.message() for one in told)


def send(made: Iterable[Message]) -> None:
    """Keep the messages, and have them sent by the channels that were chosen; one that is there already is left."""
    messages = list(made)
    if not messages:
        return
    Message.objects.bulk_create(messages, ignore_conflicts=True)
    offered = channels()
    told = {message.person_id for message in messages} if offered else set()
    # Most have chosen nothing: they are not looked at any further.
    chosen = Contact.objects.in_bulk(told) if told else {}
    reached = {*chosen, *(message.person_id for message in messages if message.is_of_account)} if told else set()
    accounts = {
        person.pk: person.account
        for person in (Person.objects.filter(pk__in=reached).select_related("account") if reached else ())
    }
    Sending.objects.bulk_create(
        (
            Sending(message=message, channel=name, next_try_at=message.created_at)
            for message in messages
            for name, channel in offered.items()
            if channel.address(message, chosen.get(message.person_id), accounts.get(message.person_id))
        ),
        ignore_conflicts=True,
    )
