"""What the pages of regions and figures share: the day asked for, links, downloads, states as tags."""

from datetime import date
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from tongban.foundation.errors import InvalidError


def day_asked(request: HttpRequest) -> date:
    """`as_of` of the query, or today.

    Raises:
        InvalidError: that is no date.
    """
    given = request.GET.get("as_of", "").strip()
    if not given:
        return timezone.localdate()
    try:
        return date.fromisoformat(given)
    except ValueError:
        raise InvalidError({"as_of": [_("“%s” is not a date; write it like 2019-12-31.") % given[:40]]}) from None


def link(text: object, url_name: str, *args: object, hidden: str = "", **query: object) -> SafeString:
    """A link to a page of the portal; empty values are left out of the query, `hidden` is for screen readers."""
    asked = urlencode({name: value for name, value in query.items() if value not in {None, "", False}})
    address = reverse(f"portal:{url_name}", args=args) + (f"?{asked}" if asked else "")
    if not hidden:
        return format_html('<a href="{}">{}</a>', address, text)
    return format_html('<a href="{}">{}<span class="visually-hidden"> {}</span></a>', address, text, hidden)


def wants_csv(request: HttpRequest) -> bool:
    return request.GET.get("format") == "csv"


def csv_answer(text: str, name: str) -> HttpResponse:
    """A CSV download; the byte order mark lets spreadsheets read Chinese."""
    answer = HttpResponse("\ufeff" + text, content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="{name}.csv"'
    return answer


def csv_address(request: HttpRequest) -> str:
    """This page's figures as CSV, with the same filters."""
    query = request.GET.copy()
    query["format"] = "csv"
    query.pop("page", None)
    return f"?{query.urlencode()}"
