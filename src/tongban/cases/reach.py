"""How far a service reaches that is done fully online: 通办范围 of its version against where the applicant is. Pure.

A lineage is a region's codes from the nation down to itself.
"""

from collections.abc import Sequence
from datetime import date

from django.db.models import Q

from tongban.government.models import RegionLevel
from tongban.items.models import ServiceVersion

Area = ServiceVersion.HandlingArea
LEVELS: dict[str, int] = {
    Area.NATION: RegionLevel.NATION,
    Area.PROVINCE: RegionLevel.PROVINCE,
    Area.PREFECTURE: RegionLevel.PREFECTURE,
    Area.COUNTY: RegionLevel.COUNTY,
    Area.TOWNSHIP: RegionLevel.TOWNSHIP,
}


def is_elsewhere(home: Sequence[str], place: Sequence[str]) -> bool:
    """Whether the place lies outside the region whose agency is competent."""
    return not home or home[-1] not in place


def reaches(area: str, home: Sequence[str], place: Sequence[str]) -> bool:
    """Whether who is at the place can have it done online by the agency at home: both lie in one region of the area."""
    if area not in LEVELS:
        return False
    through = LEVELS[area] + 1
    return len(place) >= through and tuple(home[:through]) == tuple(place[:through])


def offered_on(day: date) -> Q:
    """Offers (`models.RegionOffer`) that hold on the day."""
    return Q(offered_from__lte=day) & (Q(offered_to=None) | Q(offered_to__gt=day))


def reached_from(place: Sequence[str]) -> Q:
    """Versions in force that reach who is at the place: `reaches` as a condition on rows."""
    found = Q(pk=None)
    for area, level in LEVELS.items():
        if level < len(place):
            found |= Q(handling_area=area, service__agency__region__lineage__contains=[place[level]])
    return found
