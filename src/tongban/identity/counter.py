"""The counter: an officer sees who somebody is, and then acts for them. Both stand in every act."""

import uuid
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from tongban.foundation.errors import ConflictError, InvalidError, NotAllowedError, NotFoundError
from tongban.foundation.forms.formats import is_id_number
from tongban.foundation.ledger import append
from tongban.identity.actor import Actor, AtDesk, mandate_for, still_holds
from tongban.identity.assurance.actions import record_counter_check
from tongban.identity.authority import Relation, require
from tongban.identity.capacity import is_adult
from tongban.identity.finding import PaperGiven, birth_of, check_paper, index_of, keep_paper, person_by_paper
from tongban.identity.mandates import Basis, Grant, Mandate
from tongban.identity.models import AssuranceLevel, IdentityCheck, Organisation, Person
from tongban.identity.papers import CHINA, PaperKind
from tongban.identity.powers import Power, Represented, errors_of_power


@dataclass(frozen=True)
class Shown:
    """What somebody shows at the counter.

    Attributes:
        document: a kind of `IdentityCheck.Document`.
        name, id_number: as they stand on it.
        phone: where to reach somebody who is not registered yet.
        credit_code: of the organisation they come for; empty where they come for themselves.
        country: that issued a passport, three letters.
        code: of the visit they announced on their page of assurance levels; empty where they did not.
        represented: the other person they come for, if any: as guardian or by delegation, or by a written power.
        power: the written power of attorney they show, where neither is known here; also for an organisation.
    """

    document: str
    name: str
    id_number: str
    phone: str = ""
    credit_code: str = ""
    country: str = CHINA
    code: str = ""
    represented: Represented | None = None
    power: Power | None = None


_RESIDENTS = frozenset(
    {
        IdentityCheck.Document.RESIDENT_CARD,
        IdentityCheck.Document.TEMPORARY_CARD,
        IdentityCheck.Document.HOUSEHOLD_REGISTER,
    }
)


def paper_of(shown: Shown | Represented) -> PaperGiven:
    """The identity paper that a shown document is; a resident's documents all have the one number."""
    known = shown.document in IdentityCheck.Document.values and shown.document not in _RESIDENTS
    kind = PaperKind(shown.document) if known else PaperKind.RESIDENT
    return PaperGiven(kind, shown.id_number, shown.country)


def counter_relations(actor: Actor) -> frozenset[Relation]:
    """What the post is to the one-window counter."""
    return frozenset({Relation.COUNTER} if actor.post and actor.post.serves_counter else ())


def require_counter(actor: Actor) -> None:
    """Raises:
    SignInNeededError, NotAllowedError: the post does not serve the counter.
    """
    require(actor, "serve", "counter", counter_relations(actor))


def desk_of(actor: Actor) -> tuple[uuid.UUID, uuid.UUID]:
    """The post and the account of an officer who serves the counter; who is at a desk is theirs, nobody else's.

    Raises:
        SignInNeededError, NotAllowedError: the post does not serve the counter.
    """
    require_counter(actor)
    if actor.post is None or actor.account_id is None:
        raise NotAllowedError
    return actor.post.id, actor.account_id


def check_identity(actor: Actor, shown: Shown, now: datetime) -> IdentityCheck:
    """Record that the officer saw who somebody is; their level rises to 5 (counter). Who is unknown here is registered,
    and so is a person they represent by a written power; that one's level stays as it was.

    Raises:
        InvalidError: what is shown cannot be, does not fit what is registered, or gives no right to act for the
            organisation or the other person; under the field's name.
        NotAllowedError: the post does not serve the counter; or it is the officer's own person or organisation: nobody
            serves themselves.
    """
    require_counter(actor)
    return record_check(actor, shown, now)


