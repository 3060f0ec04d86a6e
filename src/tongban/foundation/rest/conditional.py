"""ETags: an answer that has not changed is not sent again (RFC 9110, section 13)."""

import hashlib

from django.http import HttpRequest, HttpResponse
from django.utils.cache import patch_vary_headers
from django.utils.http import parse_etags


def conditional(request: HttpRequest, body: bytes) -> HttpResponse:
    """The JSON body with its ETag, or 304 where the client holds it already."""
    tag = f'"{hashlib.sha256(body).hexdigest()[:32]}"'
    held = parse_etags(request.headers.get("If-None-Match", ""))
    # RFC 9110, 13.1.2: If-None-Match compares weakly.
    unchanged = "*" in held or tag in {one.removeprefix("W/") for one in held}
    response = HttpResponse(status=304) if unchanged else HttpResponse(body, content_type="application/json")
    response.headers["ETag"] = tag
    response.headers["Cache-Control"] = "no-cache"
    patch_vary_headers(response, ("Accept-Language", "Cookie"))
    return response
