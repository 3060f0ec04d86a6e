"""One case with what every act on it asks for: its agency's names and its region's lineage."""

import uuid

from tongban.cases.models import Case
from tongban.foundation.statements import columns, instance, run
from tongban.government.models import Agency, Region

_AGENCY = ("id", "name", "name_en")
_REGION = ("code", "lineage")


def read_case(case_id: uuid.UUID, *, lock: bool = False) -> Case | None:
    """The case, or None; locked against other acts until the end of the transaction where asked for."""
    sql = (
        f"SELECT {columns(Agency, 'a', _AGENCY)}, {columns(Region, 'r', _REGION)}, {columns(Case, 'c')}"  # noqa: S608
        " FROM cases_case c JOIN government_agency a ON a.id = c.agency_id"
        " JOIN government_region r ON r.code = c.region_id WHERE c.id = %s" + (" FOR UPDATE OF c" if lock else "")
    )
    found = run(sql, [case_id])
    if not found:
        return None
    row = found[0]
    agency_ends, region_ends = len(_AGENCY), len(_AGENCY) + len(_REGION)
    case = instance(Case, row[region_ends:])
    case.agency = instance(Agency, row[:agency_ends], _AGENCY)
    case.region = instance(Region, row[agency_ends:region_ends], _REGION)
    return case
