"""Every write about identities: accounts, people and organisations, delegations, posts, tokens of the API."""

import hashlib
import secrets
import uuid
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _
from stdnum.cn import uscc

from tongban.foundation.errors import ConflictError, InvalidError, NotAllowedError
from tongban.foundation.forms.formats import is_id_number
from tongban.foundation.ledger import append
from tongban.foundation.sealing import blind_index
from tongban.government.models import Agency
from tongban.identity.actor import Actor, hats_of
from tongban.identity.authority import require
from tongban.identity.capacity import Capacity, capacity
from tongban.identity.finding import PaperGiven, keep_paper
from tongban.identity.mandates import Deed
from tongban.identity.models import (
    Account,
    ApiToken,
    AssuranceLevel,
    Delegation,
    Organisation,
    Person,
    Post,
    Role,
)
from tongban.identity.papers import PaperKind, born_on
from tongban.identity.separation import duties_separated

TOKEN_LIFETIME = timedelta(hours=12)


@dataclass(frozen=True)
class Identity:
    """What is known of a natural person when they are registered."""

    name: str
    id_number: str = ""
    phone: str = ""
    address: str = ""
    assurance_level: int = AssuranceLevel.DECLARED
    papers: tuple[PaperGiven, ...] = ()
    born_on: date | None = None


def open_account(actor: Actor, username: str, password: str | None) -> Account:
    """An account to sign in with; without a password nobody signs in with it until it gets one."""
    require(actor, "maintain", "identity")
    if password is not None:
        try:
            validate_password(password, Account(username=username))
        except ValidationError as error:
            raise InvalidError({"password": error.messages}) from None
    try:
        with transaction.atomic():
            account = Account.objects.create_user(username, password)
            append(actor, "open_account", "account", account.pk, {"username": username})
    except IntegrityError:
        raise ConflictError(_("This user name is taken.")) from None
    return account


def register_person(actor: Actor, identity: Identity, account: Account | None = None) -> Person:
    """A natural person. The identity number is checked (GB 11643), sealed, and found again by its blind index only;
    so are other papers (`papers`).

    Raises:
        InvalidError: under `id_number`, `number`, `country`; or `account`, for a child under 14 (PIPL art 31).
        ConflictError: somebody is registered with one of the numbers.
    """
    require(actor, "maintain", "identity")
    number = identity.id_number.strip().upper()
    if number and not is_id_number(number):
        raise InvalidError({"id_number": [_("This is not a valid identity number; check it digit by digit.")]})
    if account and capacity(_born(identity, number), timezone.localdate()) is Capacity.CHILD:
        message = _("Under 14 one has no account of one's own; the guardian acts (Personal Information Law, art 31).")
        raise InvalidError({"account": [message]})
    try:
        with transaction.atomic():
            person = Person.objects.create(
                account=account,
                name=identity.name,
                id_number=number or None,
                id_number_index=blind_index(number, "person.id_number") if number else None,
                phone=identity.phone or None,
                address=identity.address or None,
                assurance_level=identity.assurance_level,
                born_on=identity.born_on.isoformat() if identity.born_on else None,
            )
            append(actor, "register_person", "person", person.pk, {"name": identity.name, "id_number": number})
            for paper in identity.papers:
                keep_paper(actor, person, paper)
    except IntegrityError:
        raise ConflictError(_("A person with this identity number is registered already.")) from None
    return person


def _born(identity: Identity, number: str) -> date | None:
    if identity.born_on:
        return identity.born_on
    known = [PaperGiven(PaperKind.RESIDENT, number), *identity.papers]
    return next((born for paper in known if (born := born_on(paper.kind, paper.number))), None)


def register_organisation(
    actor: Actor, name: str, credit_code: str, representative: Person, name_en: str = ""
) -> Organisation:
    """An organisation with its legal representative. The credit code is checked (GB 32100)."""
    require(actor, "maintain", "identity")
    code = credit_code.strip().upper()
    if not uscc.is_valid(code):
        raise InvalidError({"credit_code": [_("This is not a valid unified social credit code.")]})
    try:
        with transaction.atomic():
            organisation = Organisation.objects.create(
                name=name, name_en=name_en, credit_code=code, legal_representative=representative
            )
            append(actor, "register_organisation", "organisation", organisation.pk, {"credit_code": code})
    except IntegrityError:
        raise ConflictError(_("An organisation with this credit code is registered already.")) from None
    return organisation


