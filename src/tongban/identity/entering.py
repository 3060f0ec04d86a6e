"""Entering who somebody is: identity papers beside the resident card, guardians, a death; organisations' changes.

Each is entered by an officer or the registry from a document, whose kind and number are kept sealed with it.
"""

import uuid
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.usersessions.adapter import get_adapter as get_sessions_adapter
from allauth.usersessions.models import UserSession
from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from tongban.foundation.errors import ConflictError, InvalidError, NotAllowedError, NotFoundError
from tongban.foundation.ledger import append
from tongban.identity.actor import Actor
from tongban.identity.authority import require
from tongban.identity.capacity import MAJORITY, birthday, is_adult
from tongban.identity.counter import counter_relations
from tongban.identity.delegating import end_all
from tongban.identity.finding import birth_of
from tongban.identity.models import Account, ApiToken, Guardianship, Organisation, Person, Post
from tongban.identity.provider.actions.signing_in import end_account

_LEAST_DOCUMENT = 4


@dataclass(frozen=True)
class Guarding:
    """What the document says.

    Attributes:
        ward, guardian: whose, and who.
        kind: a `Guardianship.Kind`.
        document: which document shows it, with its number.
        valid_to: the day after the last, of an adult's guardian; a minor's ends on the day of majority at the latest.
    """

    ward: Person
    guardian: Person
    kind: str
    document: str
    valid_to: date | None = None


def enter_guardianship(actor: Actor, given: Guarding, now: datetime) -> Guardianship:
    """Let a guardian act for a ward, from today on; entering the same twice is once.

    Raises:
        InvalidError: under `ward`, `guardian`, `kind`, `document`, `valid_to`.
        NotAllowedError: it is the officer's own family: nobody enters their own.
    """
    require(actor, "enter_guardianship", "identity", counter_relations(actor))
    today = timezone.localdate(now)
    if actor.person_id in {given.ward.pk, given.guardian.pk}:
        raise NotAllowedError(_("Nobody enters this for themselves. Ask a colleague."))
    errors = _errors_of_guarding(given, today)
    if errors:
        raise InvalidError(errors)
    ends, born = given.valid_to, birth_of(given.ward)
    if given.kind != Guardianship.Kind.OF_ADULT and born:
        majority = birthday(born, MAJORITY)
        ends = min(ends, majority) if ends else majority
    with transaction.atomic():
        Person.objects.select_for_update().get(pk=given.ward.pk)
        known = Guardianship.objects.filter(ward=given.ward, guardian=given.guardian, ended_at=None).first()
        if known and (known.valid_to is None or known.valid_to > today):
            return known
        if known:
            known.ended_at = now
            known.save(update_fields=["ended_at"])
        made = Guardianship.objects.create(
            ward=given.ward,
            guardian=given.guardian,
            kind=given.kind,
            document=given.document.strip(),
            valid_from=today,
            valid_to=ends,
            entered_at=now,
        )
        content = {"ward": given.ward.pk, "guardian": given.guardian.pk, "kind": given.kind, "to": ends}
        append(actor, "enter_guardianship", "guardianship", made.pk, content | {"document": given.document.strip()})
    return made


def _errors_of_guarding(given: Guarding, today: date) -> dict[str, list[str]]:
    errors: dict[str, list[str]] = {}
    born, of_adult = birth_of(given.ward), given.kind == Guardianship.Kind.OF_ADULT
    if given.kind not in Guardianship.Kind.values:
        errors["kind"] = [_("Choose what kind of guardian it is.")]
    elif of_adult and born and not is_adult(born, today):
        errors["kind"] = [_("The ward is under 18: choose a guardian of a minor.")]
    elif not of_adult and is_adult(born, today):
        errors["kind"] = [_("The ward is not known to be under 18: an adult's guardian needs a judgment.")]
    if given.guardian.pk == given.ward.pk:
        errors["guardian"] = [_("Nobody is their own guardian.")]
    elif given.guardian.died_on or not is_adult(birth_of(given.guardian), today):
        errors["guardian"] = [_("Only somebody living, of 18 or more, can be a guardian.")]
    if given.ward.died_on:
        errors["ward"] = [_("This person has died.")]
    if len(given.document.strip()) < _LEAST_DOCUMENT:
        errors["document"] = [_("Enter which document shows it, with its number.")]
    if given.valid_to and given.valid_to <= today:
        errors["valid_to"] = [_("Choose a day that lies ahead.")]
    return errors


def end_guardianship(actor: Actor, guardianship_id: uuid.UUID, reason: str, now: datetime) -> Guardianship:
    """End it at once, by a judgment or because it was entered wrongly; twice is once.

    Raises:
        NotFoundError: there is none.
        InvalidError: no reason (`reason`).
    """
    require(actor, "enter_guardianship", "identity", counter_relations(actor))
    if not reason.strip():
        raise InvalidError({"reason": [_("Enter the reason.")]})
    with transaction.atomic():
        found = Guardianship.objects.select_for_update().filter(pk=guardianship_id).first()
        if found is None:
            raise NotFoundError(_("There is no such guardianship."))
        if found.ended_at is None:
            found.ended_at, found.end_reason = now, reason.strip()
            found.save(update_fields=["ended_at", "end_reason"])
            append(actor, "end_guardianship", "guardianship", found.pk, {"reason": reason.strip()})
    return found


