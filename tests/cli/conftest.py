"""Installations to run the command on."""

import fcntl
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest

from tests.databases import MIGRATED
from tongban.foundation.keys import load_or_create_keys
from tongban.foundation.postgres import Cluster


@contextmanager
def fresh_copy() -> Iterator[str]:
    """A database with every table and no row of anybody's, as it is after migrating."""
    url = os.environ["DATABASE_URL"]
    name = "tongban_installation"
    with psycopg.connect(url, autocommit=True) as server:
        server.execute(f"CREATE DATABASE {name} TEMPLATE {os.environ[MIGRATED]}")
        yield f"{url.rpartition('/')[0]}/{name}"
        server.execute(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture(scope="session")
def migrated_home(tmp_path_factory: pytest.TempPathFactory, worker_id: str, django_db_setup: None) -> Path:
    """An installation with every table and a little content, made once for all workers; copied by its users.

    Its tables come from those that were migrated for the tests' databases: to migrate once more would take most of what
    its users take.
    """
    from tongban.cli.backups import restore_backup, write_backup
    from tongban.cli.outcome import Progress

    base = tmp_path_factory.getbasetemp()
    shared = base if worker_id == "master" else base.parent
    home, quiet = shared / "migrated" / "home", Progress(quiet=True)
    with (shared / "migrated.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not home.exists():
            content = shared / "source" / "content" / "ab"
            content.mkdir(parents=True)
            (content / "ab12").write_bytes(b"\x00sealed\xff" * 1000)
            load_or_create_keys(shared / "source" / "keys.json")
            file = shared / "migrated.tar"
            with fresh_copy() as url:
                write_backup(file, shared / "source", url, quiet, with_keys=True, force=False)
            with Cluster(home / "postgres", durable=False) as cluster:
                restore_backup(file, home, cluster.url, quiet, force=False)
    return home


@pytest.fixture
def home(migrated_home: Path, tmp_path: Path) -> Path:
    """A migrated installation of the test's own, in a path with a space and Chinese."""
    home = tmp_path / "通 办"
    shutil.copytree(migrated_home, home)
    return home
