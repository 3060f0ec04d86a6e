"""The document and the pages about the API, drawn on the server in the kit: no script, no CDN."""

import hashlib
from functools import cache

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render, resolve_url
from django.utils.cache import patch_vary_headers
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt

from tongban.api.document import text
from tongban.api.reading import chapters
from tongban.foundation.pages.methods import require_safe
from tongban.foundation.rest.problems import KINDS, problem


@require_safe
def openapi(request: HttpRequest) -> HttpResponse:
    """The OpenAPI 3.1 document."""
    body, tag = _document()
    if request.headers.get("If-None-Match") == tag:
        return HttpResponse(status=304, headers={"ETag": tag})
    headers = {"ETag": tag, "Cache-Control": "no-cache", "Access-Control-Allow-Origin": "*"}
    return HttpResponse(body, content_type="application/json", headers=headers)


@cache
def _document() -> tuple[bytes, str]:
    body = text().encode()
    return body, f'"{hashlib.sha256(body).hexdigest()[:32]}"'


@require_safe
def docs(request: HttpRequest) -> HttpResponse:
    """What the API can do, for people: its operations by subject."""
    response = render(request, "api/docs.html", {"chapters": chapters(), "problems": KINDS.values()})
    patch_vary_headers(response, ("Accept-Language", "Cookie"))
    return response


@require_safe
def chapter(request: HttpRequest, slug: str) -> HttpResponse:
    """Every operation on one subject, in full."""
    found = next((each for each in chapters() if each.slug == slug), None)
    if found is None:
        raise Http404
    context = {"chapter": found, "trail": [(_("API for developers"), resolve_url("api:docs"))]}
    response = render(request, "api/chapter.html", context)
    patch_vary_headers(response, ("Accept-Language", "Cookie"))
    return response


@require_safe
def problem_page(request: HttpRequest, code: str) -> HttpResponse:
    """What a problem's type means and what to do about it."""
    if code not in KINDS:
        raise Http404
    return render(request, "api/problem.html", {"kind": KINDS[code]})


@csrf_exempt
def unknown(_request: HttpRequest) -> HttpResponse:
    """Whatever else is asked for under /api/."""
    return problem("not-found")
