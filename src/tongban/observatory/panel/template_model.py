"""The seeded model behind the rows of Province 01 to Province 31 of the online integration template.

The data of the founding study (31 provinces, 2016 to 2020) are not public. These figures are invented: provinces differ
by a level of their own, years by a common push, the outcome follows four of the six variables, and the survey is taken
with one dimension more from 2018. They say nothing about any province.
"""

import csv
import io
from collections.abc import Sequence

import numpy as np

SEED = 20162020
PROVINCES = 31
YEARS = (2016, 2017, 2018, 2019, 2020)
REGIONS = (("East", 10), ("Central", 6), ("West", 12), ("Northeast", 3))
COLUMNS = (
    "province",
    "year",
    "region",
    "integration",
    "online",
    "fiscal",
    "leader",
    "demand",
    "informatisation",
    "pilot",
)
TURNOVER = 0.3
"""Share of provinces whose governor changes in a year."""
BREAK = 2018
"""The first year with five dimensions in place of four."""


def template_data() -> str:
    """The template's CSV; the same text on every machine."""
    generator = np.random.default_rng(SEED)
    regions = [name for name, size in REGIONS for _ in range(size)]
    neighbours = neighbour_pairs()
    level = generator.standard_normal(PROVINCES)
    fiscal = np.exp(7.6 + 0.35 * level + 0.25 * generator.standard_normal(PROVINCES))
    demand = 53 + 7 * level + 3 * generator.standard_normal(PROVINCES)
    informatisation = 45 + 10 * level + 4 * generator.standard_normal(PROVINCES)
    before = 66 + 4 * level + 2 * generator.standard_normal(PROVINCES)
    experience = generator.integers(0, 2, PROVINCES)
    rows = []
    for at, year in enumerate(YEARS):
        fiscal = fiscal * np.exp(0.05 + 0.13 * generator.standard_normal(PROVINCES))
        demand = demand + 2.0 + 1.6 * generator.standard_normal(PROVINCES)
        informatisation = informatisation + 3 + 2.2 * generator.standard_normal(PROVINCES)
        changed = generator.random(PROVINCES) < TURNOVER
        experience = np.where(changed, generator.integers(0, 2, PROVINCES), experience)
        pilot = (generator.random(PROVINCES) < 0.12 + 0.06 * at).astype(int)
        peers = np.array([np.mean([before[other] for other in neighbours[own]]) for own in range(PROVINCES)])
        noise = generator.standard_normal(PROVINCES)
        outcome = (
            67 + 2.5 * level + 1.6 * at + (2.0 if year >= BREAK else 0.0)
            + 7.0 * (np.log(fiscal) - 7.6) + 1.9 * experience + 0.4 * (demand - 57) + 0.45 * (peers - 70) + 1.2 * noise
        )  # fmt: skip
        online = 0.6 * outcome + 25 + 1.5 * generator.standard_normal(PROVINCES)
        rows += [
            [
                f"Province {own + 1:02d}", year, regions[own], f"{outcome[own]:.2f}", f"{online[own]:.2f}",
                f"{fiscal[own]:.0f}", int(experience[own]), f"{demand[own]:.1f}", f"{informatisation[own]:.1f}",
                int(pilot[own]),
            ]
            for own in range(PROVINCES)
        ]  # fmt: skip
        before = outcome
    rows.sort(key=lambda row: (row[0], row[1]))
    return _csv([list(COLUMNS), *rows])


def template_neighbours() -> str:
    """Which province borders on which, as invented as the provinces."""
    pairs = [
        [f"Province {own + 1:02d}", f"Province {other + 1:02d}"]
        for own, others in neighbour_pairs().items()
        for other in others
        if other > own
    ]
    return _csv([["province", "neighbour"], *pairs])


def neighbour_pairs() -> dict[int, list[int]]:
    """A strip of land six provinces wide: each borders on those beside, before and behind it."""
    wide = 6
    found: dict[int, list[int]] = {own: [] for own in range(PROVINCES)}
    for own in range(PROVINCES):
        for other in (own + 1, own + wide):
            if other < PROVINCES and (other == own + wide or other % wide):
                found[own].append(other)
                found[other].append(own)
    return found


def _csv(rows: Sequence[Sequence[object]]) -> str:
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows(rows)
    return text.getvalue()
