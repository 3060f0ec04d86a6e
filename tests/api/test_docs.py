"""The walk through the API in docs/api.md, run word for word against a live server."""

import json
import os
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.api.world import ANSWERS, PASSWORD, build
from tongban.identity.signin.second_factor import enrol_app

APP_KEY = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
GUIDE = Path(__file__).resolve().parents[2] / "docs" / "api.md"


@pytest.mark.skipif(shutil.which("curl") is None, reason="curl is not installed")
def test_the_walk_works(quick_passwords: None, live_server: Any, tmp_path: Path) -> None:
    enrol_app(build().accounts["reviewer"], APP_KEY)
    script = "\n".join(re.findall(r"^```sh\n(.*?)^```", GUIDE.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL))
    known = {
        "BASE": live_server.url,
        "CITIZEN": "citizen",
        "OFFICER": "reviewer",
        "PASSWORD": PASSWORD,
        "APP_KEY": APP_KEY,
        "ANSWERS": json.dumps(ANSWERS),
    }
    done = subprocess.run(
        ["bash", "-euxo", "pipefail", "-c", script],
        env=os.environ | known,
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    printed = done.stdout.splitlines()
    assert "Food licence" in printed
    assert "granted" in printed
    assert "#/answers/shop_name" in printed
    assert (tmp_path / "decision.pdf").read_bytes().startswith(b"%PDF-")
