"""Runs the `tongban` command as a program."""

import os
import subprocess
import sys
from pathlib import Path

COMMAND = [sys.executable, "-c", "from tongban.cli import main; main()"]


def environment(home: Path, **more: str) -> dict[str, str]:
    """Ours, for the installation at `home` with its own database unless `more` names one."""
    dropped = {"DATABASE_URL", "TONGBAN_KEYS_FILE", "DJANGO_SETTINGS_MODULE"}
    kept = {name: value for name, value in os.environ.items() if name not in dropped}
    return kept | {"TONGBAN_HOME": str(home), "PYTHONPATH": os.pathsep.join(sys.path)} | more


def run_tongban(home: Path, *arguments: str, **more: str) -> subprocess.CompletedProcess[str]:
    """Runs `tongban` to its end."""
    return subprocess.run(
        [*COMMAND, *arguments],
        env=environment(home, **more),
        cwd=home.parent,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