def record_death(actor: Actor, person: Person, died_on: date, document: str, now: datetime) -> Person:
    """Somebody has died: no hat, no session, no token any more; delegations and guardianships both ways, and posts,
    end. Their cases stay. Recording it twice is once.

    Raises:
        InvalidError: the day lies ahead, or no document is named.
    """
    require(actor, "record_death", "identity")
    today = timezone.localdate(now)
    errors = {}
    if died_on > today:
        errors["died_on"] = [_("The day cannot lie ahead.")]
    if len(document.strip()) < _LEAST_DOCUMENT:
        errors["document"] = [_("Enter which document shows it, with its number.")]
    if errors:
        raise InvalidError(errors)
    with transaction.atomic():
        person = Person.objects.select_for_update().get(pk=person.pk)
        if person.died_on:
            return person
        person.died_on = died_on
        person.save(update_fields=["died_on"])
        ended = end_all(actor, Q(person=person.pk) | Q(agent=person.pk), now, "death")
        guarded = Guardianship.objects.filter(Q(ward=person.pk) | Q(guardian=person.pk), ended_at=None)
        content = {"died_on": died_on, "document": document.strip(), "delegations": ended}
        content |= {"guardianships": guarded.update(ended_at=now), "posts": _end_posts(person.pk, today)}
        if person.account_id:
            close_account(person.account_id, now)
        append(actor, "record_death", "person", person.pk, content)
    return person


def _end_posts(person_id: uuid.UUID, today: date) -> int:
    ended = 0
    for post in Post.objects.filter(Q(valid_to=None) | Q(valid_to__gt=today), person=person_id):
        # A post lasts a day at least; one that has not begun is gone.
        if post.valid_from >= today:
            post.valid_to = post.valid_from + timedelta(days=1)
        else:
            post.valid_to = today
        post.save(update_fields=["valid_to"])
        ended += 1
    return ended


def close_account(account_id: uuid.UUID, now: datetime) -> None:
    """Nobody signs in with it any more: password, authenticators, contacts, sessions and tokens are void, and so are
    its sign-ins to applications. Phone number and address may be another account's from now on. In a transaction.
    """
    account = Account.objects.select_for_update().get(pk=account_id)
    account.is_active = False
    account.set_unusable_password()
    account.phone = account.phone_index = account.email = account.email_index = None
    account.save(update_fields=["is_active", "password", "phone", "phone_index", "email", "email_index"])
    ApiToken.objects.filter(account=account_id, revoked_at=None).update(revoked_at=now)
    end_account(account_id, now)
    Authenticator.objects.filter(user=account).delete()
    EmailAddress.objects.filter(user=account).delete()
    get_sessions_adapter().end_sessions(UserSession.objects.filter(user=account))


def change_representative(
    actor: Actor, organisation: Organisation, person: Person, document: str, now: datetime
) -> Organisation:
    """Enter another legal representative (法定代表人), as the registry has it. From now on only the new one acts by
    office; what the organisation gave to others stands.

    Raises:
        InvalidError: under `person` or `document`.
        ConflictError: the organisation is dissolved.
    """
    require(actor, "change_representative", "identity")
    errors = {}
    if (
        person.died_on
        or person.closed_at
        or person.merged_into_id
        or not is_adult(birth_of(person), timezone.localdate(now))
    ):
        errors["person"] = [_("Only somebody living, of 18 or more, can represent an organisation.")]
    if len(document.strip()) < _LEAST_DOCUMENT:
        errors["document"] = [_("Enter which document shows it, with its number.")]
    if errors:
        raise InvalidError(errors)
    with transaction.atomic():
        organisation = Organisation.objects.select_for_update(of=("self",)).get(pk=organisation.pk)
        if organisation.dissolved_on:
            raise ConflictError(_("This organisation is dissolved."))
        if organisation.legal_representative_id == person.pk:
            return organisation
        before, organisation.legal_representative = organisation.legal_representative_id, person
        organisation.save(update_fields=["legal_representative"])
        content = {"from": before, "to": person.pk, "document": document.strip()}
        append(actor, "change_representative", "organisation", organisation.pk, content)
    return organisation


def dissolve_organisation(
    actor: Actor, organisation: Organisation, on: date, document: str, now: datetime
) -> Organisation:
    """The registry has cancelled it (注销): nobody acts for it any more, its delegations both ways end; its last
    representative can still read what was handled. Twice is once.

    Raises:
        InvalidError: under `dissolved_on` or `document`.
    """
    require(actor, "record_dissolution", "identity")
    errors = {}
    if on > timezone.localdate(now):
        errors["dissolved_on"] = [_("The day cannot lie ahead.")]
    if len(document.strip()) < _LEAST_DOCUMENT:
        errors["document"] = [_("Enter which document shows it, with its number.")]
    if errors:
        raise InvalidError(errors)
    with transaction.atomic():
        organisation = Organisation.objects.select_for_update(of=("self",)).get(pk=organisation.pk)
        if organisation.dissolved_on:
            return organisation
        organisation.dissolved_on = on
        organisation.save(update_fields=["dissolved_on"])
        mine = Q(organisation=organisation.pk) | Q(agent_organisation=organisation.pk)
        ended = end_all(actor, mine, now, "dissolution")
        content = {"on": on, "document": document.strip(), "delegations": ended}
        append(actor, "dissolve", "organisation", organisation.pk, content)
    return organisation
