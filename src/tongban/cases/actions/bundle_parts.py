"""The parts of a bundle: opened when what they wait for is done, held or cancelled as its edges say."""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import structlog
from django.db import transaction
from django.utils import timezone

from tongban.cases import pdf
from tongban.cases.actions.applying import Filing, file_case
from tongban.cases.actions.handling import BUNDLES, take_back
from tongban.cases.bundle_store import bundle_of, composition
from tongban.cases.bundles.definition import Edge
from tongban.cases.bundles.merging import Composition
from tongban.cases.bundles.progress import PartState, changes
from tongban.cases.cancelling import stands
from tongban.cases.events import TO_BE_CANCELLED
from tongban.cases.models import BundleCase, BundlePart, Case, CaseDocument, Upload
from tongban.cases.procedure import Procedure
from tongban.cases.procedure_store import latest_procedure
from tongban.cases.requirements import published_version
from tongban.foundation import content
from tongban.foundation.ledger import Announcement, append
from tongban.identity.actor import Actor
from tongban.identity.authority import require
from tongban.items.models import Material, ServiceVersion

_log = structlog.get_logger(__name__)
_DECISIONS = (CaseDocument.Kind.GRANT, CaseDocument.Kind.DEEMED_RENEWAL)


def advance_bundle(bundle_id: uuid.UUID, now: datetime) -> list[str]:
    """Do what follows from how the cases of a bundle stand; safe to run at any time, any number of times.

    Returns:
        What was done, as `part: state`.
    """
    require(BUNDLES, "advance", "bundle")
    with transaction.atomic():
        bundle = BundleCase.objects.select_for_update(of=("self",)).filter(pk=bundle_id).first()
        if bundle is None:
            return []
        return advance(BUNDLES, bundle, now)


def advance_stirred(now: datetime) -> int:
    """Every bundle something happened to since the last time, each in a transaction of its own; how many moved."""
    moved = 0
    for bundle_id in list(BundleCase.objects.filter(stirred=True).order_by("id").values_list("pk", flat=True)):
        try:
            moved += bool(advance_bundle(bundle_id, now))
        except Exception:  # noqa: BLE001 - one bundle must not stop all others; it stays stirred and is tried again
            _log.exception("bundle_failed", bundle=str(bundle_id))
    return moved


def advance(actor: Actor, bundle: BundleCase, now: datetime) -> list[str]:
    """The same within a transaction that holds the bundle's row; `actor` is who set it off."""
    turn = _Turn(actor, bundle, now)
    done: list[str] = []
    while step := turn.next():
        done.append(step)
    closed = all(PartState(part.state).is_over for part in turn.parts.values())
    bundle.stirred, bundle.closed_at = False, (bundle.closed_at or now) if closed else None
    bundle.save(update_fields=["stirred", "closed_at"])
    return done


def composition_behind(bundle: BundleCase, parts: Sequence[BundlePart]) -> Composition:
    """The bundle as it was applied for: its version over those of its services."""
    return composition(bundle_of(bundle.code, bundle.version), {p.name: p.service_version_id for p in parts})


def procedure_for(version: ServiceVersion, *, joint: bool) -> Procedure:
    """Joint handling (行政许可法 art 26) has a procedure and limits of its own; else it is the service's."""
    return latest_procedure("joint" if joint else version.procedure)


