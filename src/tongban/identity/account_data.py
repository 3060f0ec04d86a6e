"""What `identity` holds beside who somebody is: the account's sign-ins, verifications, and who looked."""

import uuid
from collections.abc import Mapping
from typing import Any

from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.utils import timezone
from django.utils.translation import gettext as _

from tongban.identity.access_records import DataReading
from tongban.identity.assurance.actions import book_levels
from tongban.identity.assurance.models import CounterRequest, Verification, VerificationFailure
from tongban.identity.emergency import EmergencyAccess
from tongban.identity.holdings import Kept, moves
from tongban.identity.models import Person
from tongban.identity.provider.models import ApplicationSignIn, Consent, ForeignIdentity

COVERS = frozenset(
    {
        "account.EmailAddress.user",  # allauth's, empty: addresses are the account's own; ends with it
        "identity.Application.registered_by",  # an officer's act
        "identity.Application.reviewed_by",
        "identity.ApplicationSignIn.account",
        "identity.Consent.account",
        "identity.CounterRequest.person",
        "identity.DataReading.person",
        "identity.EmergencyAccess.person",
        "identity.ForeignIdentity.person",
        "identity.Verification.person",
        "identity.VerificationFailure.person",  # of minutes
        "identity.TrustedProvider.confirmed_by",  # an officer's act
        "identity.TrustedProvider.stated_by",
        "mfa.Authenticator.user",
        "usersessions.UserSession.user",
    }
)


def copy_account(person: Person) -> Mapping[str, Any]:
    """What belongs to signing in; of secrets, that there are some."""
    account = person.account_id
    consents = Consent.objects.filter(account=account)
    sign_ins = ApplicationSignIn.objects.filter(account=account)
    return {
        "contacts": person.account and {"phone": person.account.phone, "email": person.account.email},
        "sessions": list(
            UserSession.objects.filter(user=account).values("ip", "user_agent", "created_at", "last_seen_at")
        ),
        "authenticators": list(Authenticator.objects.filter(user=account).values("type", "created_at", "last_used_at")),
        "consents": list(consents.values("application__name", "hat", "scopes", "given_at", "withdrawn_at")),
        "sign_ins_to_applications": list(sign_ins.values("application__name", "hat", "at", "ended_at")),
    }


def copy_records(person_id: uuid.UUID) -> Mapping[str, Any]:
    """How it was established who they are, and who read their data. What was read for an organisation is its own."""
    told = EmergencyAccess.objects.filter(person=person_id, organisation=None, told_at__isnull=False)
    return {
        "verifications": list(
            Verification.objects.filter(person=person_id).values(
                "source", "level", "evidence", "made_at", "valid_until", "revoked_at"
            )
        ),
        "announced_visits": list(
            CounterRequest.objects.filter(person=person_id).values("code", "level", "made_at", "valid_until")
        ),
        "at_other_platforms": list(
            ForeignIdentity.objects.filter(person=person_id).values("provider__platform__name", "linked_at")
        ),
        "readings": list(
            DataReading.objects.filter(person=person_id, organisation=None).values(
                "agency__name", "first_at", "kind", "purpose", "fields", "asked", "reason"
            )
        ),
        # Those that the person is still to be told of are told by their own message first.
        "emergency_accesses": list(told.values("region__name", "reason", "opened_at", "ends_at", "finding")),
    }


def move_records(kept: uuid.UUID, merged: uuid.UUID) -> Mapping[str, list[str]]:
    """Verifications go with the level each was registered with: the one person's level follows from all of them."""
    if Verification.objects.filter(person__in=(kept, merged)).exists():
        book_levels((kept, merged), timezone.now())
    tables = (CounterRequest, DataReading, EmergencyAccess, ForeignIdentity, Verification, VerificationFailure)
    return moves(kept, merged, *((table, "person") for table in tables))


def erase_records(person_id: uuid.UUID) -> tuple[dict[str, int], list[Kept]]:
    """Erase what no duty keeps; sign-ins and contacts end with the account (`entering.close_account`)."""
    VerificationFailure.objects.filter(person=person_id).delete()
    erased = {
        "announced_visits": CounterRequest.objects.filter(person=person_id).delete()[0],
        "at_other_platforms": ForeignIdentity.objects.filter(person=person_id).delete()[0],
    }
    verifications = Verification.objects.filter(person=person_id).count()
    looked = DataReading.objects.filter(person=person_id).count()
    looked += EmergencyAccess.objects.filter(person=person_id).count()
    kept = []
    if verifications:
        why = _("The cases and the record of acts must say whose they are (Archives Law; Licensing Law, art 61).")
        kept.append(Kept(_("verifications of your identity"), verifications, why))
    if looked:
        why = _("It must stay provable that only those read who may, until the retention rules end it.")
        kept.append(Kept(_("records of who read your data"), looked, why))
    return {name: count for name, count in erased.items() if count}, kept
