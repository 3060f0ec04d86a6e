"""Whether a case is to fall away because another part of the same bundle came to nothing, as its edges say."""

from collections.abc import Sequence

from tongban.cases.bundle_store import bundle_of
from tongban.cases.bundles.definition import Bundle, Edge
from tongban.cases.bundles.progress import PartState, changes
from tongban.cases.models import BundlePart, Case, CaseDocument, CaseState, Outcome


def cancelling_part(part: BundlePart) -> str:
    """The part because of which the case of an open part is to fall away; empty where it may go on.

    It is noted with the part once the platform has moved the bundle on; until then it follows from how the cases stand.
    """
    if part.state != PartState.OPEN:
        return ""
    if part.because:
        return part.because
    definition = bundle_of(part.bundle.code, part.bundle.version)
    rows = list(BundlePart.objects.filter(bundle=part.bundle_id).select_related("case").order_by("position"))
    found = changes(definition.edges, {row.name: stands(row, definition) for row in rows})
    return next((c.because for c in found if c.part == part.name and c.state is PartState.CANCELLED), "")


def cancelled_with(case: Case) -> BundlePart | None:
    """The part that a case is, where it is to fall away; `because` says by which other."""
    part = BundlePart.objects.select_related("bundle").filter(case=case).first()
    if part is None:
        return None
    part.because = cancelling_part(part)
    return part if part.because else None


def titles(part: BundlePart) -> tuple[tuple[str, str], tuple[str, str]]:
    """What the part it is because of, and the part itself, are called: each in Chinese and English."""
    parts = bundle_of(part.bundle.code, part.bundle.version).parts
    cause, own = parts[part.because], parts[part.name]
    return (cause.title, cause.title_en), (own.title, own.title_en)


def stands(part: BundlePart, definition: Bundle) -> PartState:
    """How a part stands: as its case does, as long as it has one that is not over."""
    decided_by_others = part.state in {PartState.CANCELLED, PartState.UNNEEDED}
    if part.case is None or decided_by_others or (part.state == PartState.WITHDRAWN and part.because):
        return PartState(part.state)
    complete = not definition.parts[part.name].outputs or part.results is not None
    return state_of_case(part.case, complete=complete, feeds=_feeds(part, definition.edges))


def _feeds(part: BundlePart, edges: Sequence[Edge]) -> bool:
    return any((e.feeds or e.materials) for e in edges if e.source == part.name)


def state_of_case(case: Case, *, complete: bool, feeds: bool) -> PartState:
    """How a part stands whose case stands so.

    Args:
        case: the case.
        complete: whether its agency stated everything other parts need of it.
        feeds: whether other parts need something of it.
    """
    if case.state == CaseState.WITHDRAWN:
        return PartState.WITHDRAWN
    if case.state == CaseState.REFUSED:
        # Art 32(1): nothing has to be applied for. That stands in nobody's way, unless somebody needs its result.
        not_required = not feeds and case.documents.filter(kind=CaseDocument.Kind.NOT_REQUIRED).exists()
        return PartState.UNNEEDED if not_required else PartState.REFUSED
    if case.outcome == Outcome.DENIED:
        return PartState.REFUSED
    return PartState.DONE if case.outcome == Outcome.GRANTED and complete else PartState.OPEN
