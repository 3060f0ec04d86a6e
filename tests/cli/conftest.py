"""Installations to run the command on."""

import fcntl
import os
import shutil
from pathlib import Path

import pytest

from tongban.foundation.keys import load_or_create_keys
from tongban.foundation.postgres import Cluster


@pytest.fixture(scope="session")
def migrated_home(tmp_path_factory: pytest.TempPathFactory, worker_id: str, django_db_setup: None) -> Path:
    """An installation with every table and a little content, made once for all workers; copied by its users.

    Its tables come from the worker's own database: to migrate another would take most of what its tests take.
    """
    from django.db import connection

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
            url = f"{os.environ['DATABASE_URL'].rpartition('/')[0]}/{connection.settings_dict['NAME']}"
            file = shared / "migrated.tar"
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