def record_check(actor: Actor, shown: Shown, now: datetime) -> IdentityCheck:
    """As `check_identity`, for an action that has judged by itself that this officer sees people at a window."""
    if actor.post is None or actor.account_id is None:
        raise NotAllowedError
    post_id, account_id = actor.post.id, actor.account_id
    name = shown.name.strip()
    errors: dict[str, list[str]] = {}
    if shown.document not in IdentityCheck.Document.values:
        errors["document"] = [_("Choose the document that was shown.")]
    if not name:
        errors["name"] = [_("Enter the name as it stands on the document.")]
    errors |= _errors_of_paper(shown)
    errors |= _errors_of_right(actor, shown, timezone.localdate(now))
    if errors:
        raise InvalidError(errors)
    with transaction.atomic():
        person = _person(actor, name, paper_of(shown), shown.phone.strip())
        organisation = _organisation(person, shown.credit_code.strip().upper(), shown.power, now)
        represented = _represented(actor, person, shown, now)
        _require_somebody_else(actor, person, organisation, represented, now)
        power = shown.power if organisation or represented else None
        scan = power.scan if power else None
        open_now = IdentityCheck.objects.filter(post=post_id, account_id=account_id, person=person, ended_at=None)
        of_whom = open_now.filter(organisation=organisation, represented=represented, power=scan)
        same = of_whom.filter(document=shown.document).order_by("-made_at").first()
        if same and timezone.localdate(same.made_at) == timezone.localdate(now):
            record_counter_check(actor, same, now, shown.code.strip())
            return same  # a second click, or the same person comes back to the desk
        check = IdentityCheck.objects.create(
            post_id=post_id,
            account_id=account_id,
            person=person,
            organisation=organisation,
            represented=represented,
            power_id=scan,
            power_matters=power.matters.strip() if power else None,
            power_last_day=power.last_day if power else None,
            document=shown.document,
            made_at=now,
        )
        content: dict[str, Any] = {
            "person": person.pk,
            "organisation": organisation and organisation.pk,
            "document": shown.document,
        }
        if represented:
            content["represented"] = represented.pk
        if power:
            content |= {"power": power.scan, "matters": power.matters.strip(), "last_day": power.last_day}
        append(actor, "check_identity", "identity_check", check.pk, content)
        record_counter_check(actor, check, now, shown.code.strip())
    check.person.refresh_from_db(fields=["assurance_level"])
    return check


def _errors_of_right(actor: Actor, shown: Shown, today: date) -> dict[str, list[str]]:
    """What is wrong with for whom and by what somebody comes."""
    errors: dict[str, list[str]] = {}
    if shown.represented:
        if shown.credit_code.strip():
            errors["credit_code"] = [_("Come for an organisation or for a person, one after the other.")]
        if not shown.represented.name.strip():
            errors["for_name"] = [_("Enter the name of the person they come for.")]
        errors |= {f"for_{name}": texts for name, texts in _errors_of_paper(shown.represented).items()}
    elif shown.power and not shown.credit_code.strip():
        errors["for_name"] = [_("State for whom the written power lets them come.")]
    if shown.power:
        errors |= errors_of_power(actor, shown.power, today)
    return errors


def _errors_of_paper(shown: Shown | Represented) -> dict[str, list[str]]:
    if not shown.id_number.strip():
        return {"id_number": [_("Enter the number as it stands on the document.")]}
    paper = paper_of(shown)
    if paper.kind is PaperKind.RESIDENT:
        # Any citizen's number: some hold one that begins like those of residents from Hong Kong, Macao, Taiwan.
        fits = is_id_number(shown.id_number.strip().upper())
        return {} if fits else {"id_number": [_("This is not a valid identity number; check it digit by digit.")]}
    try:
        check_paper(paper)
    except InvalidError as error:
        fields = {"number": "id_number"}
        return {fields.get(name, name): [str(text) for text in texts] for name, texts in error.fields.items()}
    return {}


def _person(actor: Actor, name: str, paper: PaperGiven, phone: str) -> Person:
    person = person_by_paper(paper.kind, paper.number, paper.country)
    if person is None:
        try:
            with transaction.atomic():
                person = _registered(actor, name, paper, phone)
        except (IntegrityError, ConflictError):
            person = person_by_paper(paper.kind, paper.number, paper.country)
    if person is None or person.name != name:
        raise InvalidError({"name": [_("This number is registered with another name. Look at the document again.")]})
    if person.died_on:
        raise InvalidError({"id_number": [_("This person is recorded as deceased. Look at the document again.")]})
    return person


def _registered(actor: Actor, name: str, paper: PaperGiven, phone: str) -> Person:
    number = paper.number.strip().upper() if paper.kind is PaperKind.RESIDENT else ""
    person = Person.objects.create(
        name=name,
        id_number=number or None,
        id_number_index=index_of(paper.kind, number) if number else None,
        phone=phone or None,
    )
    append(actor, "register_person", "person", person.pk, {"name": name, "id_number": number})
    if not number:
        keep_paper(actor, person, paper)
    return person


def _represented(actor: Actor, person: Person, shown: Shown, now: datetime) -> Person | None:
    """The other person they come for. Whether that one is known here is said only to who holds a right already."""
    wanted = shown.represented
    if wanted is None:
        return None
    paper, name = paper_of(wanted), wanted.name.strip()
    if shown.power:
        try:
            found = _person(actor, name, paper, "")
        except InvalidError as error:
            raise InvalidError({f"for_{field}": texts for field, texts in error.fields.items()}) from None
    else:
        known = person_by_paper(paper.kind, paper.number, paper.country)
        if (
            known is None
            or known.name != name
            or not mandate_for(person.pk, timezone.localdate(now), person_id=known.pk)
        ):
            message = _(
                "They are neither guardian of this person nor hold a delegation today. Ask for a written power."
            )
            raise InvalidError({"for_id_number": [message]})
        found = known
    born = birth_of(found) if shown.power else None
    if born and not is_adult(born, timezone.localdate(now)):
        message = _("Who is under 18 gives no written power; the guardian comes, and is in the register.")
        raise InvalidError({"for_id_number": [message]})
    if found.pk == person.pk:
        raise InvalidError(
            {"for_id_number": [_("This is the person who came. Leave it empty where they come for themselves.")]}
        )
    return found


