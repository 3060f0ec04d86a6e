"""Trusting other governments' providers, and whom somebody is here whom one of them vouches for.

Accounts are linked by the identity number that the other platform verified, never by an address or a phone number:
these change hands.
"""

import secrets
from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _

from tongban.foundation.errors import InvalidError, NotAllowedError
from tongban.foundation.forms.formats import is_id_number
from tongban.foundation.ledger import append
from tongban.foundation.sealing import blind_index
from tongban.government.models import Platform
from tongban.identity.actions import Identity, open_account, register_person
from tongban.identity.actor import Actor, platform_process
from tongban.identity.models import Account, AssuranceLevel, Person
from tongban.identity.provider.federation import ForeignClaims
from tongban.identity.provider.models import ForeignIdentity, TrustedProvider
from tongban.identity.provider.rules import HIGHEST, LOWEST, address_fault

# Below it a number was only said, not checked: nobody is recognised by that.
LEAST_TO_LINK = AssuranceLevel.CHECKED


@dataclass(frozen=True)
class Trust:
    """How we know another provider, and how far we believe it."""

    issuer: str
    client_id: str
    client_secret: str
    highest_level: int


def trust_provider(actor: Actor, platform: Platform, trust: Trust, now: datetime) -> TrustedProvider:
    """Take the sign-in of another platform, up to a level; said again, it changes what was said.

    Raises:
        InvalidError: by field.
    """
    actor.require("maintain", "trusted_provider")
    wrong: dict[str, list[str]] = {}
    issuer = trust.issuer.rstrip("/")
    if platform.run_by_us:
        wrong["platform"] = [_("This platform is our own.")]
    if address_fault(issuer, loopback=settings.OIDC_LOOPBACK):
        wrong["issuer"] = [_("The issuer is an address that begins with https://.")]
    if not LOWEST <= trust.highest_level <= HIGHEST:
        wrong["highest_level"] = [_("Choose a level.")]
    if wrong:
        raise InvalidError(wrong)
    with transaction.atomic():
        known, _made = TrustedProvider.objects.update_or_create(
            platform=platform,
            defaults={
                "issuer": issuer,
                "client_id": trust.client_id,
                "client_secret": trust.client_secret,
                "highest_level": trust.highest_level,
                "trusted_since": now,
                "ended_at": None,
            },
        )
        content = {"issuer": issuer, "highest_level": trust.highest_level}
        append(actor, "trust_provider", "platform", platform.pk, content)
    return known


def end_trust(actor: Actor, provider: TrustedProvider, now: datetime) -> None:
    """Take no sign-in of the platform any more; ending it twice is once."""
    actor.require("maintain", "trusted_provider")
    with transaction.atomic():
        if TrustedProvider.objects.filter(pk=provider.pk, ended_at=None).update(ended_at=now):
            append(actor, "end_trust", "platform", provider.platform_id)


def sign_in_from(provider: TrustedProvider, claims: ForeignClaims, now: datetime) -> tuple[Account, int]:
    """(the account of whom the other platform vouches for, the level that is believed).

    Whoever came from there before is known by the platform's identifier. Others are recognised by their verified
    identity number; somebody nobody has seen here is registered.

    Raises:
        NotAllowedError: the platform is trusted no more, does not say a verified number, or names another person.
    """
    if provider.ended_at is not None:
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
