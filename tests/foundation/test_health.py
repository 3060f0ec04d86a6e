"""/health tells what is wrong, and nothing more."""

import pytest
from django.db import connection
from django.test import Client

from tongban.foundation import health


@pytest.mark.smoke
@pytest.mark.django_db
def test_a_whole_installation_is_healthy(client: Client) -> None:
    answer = client.get("/health")
    assert answer.status_code == 200
    assert answer.json() == {"status": "ok", "database": "ok", "migrations": "ok"}
    assert "no-store" in answer["Cache-Control"]


@pytest.mark.django_db
def test_a_missing_migration_is_told(client: Client) -> None:
    health._migrated.clear()  # noqa: SLF001 - as in a process that has just started
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM django_migrations WHERE app = 'feedback'")
    answer = client.get("/health")
    assert answer.status_code == 503
    assert answer.json() == {"status": "failing", "database": "ok", "migrations": "missing"}


@pytest.mark.django_db
def test_an_unreachable_database_is_told(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    connection.close()
    monkeypatch.setitem(connection.settings_dict, "PORT", "1")
    answer = client.get("/health")
    monkeypatch.undo()
    assert answer.status_code == 503
    assert answer.json() == {"status": "failing", "database": "unreachable", "migrations": "unknown"}


def test_only_reading_is_allowed(client: Client) -> None:
    assert client.post("/health").status_code == 405
