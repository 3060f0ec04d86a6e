"""The tree of addresses leads where the list of operations says."""

import re
import uuid

from django.urls import URLPattern, resolve

from tongban.api.assembly import api

EXAMPLES = {"uuid": str(uuid.UUID(int=1)), "int": "7", "slug": "a-b", "str": "x"}


def _example(route: str) -> str:
    return re.sub(r"<(?:(\w+):)?\w+>", lambda found: EXAMPLES[found[1] or "str"], route)


def test_every_operation_is_found_at_its_address() -> None:
    operations = [one for one in api.urls[0] if isinstance(one, URLPattern)]
    assert len(operations) == len(api.urls[0])
    for pattern in operations:
        route = str(pattern.pattern)
        found = resolve("/api/v1/" + _example(route))
        assert found.route == "api/v1/" + route
        # Methods of one address may have names of their own, of which the first is found.
        assert found.url_name in {other.name for other in operations if str(other.pattern) == route}
