"""Addresses of the API: the operations, the document, the pages about both."""

from collections.abc import Sequence

from django.urls import URLPattern, URLResolver, include, path, re_path

from tongban.api import views
from tongban.api.assembly import api


def by_segment(patterns: Sequence[URLPattern], prefix: str = "") -> list[URLPattern | URLResolver]:
    """The same addresses as a tree by their segments: a request is held against a few of them, not against each."""
    found: dict[str, list[URLPattern]] = {}
    for pattern in patterns:
        rest = str(pattern.pattern).removeprefix(prefix)
        segment, slash, _further = rest.partition("/")
        found.setdefault(segment + slash if slash else f"={rest}", []).append(pattern)
    tree: list[URLPattern | URLResolver] = []
    for segment, below in found.items():
        if len(below) > 1 and not segment.startswith("="):
            tree.append(path(segment, include(by_segment(below, prefix + segment))))
        else:
            tree += [path(str(p.pattern).removeprefix(prefix), p.callback, p.default_args, p.name) for p in below]
    return tree


_listed, _app, _namespace = api.urls
_operations = [one for one in _listed if isinstance(one, URLPattern)]

app_name = "api"
urlpatterns = [
    path("api/openapi.json", views.openapi, name="openapi"),
    path("api/docs", views.docs, name="docs"),
    path("api/docs/<slug:slug>", views.chapter, name="chapter"),
    path("api/v1/", (by_segment(_operations), _app, _namespace)),
    path("problems/<slug:code>", views.problem_page, name="problem"),
    re_path(r"^api/", views.unknown),
]