class _Turn:
    """One bundle being moved on."""

    def __init__(self, actor: Actor, bundle: BundleCase, now: datetime) -> None:
        self.actor, self.bundle, self.now = actor, bundle, now
        rows = list(bundle.parts.select_related("case", "service__agency").order_by("position"))
        self.parts = {part.name: part for part in rows}
        self.composition = composition_behind(bundle, rows)
        self.definition = self.composition.bundle
        self.stuck: set[str] = set()
        for part in rows:
            self._see(part)

    def _see(self, part: BundlePart) -> None:
        """How a part stands follows from its case, as long as it has one that is not over."""
        seen = stands(part, self.definition)
        if seen != part.state:
            self._set(part, seen)

    def next(self) -> str:
        """The next thing that follows, done; empty where nothing does."""
        # What could not be ended at its stage may have left it.
        for part in self.parts.values():
            if part.state == PartState.OPEN and part.because and part.name not in self.stuck:
                if self._cancel(part, part.because):
                    return f"{part.name}: {part.state}"
                self.stuck.add(part.name)
        states = {name: PartState(part.state) for name, part in self.parts.items()}
        for change in changes(self.definition.edges, states):
            if change.part in self.stuck:
                continue
            part = self.parts[change.part]
            if change.state is PartState.OPEN:
                self._open(part)
            elif change.state is PartState.CANCELLED and part.case_id:
                if not self._cancel(part, change.because):
                    self.stuck.add(part.name)
                    continue
            else:
                self._set(part, change.state, change.because)
            return f"{change.part}: {change.state}"
        return ""

    def _set(self, part: BundlePart, state: PartState, because: str = "") -> None:
        part.state, part.because, part.changed_at = state.value, because, self.now
        part.save(update_fields=["state", "because", "changed_at"])
        # What concerns the applicant and has no case to tell of: a part that is held or falls away.
        told = Announcement(f"bundle.part_{state}", {"part": part.name, "because": because})
        wanted = state in {PartState.SUSPENDED, PartState.CANCELLED}
        facts = {"part": part.name, "state": state, "because": because}
        append(self.actor, "move_part", "bundle", self.bundle.pk, facts, told if wanted else None)

    def _cancel(self, part: BundlePart, because: str) -> bool:
        """End the case of a part. Where its procedure has no such step in its stage, that is noted: it is not granted
        any more (`cancelling`), officers and applicant are told, and it ends as soon as it can.
        """
        if self._take_back(part, because):
            self._set(part, PartState.CANCELLED, because)
            return True
        undecided = Case.objects.filter(bundle_part=part, decided_at=None, closed_at=None).exists()
        if undecided and not part.because:
            part.because, part.changed_at = because, self.now
            part.save(update_fields=["because", "changed_at"])
            facts = {"part": part.name, "because": because}
            told = Announcement("bundle.part_to_be_cancelled", facts)
            append(self.actor, "hold_part_for_cancellation", "bundle", self.bundle.pk, facts, told)
            officers = Announcement(TO_BE_CANCELLED, {"action": "note_cancellation"})
            append(self.actor, "note_cancellation", "case", part.case_id, facts, officers)
        return False

    def _take_back(self, part: BundlePart, because: str) -> bool:
        source, target = (self.definition.parts[name] for name in (because, part.name))
        reasons = (
            f"同一“一件事”中的“{source.title}”未获批准或者已撤回，按申请时的约定撤回“{target.title}”。",
            f"As stated when you applied, “{target.title_en}” is taken back: “{source.title_en}” came to nothing.",
        )
        return bool(part.case_id and take_back(part.case_id, reasons, self.now))

    def _open(self, part: BundlePart) -> None:
        bundle, version = self.bundle, published_version(part.service_version_id)
        edges = [e for e in self.definition.into(part.name) if self.parts[e.source].state == PartState.DONE]
        given = {edge.source: results_of(self.parts[edge.source]) for edge in edges if edge.feeds or edge.materials}
        fed = {own: given[e.source].values[output] for e in edges for own, output in e.feeds.items()}
        filing = Filing(
            service_id=part.service_id,
            platform_id=part.service.platform_id,
            agency=part.service.agency,
            version=version,
            person_id=bundle.person_id,
            organisation_id=bundle.organisation_id,
            applicant_name=bundle.applicant_name,
            procedure=procedure_for(version, joint=bundle.joint),
            answers=self.composition.answers_of(part.name, bundle.answers, fed),
            files=self._files(part, version, edges, given),
            lead_agency_id=bundle.lead_agency_id,
            data={
                "bundle": bundle.number,
                "from": {own: given[e.source].number for e in edges for own in (*e.feeds, *e.materials)},
            },
        )
        part.case = file_case(self.actor, filing, self.now)
        part.state, part.because, part.changed_at = PartState.OPEN.value, "", self.now
        part.save(update_fields=["case", "state", "because", "changed_at"])

    def _files(
        self, part: BundlePart, version: ServiceVersion, edges: Sequence[Edge], given: Mapping[str, "Results"]
    ) -> dict[Material, list[Upload]]:
        """What the applicant handed in once, and the decisions of other parts that stand for a material."""
        by_position = {m.position: m for m in version.materials.all()}
        by_name = {m.name: m for m in version.materials.all()}
        ids = {name: [uuid.UUID(u) for u in ups] for name, ups in self.bundle.uploads.items()}
        kept = Upload.objects.in_bulk([u for ups in ids.values() for u in ups])
        files: dict[Material, list[Upload]] = {}
        for shared in self.composition.materials_asked(self.bundle.answers):
            found = [kept[u] for u in ids.get(str(shared.position), ()) if u in kept]
            if found and part.name in shared.parts:
                files[by_position[shared.parts[part.name]]] = found
        for edge in edges:
            for name in edge.materials:
                files[by_name[name]] = [given[edge.source].as_upload(name)]
        return files


@dataclass(frozen=True)
class Results:
    """What a granted part gives to others: values by output, and its decision."""

    number: str
    values: Mapping[str, Any]
    decision: CaseDocument

    def as_upload(self, name: str) -> Upload:
        """The decision as a file that stands for a material; kept in the store, in no table of uploads."""
        text = self.decision.content["zh"]
        stored = content.store(pdf.render(text, "zh", self.decision.issued_at), declared_name=f"{name[:80]}.pdf")
        return Upload(digest=stored.digest, file_name=stored.name, media_type=stored.media_type, size=stored.size)


def results_of(part: BundlePart) -> Results:
    """What a part that is done gives to others."""
    if part.case is None or part.case.decided_at is None:
        raise RuntimeError(f"{part} is done without a decision")
    case = part.case
    decision = case.documents.filter(kind__in=_DECISIONS).order_by("-issued_at").first()
    if decision is None:
        raise RuntimeError(f"{part} was granted without a document")
    usual = {
        "case_number": case.number,
        "decision_number": decision.number,
        "decided_on": timezone.localdate(case.decided_at).isoformat(),
    }
    return Results(case.number, {**usual, **(part.results or {})}, decision)