def delegate(
    actor: Actor, organisation: Organisation, agent: Person, valid_from: date, valid_to: date | None = None
) -> Delegation:
    """Enter that `agent` is of the staff of `organisation`, both having signed it on paper. The operator's act; what
    the two arrange here themselves is offered and accepted (`delegating`).
    """
    require(actor, "maintain", "identity")
    with transaction.atomic():
        delegation = Delegation.objects.create(
            organisation=organisation,
            agent=agent,
            deeds=sorted(Deed),
            valid_from=valid_from,
            valid_to=valid_to,
            accepted_at=timezone.now(),
        )
        content = {"organisation": organisation.pk, "agent": agent.pk, "from": valid_from, "to": valid_to}
        append(actor, "delegate", "delegation", delegation.pk, content)
    return delegation


def appoint(
    actor: Actor,
    person: Person,
    agency: Agency,
    role: Role,
    valid_from: date,
    *,
    title: str = "",
    title_en: str = "",
) -> Post:
    """Give a person a post at an agency.

    Raises:
        ConflictError: the person would hold two of the posts that no human holds together.
    """
    require(actor, "maintain", "identity")
    with duties_separated(), transaction.atomic():
        post = Post.objects.create(
            person=person,
            agency=agency,
            role=role,
            valid_from=valid_from,
            title=title,
            title_en=title_en,
        )
        append(actor, "appoint", "post", post.pk, {"person": person.pk, "agency": agency.pk, "role": role})
    return post


def let_serve_counter(actor: Actor, post: Post, *, serves: bool = True) -> Post:
    """Let a window officer's post take applications in for every agency (综合窗口), or no more.

    Raises:
        InvalidError: the post is no window officer's.
    """
    require(actor, "maintain", "identity")
    if serves and post.role != Role.WINDOW_OFFICER:
        raise InvalidError({"serves_counter": [_("Only a window officer serves the one-window counter.")]})
    with transaction.atomic():
        post.serves_counter = serves
        post.save(update_fields=["serves_counter"])
        append(actor, "let_serve_counter", "post", post.pk, {"serves": serves})
    return post


# --- tokens of the API ----------------------------------------------------------------------------------------------


def issue_token(account: Account, hat: str, now: datetime, *, second_factor: bool = False) -> tuple[str, ApiToken]:
    """A bearer token for the API, bound to one hat; the token itself is returned once and never kept.

    Args:
        account: whose.
        hat: the hat, or empty for the first.
        now: the moment.
        second_factor: whether one was shown; a post needs it.

    Raises:
        NotAllowedError: the account does not hold this hat today, or showed no second factor for it.
    """
    hats = hats_of(account, timezone.localdate(now))
    chosen = next((h for h in hats if h.key == hat), None) if hat else hats[0]
    if chosen is None:
        raise NotAllowedError(_("You do not hold this role today."))
    if chosen.actor.is_officer and not second_factor:
        raise NotAllowedError(_("Officers need a second factor. Set one up: sign in on the page, then come back."))
    token = secrets.token_urlsafe(32)
    with transaction.atomic():
        kept = ApiToken.objects.create(
            digest=token_digest(token), account=account, hat=chosen.key, expires_at=now + TOKEN_LIFETIME
        )
        append(chosen.actor, "issue_token", "token", uuid.uuid5(uuid.NAMESPACE_OID, kept.digest))
    return token, kept


def revoke_token(actor: Actor, token: str, now: datetime) -> None:
    """End a token at once; ending it twice is once."""
    with transaction.atomic():
        digest = token_digest(token)
        mine = ApiToken.objects.filter(Q(account_id=actor.account_id), digest=digest, revoked_at=None)
        if mine.update(revoked_at=now):
            append(actor, "revoke_token", "token", uuid.uuid5(uuid.NAMESPACE_OID, digest))


def token_digest(token: str) -> str:
    """What is kept of a token, and what it is found by."""
    return hashlib.sha256(token.encode()).hexdigest()
