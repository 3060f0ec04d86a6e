"""Declaring an operation of the API: its address, who may call it, what decides about that, and what it answers."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from functools import wraps
from http import HTTPStatus
from typing import Any, TypeVar, cast

from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.utils.translation import gettext as _
from ninja import Router
from ninja.decorators import decorate_view
from ninja.utils import check_csrf
from pydantic import BaseModel

from tongban.foundation import content
from tongban.foundation.errors import NotAllowedError
from tongban.foundation.ledger import LedgerActor
from tongban.foundation.rest.idempotency import HEADER, once
from tongban.foundation.rest.problems import database_away, problem

_MEGABYTE = 1024 * 1024
MAX_JSON_BYTES = _MEGABYTE
# Room for the parts' own headers beside the file.
MAX_UPLOAD_BYTES = content.MAX_BYTES + 64 * 1024
_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})

View = TypeVar("View", bound=Callable[..., Any])
Place = Callable[[str], dict[str, str]]


class Access(StrEnum):
    """Who may call an operation at all. What they then may see or do, its query or action decides."""

    PUBLIC = "public"
    SIGNED_IN = "signed-in"


class ApiActor(LedgerActor):
    """What the machinery needs to know of the actor on the request."""

    is_signed_in: bool


@dataclass(frozen=True)
class Operation:
    """What was declared of one operation.

    Attributes:
        name: its operationId.
        method, path: as in the document, below /api/v1.
        access: who may call it.
        decided_by: the query or action that takes the actor and decides.
        refusals: statuses of problems it answers beside the ones its kind always can.
        body: media type of the request's body, or empty.
        idempotent: whether it takes an idempotency key.
        answer: media type of a success.
        located: whether a success names the new object's address in Location.
        conditional: whether a success carries an ETag, and If-None-Match is answered with 304.
    """

    name: str
    method: str
    path: str
    access: Access
    decided_by: Callable[..., Any]
    status: int = 200
    refusals: frozenset[int] = frozenset()
    body: str = ""
    idempotent: bool = False
    answer: str = "application/json"
    located: bool = False
    conditional: bool = False
    place: Place = field(default=lambda name: {"pointer": f"#/{name}"})


OPERATIONS: dict[str, Operation] = {}


def by_pointer(name: str) -> dict[str, str]:
    """A refused field that is a member of the body."""
    return {"pointer": f"#/{name}"}


def by_parameter(name: str) -> dict[str, str]:
    """A refused field that is a parameter."""
    return {"parameter": name}


class SignedIn:
    """ninja's gate of an operation that needs an actor. A cookie alone does not let a foreign page post."""

    def __call__(self, request: HttpRequest) -> ApiActor | None:
        actor = actor_on(request)
        if not actor.is_signed_in:
            return None
        if "Authorization" not in request.headers and request.method not in _SAFE and check_csrf(request):
            raise NotAllowedError(_("A request with the session cookie needs the X-CSRFToken header."))
        return actor


def actor_on(request: HttpRequest) -> ApiActor:
    """The actor the middleware put on the request (bearer token or session; the visitor where neither)."""
    return cast("ApiActor", request.actor)  # type: ignore[attr-defined] # set by identity's middleware


