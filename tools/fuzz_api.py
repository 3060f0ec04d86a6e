"""Fuzzes the whole API against its document, longer than the tests do, and says how many calls it made.

python tools/fuzz_api.py [EXAMPLES] [SEED]     (200 examples an operation, a seed of its own each time)
"""

import os
import secrets
import sys

import pytest


class Count:
    """Counts calls and failed operations."""

    def __init__(self) -> None:
        self.failed: list[str] = []
        self.operations = 0

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        self.operations += report.when == "call"
        if report.failed:
            self.failed.append(report.nodeid.rpartition("::")[2])


def main() -> int:
    """Exit code 1 where anything failed."""
    examples = sys.argv[1] if len(sys.argv) > 1 else "200"
    seed = sys.argv[2] if len(sys.argv) > 2 else str(secrets.randbelow(10**6))  # noqa: PLR2004 - the second argument
    os.environ |= {"TONGBAN_FUZZ_EXAMPLES": examples, "TONGBAN_FUZZ_SEED": seed}
    count = Count()
    options = ["-q", "-n", "0", "-p", "no:logging", "--show-capture=no", "tests/api/test_schemathesis.py"]
    code = int(pytest.main(options, plugins=[count]))
    from tests.api.test_schemathesis import CALLS  # noqa: PLC0415 - only there after the run

    calls = sum(CALLS.values())
    lines = [f"{calls} calls to {count.operations} operations, {len(count.failed)} failed (seed {seed})", *count.failed]
    sys.stdout.write("\n  ".join(lines) + "\n")
    return code


if __name__ == "__main__":
    sys.exit(main())
