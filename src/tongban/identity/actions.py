"""Every write about identities: registering people and organisations, delegating, appointing, signing in."""

import hashlib
import secrets
import uuid
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cache

from django.contrib.auth.hashers import check_password, make_password
from django.db import IntegrityError, transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _
from stdnum.cn import uscc

from tongban.foundation.errors import ConflictError, InvalidError, NotAllowedError, TooManyError
from tongban.foundation.forms.formats import is_id_number
from tongban.foundation.ledger import append
from tongban.foundation.sealing import blind_index
from tongban.government.models import Agency
from tongban.identity.actor import Actor, hats_of
from tongban.identity.authority import require
from tongban.identity.models import (
    Account,
    ApiToken,
    AssuranceLevel,
    Delegation,
    Organisation,
    Person,
    Post,
    Role,
    SignInFailure,
)

FAILURES_WINDOW = timedelta(minutes=15)
MAX_FAILURES_OF_A_NAME = 10
MAX_FAILURES_OF_AN_ADDRESS = 60
TOKEN_LIFETIME = timedelta(hours=12)
MIN_PASSWORD_LENGTH = 10


@dataclass(frozen=True)
class Identity:
    """What is known of a natural person when they are registered."""

    name: str
    id_number: str = ""
    phone: str = ""
    address: str = ""
    assurance_level: int = AssuranceLevel.DECLARED


def open_account(actor: Actor, username: str, password: str | None, *, may_maintain: bool = False) -> Account:
    """An account to sign in with; without a password nobody signs in with it until it gets one.

    `may_maintain` opens the maintenance pages of reference data.
    """
    require(actor, "maintain", "identity")
    if password is not None and len(password) < MIN_PASSWORD_LENGTH:
        message = _("Use at least %(least)d characters.") % {"least": MIN_PASSWORD_LENGTH}
        raise InvalidError({"password": [message]})
    try:
        with transaction.atomic():
            account = Account.objects.create_user(username, password, is_staff=may_maintain)
            account.is_superuser = may_maintain
            account.save(update_fields=["is_superuser"])
            append(actor, "open_account", "account", account.pk, {"username": username})
    except IntegrityError:
        raise ConflictError(_("This user name is taken.")) from None
    return account


def register_person(actor: Actor, identity: Identity, account: Account | None = None) -> Person:
    """A natural person. The identity number is checked (GB 11643), sealed, and found again by its blind index only."""
    require(actor, "maintain", "identity")
    number = identity.id_number.strip().upper()
    if number and not is_id_number(number):
        raise InvalidError({"id_number": [_("This is not a valid identity number; check it digit by digit.")]})
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
            )
            append(actor, "register_person", "person", person.pk, {"name": identity.name, "id_number": number})
    except IntegrityError:
        raise ConflictError(_("A person with this identity number is registered already.")) from None
    return person


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
    """Let `agent` act for `organisation`. Its legal representative may, and the platform's operator."""
    is_representative = actor.person_id == organisation.legal_representative_id
    if not is_representative:
        require(actor, "maintain", "identity")
    with transaction.atomic():
        delegation = Delegation.objects.create(
            organisation=organisation, agent=agent, valid_from=valid_from, valid_to=valid_to
        )
        content = {"organisation": organisation.pk, "agent": agent.pk, "from": valid_from, "to": valid_to}
        append(actor, "delegate", "delegation", delegation.pk, content)
    return delegation


def revoke_delegation(actor: Actor, delegation: Delegation, now: datetime) -> Delegation:
    """End a delegation at once; ending it twice is once."""
    if actor.person_id not in {delegation.organisation.legal_representative_id, delegation.agent_id}:
        require(actor, "maintain", "identity")
    with transaction.atomic():
        changed = Delegation.objects.filter(pk=delegation.pk, revoked_at=None).update(revoked_at=now)
        if changed:
            append(actor, "revoke_delegation", "delegation", delegation.pk)
    delegation.refresh_from_db()
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
    """Give a person a post at an agency."""
    require(actor, "maintain", "identity")
    with transaction.atomic():
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


# --- signing in -----------------------------------------------------------------------------------------------------


@cache
def _nobodys_password() -> str:
    """Checked when no such account exists, so that the answer takes as long as for a wrong password."""
    return make_password(secrets.token_hex(8))


def verify_password(username: str, password: str, address: str, now: datetime) -> Account:
    """The active account with this name and password.

    Args:
        username: as typed.
        password: as typed.
        address: where the attempt comes from; it is kept as a keyed digest for some minutes only.
        now: the moment.

    Raises:
        TooManyError: too many failures of this name or from this address in the last quarter of an hour.
        InvalidError: the two do not belong together (which of them is wrong is not said).
    """
    name_index = blind_index(username, "sign_in.username")
    address_index = blind_index(address, "sign_in.address")
    since = now - FAILURES_WINDOW
    recent = SignInFailure.objects.filter(at__gt=since)
    of_name = recent.filter(username_index=name_index).count()
    of_address = recent.filter(address_index=address_index).count()
    if of_name >= MAX_FAILURES_OF_A_NAME or of_address >= MAX_FAILURES_OF_AN_ADDRESS:
        wait = int(FAILURES_WINDOW.total_seconds())
        raise TooManyError(_("Too many failed attempts. Please wait a quarter of an hour."), wait)
    account = Account.objects.filter(username=username, is_active=True).first()
    if check_password(password, account.password if account else _nobodys_password()) and account:
        return account
    SignInFailure.objects.create(username_index=name_index, address_index=address_index, at=now)
    SignInFailure.objects.filter(at__lt=since).delete()
    raise InvalidError({"password": [_("User name and password do not belong together.")]})


def issue_token(account: Account, hat: str, now: datetime) -> tuple[str, ApiToken]:
    """A bearer token for the API, bound to one hat; the token itself is returned once and never kept.

    Raises:
        NotAllowedError: the account does not hold this hat today.
    """
    hats = hats_of(account, timezone.localdate(now))
    chosen = next((h for h in hats if h.key == hat), None) if hat else hats[0]
    if chosen is None:
        raise NotAllowedError(_("You do not hold this role today."))
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
