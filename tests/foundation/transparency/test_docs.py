"""The verification that docs/ledger.md prints for those who do not trust ours."""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.foundation.transparency.acts import NOW, Acts
from tongban.foundation.models import LedgerEntry
from tongban.foundation.transparency import queries, tree

GUIDE = Path(__file__).resolve().parents[3] / "docs" / "ledger.md"


@pytest.fixture
def script(tmp_path: Path) -> Path:
    found = re.findall(r"^```python\n(.*?)^```", GUIDE.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)
    assert len(found) == 1
    path = tmp_path / "by_hand.py"
    path.write_text(found[0], encoding="utf-8")
    return path


def test_receipts_hold_without_our_code(acts: Acts, script: Path, tmp_path: Path) -> None:
    acts(13)
    tree.place_entries(NOW)
    receipts = queries.receipts_of(LedgerEntry.objects.values_list("pk", flat=True))
    for one in (receipts[0], receipts[6], receipts[12]):
        document = one.document()
        for changed in (False, True):
            if changed:
                document["entry"]["deed"] = "grant"
            (tmp_path / "receipt.json").write_text(json.dumps(document), encoding="utf-8")
            done = subprocess.run(
                [sys.executable, "-I", str(script), str(tmp_path / "receipt.json")],
                capture_output=True,
                text=True,
                check=False,
                timeout=60,
            )
            assert (done.returncode == 0, "sound" in done.stdout) == (not changed, not changed), done.stderr
