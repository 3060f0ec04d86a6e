"""The OpenAPI 3.1 document: ninja's, completed with problems, credentials, headers and idempotency keys."""

import json
from functools import cache
from typing import Any

from django.utils.translation import gettext_noop as _

from tongban.api.assembly import PREFIX, api
from tongban.foundation.rest.idempotency import HEADER, KEY_PATTERN
from tongban.foundation.rest.operations import OPERATIONS, Access, Operation
from tongban.foundation.rest.problems import MEDIA_TYPE

_DESCRIPTION = """\
One-stop government services over HTTP: find a service, read its guide, apply, follow the case, rate it; for officers \
the inbox and every step of a case.

- **Credentials**: `POST /api/v1/tokens` gives a bearer token bound to one hat (person, organisation or post). A \
signed-in browser may use its session cookie; unsafe methods then need the `X-CSRFToken` header.
- **Errors** are problem details (RFC 9457, `application/problem+json`), in the language of `Accept-Language` \
(`zh-hans`, `en`). Their `type` is stable and leads to a page that explains it.
- **Repeating a POST**: send an `Idempotency-Key`; the same key with the same request is one act and one answer, for \
24 hours.
- **Lists** come in pages: follow `next` (also in the `Link` header) until it is null.
- Times are ISO 8601 with offset, days are ISO 8601 dates in China, identifiers are UUIDs.
"""

# Marked, not translated: the document is English everywhere; the page about it translates them.
_TAGS = {
    _("Signing in"): _("Tokens, and who one is."),
    _("Government"): _("Platforms, regions, departments, agencies and docking. Public."),
    _("Services"): _("Themes, items of the basic catalogue, services and their guides. Public."),
    _("Applying"): _("Drafts, uploads, applications."),
    _("One thing at once"): _("Several services of several agencies with one application."),
    _("Light handling"): _("Guidance, the way an application goes, decisions by rule, benefits without applying."),
    _("Cases"): _("For applicants their own cases; for officers those of their agency."),
    _("Across regions"): _(
        "What can be done from where, and the hand-over between the window that receives and who decides."
    ),
    _("Steps of a case"): _("Each names the revision it saw: who was slower is told so, and a repetition is one step."),
    _("Windows"): _("For officers of a hall: who was seen, what is taken in for them, numbers and appointments."),
    _("Desk"): _("For officers: who handles a case, internal notes, requests for help to other agencies."),
    _("My space"): _("Licences that run out, saved matters, suggestions with their reasons, one search over your own."),
    _("Who acts for whom"): _("Delegations as both sides see them: offered, accepted, ended."),
    _("My data"): _("A copy of what is kept about you, corrections of it, closing the account."),
    _("Assurance"): _("How surely it is known who you are, and how to raise it."),
    _("Messages"): _("What the platform told you, in the hat you act in."),
    _("Emergency access"): _(
        "Reading what one's post does not show, for a time and a stated reason; every one is looked over afterwards."
    ),
    _("Ratings"): _("Giving one, and reading all of them."),
    _("Figures"): _("Computed from the records; each can be taken apart into the rows it came from. Public."),
    _("Ledger"): _("Signed heads and proofs that nothing in the record was changed; receipts of one's own acts."),
}

