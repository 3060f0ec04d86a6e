"""What the guidance, or a commitment, left out of a case: frozen when it was filed."""

from typing import NamedTuple

from tongban.cases.models import Case, CaseLight


class LeftOut(NamedTuple):
    fields: frozenset[str]
    materials: frozenset[int]


NOTHING = LeftOut(frozenset(), frozenset())


def left_out_of(case: Case) -> LeftOut:
    """One query for a case whose service has light handling, none for any other."""
    if not case.version.light:
        return NOTHING
    row = CaseLight.objects.filter(case=case).values_list("left_out_fields", "left_out_materials").first()
    return LeftOut(frozenset(row[0]), frozenset(row[1])) if row else NOTHING
