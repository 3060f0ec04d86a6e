"""Which item of this installation's catalogue stands behind a part of a shipped bundle.

Shipped bundles name items of the demonstration's catalogue. An installation with codes of its own writes them down in a
file (`TONGBAN_BUNDLE_ITEMS`): JSON, bundle -> part -> basic code. What an administrator enters carries its own codes.
"""

import json
import re
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

from tongban.cases.bundles.definition import SHIPPED_BUNDLES, Bundle, Part

_BASIC_CODE = re.compile(r"[0-9A-Z]{12}")
_AN_ASSIGNMENT = "it is an object: bundle, part, basic code of the catalogue (12 characters)"

Items = Mapping[str, Mapping[str, str]]


def item_of(bundle: Bundle, part: Part) -> str:
    """The basic code of the item behind the part, here.

    Raises:
        ImproperlyConfigured: the file of this installation cannot be read as one.
    """
    here = _items_of(str(settings.BUNDLE_ITEMS_FILE)).get(bundle.code, {})
    ships = bundle.version in SHIPPED_BUNDLES.versions.get(bundle.code, ())
    return here.get(part.name, part.item) if ships else part.item


@lru_cache(maxsize=4)
def _items_of(path: str) -> Items:
    if not Path(path).is_file():
        return {}
    return read_items(Path(path).read_text(encoding="utf-8"), path)


def read_items(text: str, path: str) -> Items:
    """The assignment a file makes.

    Raises:
        ImproperlyConfigured: it is none; with what is wrong, and where.
    """
    try:
        found = json.loads(text)
    except ValueError as error:
        raise ImproperlyConfigured(f"{path}: {error}") from error
    if not isinstance(found, dict):
        raise ImproperlyConfigured(f"{path}: {_AN_ASSIGNMENT}")
    shipped = {
        code: SHIPPED_BUNDLES.document(code, versions[-1]).parts for code, versions in SHIPPED_BUNDLES.versions.items()
    }
    for code, parts in found.items():
        if code not in shipped or not isinstance(parts, dict):
            raise ImproperlyConfigured(f"{path}, {code}: no bundle of this code ships, or {_AN_ASSIGNMENT}")
        for part, item in parts.items():
            if part not in shipped[code]:
                raise ImproperlyConfigured(f"{path}, {code}, {part}: the bundle has no such part")
            if not isinstance(item, str) or not _BASIC_CODE.fullmatch(item):
                raise ImproperlyConfigured(f"{path}, {code}, {part}: {item!r} is no basic code of 12 characters")
    return found
