"""Studies for the observatory's tests, made small enough to read."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

import tongban.observatory.qca

TEMPLATES = Path(tongban.observatory.qca.__file__).parent / "templates"

STUDY = """\
kind = "qca"
[data]
file = "data.csv"
cases = "case"
outcome = "Y"
conditions = ["A", "B", "C"]
[[truth_table]]
outcome = "Y"
incl_cut = 0.8
pri_cut = 0.5
[expectations]
default = "present"
"""

DATA = """\
case,A,B,C,Y
one,0.9,0.8,0.2,0.9
two,0.8,0.9,0.7,0.8
three,0.2,0.9,0.8,0.3
four,0.1,0.2,0.9,0.1
five,0.7,0.1,0.2,0.6
"""

WriteStudy = Callable[..., Path]


@pytest.fixture
def write_study(tmp_path: Path) -> WriteStudy:
    """Writes a study and its data; returns the study's path."""

    def write(study: str = STUDY, data: str = DATA) -> Path:
        (tmp_path / "data.csv").write_text(data, encoding="utf-8")
        path = tmp_path / "study.toml"
        path.write_text(study, encoding="utf-8")
        return path

    return write


@pytest.fixture
def template(tmp_path: Path) -> Callable[[str], Path]:
    """A copy of a template; returns its study file."""

    def copy(name: str) -> Path:
        shutil.copytree(TEMPLATES / name, tmp_path / name)
        return tmp_path / name / "study.toml"

    return copy
