"""Panel studies small enough to read."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

STUDY = """\
kind = "panel"
[data]
file = "data.csv"
entity = "unit"
period = "year"
group = "region"
[model]
outcome = "y"
regressors = ["x", "w"]
[[estimate]]
effects = "twoways"
se = "fixest"
"""


def made_up(units: int = 8, years: int = 5, seed: int = 1) -> str:
    """A seeded balanced panel as CSV: unit, year, region, y, x, w (w does not change within a unit)."""
    generator = np.random.default_rng(seed)
    lines = ["unit,year,region,y,x,w"]
    for unit in range(units):
        level, w = generator.standard_normal(), round(float(generator.standard_normal()), 3)
        for year in range(years):
            x = generator.standard_normal() + 0.3 * year
            y = 5 + level + 0.8 * x + 0.5 * year + 0.4 * generator.standard_normal()
            lines.append(f"u{unit + 1},{2016 + year},{'north' if unit % 2 else 'south'},{y:.5f},{x:.5f},{w}")
    return "\n".join(lines) + "\n"


WriteStudy = Callable[..., Path]


@pytest.fixture
def write_panel(tmp_path: Path) -> WriteStudy:
    """Writes a panel study and its data; returns the study's path."""

    def write(more: str = "", *changes: tuple[str, str], data: str | None = None) -> Path:
        (tmp_path / "data.csv").write_text(made_up() if data is None else data, encoding="utf-8")
        text = STUDY
        for old, new in changes:
            assert old in text
            text = text.replace(old, new)
        path = tmp_path / "study.toml"
        path.write_text(text + more, encoding="utf-8")
        return path

    return write