_PROBLEM = {
    "type": "object",
    "description": "Problem details (RFC 9457).",
    "required": ["type", "title", "status", "detail"],
    "properties": {
        "type": {"type": "string", "format": "uri-reference", "examples": ["/problems/invalid"]},
        "title": {"type": "string"},
        "status": {"type": "integer", "minimum": 400, "maximum": 599},
        "detail": {"type": "string"},
        "needed_level": {"type": "integer", "description": "Of step-up-needed: the assurance level it takes."},
        "level": {"type": "integer", "description": "The assurance level of who asks."},
        "step_up": {"type": "string", "format": "uri-reference", "description": "Where the person raises it."},
        "errors": {
            "type": "array",
            "description": "What is wrong, value by value.",
            "items": {
                "type": "object",
                "required": ["detail"],
                "properties": {
                    "pointer": {"type": "string", "description": "JSON pointer into the body, as a URI fragment."},
                    "parameter": {"type": "string", "description": "Name of a path, query or header parameter."},
                    "detail": {"type": "string"},
                },
            },
        },
        "reference": {"type": "string", "description": "Under this number an error of ours stands in the log."},
    },
}
_SCHEMES = {
    "bearerToken": {"type": "http", "scheme": "bearer", "description": "From POST /api/v1/tokens."},
    "sessionCookie": {
        "type": "apiKey",
        "in": "cookie",
        "name": "sessionid",
        "description": "Of a signed-in browser; unsafe methods also need X-CSRFToken.",
    },
}
_KEY_PARAMETER = {
    "name": HEADER,
    "in": "header",
    "required": False,
    "description": "A new one (a UUID, say) for each new request; the same one when repeating it.",
    "schema": {"type": "string", "pattern": KEY_PATTERN},
}
_IF_NONE_MATCH = {
    "name": "If-None-Match",
    "in": "header",
    "required": False,
    "description": "The ETag of the copy at hand.",
    "schema": {"type": "string"},
}
# RFC 9110's phrases; Python's own differ from version to version, and the document must not.
_REASONS = {
    400: _("Bad Request"),
    401: _("Unauthorized"),
    403: _("Forbidden"),
    404: _("Not Found"),
    409: _("Conflict"),
    413: _("Content Too Large"),
    415: _("Unsupported Media Type"),
    422: _("Unprocessable Content"),
    429: _("Too Many Requests"),
}
_HEADERS_OF_STATUS: dict[int, dict[str, Any]] = {
    401: {"WWW-Authenticate": {"schema": {"type": "string"}, "required": True}},
    429: {"Retry-After": {"description": "Seconds.", "schema": {"type": "integer"}, "required": True}},
}


@cache
def document() -> dict[str, Any]:
    """The document, the same on every machine."""
    made: dict[str, Any] = json.loads(json.dumps(dict(api.get_openapi_schema(path_prefix=f"{PREFIX}/"))))
    made["info"] |= {"description": _DESCRIPTION, "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"}}
    made["servers"] = [{"url": "/"}]
    used = {tag for path in made["paths"].values() for one in path.values() for tag in one["tags"]}
    made["tags"] = [{"name": name, "description": text} for name, text in _TAGS.items() if name in used]
    made["components"]["schemas"]["Problem"] = _PROBLEM
    made["components"]["securitySchemes"] = _SCHEMES
    for path in made["paths"].values():
        for operation in path.values():
            _complete(operation, OPERATIONS[operation["operationId"]])
    made["components"]["schemas"] = dict(sorted(made["components"]["schemas"].items()))
    return made


def _complete(made: dict[str, Any], declared: Operation) -> None:
    made["x-access"] = declared.access.value
    made["security"] = [{name: []} for name in _SCHEMES] if declared.access is Access.SIGNED_IN else []
    if declared.idempotent:
        made["parameters"].append(_KEY_PARAMETER)
    success = made["responses"][str(declared.status)]
    if declared.answer != "application/json":
        success["content"] = {declared.answer: {"schema": {"type": "string", "format": "binary"}}}
    if declared.located:
        success["headers"] = {"Location": {"schema": {"type": "string", "format": "uri-reference"}, "required": True}}
    if declared.conditional:
        made["parameters"].append(_IF_NONE_MATCH)
        success["headers"] = {"ETag": {"schema": {"type": "string"}, "required": True}}
        made["responses"]["304"] = {"description": "The client's copy is still good."}
    for status in sorted(_problem_statuses(made, declared)):
        made["responses"][str(status)] = _problem_answer(status)


def _problem_statuses(made: dict[str, Any], declared: Operation) -> set[int]:
    statuses = {400, *declared.refusals}
    if declared.access is Access.SIGNED_IN:
        statuses |= {401, 403}
    if declared.body:
        statuses |= {413, 415, 422}
    if made["parameters"]:
        statuses.add(422)
    if declared.idempotent:
        statuses.add(409)
    return statuses


def _problem_answer(status: int) -> dict[str, Any]:
    answer: dict[str, Any] = {
        "description": _REASONS[status],
        "content": {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}},
    }
    if status in _HEADERS_OF_STATUS:
        answer["headers"] = _HEADERS_OF_STATUS[status]
    return answer


def text() -> str:
    """The document as it is committed and served: indented, so that a change reads well."""
    return json.dumps(document(), ensure_ascii=False, indent=1) + "\n"
