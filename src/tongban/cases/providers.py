"""Where government gets a material from instead of asking for it: providers, each of which looks in one place.

A provider finds a material of the applicant and gives its content; the platform asks it only with the applicant's
consent. One is real now: the decisions and materials of the same applicant's earlier cases on this platform. Further
ones (the data exchange) register themselves: `register(MyProvider())`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Protocol

from django.utils import timezone

from tongban.cases.facts import Subject, granted
from tongban.cases.models import Case, CaseDocument, CaseMaterial
from tongban.cases.rules import written
from tongban.foundation import content
from tongban.items.light import FetchSource, Words


@dataclass(frozen=True)
class Found:
    """A material that government holds already: what it is, whose, and where it is kept."""

    provider: str
    position: int
    source: Words
    case: Case
    document: CaseDocument | None = None
    material: CaseMaterial | None = None

    @property
    def key(self) -> tuple[object, object]:
        """What makes it the same thing when it is looked for again."""
        return (self.document.pk if self.document else None, self.material.pk if self.material else None)


@dataclass(frozen=True)
class Fetched:
    """The content of a material, and what the file is called."""

    name: str
    data: bytes


class Provider(Protocol):
    """Looks in one place for materials of an applicant."""

    code: str

    def find(self, subject: Subject, wanted: Mapping[int, Sequence[FetchSource]], day: date) -> dict[int, Found]: ...

    def fetch(self, found: Found) -> Fetched: ...


_GRANTS = (CaseDocument.Kind.GRANT, CaseDocument.Kind.DEEMED_RENEWAL)


class EarlierCases:
    """Decisions granted to the same applicant on this platform that still stand, and materials of those cases."""

    code = "earlier-cases"

    def find(self, subject: Subject, wanted: Mapping[int, Sequence[FetchSource]], day: date) -> dict[int, Found]:
        """The newest of each that is not too old, by position: three queries, whatever is wanted."""
        items = {source.item for sources in wanted.values() for source in sources}
        if not items:
            return {}
        cases = list(
            granted(subject)
            .filter(service__item__code__in=items)
            .select_related("service__item", "version", "agency")
            .prefetch_related("documents", "materials")
            .defer("answers", "version__form", "version__light")
            .order_by("-decided_at", "-id")[:200]
        )
        found: dict[int, Found] = {}
        for position, sources in wanted.items():
            hits = (self._hit(position, source, case, day) for source in sources for case in cases)
            hit = next((each for each in hits if each), None)
            if hit:
                found[position] = hit
        return found

    def _hit(self, position: int, source: FetchSource, case: Case, day: date) -> Found | None:
        item = case.service.item
        if item is None or item.code != source.item or case.decided_at is None:
            return None
        oldest = day - timedelta(days=source.valid_days) if source.valid_days else date.min
        if timezone.localdate(case.decided_at) < oldest:
            return None
        if source.material:
            material = next((m for m in reversed(list(case.materials.all())) if m.name == source.material), None)
            return self._found(position, case, None, material, material.name) if material else None
        document = next((d for d in case.documents.all() if d.kind in _GRANTS), None)
        return self._found(position, case, document, None, document.number) if document else None

    def _found(
        self, position: int, case: Case, document: CaseDocument | None, material: CaseMaterial | None, what: str
    ) -> Found:
        day = timezone.localdate(case.decided_at) if case.decided_at else ""
        number = written(case.number)
        english = str(case.version.english.get("name", "")) or case.version.name
        agency = case.agency.name_en or case.agency.name
        source = {
            "zh": f"{case.agency.name}{day}就“{case.version.name}”（办件编号 {number}）作出的决定：{what}"
            if document
            else f"您在“{case.version.name}”（办件编号 {number}，{case.agency.name}{day}准予）中提交过的材料：{what}",
            "en": f"{what}: decision of {agency} on {day}, “{english}” (case {number})"
            if document
            else f"{what}: handed in by you with “{english}” (case {number}, granted by {agency} on {day})",
        }
        return Found(self.code, position, source, case, document, material)

    def fetch(self, found: Found) -> Fetched:
        """The decision as the PDF that was issued, or the file that was handed in."""
        if found.document:
            from tongban.cases.pdf import render  # noqa: PLC0415 - typesetting is loaded only where something is set

            text = found.document.content["zh"]
            return Fetched(f"{found.document.number}.pdf", render(text, "zh", found.document.issued_at))
        if found.material is None:
            raise ValueError("neither a decision nor a material was found")
        return Fetched(found.material.file_name, content.read(found.material.digest))


_providers: dict[str, Provider] = {}


def register(provider: Provider) -> None:
    """Ask this provider, too. Its code identifies it for ever; one registered again takes the former one's place."""
    _providers[provider.code] = provider


register(EarlierCases())


def find_all(subject: Subject, wanted: Mapping[int, Sequence[FetchSource]], day: date) -> dict[int, Found]:
    """What the providers find, by position; who was registered first is asked first."""
    found: dict[int, Found] = {}
    for provider in _providers.values():
        missing = {position: sources for position, sources in wanted.items() if position not in found}
        found |= provider.find(subject, missing, day)
    return found


def fetch(found: Found) -> Fetched:
    """The content of what was found."""
    return _providers[found.provider].fetch(found)
