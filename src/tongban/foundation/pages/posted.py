"""What every page that acts on something posts beside its own fields."""

from django.http import HttpRequest
from django.utils.translation import gettext as _

from tongban.foundation.errors import InvalidError


def revision_of(request: HttpRequest) -> int:
    """The revision that the page showed, from its hidden field `revision`.

    Raises:
        InvalidError: the field is missing or no number. Taking the present revision instead would let somebody act on
            what they have not seen.
    """
    text = request.POST.get("revision", "")
    if not (text.isascii() and text.isdecimal()):
        raise InvalidError({"revision": [_("The page was not complete. Open it again.")]})
    return int(text)
