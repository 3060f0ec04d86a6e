"""The command as such: help, exit codes, one sentence for what is wrong."""

import json
import os
import socket
import subprocess
import sys
from pathlib import Path

import psycopg
import pytest
from django.db.migrations.recorder import MigrationRecorder

from tests.cli.support import run_tongban
from tongban.cli.outcome import FailedError
from tongban.cli.preparation import pending_migrations
from tongban.foundation.postgres import Cluster, PostgresError, database

HEAVY = {"django", "psycopg", "granian", "openpyxl", "rdflib", "structlog"}


def test_help_imports_nothing_heavy() -> None:
    code = (
        "import sys; from tongban.cli.app import run; run(['--help']);"
        f" print(sorted({HEAVY!r} & set(sys.modules)), file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stderr.strip() == "[]"
    for command in ("serve", "demo", "backup", "restore", "upgrade", "manage"):
        assert f"\n  {command} " in done.stdout
    assert "Exit codes: 0 done; 1 failed; 2" in done.stdout


@pytest.mark.parametrize("command", ["serve", "demo", "backup", "restore", "upgrade"])
def test_every_command_has_help(command: str, tmp_path: Path) -> None:
    done = run_tongban(tmp_path, command, "--help")
    assert done.returncode == 0
    assert done.stdout.startswith(f"Usage: tongban {command}")
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("arguments", [["nonsense"], ["serve", "--port", "none"], ["backup"]])
def test_wrong_use_ends_with_two(arguments: list[str], tmp_path: Path) -> None:
    done = run_tongban(tmp_path, *arguments)
    assert done.returncode == 2
    assert "Usage: tongban" in done.stderr


def test_a_taken_port_is_named_with_its_holder(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        done = run_tongban(tmp_path / "home", "serve", "--port", str(port))
    assert done.returncode == 3
    holder = Path("/proc/self/comm").read_text().strip()
    assert done.stderr == (
        f"Error: Port {port} on 127.0.0.1 is in use by {holder} (process {os.getpid()});"
        " stop that program or choose another --port.\n"
    )
    assert not (tmp_path / "home").exists()


def test_a_strange_address_is_named(tmp_path: Path) -> None:
    done = run_tongban(tmp_path / "home", "serve", "--host", "203.0.113.7")
    assert done.returncode == 3
    assert done.stderr.startswith("Error: '203.0.113.7' cannot be listened on")
    assert len(done.stderr.splitlines()) == 1


def test_an_unusable_home_gets_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    done = run_tongban(tmp_path / "home", "upgrade", TONGBAN_HOME=str(tmp_path / "file" / "home"))
    assert done.returncode == 3
    assert done.stderr.splitlines()[-1].startswith("Error: The database folder ")
    assert "Traceback" not in done.stderr


def test_damaged_keys_get_one_sentence(home: Path) -> None:
    (home / "keys.json").write_text("{")
    done = run_tongban(home, "manage", "check")
    assert done.returncode == 3
    assert "damaged" in done.stderr.splitlines()[-1]
    assert "Traceback" not in done.stderr


def test_a_disk_that_fills_up_gets_one_sentence(home: Path) -> None:
    """As PostgreSQL says it when a write finds no room (SQLSTATE 53100)."""
    failing = (
        "from django.db import connection\n"
        "with connection.cursor() as cursor:\n"
        "    cursor.execute(\"DO $$ BEGIN RAISE EXCEPTION USING ERRCODE = '53100',"
        " MESSAGE = 'could not extend file: No space left on device'; END $$\")\n"
    )
    done = run_tongban(home, "manage", "shell", "-v0", "-c", failing)
    assert done.returncode == 3
    assert done.stderr.splitlines()[-1].startswith("Error: The disk of the database is full. ")
    assert "Traceback" not in done.stderr


def test_an_unreachable_database_gets_one_sentence(tmp_path: Path) -> None:
    url = "postgresql://tongban:secret@127.0.0.1:1/tongban"
    done = run_tongban(tmp_path / "home", "upgrade", DATABASE_URL=url)
    assert done.returncode == 3
    assert done.stderr.splitlines()[-1].startswith("Error: The database cannot be used: ")
    assert "secret" not in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("url", ["secret", "sqlite:///secret.db", "postgresql://a:secret@127.0.0.1:port/x"])
def test_an_address_that_names_no_database_is_refused_and_not_repeated(
    url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATABASE_URL", url)
    with pytest.raises(PostgresError, match="DATABASE_URL") as refused:
        database(tmp_path).__enter__()
    assert "secret" not in str(refused.value)


def test_manage_passes_arguments_and_exit_codes(home: Path) -> None:
    done = run_tongban(home, "manage", "check", "--nonsense")
    assert done.returncode == 2
    assert "unrecognized arguments: --nonsense" in done.stderr


def test_upgrade_backs_up_then_migrates(home: Path) -> None:
    with Cluster(home / "postgres", durable=False) as cluster:
        # As an installation from before ratings would be.
        with psycopg.connect(cluster.url) as connection:
            connection.execute("DROP TABLE feedback_rating")
            connection.execute("DELETE FROM django_migrations WHERE app = 'feedback'")
        done = run_tongban(home, "upgrade", "--json")
        assert done.returncode == 0, done.stderr
        told = json.loads(done.stdout)
        assert "feedback.0001_tables" in told["applied"]
        assert told["problems"] == []
        assert Path(told["backup"]).stat().st_mode & 0o777 == 0o600
        again = json.loads(run_tongban(home, "upgrade", "--json").stdout)
        assert (again["applied"], again["backup"]) == ([], None)


@pytest.mark.django_db
def test_a_database_between_two_versions_is_refused_in_words() -> None:
    MigrationRecorder.Migration.objects.filter(app="identity", name="0009_assurance").delete()
    with pytest.raises(FailedError, match="Install the version before this one"):
        pending_migrations()
