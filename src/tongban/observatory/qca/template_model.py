"""The seeded model behind the cases Province 01 to Province 31 of the digital government template.

The scores of the founding study are not public. These figures are invented: a development level, eight conditions
that lean on it more or less, and an outcome that any of four recipes can raise. They say nothing about any province.
"""

import csv
import io

import numpy as np

SEED = 2021
PROVINCES = 31
COLUMNS = ("TALENT", "ITORG", "ITRES", "FISCAL", "ATTN", "DIGECO", "DEMAND", "COMPETE")
LEANING = (0.75, 0.2, 0.7, 0.35, 0.1, 0.8, 0.6, 0.4)
"""Correlation of each condition with the development level."""

SCALES = {
    "TALENT": (62.0, 28.0, 1),
    "ITORG": (5.2, 1.9, 1),
    "ITRES": (48.0, 14.0, 1),
    "FISCAL": (1.9, 0.8, 2),
    "ATTN": (21.0, 7.5, 0),
    "DIGECO": (41.0, 15.0, 1),
    "DEMAND": (68.0, 9.0, 1),
    "COMPETE": (63.0, 6.5, 1),
}
"""Mean, standard deviation and decimals of each column, in the units of the data dictionary."""


def template_data() -> str:
    """The template's CSV; the same text on every machine."""
    generator = np.random.default_rng(SEED)
    development = generator.standard_normal(PROVINCES)
    scores = {
        name: leaning * development + (1 - leaning**2) ** 0.5 * generator.standard_normal(PROVINCES)
        for name, leaning in zip(COLUMNS, LEANING, strict=True)
    }
    recipes = [
        np.minimum.reduce([scores["TALENT"], scores["ITRES"], scores["DIGECO"]]),
        np.minimum.reduce([scores["ITORG"], scores["ATTN"], scores["FISCAL"]]),
        np.minimum.reduce([scores["DEMAND"], scores["COMPETE"], scores["ITORG"]]),
        np.minimum.reduce([scores["DIGECO"], scores["DEMAND"], scores["ATTN"]]),
    ]
    outcome = np.maximum.reduce(recipes) + 0.2 * generator.standard_normal(PROVINCES)
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(["province", *COLUMNS, "DGI"])
    for at in range(PROVINCES):
        values = []
        for name in COLUMNS:
            mean, spread, decimals = SCALES[name]
            values.append(f"{max(0.1, mean + spread * scores[name][at]):.{decimals}f}")
        writer.writerow([f"Province {at + 1:02d}", *values, f"{55 + 14 * outcome[at]:.2f}"])
    return text.getvalue()
