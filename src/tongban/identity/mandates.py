"""What one may do for another, in pure terms: deeds, matters, and what several grants together cover.

A representative, a guardian and an organisation's administrator act in everything; a delegation (授权委托) covers the
matters and deeds it names, and says for how long (民法典 art 165).
"""

import uuid
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any


class Deed(StrEnum):
    """What a delegation lets the agent do. Reading belongs to every one: nobody can act on what they cannot see."""

    READ = "read"
    APPLY = "apply"  # begin, fill in, send; confirm an offer; book an appointment
    FOLLOW_UP = "follow_up"  # correct, take part, withdraw, rate


class Basis(StrEnum):
    """By what somebody acts for another."""

    REPRESENTATIVE = "representative"  # 法定代表人, 民法典 art 61
    FORMER_REPRESENTATIVE = "former_representative"  # of an organisation that was dissolved: reads what there is
    ADMINISTRATOR = "administrator"  # of the organisation's staff: invites and removes others
    HANDLER = "handler"  # of the organisation's staff, 民法典 art 170
    AGENT = "agent"  # somebody outside
    AGENT_FIRM = "agent_firm"  # a firm: its own representative and staff act
    RELATIVE = "relative"
    CARER = "carer"
    NEIGHBOUR = "neighbour"
    OTHER = "other"
    GUARDIAN = "guardian"  # 民法典 art 23, 27, 28
    WRITTEN_POWER = "written_power"  # 授权委托书 shown at a window, 民法典 art 165: that day, for what it says


# Which deed of a delegation a deed of the authority table needs; every other one is following up.
_NEEDS = {
    ("case", "apply"): Deed.APPLY,
    ("offer", "answer"): Deed.APPLY,
    ("queue", "book"): Deed.APPLY,
}
_AS_READING = {("message", "mark"), ("contact", "choose"), ("saved_matter", "keep"), ("suggestion", "choose")}


def deed_needed(kind: str, deed: str) -> Deed:
    """The deed of a delegation that a deed of the authority table needs."""
    # What one puts aside, and that one has read something, changes nothing for the principal.
    return Deed.READ if deed == "read" or (kind, deed) in _AS_READING else _NEEDS.get((kind, deed), Deed.FOLLOW_UP)


@dataclass(frozen=True)
class Grant:
    """One reason to act for another.

    Attributes:
        basis, source: what kind of reason, and the row it stands in.
        deeds: what may be done.
        services, items: the only matters it covers; both empty where it covers all.
    """

    basis: Basis
    source: uuid.UUID
    deeds: frozenset[str] = frozenset(Deed)
    services: frozenset[uuid.UUID] = frozenset()
    items: frozenset[uuid.UUID] = frozenset()

    @property
    def covers_all_matters(self) -> bool:
        return not self.services and not self.items

    def covers(self, deed: Deed, service_id: uuid.UUID | None, item_id: uuid.UUID | None) -> bool:
        """Whether it lets the agent do this in a matter; no matter named counts as one it does not name."""
        if deed not in self.deeds:
            return False
        return self.covers_all_matters or service_id in self.services or item_id in self.items


@dataclass(frozen=True)
class Mandate:
    """Everything that lets one person act for one principal today; never empty."""

    grants: tuple[Grant, ...]

    @property
    def basis(self) -> Basis:
        """The strongest reason, as lists and pages say it."""
        return min((grant.basis for grant in self.grants), key=list(Basis).index)

    @property
    def source(self) -> uuid.UUID:
        """The row of the strongest reason."""
        return min(self.grants, key=lambda grant: list(Basis).index(grant.basis)).source

    @property
    def is_former(self) -> bool:
        """Whether the principal is no more, and this is its last representative."""
        return self.basis is Basis.FORMER_REPRESENTATIVE

    @property
    def is_staff_or_more(self) -> bool:
        """Whether it may arrange who else acts for an organisation: its representative, or an administrator."""
        return self.basis in {Basis.REPRESENTATIVE, Basis.ADMINISTRATOR}

    @property
    def is_of_guardian(self) -> bool:
        """Whether the principal is a ward of the agent's, beside whatever else there is between them."""
        return any(grant.basis is Basis.GUARDIAN for grant in self.grants)

    def allows(self, kind: str, deed: str) -> bool:
        """Whether some matter is covered for this deed of the authority table."""
        needed = deed_needed(kind, deed)
        return any(needed in grant.deeds for grant in self.grants)

    def covers(self, deed: Deed, service_id: uuid.UUID | None, item_id: uuid.UUID | None) -> bool:
        """Whether it lets the agent do this in this matter."""
        return any(grant.covers(deed, service_id, item_id) for grant in self.grants)

    def is_whole(self, deed: Deed) -> bool:
        """Whether the deed is covered in all matters."""
        return any(grant.covers_all_matters and deed in grant.deeds for grant in self.grants)

    def matters(self, deed: Deed) -> tuple[frozenset[uuid.UUID], frozenset[uuid.UUID]]:
        """The services and items for which the deed is covered, where it is not covered in all matters."""
        having = [grant for grant in self.grants if deed in grant.deeds]
        services = frozenset().union(*(grant.services for grant in having))
        return services, frozenset().union(*(grant.items for grant in having))


# Who acts by office, not by a list of matters.
_WHOLE = frozenset({Basis.REPRESENTATIVE, Basis.GUARDIAN})


def grant_of(row: Mapping[str, Any]) -> Grant:
    """A grant from a row of the view of mandates: `basis`, `source_id`, `deeds`, `services`, `items`."""
    basis = Basis(row["basis"])
    source = uuid.UUID(str(row["source_id"]))
    if basis in _WHOLE:
        return Grant(basis, source)
    if basis is Basis.FORMER_REPRESENTATIVE:
        return Grant(basis, source, frozenset({Deed.READ}))
    return Grant(
        basis,
        source,
        frozenset(row["deeds"] or ()) | {Deed.READ},
        _ids(row["services"]),
        _ids(row["items"]),
    )


def mandate_of(rows: Collection[Mapping[str, Any]]) -> Mandate | None:
    """The mandate of all rows that hold today for one principal; None where there are none.

    A former representative's reading counts only where nothing else does.
    """
    grants = sorted((grant_of(row) for row in rows), key=lambda grant: str(grant.source))
    return Mandate(tuple(grants)) if grants else None


def _ids(given: Collection[Any] | None) -> frozenset[uuid.UUID]:
    return frozenset(uuid.UUID(str(one)) for one in given or ())