def _organisation(person: Person, credit_code: str, power: Power | None, now: datetime) -> Organisation | None:
    if not credit_code:
        return None
    organisation = Organisation.objects.filter(credit_code=credit_code).first()
    if organisation is None:
        raise InvalidError({"credit_code": [_("There is no organisation with this credit code.")]})
    if organisation.dissolved_on:
        raise InvalidError({"credit_code": [_("This organisation was dissolved; nobody acts for it any more.")]})
    if power is None and not still_holds(person, timezone.localdate(now), organisation_id=organisation.pk):
        message = _("This person neither represents the organisation nor holds a delegation of it today.")
        raise InvalidError({"credit_code": [message]})
    return organisation


def _require_somebody_else(
    actor: Actor, person: Person, organisation: Organisation | None, represented: Person | None, now: datetime
) -> None:
    own = actor.person_id in {person.pk, represented and represented.pk}
    if not own and actor.person_id and (organisation or represented):
        today = timezone.localdate(now)
        organisation_id = organisation.pk if organisation else None
        person_id = represented.pk if represented else None
        own = mandate_for(actor.person_id, today, organisation_id=organisation_id, person_id=person_id) is not None
    if own:
        raise NotAllowedError(_("Nobody takes in their own application. Ask a colleague."))


def end_check(actor: Actor, check_id: uuid.UUID, now: datetime) -> None:
    """The person has left the desk; ending it twice is once."""
    post_id, _account_id = desk_of(actor)
    with transaction.atomic():
        ended = IdentityCheck.objects.filter(pk=check_id, post_id=post_id, ended_at=None).update(ended_at=now)
        if ended:
            append(actor, "end_identity_check", "identity_check", check_id)


def at_desk(actor: Actor, check_id: uuid.UUID, now: datetime) -> Actor:
    """The officer acting for who is at the desk, by a check of today's that the same post made and did not end; as far
    as the mandate of who is there goes, where they come for somebody else.

    Raises:
        NotFoundError: there is no such check of this post's.
        ConflictError: it was ended, or is not of today; or what let them act for somebody else has ended.
    """
    require_counter(actor)
    check = _check_of_today(actor, check_id, now)
    organisation, represented = check.organisation, check.represented
    served = AtDesk(
        check_id=check.pk,
        person_id=check.person_id,
        person_name=check.person.name,
        organisation_id=organisation.pk if organisation else None,
        organisation_name=organisation.name if organisation else "",
        represented_id=represented.pk if represented else None,
        represented_name=represented.name if represented else "",
        power_matters=check.power_matters or "",
        power_last_day=check.power_last_day,
    )
    return actor.serving(served, AssuranceLevel.CERTIFIED, _mandate(check, now))


def at_window(actor: Actor, check_id: uuid.UUID, now: datetime) -> Actor:
    """Who was seen at a window, as the applicant that an application is held against, by a check as of `at_desk`. The
    officer does not act for them: who takes it in is said beside it.
    """
    check = _check_of_today(actor, check_id, now)
    person, organisation, represented = check.person, check.organisation, check.represented
    return Actor(
        account_id=person.account_id or person.pk,
        person_id=person.pk,
        person_name=person.name,
        organisation_id=organisation.pk if organisation else None,
        organisation_name=organisation.name if organisation else "",
        represented_id=represented.pk if represented else None,
        represented_name=represented.name if represented else "",
        mandate=_mandate(check, now),
        assurance_level=AssuranceLevel.CERTIFIED,
    )


def _mandate(check: IdentityCheck, now: datetime) -> Mandate | None:
    """By what who came acts for whom they came for; None where they came for themselves."""
    if check.organisation_id is None and check.represented_id is None:
        return None
    if check.power_id:
        return Mandate((Grant(Basis.WRITTEN_POWER, check.power_id),))
    today, ids = timezone.localdate(now), (check.organisation_id, check.represented_id)
    found = mandate_for(check.person_id, today, organisation_id=ids[0], person_id=ids[1])
    if found is None:
        raise ConflictError(_("What let this person act for somebody else has ended. Check the identity again."))
    return found


def _check_of_today(actor: Actor, check_id: uuid.UUID, now: datetime) -> IdentityCheck:
    if actor.post is None or actor.account_id is None:
        raise NotAllowedError
    mine = IdentityCheck.objects.filter(post_id=actor.post.id, account_id=actor.account_id)
    check = mine.select_related("person", "organisation", "represented").filter(pk=check_id).first()
    if check is None:
        raise NotFoundError(_("There is no such person at your desk."))
    if check.ended_at or timezone.localdate(check.made_at) != timezone.localdate(now):
        raise ConflictError(_("This person has left the desk. Check the identity again."))
    return check
