"""Which extras the development lock holds (all but spark), and whether the locks name no place of this machine.

Prints `--extra NAME` for each; with `--check-locks` prints what is wrong with the lock files and fails.
"""

import re
import sys
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
LEFT_OUT = {"spark"}
# A lock holds packages, versions, markers, hashes and comments: no address, no path, no index option.
FOREIGN = re.compile(r"://|^\s*-(i|f|e)\b|^\s*--(index|extra-index|find-links|trusted)|\bfile:|^\s*[./~]", re.MULTILINE)


def extras() -> list[str]:
    """The names of the extras, in order."""
    with (ROOT / "pyproject.toml").open("rb") as file:
        return sorted(set(tomllib.load(file)["project"]["optional-dependencies"]) - LEFT_OUT)


def foreign_lines() -> list[str]:
    """Every place in the locks where something other than a package is named."""
    return [
        f"{lock.name}: {match.group(0).strip()!r} at character {match.start()}"
        for lock in sorted((ROOT / "requirements").glob("*.lock"))
        for match in FOREIGN.finditer(lock.read_text(encoding="utf-8"))
    ]


if __name__ == "__main__":
    if sys.argv[1:] == ["--check-locks"]:
        found = foreign_lines()
        sys.stderr.writelines(f"{line}\n" for line in found)
        sys.exit(1 if found else 0)
    sys.stdout.write(" ".join(f"--extra {name}" for name in extras()) + "\n")
