"""Finding the account somebody means, without telling by answer or time whether there is one."""

from django.db.models import Q

from tongban.foundation.sealing import blind_index
from tongban.identity.models import Account
from tongban.identity.signin.rules import Contact, contact_of


def contact_index(contact: Contact) -> str:
    """What a phone number or e-mail address of an account is found by."""
    return blind_index(contact.value, f"account.{contact.kind}")


def account_with(contact: Contact) -> Account | None:
    """The active account that takes codes at this contact."""
    return Account.objects.filter(**{f"{contact.kind}_index": contact_index(contact)}, is_active=True).first()


def account_named(typed: str) -> Account | None:
    """The account with this user name, mobile number or e-mail address: one look-up, whichever it is."""
    named = Q(username=typed)
    contact = contact_of(typed)
    if contact:
        named |= Q(**{f"{contact.kind}_index": contact_index(contact)})
    # A user name that is written like somebody's number is the user name's.
    found = sorted(Account.objects.filter(named)[:2], key=lambda account: account.username != typed)
    return found[0] if found else None
