"""A new phone number or e-mail address of one's account: it is taken once a code that was sent there has come back."""

from typing import Any

from allauth.account.internal.flows.code_verification import AbstractCodeVerificationProcess
from django.conf import settings
from django.http import HttpRequest
from django.utils.crypto import get_random_string

from tongban.identity.models import Account
from tongban.identity.signin.adapter import CODE_DIGITS, send_code
from tongban.identity.signin.rules import Contact

_SESSION_KEY = "sign_in.new_contact"


class ContactVerification(AbstractCodeVerificationProcess):  # type: ignore[misc] # untyped
    """What waits in the (sealed) session between the two pages."""

    def __init__(self, request: HttpRequest, state: dict[str, Any], user: Account | None = None) -> None:
        self._request = request
        super().__init__(
            max_attempts=settings.ACCOUNT_LOGIN_BY_CODE_MAX_ATTEMPTS,
            timeout=settings.ACCOUNT_LOGIN_BY_CODE_TIMEOUT,
            state=state,
            user=user,
        )

    @classmethod
    def begin(cls, request: HttpRequest, account: Account, contact: Contact, then: str = "") -> "ContactVerification":
        """Send a code to the contact; `then` is the page of this site to go on to."""
        process = cls(request, cls.initial_state(account, **{contact.kind: contact.value}) | {"next": then}, account)
        process.send()
        process.persist()
        return process

    @classmethod
    def pending(cls, request: HttpRequest) -> "ContactVerification | None":
        """What this session waits for, unless it has waited too long."""
        state = request.session.get(_SESSION_KEY)
        found: ContactVerification | None = cls(request, state).abort_if_invalid() if state else None
        return found

    @property
    def contact(self) -> Contact:
        phone = self.state.get("phone")
        return Contact("phone", phone) if phone else Contact("email", self.state["email"])

    @property
    def next(self) -> str:
        return str(self.state.get("next", ""))

    def send(self) -> None:
        self.state["code"] = get_random_string(CODE_DIGITS, "0123456789")
        send_code(self.contact.value, self.state["code"])

    def persist(self) -> None:
        self._request.session[_SESSION_KEY] = self.state

    def abort(self) -> None:
        self._request.session.pop(_SESSION_KEY, None)
