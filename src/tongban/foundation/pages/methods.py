"""Which methods a page answers."""

from collections.abc import Callable
from typing import Concatenate, ParamSpec

from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_safe as _require_safe

P = ParamSpec("P")
View = Callable[Concatenate[HttpRequest, P], HttpResponse]


def require_safe(view: View[P]) -> View[P]:
    """The page is only read: GET and HEAD. Everything else is told 405.

    Django would refuse a POST without its token first, with 403, although no token lets one in here.
    """
    return csrf_exempt(_require_safe(view))
