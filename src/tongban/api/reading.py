"""The OpenAPI document laid out for reading: chapters of operations with their parameters, bodies and answers."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from django.utils.text import slugify

from tongban.api.document import document

_DEEPEST = 6


@dataclass(frozen=True)
class Value:
    """A parameter, or a member of a body: its name, what it may be, what it means."""

    name: str
    kind: str
    required: bool
    meaning: str


@dataclass(frozen=True)
class Answer:
    status: str
    reason: str
    values: list[Value]
    is_problem: bool


@dataclass(frozen=True)
class Reading:
    """One operation."""

    name: str
    method: str
    path: str
    summary: str
    description: str
    signed_in: bool
    parameters: list[Value] = field(default_factory=list)
    body_type: str = ""
    body: list[Value] = field(default_factory=list)
    answers: list[Answer] = field(default_factory=list)
    example: str = ""


@dataclass(frozen=True)
class Chapter:
    """Operations on one subject; `slug` is its place in addresses."""

    name: str
    slug: str
    description: str
    operations: list[Reading]


@cache
def chapters() -> list[Chapter]:
    """The document's operations by tag."""
    made = document()
    readings: dict[str, list[Reading]] = {tag["name"]: [] for tag in made["tags"]}
    for path, methods in made["paths"].items():
        for method, operation in methods.items():
            readings[operation["tags"][0]].append(_reading(path, method.upper(), operation))
    return [
        Chapter(tag["name"], slugify(tag["name"]), tag["description"], readings[tag["name"]]) for tag in made["tags"]
    ]


def _reading(path: str, method: str, operation: Mapping[str, Any]) -> Reading:
    body_type, body_schema = "", {}
    for media_type, content in operation.get("requestBody", {}).get("content", {}).items():
        body_type, body_schema = media_type, content["schema"]
    return Reading(
        name=operation["operationId"],
        method=method,
        path=path,
        summary=operation["summary"],
        description=operation.get("description", ""),
        signed_in=operation["x-access"] == "signed-in",
        parameters=[
            Value(
                parameter["name"],
                f"{parameter['in']}: {_kind(parameter['schema'])}",
                parameter["required"],
                parameter.get("description", parameter["schema"].get("description", "")),
            )
            for parameter in operation["parameters"]
        ],
        body_type=body_type,
        body=_members(body_schema),
        answers=[_answer(status, answer) for status, answer in operation["responses"].items()],
        example=_curl(path, method, operation, body_type, body_schema),
    )


def _answer(status: str, answer: Mapping[str, Any]) -> Answer:
    content = answer.get("content", {})
    schema = content.get("application/json", {}).get("schema", {})
    is_problem = "application/problem+json" in content
    return Answer(status, answer["description"], [] if is_problem else _members(schema), is_problem)


def _resolved(schema: Mapping[str, Any]) -> Mapping[str, Any]:
    while "$ref" in schema:
        schema = document()["components"]["schemas"][schema["$ref"].rsplit("/", 1)[-1]]
    if len(schema.get("allOf", ())) == 1:
        return _resolved(schema["allOf"][0])
    return schema


def _members(schema: Mapping[str, Any]) -> list[Value]:
    schema = _resolved(schema)
    required = set(schema.get("required", ()))
    return [
        Value(
            name, _kind(member), name in required, _resolved(member).get("description", member.get("description", ""))
        )
        for name, member in schema.get("properties", {}).items()
    ]


def _kind(schema: Mapping[str, Any]) -> str:
    """What a value may be, in a few words."""
    if "$ref" in schema:
        name = str(schema["$ref"]).rsplit("/", 1)[-1]
        if "properties" in _resolved(schema):
            return name
    schema = _resolved(schema)
    if "anyOf" in schema:
        return " | ".join(_kind(one) for one in schema["anyOf"])
    if "enum" in schema:
        return " | ".join(json.dumps(one, ensure_ascii=False) for one in schema["enum"])
    if "const" in schema:
        return json.dumps(schema["const"], ensure_ascii=False)
    if schema.get("type") == "array":
        return f"[{_kind(schema.get('items', {}))}]"
    return str(schema.get("format") or schema.get("type", "any"))


def _curl(path: str, method: str, operation: Mapping[str, Any], body_type: str, body_schema: Mapping[str, Any]) -> str:
    lines = ["curl -s" + ("" if method == "GET" else f" -X {method}")]
    if operation["x-access"] == "signed-in":
        lines.append('-H "Authorization: Bearer $TOKEN"')
    if any(parameter["name"] == "Idempotency-Key" for parameter in operation["parameters"]):
        lines.append('-H "Idempotency-Key: $(uuidgen)"')
    if body_type == "multipart/form-data":
        lines.append("-F file=@licence.pdf")
    elif body_type:
        lines.append(f"-H 'Content-Type: {body_type}'")
        lines.append(f"-d '{json.dumps(_example(body_schema), ensure_ascii=False)}'")
    lines.append(f'"$BASE{path}"')
    return " \\\n  ".join(lines)


_EXAMPLES = {
    "uuid": "0198c2f4-5c1e-7cc0-8000-0242ac120002",
    "date": "2026-11-21",
    "date-time": "2026-11-21T09:00:00+08:00",
}


def _example(schema: Mapping[str, Any], depth: int = 0) -> Any:  # noqa: ANN401 - JSON may be anything
    """A value of this shape, for reading."""
    schema = _resolved(schema)
    for key in ("example", "default", "const"):
        if key in schema:
            return schema[key]
    if schema.get("examples"):
        return schema["examples"][0]
    if "enum" in schema:
        return schema["enum"][0]
    if "anyOf" in schema:
        return _example(schema["anyOf"][0], depth)
    kind = schema.get("type")
    if kind == "object" and depth < _DEEPEST:
        return dict(_example_members(schema, depth))
    plain: dict[str, Any] = {"array": [], "integer": 1, "number": 1.0, "boolean": True, "object": {}}
    return plain.get(str(kind), _EXAMPLES.get(schema.get("format", ""), "…"))


def _example_members(schema: Mapping[str, Any], depth: int) -> Iterator[tuple[str, Any]]:
    for name, member in schema.get("properties", {}).items():
        yield name, _example(member, depth + 1)
