"""Trusting other governments' providers, and whom somebody is here whom one of them vouches for.

Accounts are linked by the identity number that the other platform verified, never by an address or a phone number:
these change hands.
"""

import secrets
import uuid
from dataclasses import dataclass, replace
from datetime import datetime

from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from tongban.foundation.errors import ConflictError, InvalidError, NotAllowedError, NotFoundError
from tongban.foundation.forms.formats import is_id_number
from tongban.foundation.ledger import append
from tongban.foundation.sealing import blind_index
from tongban.government.models import Platform
from tongban.identity.actions import Identity, open_account, register_person
from tongban.identity.actor import Actor, platform_process
from tongban.identity.models import Account, AssuranceLevel, Person
from tongban.identity.provider.federation import ForeignClaims
from tongban.identity.provider.models import MAX_URI, ForeignIdentity, TrustedProvider
from tongban.identity.provider.rules import HIGHEST, LOWEST, address_fault

# Below it a number was only said, not checked: nobody is recognised by that.
LEAST_TO_LINK = AssuranceLevel.CHECKED
MAX_REASON = 500
MAX_CLIENT_ID = 200


@dataclass(frozen=True)
class Trust:
    """How we know another provider, and how far we believe it."""

    issuer: str
    client_id: str
    client_secret: str
    highest_level: int


def trust_provider(
    actor: Actor, platform: Platform | None, trust: Trust, now: datetime, reason: str = ""
) -> TrustedProvider:
    """Enter that the sign-in of another platform is taken, up to a level; said again, it changes what was said.

    An officer says why, and it waits for its confirmation (`confirm_trust`): what was confirmed is what is taken. What
    the operator enters by command is taken at once.

    Args:
        actor: an administrator, or the operator.
        platform: whose sign-in; None, where none was chosen, is refused with whatever else is wrong.
        trust: how we know it; an empty secret leaves the one that is kept.
        now: the moment.
        reason: 1 to 500 characters.

    Raises:
        InvalidError: by field.
    """
    actor.require("maintain", "trusted_provider")
    issuer, reason = trust.issuer.rstrip("/"), reason.strip()
    with transaction.atomic():
        known = TrustedProvider.objects.select_for_update().filter(platform=platform).first()
        secret = trust.client_secret or (known.client_secret if known else "")
        wrong = _wrong(platform, replace(trust, issuer=issuer, client_secret=secret))
        if not actor.process and not 0 < len(reason) <= MAX_REASON:
            wrong["reason"] = [_("Say why, in at most %(most)d characters.") % {"most": MAX_REASON}]
        if wrong or platform is None:
            raise InvalidError(wrong)
        provider = known or TrustedProvider(platform=platform)
        provider.issuer, provider.client_id, provider.client_secret = issuer, trust.client_id, secret
        provider.highest_level, provider.reason = trust.highest_level, reason
        provider.trusted_since, provider.ended_at = now, None
        provider.stated_by_id = actor.account_id
        provider.confirmed_at, provider.confirmed_by_id = (now if actor.process else None), None
        try:
            with transaction.atomic():
                provider.save()
        except IntegrityError:
            raise InvalidError({"issuer": [_("Another platform is known by this issuer.")]}) from None
        content = {"issuer": issuer, "highest_level": trust.highest_level, "reason": reason}
        append(actor, "trust_provider", "platform", platform.pk, content)
    return provider


def _wrong(platform: Platform | None, trust: Trust) -> dict[str, list[str]]:
    wrong: dict[str, list[str]] = {}
    if platform is None:
        wrong["platform"] = [_("Choose the platform whose sign-in is to be taken.")]
    elif platform.run_by_us:
        wrong["platform"] = [_("This platform is our own.")]
    if len(trust.issuer) > MAX_URI or address_fault(trust.issuer, loopback=settings.OIDC_LOOPBACK):
        wrong["issuer"] = [_("The issuer is an address that begins with https://.")]
    if not 0 < len(trust.client_id) <= MAX_CLIENT_ID:
        wrong["client_id"] = [_("Enter the name under which that platform knows this one.")]
    if not trust.client_secret:
        wrong["client_secret"] = [_("Enter the secret that platform gave this one.")]
    if not LOWEST <= trust.highest_level <= HIGHEST:
        wrong["highest_level"] = [_("Choose a level.")]
    return wrong


