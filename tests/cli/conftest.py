"""Installations to run the command on."""

import fcntl
import shutil
from pathlib import Path

import pytest

from tests.cli.support import run_tongban


@pytest.fixture(scope="session")
def migrated_home(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> Path:
    """An installation with every table and a little content, made once for all workers; copied by its users."""
    base = tmp_path_factory.getbasetemp()
    shared = base if worker_id == "master" else base.parent
    home = shared / "migrated" / "home"
    with (shared / "migrated.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not home.exists():
            home.parent.mkdir()
            done = run_tongban(home, "upgrade", "--no-backup")
            assert done.returncode == 0, done.stderr
            (home / "content" / "ab").mkdir(parents=True)
            (home / "content" / "ab" / "ab12").write_bytes(b"\x00sealed\xff" * 1000)
    return home


@pytest.fixture
def home(migrated_home: Path, tmp_path: Path) -> Path:
    """A migrated installation of the test's own, in a path with a space and Chinese."""
    home = tmp_path / "通 办"
    shutil.copytree(migrated_home, home)
    return home