def operation(  # noqa: PLR0913 - each is one thing said of the operation, by name
    router: Router,
    method: str,
    path: str,
    *,
    access: Access,
    decided_by: Callable[..., Any],
    summary: str,
    answer: Any = None,  # noqa: ANN401 - whatever pydantic takes as a type
    status: int = 200,
    refusals: Collection[int] = (),
    body: str = "",
    idempotent: bool | None = None,
    media_type: str = "application/json",
    place: Place | None = None,
    located: bool = False,
    conditional: bool = False,
    examples: Mapping[str, Any] | None = None,
) -> Callable[[View], View]:
    """Register a view as an operation.

    Args:
        router: the package's router.
        method: GET, POST, PUT or DELETE.
        path: below /api/v1, with `{parameters}`.
        access: who may call it.
        decided_by: the query or action called, which takes the actor first.
        summary: one line.
        answer: type of the success body; None for none, or for a body that is not JSON.
        status: HTTP status of success.
        refusals: further statuses it refuses with (404, 409, 429).
        body: media type of the request's body; empty for none.
        idempotent: whether it takes an Idempotency-Key; every POST of somebody signed in does unless said otherwise.
        media_type: of the success, where not JSON.
        located: whether a success names the new object's address in Location.
        conditional: whether a success carries an ETag, and If-None-Match is answered with 304.
        place: from a refused field's name to `pointer` or `parameter`.
        examples: an example body by media type, for the document.
    """
    keyed = method == "POST" and access is Access.SIGNED_IN if idempotent is None else idempotent

    def declare(view: View) -> View:
        declared = Operation(
            name=view.__name__,
            method=method,
            path=path,
            access=access,
            decided_by=decided_by,
            status=status,
            refusals=frozenset(refusals),
            body=body,
            idempotent=keyed,
            answer=media_type,
            located=located,
            conditional=conditional,
            place=place or (by_pointer if body else by_parameter),
        )
        if declared.name in OPERATIONS:
            raise ValueError(f"there are two operations {declared.name}")
        OPERATIONS[declared.name] = declared
        extra = {"requestBody": {"content": {body: {"example": examples}}}} if examples else None
        router.api_operation(
            [method],
            path,
            auth=SignedIn() if access is Access.SIGNED_IN else None,
            response={status: answer},
            operation_id=declared.name,
            summary=summary,
            openapi_extra=extra,
        )(decorate_view(_guard(declared))(_answering(view, status)))
        return view

    return declare


def _answering(view: Callable[..., Any], status: int) -> Callable[..., Any]:
    """The view with its model written out by pydantic itself: nothing is validated or copied a second time."""

    @wraps(view)
    def answering(request: HttpRequest, *args: object, **values: object) -> HttpResponseBase:
        result = view(request, *args, **values)
        if isinstance(result, HttpResponseBase):
            return result
        if isinstance(result, BaseModel):
            return HttpResponse(result.model_dump_json().encode(), status=status, content_type="application/json")
        return HttpResponse(status=HTTPStatus.NO_CONTENT)

    return answering


def _guard(declared: Operation) -> Callable[[Callable[..., Any]], Callable[..., HttpResponseBase]]:
    """What is looked at before the request is read: its body's kind and size, and its idempotency key."""

    def decorate(run: Callable[..., Any]) -> Callable[..., HttpResponseBase]:
        def guarded(request: HttpRequest, **values: object) -> HttpResponseBase:
            request.place_of_field = declared.place  # type: ignore[attr-defined] # read by problems.refusal
            try:
                refused = _unreadable(request, declared)
                if refused:
                    return refused
                if declared.idempotent and HEADER in request.headers:
                    actor = actor_on(request)
                    if actor.is_signed_in:
                        return once(request, actor, lambda: run(request, **values))
                return cast("HttpResponseBase", run(request, **values))
            except (OperationalError, InterfaceError) as error:
                return database_away(request, error)

        return guarded

    return decorate


def _unreadable(request: HttpRequest, declared: Operation) -> HttpResponse | None:
    if not declared.body:
        return None
    if declared.access is Access.SIGNED_IN and not actor_on(request).is_signed_in:
        return None  # the gate answers: a stranger learns nothing of what a body should be
    if request.content_type != declared.body:
        detail = _("Send the body as %(type)s.") % {"type": declared.body}
        return problem("unsupported-media-type", detail, headers={"Accept": declared.body})
    most = MAX_JSON_BYTES if declared.body == "application/json" else MAX_UPLOAD_BYTES
    try:
        length = int(request.META.get("CONTENT_LENGTH") or 0)
    except ValueError:
        length = 0
    if length > most:
        return problem("too-large", _("At most %(most)d MB can be sent here.") % {"most": most // _MEGABYTE})
    return None
