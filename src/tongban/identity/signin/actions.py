"""Writes about an account's own sign-in. Enrolling and removing authenticators is allauth's; `receivers` records it."""

from datetime import datetime

from allauth.account.adapter import get_adapter
from allauth.mfa.models import Authenticator
from allauth.usersessions.adapter import get_adapter as get_sessions_adapter
from allauth.usersessions.models import UserSession
from django.db import IntegrityError, transaction
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext as _

from tongban.foundation.errors import ConflictError, InvalidError, NotFoundError, SignInNeededError
from tongban.foundation.ledger import append
from tongban.identity.actions import issue_token
from tongban.identity.actor import Actor
from tongban.identity.authority import require
from tongban.identity.models import Account, ApiToken
from tongban.identity.signin import second_factor
from tongban.identity.signin.accounts import account_named, contact_index
from tongban.identity.signin.announcing import changed
from tongban.identity.signin.forms import AuthenticateForm
from tongban.identity.signin.rules import Contact


class SecondFactorNeededError(InvalidError):
    """The password is right; a code is missing, or not right."""


def set_contact(actor: Actor, contact: Contact) -> None:
    """Have the actor's own account take codes at a contact, from which a code has come back.

    Raises:
        SignInNeededError: nobody is signed in.
        ConflictError: another account has it. Only who has the phone in hand, or reads the mail, gets to know.
    """
    if actor.account_id is None:
        raise SignInNeededError
    try:
        with transaction.atomic():
            account = Account.objects.select_for_update().get(pk=actor.account_id)
            account.take_contact(contact.kind, contact.value, contact_index(contact))
            append(actor, "set_contact", "account", account.pk, {"kind": contact.kind}, changed("contact"))
    except IntegrityError:
        raise ConflictError(_("Another account uses this already. Remove it there, or ask at a window.")) from None


def name_passkey(actor: Actor, passkey: Authenticator, name: str) -> None:
    """Call a passkey of the actor's own account by another name.

    Raises:
        NotFoundError: it is no passkey of theirs.
    """
    with transaction.atomic():
        mine = Authenticator.objects.select_for_update().filter(
            pk=passkey.pk, user_id=actor.account_id, type=Authenticator.Type.WEBAUTHN
        )
        held = mine.first()
        if held is None:
            raise NotFoundError
        wrapped = held.wrap()
        wrapped.name = name
        held.save(update_fields=["data"])
        append(actor, "name_passkey", "account", actor.account_id)


def release_second_factor(actor: Actor, username: str) -> int:
    """Remove every authenticator of an account whose holder has lost them and has shown who they are; how many.

    They are signed out everywhere, and set another one up at the next sign-in.

    Raises:
        NotFoundError: no account has this name.
    """
    require(actor, "maintain", "identity")
    account = Account.objects.filter(username=username).first()
    if account is None:
        raise NotFoundError(_("No account has this user name."))
    with transaction.atomic():
        removed: int = Authenticator.objects.filter(user=account).delete()[0]
        ApiToken.objects.filter(account=account, revoked_at=None).update(revoked_at=timezone.now())
        append(actor, "release_second_factor", "account", account.pk, {"removed": removed}, changed("released"))
    get_sessions_adapter().end_sessions(UserSession.objects.filter(user=account))
    return removed


def sign_in_for_token(request: HttpRequest, username: str, password: str, hat: str, code: str) -> tuple[str, ApiToken]:
    """A token of the API for who shows a password, and a second factor where the account has one or the hat needs it.

    Raises:
        TooManyError: too many failures of this account or from this address.
        InvalidError: name and password do not belong together (which of them is wrong is not said).
        SecondFactorNeededError: the code is missing or wrong.
        NotAllowedError: the account does not hold this hat today, or has no second factor and the hat needs one.
    """
    now: datetime = timezone.now()
    meant = account_named(username)
    found = get_adapter().authenticate(request, username=meant.username if meant else username, password=password)
    if not isinstance(found, Account):
        raise InvalidError({"password": [get_adapter().error_messages["username_password_mismatch"]]})
    shown = False
    if second_factor.is_enrolled(found):
        form = AuthenticateForm(user=found, data={"code": code})
        if not code or not form.is_valid():
            message = _("Send `code` too: what your authenticator app shows now, or a recovery code not used before.")
            raise SecondFactorNeededError({"code": [message]})
        shown = True
    return issue_token(found, hat, now, second_factor=shown)
