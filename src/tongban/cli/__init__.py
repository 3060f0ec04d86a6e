"""The `tongban` command."""

import sys


def main() -> None:
    """Runs the command and ends the process with its exit code.

    0 done; 1 failed; 2 the command or its input was wrong; 3 the machine or the installation cannot be used as it
    is (database, keys, port, disk, folder).
    """
    from tongban.cli.app import run  # noqa: PLC0415 - `import tongban.cli` alone stays free

    sys.exit(run(sys.argv[1:]))
