"""The domain's refusals. Pages and the API translate them; nothing else is shown to a citizen.

Each carries a sentence for the person (`detail`), and, where input was wrong, the fields with what was expected.
"""

from collections.abc import Mapping, Sequence
from http import HTTPStatus

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

Text = str | Promise


class TongbanError(Exception):
    """Base of every refusal the domain raises on purpose."""

    status = HTTPStatus.BAD_REQUEST
    code = "bad-request"
    title: Text = _("The request could not be carried out")

    def __init__(self, detail: Text = "") -> None:
        self.detail = detail or self.title
        super().__init__(str(self.detail))


class NotFoundError(TongbanError):
    status = HTTPStatus.NOT_FOUND
    code = "not-found"
    title = _("Not found")


class SignInNeededError(TongbanError):
    status = HTTPStatus.UNAUTHORIZED
    code = "sign-in-needed"
    title = _("Please sign in first")


class NotAllowedError(TongbanError):
    status = HTTPStatus.FORBIDDEN
    code = "not-allowed"
    title = _("You may not do this")


class StepUpNeededError(NotAllowedError):
    """Who somebody is, is not established surely enough for this; it can be, and then it can be done."""

    code = "step-up-needed"
    title = _("This needs a surer proof of who you are")

    def __init__(self, needed: int, held: int, detail: Text = "") -> None:
        """`needed` and `held` are assurance levels, 1 to 5."""
        self.needed, self.held = needed, held
        super().__init__(detail)


class ConflictError(TongbanError):
    """Somebody was faster, or the object is no longer in a state in which this can be done."""

    status = HTTPStatus.CONFLICT
    code = "conflict"
    title = _("This has changed in the meantime")


class InvalidError(TongbanError):
    """Input that cannot be taken; `fields` maps a field's name to its messages."""

    status = HTTPStatus.UNPROCESSABLE_ENTITY
    code = "invalid"
    title = _("Some answers need attention")

    def __init__(self, fields: Mapping[str, Sequence[Text]], detail: Text = "") -> None:
        self.fields = {name: list(messages) for name, messages in fields.items()}
        super().__init__(detail or "; ".join(str(m) for messages in self.fields.values() for m in messages))


class TooManyError(TongbanError):
    status = HTTPStatus.TOO_MANY_REQUESTS
    code = "too-many"
    title = _("Too many requests; please wait a moment")

    def __init__(self, detail: Text = "", retry_after: int = 60) -> None:
        """`retry_after` is how many seconds to wait."""
        self.retry_after = retry_after
        super().__init__(detail)
