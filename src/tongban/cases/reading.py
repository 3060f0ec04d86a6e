"""One case with what every act on it asks for: its agency's names and its region's lineage."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from tongban.cases.clocks import happened, happenings_of
from tongban.cases.history import Happening
from tongban.cases.models import Case
from tongban.cases.relations import ACTS_FOR
from tongban.foundation.statements import columns, instance, run
from tongban.government.models import Agency, Region

_AGENCY = ("id", "name", "name_en", "department")
_REGION = ("code", "lineage")
_CASE = f"{columns(Agency, 'a', _AGENCY)}, {columns(Region, 'r', _REGION)}, {columns(Case, 'c')}"
_FROM = (
    "FROM cases_case c JOIN government_agency a ON a.id = c.agency_id"
    " JOIN government_region r ON r.code = c.region_id WHERE c.id = %(case)s"
)
_READ = f"SELECT {_CASE} {_FROM}"
_LOCKED = f"{_READ} FOR UPDATE OF c"
_READ_WHOLE = f"SELECT {columns(Agency, 'a')}, {columns(Region, 'r')}, {columns(Case, 'c')} {_FROM}"
_IS_PARTY = "c.person_id = %(agent)s OR " + ACTS_FOR.format(person="c.person_id", organisation="c.organisation_id")
_HELD = f"""
SELECT {_IS_PARTY},
       (SELECT json_agg(json_build_array(e.sequence, e.action, e.at, e.state, e.data, e.account_id) ORDER BY e.sequence)
        FROM cases_caseevent e WHERE e.case_id = c.id),
       {_CASE} {_FROM} FOR UPDATE OF c
"""  # noqa: S608 - put together from constants and the tables' own descriptions


def read_case(case_id: uuid.UUID, *, lock: bool = False) -> Case | None:
    """The case, or None; locked against other acts until the end of the transaction where asked for."""
    found = run(_LOCKED if lock else _READ, {"case": case_id})
    return _case(found[0]) if found else None


def read_whole_case(case_id: uuid.UUID) -> Case | None:
    """The case with everything of its agency and its region, or None: for pages, which print of them what they like."""
    found = run(_READ_WHOLE, {"case": case_id})
    return _case(found[0], (), ()) if found else None


@dataclass(frozen=True)
class HeldCase:
    """A case that is locked for a step.

    Attributes:
        case: as `read_case` has it.
        happenings: its events, in order.
        asker_is_party: who asks applied for it, or represents who did.
    """

    case: Case
    happenings: Sequence[Happening]
    asker_is_party: bool


def hold_case(case_id: uuid.UUID, asker: uuid.UUID | None) -> HeldCase | None:
    """Lock the case and read what a step on it asks for, in one statement; None where there is no such case.

    Args:
        case_id: the case.
        asker: the person whose own case it must not be; None where it may.
    """
    found = run(_HELD, {"case": case_id, "agent": asker})
    if not found:
        return None
    party, events, *row = found[0]
    case, is_party = _case(row), bool(party)
    # Who waited for another's step reads the case as that one left it, but everything else as it was before.
    if not events or events[-1][0] != case.revision:
        return HeldCase(case, happenings_of(case), is_party)
    happenings = [
        happened(action, datetime.fromisoformat(at), state, data, account and uuid.UUID(account))
        for _sequence, action, at, state, data, account in events
    ]
    return HeldCase(case, happenings, is_party)


def _case(row: Sequence[Any], of_agency: Sequence[str] = _AGENCY, of_region: Sequence[str] = _REGION) -> Case:
    case_begins = len(row) - len(Case._meta.concrete_fields)  # noqa: SLF001 - Django's description of a table
    region_begins = case_begins - (len(of_region) or len(Region._meta.concrete_fields))  # noqa: SLF001 - the same
    case = instance(Case, row[case_begins:])
    case.agency = instance(Agency, row[:region_begins], of_agency)
    case.region = instance(Region, row[region_begins:case_begins], of_region)
    return case
