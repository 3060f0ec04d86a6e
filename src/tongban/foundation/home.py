"""The folder of an installation's state."""

import os
from pathlib import Path


def home() -> Path:
    """`TONGBAN_HOME`, or `var/` in the working directory: database, keys, content, logs, static files."""
    return Path(os.environ.get("TONGBAN_HOME") or Path.cwd() / "var").resolve()
