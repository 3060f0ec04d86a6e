"""Peers: who looks at whom, as a matrix of weights without the own unit.

`provinces.csv` holds the 31 provincial units of mainland China with code, names, region (the four regions of the
National Bureau of Statistics) and neighbours by land border; Hainan, an island, is given Guangdong across the strait.
"""

import csv
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np

from tongban.observatory.errors import StudyError
from tongban.observatory.panel.absorb import Floats
from tongban.observatory.panel.request import Derived
from tongban.observatory.study.data import read_data

PROVINCES = Path(__file__).with_name("provinces.csv")
SUFFIXES = ("维吾尔自治区", "壮族自治区", "回族自治区", "自治区", "省", "市", " Province", " Municipality")
ALIASES = {"Tibet": "西藏", "Neimenggu": "内蒙古"}


@dataclass(frozen=True)
class Province:
    name: str
    region: str
    neighbours: tuple[str, ...]


@cache
def _provinces() -> dict[str, Province]:
    """By code (six digits or two), Chinese name and English name."""
    found: dict[str, Province] = {}
    with PROVINCES.open(encoding="utf-8") as file:
        for row in csv.DictReader(file):
            province = Province(row["zh"], row["region"], tuple(row["neighbours"].split()))
            for key in (row["code"], row["code"][:2], row["zh"], row["en"].lower()):
                found[key] = province
    for alias, name in ALIASES.items():
        found[alias.lower()] = found[name]
    return found


def province(name: str) -> Province | None:
    """The province of China that goes by this name or code."""
    short = name.strip()
    for suffix in SUFFIXES:
        short = short.removesuffix(suffix)
    return _provinces().get(short) or _provinces().get(short.lower())


def regions_of_china(entities: tuple[str, ...]) -> tuple[str, ...]:
    """The region of each province.

    Raises:
        StudyError: An entity is no province of China.
    """
    return tuple(_known(name).region for name in entities)


def _known(name: str) -> Province:
    found = province(name)
    if found is None:
        raise StudyError(
            f"“{name}” is no province of China by name or code; name a file of neighbours or a column of regions"
        )
    return found


def weights(asked: Derived, entities: tuple[str, ...], groups: tuple[str, ...] | None) -> Floats:
    """Weights of peers, shape (entities, entities), zero on the diagonal.

    Raises:
        StudyError: Neighbours, regions or distances are not to be had for these entities.
    """
    size = len(entities)
    if asked.of == "all":
        return np.ones((size, size)) - np.eye(size)
    if asked.of == "region":
        if groups is None:
            raise StudyError(f"[derive].{asked.name}: peers of the same region need [data] group")
        labels = np.array(groups)
        same: Floats = (labels[:, None] == labels[None, :]).astype(np.float64)
        return same - np.eye(size)
    found = np.zeros((size, size))
    if asked.file is None:
        own = [_known(name) for name in entities]
        for a in range(size):
            for b in range(size):
                found[a, b] = own[b].name in own[a].neighbours
        return found
    _from_file(asked, asked.file, {name: at for at, name in enumerate(entities)}, found)
    np.fill_diagonal(found, 0)
    return found


def _from_file(asked: Derived, path: Path, at: dict[str, int], found: Floats) -> None:
    """Pairs of a file: two columns of names, a third of distances. A pair counts both ways."""
    table = read_data(path)
    needed = 3 if asked.of == "distance" else 2
    if len(table.columns) < needed:
        raise StudyError(f"{path.name}: {needed} columns are expected, there are {len(table.columns)}")
    first, second = table.names(table.columns[0]), table.names(table.columns[1])
    distances = table.numbers(table.columns[2]) if asked.of == "distance" else np.ones(len(first))
    for row, (a, b, distance) in enumerate(zip(first, second, distances, strict=True), start=2):
        if distance <= 0 and a != b:
            raise StudyError(f"{path.name}: column “{table.columns[2]}”, row {row}: a distance must be above 0")
        if a in at and b in at and a != b:
            found[at[a], at[b]] = found[at[b], at[a]] = distance**-asked.power


def peer_means(weight: Floats, values: Floats) -> Floats:
    """Weighted means of the peers' values, shape (entities, periods); a peer without a value does not count."""
    seen = np.isfinite(values)
    total = weight @ seen
    with np.errstate(invalid="ignore", divide="ignore"):
        found: Floats = np.where(total > 0, (weight @ np.where(seen, values, 0.0)) / total, np.nan)
    return found
