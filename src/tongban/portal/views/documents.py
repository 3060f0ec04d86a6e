"""Written acts of a case, and the files handed in with it."""

import uuid
from urllib.parse import quote

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render, resolve_url
from django.utils.translation import get_language
from django.views.decorators.cache import never_cache

from tongban.cases.pdf import render as render_pdf
from tongban.cases.queries import document_view, material_file
from tongban.foundation.pages.methods import require_safe
from tongban.identity.middleware import actor_of

# What a downloaded file may do where a browser shows it after all: nothing.
_SANDBOX = "sandbox; default-src 'none'"


@never_cache
@require_safe
def page(request: HttpRequest, document_id: uuid.UUID) -> HttpResponse:
    """A written act, laid out as agencies lay it out."""
    actor = actor_of(request)
    document = document_view(actor, document_id)
    # Back to where the reader works on it.
    case_page = "workbench:case" if actor.is_officer else "portal:case"
    context = {"document": document, "case_url": resolve_url(case_page, case_id=document.case_id)}
    return render(request, "portal/document.html", context)


@never_cache
@require_safe
def pdf(request: HttpRequest, document_id: uuid.UUID) -> HttpResponse:
    """The same as PDF."""
    document = document_view(actor_of(request), document_id)
    language = "en" if (get_language() or "").startswith("en") else "zh"
    data = render_pdf(document.text, language, document.issued_at)
    return _download(data, "application/pdf", f"{document.number}.pdf")


@never_cache
@require_safe
def material(request: HttpRequest, material_id: int) -> HttpResponse:
    """A file handed in with a case; always saved, never shown inside our pages."""
    found = material_file(actor_of(request), material_id)
    return _download(found.data, found.media_type, found.name)


def _download(data: bytes, media_type: str, name: str) -> HttpResponse:
    response = HttpResponse(data, content_type=media_type)
    plain = "".join(c if c.isascii() and (c.isalnum() or c in "._-") else "_" for c in name)
    response["Content-Disposition"] = f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(name)}"
    response["Content-Security-Policy"] = _SANDBOX
    response["X-Content-Type-Options"] = "nosniff"
    return response
