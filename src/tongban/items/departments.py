"""Which department of the register an agency's name means: by name, without its kind of office, by alias. Pure."""

import csv
import re
from collections.abc import Iterable, Mapping
from functools import cache
from importlib.resources import files

_TIERS = "区县旗"
# "市" at the beginning may be the city's or the first character of "市场监管": only these go on after the city's.
_AFTER_CITY = re.compile(r"市(?!场|监|政|容|民政策|域|级)")
# The Party committee of a place (区委统战部): the place belongs to the name, for 委 alone is no committee.
_COMMITTEE = re.compile(r"[省市州盟区县旗]委(?!员)")
# Kinds of offices that names end in; what stands before them is the line.
_OFFICES = ("管理委员会", "管理分局", "管理局", "委员会", "办公室", "分局", "局", "厅", "委", "办")
_SHORTEST_LINE = 2


def department_name(agency_name: str, region_name: str) -> str:
    """The functional line's name in an agency's: without the place before it (区民政局 -> 民政局); a committee's
    departments keep theirs (区委统战部).
    """
    rest = agency_name.removeprefix(region_name)
    if rest != agency_name and _COMMITTEE.match(region_name[-1:] + rest):
        return region_name[-1:] + rest
    if _COMMITTEE.match(agency_name):
        return agency_name
    if rest == agency_name and len(agency_name) > 2 and agency_name[0] in _TIERS:  # noqa: PLR2004 - a place and a word
        rest = agency_name[1:]
    if rest == agency_name and region_name.endswith("市"):
        rest = _AFTER_CITY.sub("", agency_name, count=1) if agency_name.startswith("市") else rest
    return rest or agency_name


def lines_of(name: str) -> list[str]:
    """The name and what stands before its kind of office, the longest first (应急管理局 -> 应急管理, 应急)."""
    shorter = {name.removesuffix(office) for office in _OFFICES if name.endswith(office)}
    return [name, *sorted((one for one in shorter if len(one) >= _SHORTEST_LINE), key=len, reverse=True)]


@cache
def shipped_aliases() -> Mapping[str, tuple[str, ...]]:
    """By code of a department: the other names its line goes by, short (人社) or of merged offices (教科体)."""
    text = (files("tongban.government") / "data" / "department_aliases.csv").read_text(encoding="utf-8")
    found: dict[str, tuple[str, ...]] = {}
    for row in csv.DictReader(text.splitlines()):
        found[row["code"]] = (*found.get(row["code"], ()), row["alias"])
    return found


class KnownDepartments:
    """The departments of a register, found by what agencies' names say."""

    def __init__(self, departments: Iterable[tuple[str, str]], aliases: Mapping[str, tuple[str, ...]]) -> None:
        """`departments` are code and name of each, `aliases` other names by code. Among equals the first counts."""
        backwards = list(departments)[::-1]
        by_name = {known: code for code, known in backwards}
        by_line = {line: code for code, known in backwards for line in reversed(lines_of(known))}
        by_alias = {alias: code for code, _name in backwards for alias in aliases.get(code, ())}
        self._ways = (by_name, by_line, by_alias)

    def code_of(self, name: str) -> str | None:
        """The code of the department that a name (`department_name`) means; None where it is none of these.

        A name as it is goes before a name without its kind of office, and that before an alias.
        """
        wanted = lines_of(name)
        return next((known[line] for known in self._ways for line in wanted if line in known), None)