def confirm_trust(actor: Actor, provider_id: uuid.UUID, now: datetime) -> TrustedProvider:
    """Confirm what an administrator entered: from now on the platform's sign-in is taken.

    Raises:
        NotAllowedError: no security officer, or who entered it themselves.
        ConflictError: it does not wait for a confirmation.
    """
    actor.require("confirm", "trusted_provider")
    with transaction.atomic():
        provider = _locked(provider_id)
        if provider.stated_by_id is not None and provider.stated_by_id == actor.account_id:
            raise NotAllowedError(_("Somebody else than who entered it confirms it."))
        if provider.state != TrustedProvider.State.WAITING:
            raise ConflictError(_("This does not wait for a confirmation."))
        provider.confirmed_at, provider.confirmed_by_id = now, actor.account_id
        provider.save(update_fields=["confirmed_at", "confirmed_by"])
        content = {"issuer": provider.issuer, "highest_level": provider.highest_level}
        append(actor, "confirm_trust", "platform", provider.platform_id, content)
    return provider


def end_trust(actor: Actor, provider_id: uuid.UUID, now: datetime, reason: str = "") -> None:
    """Take no sign-in of the platform any more, at once; ending it twice is once. An officer says why.

    Raises:
        InvalidError: under `reason`.
    """
    actor.require("end", "trusted_provider")
    reason = reason.strip()
    if not actor.process and not 0 < len(reason) <= MAX_REASON:
        raise InvalidError({"reason": [_("Say why, in at most %(most)d characters.") % {"most": MAX_REASON}]})
    with transaction.atomic():
        provider = _locked(provider_id)
        if provider.ended_at is None:
            provider.ended_at, provider.reason = now, reason
            provider.save(update_fields=["ended_at", "reason"])
            append(actor, "end_trust", "platform", provider.platform_id, {"reason": reason})


def _locked(provider_id: uuid.UUID) -> TrustedProvider:
    found = TrustedProvider.objects.select_for_update().filter(pk=provider_id).first()
    if found is None:
        raise NotFoundError
    return found


def sign_in_from(provider: TrustedProvider, claims: ForeignClaims, now: datetime) -> tuple[Account, int]:
    """(the account of whom the other platform vouches for, the level that is believed).

    Whoever came from there before is known by the platform's identifier. Others are recognised by their verified
    identity number; somebody nobody has seen here is registered.

    Raises:
        NotAllowedError: the platform is trusted no more, does not say a verified number, or names another person.
    """
    if provider.state != TrustedProvider.State.TAKEN:
        raise NotAllowedError(_("We take no sign-in from this platform."))
    level = min(claims.level, provider.highest_level)
    actor = platform_process("federation")
    index = blind_index(f"{provider.pk}|{claims.subject}", "foreign_identity.subject")
    with transaction.atomic():
        known = ForeignIdentity.objects.select_for_update().filter(provider=provider, subject_index=index).first()
        person = known.person if known else _recognise(provider, claims, level)
        account = _account_of(person, provider, actor)
        if not account.is_active:
            raise NotAllowedError(_("This account is closed."))
        if known is None:
            ForeignIdentity.objects.create(provider=provider, subject_index=index, person=person, linked_at=now)
            append(actor, "link_identity", "person", person.pk, {"platform": provider.platform_id})
        append(actor, "sign_in_from", "person", person.pk, {"platform": provider.platform_id, "level": level})
    return account, level


def _recognise(provider: TrustedProvider, claims: ForeignClaims, level: int) -> Person:
    if level < LEAST_TO_LINK or not is_id_number(claims.id_number):
        raise NotAllowedError(
            _("%(platform)s has not verified your identity number. Verify it there, or sign in with an account here.")
            % {"platform": provider.platform.label}
        )
    index = blind_index(claims.id_number, "person.id_number")
    found = Person.objects.select_for_update().filter(id_number_index=index).first()
    if found is None:
        identity = Identity(claims.name, claims.id_number, assurance_level=level)
        return register_person(platform_process("federation"), identity)
    if found.name != claims.name:
        # One number under two names: somebody looks at it, no machine decides.
        raise NotAllowedError(_("Your name there and here differ. Any service window puts it right."))
    return found


def _account_of(person: Person, provider: TrustedProvider, actor: Actor) -> Account:
    if person.account is None:
        name = f"{provider.platform.code}-{secrets.token_hex(6)}"
        person.account = open_account(actor, name, None)
        person.save(update_fields=["account"])
    return person.account
