"""`/health`: whether this process can serve, for load balancers and monitors."""

from http import HTTPStatus

from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, JsonResponse
from django.views.decorators.cache import never_cache

from tongban.foundation.pages.methods import require_safe

_migrated: set[str] = set()


@require_safe
@never_cache
def health(request: HttpRequest) -> JsonResponse:  # noqa: ARG001 - Django's signature
    """200 with `{"status": "ok"}`, or 503 naming what is wrong: `database` unreachable, `migrations` missing."""
    found = {"database": _database(), "migrations": "unknown"}
    if found["database"] == "ok":
        found["migrations"] = _migrations()
    healthy = all(state == "ok" for state in found.values())
    return JsonResponse(
        {"status": "ok" if healthy else "failing", **found},
        status=HTTPStatus.OK if healthy else HTTPStatus.SERVICE_UNAVAILABLE,
    )


def _database() -> str:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except DatabaseError:
        return "unreachable"
    return "ok"


def _migrations() -> str:
    # They never become missing while the process runs, so that one good answer is enough.
    name = str(connection.settings_dict["NAME"])
    if name not in _migrated:
        executor = MigrationExecutor(connection)
        if executor.migration_plan(executor.loader.graph.leaf_nodes()):
            return "missing"
        _migrated.add(name)
    return "ok"
