"""Runs the `tongban` command as a program."""

import multiprocessing
import os
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

COMMAND = [sys.executable, "-c", "from tongban.cli import main; main()"]
LONGEST = 120
# A command's process is forked from one that has loaded what does not depend on settings; the rest it does as any
# other would. `test_help_imports_nothing_heavy`, and whatever is served, start from nothing.
_FORKED = multiprocessing.get_context("forkserver")
_FORKED.set_forkserver_preload(
    [
        "cryptography.x509",
        "django.contrib.auth.password_validation",
        "django.core.management",
        "django.db.backends.postgresql.base",
        "django.template.defaultfilters",
        "django.urls",
        "django.views.debug",
        "joserfc.jwt",
        "jsonschema_rs",
        "psycopg.types.range",
        "rich.console",
        "sqlparse",
        "structlog",
        "tongban.cli.app",
        "yaml",
    ]
)


def environment(home: Path, **more: str) -> dict[str, str]:
    """Ours, for the installation at `home` with its own database unless `more` names one."""
    dropped = {"DATABASE_URL", "TONGBAN_KEYS_FILE", "DJANGO_SETTINGS_MODULE"}
    kept = {name: value for name, value in os.environ.items() if name not in dropped}
    return kept | {"TONGBAN_HOME": str(home), "PYTHONPATH": os.pathsep.join(sys.path)} | more


def run_tongban(home: Path, *arguments: str, **more: str) -> subprocess.CompletedProcess[str]:
    """Runs `tongban` to its end, in a process, an environment and a folder of its own."""
    with TemporaryDirectory() as folder:
        said = Path(folder, "stdout"), Path(folder, "stderr")
        process = _FORKED.Process(target=_tongban, args=(arguments, environment(home, **more), home.parent, *said))
        process.start()
        process.join(LONGEST)
        if process.exitcode is None:
            process.kill()
            process.join()
        return subprocess.CompletedProcess(arguments, process.exitcode or 0, *(path.read_text() for path in said))


def _tongban(arguments: tuple[str, ...], variables: dict[str, str], folder: Path, stdout: Path, stderr: Path) -> None:
    os.environ.clear()
    os.environ.update(variables)
    os.chdir(folder)
    for number, path in ((0, Path(os.devnull)), (1, stdout), (2, stderr)):
        os.dup2(os.open(path, os.O_RDWR | os.O_CREAT), number)
    sys.argv = ["tongban", *arguments]
    from tongban.cli import main

    main()
