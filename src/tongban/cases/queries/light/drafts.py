"""What light handling makes of a draft: its situation, its ways, what can be fetched for it."""

import uuid
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from tongban.cases.facts import Subject, has_bad_credit
from tongban.cases.models import (
    Draft,
    DraftLight,
    FetchedMaterial,
)
from tongban.cases.providers import Found, find_all
from tongban.cases.queries.light.guidance import CommitmentView, GuidanceView, commitment_view, guidance_so_far
from tongban.cases.requirements import light_handling, published_version
from tongban.cases.ways import ORDINARY, Choice, Settled, settled, ways_of
from tongban.foundation.forms.messages import worded


@dataclass(frozen=True)
class DraftLightView:
    """The light handling of a draft: its guidance so far, the ways and the one chosen, what can be fetched."""

    guidance: GuidanceView | None
    settled: Settled
    way: str
    ways: Sequence[str]
    commitment: CommitmentView | None
    may_commit: bool
    fetchable: Mapping[int, str]
    fetched: frozenset[str]

    @property
    def is_guided(self) -> bool:
        """Whether every question of the guidance is answered, or there is none."""
        return self.guidance is None or self.guidance.next is None


def draft_light(draft: Draft, today: date) -> DraftLightView:
    """The light handling of a draft the caller may read; no query where its service has none."""
    version = published_version(draft.version_id) if draft.version_id else None
    if version is None or not version.light or draft.service_id is None:
        done = Settled(version.procedure if version else "")
        return DraftLightView(None, done, "", (), None, False, {}, frozenset())
    light = light_handling(version)
    kept = DraftLight.objects.filter(draft=draft).first()
    answers: dict[str, str] = (kept.situation if kept else None) or {}
    guided = guidance_so_far(draft.service_id, version, light, light.guidance, answers) if light.guidance else None
    way = kept.way if kept else ""
    choice = Choice(guided.answers, way, undertaken=True) if guided else Choice(way=way, undertaken=True)
    done, _problems = settled(version, light, choice)
    if guided and guided.next is not None:
        done, _problems = settled(version, light, ORDINARY)
    subject = Subject(draft.person_id, draft.organisation_id)
    uploads = {upload for held in draft.uploads.values() for upload in held}
    found: Mapping[int, Found] = find_all(subject, light.fetch, today) if light.fetch else {}
    fetched = _fetched_among(uploads) if light.fetch and uploads else frozenset()
    return DraftLightView(
        guidance=guided,
        settled=done,
        way=way,
        ways=ways_of(light),
        commitment=commitment_view(light.commitment) if light.commitment else None,
        may_commit=light.commitment is not None and not has_bad_credit(subject),
        fetchable={position: worded(each.source) for position, each in found.items()},
        fetched=fetched,
    )


def _fetched_among(uploads: Collection[str]) -> frozenset[str]:
    fetched = FetchedMaterial.objects.filter(upload__in=[uuid.UUID(each) for each in uploads])
    return frozenset(str(pk) for pk in fetched.values_list("upload_id", flat=True))
