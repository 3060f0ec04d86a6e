"""Reading the demonstration's content, which stands as data beside this file."""

from collections.abc import Mapping, Sequence
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import Any

from tongban.foundation.yamltext import read_yaml

Words = Mapping[str, str]
"""A text in two languages: `zh` and `en`."""

_ABOUT_THE_SERVICE = ("key", "item", "department", "region", "materials", "fees", "questions")
_GROUPS = ("materials", "fees", "questions")


def folder() -> Traversable:
    """Where the content stands."""
    return files("tongban.demo")


@cache
def read(name: str) -> Any:  # noqa: ANN401 # content is typed where it is used
    """A YAML file of the content, by its name without ending."""
    return read_yaml((folder() / f"{name}.yaml").read_text(encoding="utf-8"))


def service_keys() -> list[str]:
    """Names of the described services, in order."""
    return sorted(
        entry.name.removesuffix(".yaml") for entry in (folder() / "services").iterdir() if entry.name.endswith(".yaml")
    )


def service(key: str) -> dict[str, Any]:
    """A described service as it stands in its file."""
    described: dict[str, Any] = read(f"services/{key}")
    return described


def version_texts(described: Mapping[str, Any]) -> dict[str, Any]:
    """The fields of a service's version: Chinese in the field, English beside it in `english`."""
    fields = {name: value for name, value in described.items() if name not in _ABOUT_THE_SERVICE}
    return _in_two_languages(fields)


def version_rows(described: Mapping[str, Any]) -> dict[str, list[dict[str, Any]]]:
    """The rows of materials, fees and questions of a service's version."""
    return {group: [_in_two_languages(row) for row in described[group]] for group in _GROUPS}


def _in_two_languages(fields: Mapping[str, Any]) -> dict[str, Any]:
    chinese: dict[str, Any] = {}
    english: dict[str, str] = {}
    for name, value in fields.items():
        if isinstance(value, Mapping) and set(value) == {"zh", "en"}:
            chinese[name] = value["zh"]
            english[name] = value["en"]
        else:
            chinese[name] = value
    return {**chinese, "english": english}


def catalogue() -> Sequence[Mapping[str, Any]]:
    """The items of the demonstration's basic catalogue."""
    items: Sequence[Mapping[str, Any]] = read("catalogue")
    return items
