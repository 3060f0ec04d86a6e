"""What holds for every address under `/api/`: problem details for every error, and HEAD wherever GET is."""

from collections.abc import Callable
from http import HTTPStatus

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase

from tongban.foundation.rest.problems import MEDIA_TYPE, kind_of_status, problem, unexpected

PREFIX = "/api/"
_KEPT = ("Allow", "Retry-After", "WWW-Authenticate")

Handler = Callable[[HttpRequest], HttpResponseBase]


class ApiMiddleware:
    """Stands outside of whatever may refuse a request before the API sees it (host, size, form fields)."""

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if not request.path.startswith(PREFIX):
            return self.get_response(request)
        head = request.method == "HEAD"
        if head:
            request.method = "GET"
        response = self.get_response(request)
        if response.status_code >= HTTPStatus.BAD_REQUEST:
            response = self._as_problem(request, response)
        response.headers.setdefault("Cache-Control", "no-store")
        if head and isinstance(response, HttpResponse):
            length = len(response.content)
            response.content = b""
            response.headers["Content-Length"] = str(length)
        return response

    @staticmethod
    def _as_problem(request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        if response.headers.get("Content-Type", "").startswith(MEDIA_TYPE):
            return response
        if response.status_code == HTTPStatus.INTERNAL_SERVER_ERROR:
            return unexpected(request, None)
        headers = {name: response.headers[name] for name in _KEPT if name in response.headers}
        if "Allow" in headers:
            headers["Allow"] = _with_head(headers["Allow"])
        return problem(kind_of_status(response.status_code).code, headers=headers)


def _with_head(allow: str) -> str:
    methods = {method.strip() for method in allow.split(",")}
    return ", ".join(sorted(methods | ({"HEAD"} if "GET" in methods else set())))
