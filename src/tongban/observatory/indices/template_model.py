"""The made-up data of the example study: a seeded model, so that nobody takes them for real."""

import random

REGIONS, YEARS = 24, (2016, 2018, 2020, 2022, 2024)
PARTS = ("service", "network", "people")


def template_data() -> str:
    """The data as CSV: 24 regions that start apart and rise, the low ones faster; two are not surveyed at first."""
    random.seed(20240918)
    lines = [",".join(("region", "year", "index", *PARTS))]
    for number in range(1, REGIONS + 1):
        start = [0.15 + 0.6 * random.random() for _ in PARTS]  # noqa: S311 - an example, no secret
        for step, year in enumerate(YEARS):
            noise = [random.gauss(0, 0.03) for _ in PARTS]
            parts = [
                min(1.0, max(0.02, value + 0.16 * step * (1 - value) + error))
                for value, error in zip(start, noise, strict=True)
            ]
            if number in {7, 19} and not step:
                parts = [0.0] * len(PARTS)
            cells = [round(value, 4) for value in (sum(parts) / len(parts), *parts)]
            lines.append(",".join((f"Region {number:02d}", str(year), *(f"{value:g}" for value in cells))))
    return "\n".join(lines) + "\n"
