"""What applying and the steps share: files by material, how a case stands, where a refused field stands."""

from datetime import date
from typing import Annotated, Literal, get_args
from uuid import UUID

from django.http import HttpRequest
from django.utils.translation import gettext as _
from pydantic import Field, WithJsonSchema

from tongban.cases.actions.showing import MAX_REASON
from tongban.cases.labels import state_label
from tongban.cases.models import Case
from tongban.cases.rules import written
from tongban.cases.ways import Choice
from tongban.foundation.errors import InvalidError
from tongban.foundation.rest.parsing import escaped
from tongban.foundation.rest.schemas import (
    NO_NUL,
    Id,
    Incoming,
    Line,
    Outgoing,
    Paragraphs,
    Slug,
)
from tongban.identity.access_records import ASKED_PURPOSES
from tongban.identity.middleware import actor_of

Purpose = Literal["identity", "contact", "comparison", "document", "other"]
if set(get_args(Purpose)) != set(ASKED_PURPOSES):
    raise RuntimeError("the API's purposes are not those of the table")

JSON = "application/json"
_MOST_UPLOADS = 200
_MOST_ANSWERS = 50

Uploads = Annotated[
    dict[str, Annotated[list[Id], Field(max_length=20)]],
    Field(max_length=_MOST_UPLOADS),
    WithJsonSchema(
        {
            "type": "object",
            "description": "Position of the material in the guide -> ids of uploads.",
            "patternProperties": {
                "^[1-9][0-9]{0,3}$": {
                    "type": "array",
                    "maxItems": 20,
                    "items": {"type": "string", "format": "uuid"},
                },
            },
            "additionalProperties": False,
            "maxProperties": _MOST_UPLOADS,
        }
    ),
]


def _answers_schema(*kinds: str) -> WithJsonSchema:
    """Question of the guidance -> answer, as JSON Schema says it whole: no other names, no other values."""
    answer = {"type": list(kinds) if len(kinds) > 1 else kinds[0], "maxLength": 200, "pattern": NO_NUL}
    return WithJsonSchema(
        {
            "type": "object",
            "description": "Question of the guidance -> answer.",
            "patternProperties": {"^[A-Za-z0-9_-]{1,60}$": answer},
            "additionalProperties": False,
            "maxProperties": _MOST_ANSWERS,
        }
    )


Situation = Annotated[dict[Slug, Line], Field(max_length=_MOST_ANSWERS), _answers_schema("string")]
# null takes an answer back.
SituationChange = Annotated[dict[Slug, Line | None], Field(max_length=_MOST_ANSWERS), _answers_schema("string", "null")]


class PersonalDataIn(Incoming):
    purpose: Annotated[Purpose, Field(description="What it is needed for.")]
    reason: Annotated[
        Paragraphs, Field(max_length=MAX_REASON, description="Needed for `other`; the person reads it.")
    ] = ""


def place_in_application(name: str) -> dict[str, str]:
    """Where in the body a refused field stands: a member of its own, a material, or an answer of the form."""
    if name in {"service", "answers", "way", "undertaken", "materials_follow"}:
        return {"pointer": f"#/{name}"}
    if name.startswith("situation."):
        return {"pointer": f"#/situation/{escaped(name.removeprefix('situation.'))}"}
    if name.startswith("materials."):
        return {"pointer": f"#/uploads/{name.removeprefix('materials.')}"}
    return {"pointer": f"#/answers{name}" if name.startswith("/") else f"#/answers/{escaped(name)}"}


def place_in_supplement(name: str) -> dict[str, str]:
    return {"pointer": "#/revision"} if name == "revision" else place_in_application(name)


def positions(uploads: dict[str, list[UUID]]) -> dict[int, list[UUID]]:
    """Raises:
    InvalidError: a key that is no position, under `materials.<key>`.
    """
    wrong = {key for key in uploads if not (key.isascii() and key.isdecimal() and 0 < len(key) < 5 and key[0] != "0")}  # noqa: PLR2004 - 4 digits
    if wrong:
        message = _("Name a material by its position in the guide, for example 1.")
        raise InvalidError({f"materials.{escaped(key)}": [message] for key in sorted(wrong)})
    return {int(key): ids for key, ids in uploads.items()}


class Chosen(Incoming):
    """What an applicant chooses with an application: their situation, and the way."""

    situation: Situation = Field(default_factory=dict)
    way: Annotated[
        str, Field(pattern=r"^(|commitment|officer)$", description="Empty for the ordinary way, or for rules.")
    ] = ""
    undertaken: Annotated[
        bool, Field(strict=True, description="The text of the commitment is known and undertaken.")
    ] = False
    materials_follow: Annotated[
        bool, Field(strict=True, description="What may follow will be handed in by the day the agency tells.")
    ] = False


def choice_in(body: Chosen) -> Choice:
    return Choice(body.situation, body.way, body.undertaken, body.materials_follow)


class CaseStatusOut(Outgoing):
    """How a case stands after a step."""

    id: UUID
    number: str
    state: str
    state_label: str
    outcome: str
    revision: int
    due_on: date | None
    due_provisional: bool
    legal_due_on: date | None
    legal_due_provisional: bool


def standing(request: HttpRequest, case: Case) -> CaseStatusOut:
    return CaseStatusOut(
        id=case.pk,
        number=written(case.number),
        state=case.state,
        state_label=state_label(case.state, own=actor_of(request).is_applicant),
        outcome=case.outcome,
        revision=case.revision,
        due_on=case.due_on,
        due_provisional=case.due_provisional,
        legal_due_on=case.legal_due_on,
        legal_due_provisional=case.legal_due_provisional,
    )
