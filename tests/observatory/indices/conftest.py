"""Index studies small enough to read."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

STUDY = """\
kind = "index"
[data]
file = "data.csv"
entity = "who"
period = "year"
indices = ["x", "a", "b"]
"""

DATA = """\
who,year,x,a,b
one,2000,0.2,0.1,0.3
one,2010,0.5,0.4,0.6
one,2020,0.75,0.75,0.75
two,2000,0.8,0.8,0.8
two,2010,0.9,0.9,0.9
two,2020,0.9,1,0.8
six,2000,0.6,0.5,0.7
six,2010,0.2,0.2,0.2
six,2020,0.4,0.4,0.4
"""


def run_study(study: Path, **chosen: Any) -> Any:
    """`run.run_study`, loaded when it is first asked for: loading the engines takes longer than a study."""
    from tongban.observatory.indices import run

    return run.run_study(study, **chosen)


WriteStudy = Callable[..., Path]
Outputs = Callable[..., dict[str, Any]]


@pytest.fixture
def write_study(tmp_path: Path) -> WriteStudy:
    """Writes a study and its data; returns the study's path."""

    def write(more: str = "", data: str = DATA, study: str = STUDY) -> Path:
        (tmp_path / "data.csv").write_text(data, encoding="utf-8")
        path = tmp_path / "study.toml"
        path.write_text(study + more, encoding="utf-8")
        return path

    return write


@pytest.fixture
def outputs(write_study: WriteStudy) -> Outputs:
    """What result.json has under `outputs` for a study."""

    def run(more: str = "", data: str = DATA, study: str = STUDY) -> dict[str, Any]:
        found: dict[str, Any] = run_study(write_study(more, data, study)).result["outputs"]
        return found

    return run
