"""Several things at once: what is offered where, applying for it, and how its parts stand."""

from datetime import date, datetime
from typing import Annotated
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from ninja import Router
from pydantic import Field

from tongban.cases import actions, queries
from tongban.cases.api.common import JSON, Uploads, place_in_application, positions
from tongban.foundation.errors import NotFoundError
from tongban.foundation.rest.operations import Access, operation
from tongban.foundation.rest.schemas import Id, Incoming, Json, OptionalRegionCode, Outgoing, RegionCode, Slug
from tongban.government.models import Region
from tongban.government.queries import find_region, home_region
from tongban.identity.middleware import actor_of

router = Router(tags=["One thing at once"])


class OfferRowOut(Outgoing):
    """A bundle in a place. `missing`: parts nobody offers there; then it cannot be applied for there."""

    code: str
    name: str
    summary: str
    audience: str
    themes: list[str]
    parts: list[str]
    missing: list[str]
    is_offered: bool


class BundleOffersOut(Outgoing):
    region: str
    items: list[OfferRowOut]


class PartPreviewOut(Outgoing):
    name: str
    title: str
    service_id: UUID
    service: str
    agency: str
    region: str
    limit: str
    only_if: str
    waits_for: list[str]
    result: str


class MaterialNeedOut(Outgoing):
    position: int
    name: str
    necessity: str


class EdgeOut(Outgoing):
    """How one part hangs on another, in words."""

    number: int
    source: str
    target: str
    waits: str
    feeds: str
    refused: str
    withdrawn: str


class BundleOfferOut(Outgoing):
    """A bundle in a place, with the merged form (JSON Schema 2020-12; None where it is not offered)."""

    row: OfferRowOut
    version: int
    region: str
    region_code: str
    lead_agency: str
    joint: bool
    days: Annotated[int, Field(description="Working days the longest way takes if everything is asked for.")]
    parts: list[PartPreviewOut]
    materials: list[MaterialNeedOut]
    edges: list[EdgeOut]
    form: Json | None


class BundleApplicationIn(Incoming):
    """An application for several things in one step."""

    region: RegionCode
    answers: Annotated[Json, Field(description="Field name -> value, as the merged form's JSON Schema says.")]
    uploads: Uploads = Field(default_factory=dict)


class BundleDraftIn(Incoming):
    region: RegionCode


class BundleDraftOut(Outgoing):
    """A draft for several things; it is read, filled in and discarded like any other draft."""

    id: UUID


class BundleRowOut(Outgoing):
    id: UUID
    number: str
    name: str
    region: str
    applicant: str
    submitted_at: datetime
    done: int
    total: int
    held: int
    is_over: bool


class BundleListOut(Outgoing):
    items: list[BundleRowOut]


class PartOut(Outgoing):
    name: str
    title: str
    state: str
    state_label: str
    agency: str
    region: str
    case_id: UUID | None
    case_number: str
    due_on: date | None
    due_provisional: bool
    expected_on: date | None
    note: str
    waits_for: list[str]
    is_lead: bool
    is_critical: bool


class WholeClockOut(Outgoing):
    """When the whole is done, by which rule (`joint`: 45 + 15 working days, art 42), and why that one."""

    joint: bool
    due: date
    provisional: bool
    is_estimate: bool
    why: str
    extension: int


class BundleOut(Outgoing):
    """An application for several things, with every part and the clock of the whole."""

    row: BundleRowOut
    code: str
    version: int
    lead_agency: str
    joint: bool
    parts: list[PartOut]
    clock: WholeClockOut | None
    edges: list[EdgeOut]


def _region(request: HttpRequest, code: str) -> Region:
    actor = actor_of(request)
    region = find_region(actor, code) if code else home_region(actor)
    if region is None:
        raise NotFoundError
    return region


def _place(name: str) -> dict[str, str]:
    if name == "region":
        return {"pointer": "#/region"}
    return {"parameter": "code"} if name in {"bundle", "service"} else place_in_application(name)


@operation(
    router,
    "GET",
    "/bundles",
    access=Access.PUBLIC,
    decided_by=queries.offered_bundles,
    summary="What can be applied for at once",
    answer=BundleOffersOut,
    refusals=(404,),
    place=lambda _name: {"parameter": "region"},
)
def list_bundles(request: HttpRequest, region: OptionalRegionCode = "") -> BundleOffersOut:
    """Every bundle, those offered in the region first; the region this installation is for where none is named."""
    found = _region(request, region)
    rows = queries.offered_bundles(actor_of(request), found, timezone.localdate())
    return BundleOffersOut.model_validate({"region": found.label, "items": rows})


@operation(
    router,
    "GET",
    "/bundles/{code}",
    access=Access.PUBLIC,
    decided_by=queries.bundle_offer,
    summary="One bundle, with its merged form",
    answer=BundleOfferOut,
    refusals=(404,),
    place=lambda _name: {"parameter": "region"},
)
def read_bundle(request: HttpRequest, code: Slug, region: OptionalRegionCode = "") -> BundleOfferOut:
    offer = queries.bundle_offer(actor_of(request), code, _region(request, region), timezone.localdate())
    shown = {name: getattr(offer, name) for name in BundleOfferOut.model_fields if name != "form"}
    return BundleOfferOut.model_validate(shown | {"form": offer.form.schema if offer.form else None})


@operation(
    router,
    "POST",
    "/bundles/{code}/drafts",
    access=Access.SIGNED_IN,
    decided_by=actions.start_bundle,
    summary="Begin an application for several things",
    answer=BundleDraftOut,
    status=201,
    refusals=(404,),
    body=JSON,
    place=_place,
)
def start_bundle_draft(request: HttpRequest, code: Slug, body: BundleDraftIn) -> BundleDraftOut:
    """The draft for this bundle: the one left unfinished in this hat, or a new one."""
    return BundleDraftOut(id=actions.start_bundle(actor_of(request), code, body.region, timezone.now()).pk)


@operation(
    router,
    "POST",
    "/bundles/drafts/{draft_id}/submit",
    access=Access.SIGNED_IN,
    decided_by=actions.submit_bundle_draft,
    summary="Submit a draft for several things",
    answer=BundleOut,
    status=201,
    refusals=(404, 409),
    place=_place,
    located=True,
)
def submit_bundle_draft(request: HttpRequest, draft_id: Id) -> HttpResponse:
    """Submit everything at once. Submitting it again gives the same application."""
    bundle = actions.submit_bundle_draft(actor_of(request), draft_id, timezone.now())
    return _opened(request, bundle.pk)


@operation(
    router,
    "POST",
    "/bundles/{code}/applications",
    access=Access.SIGNED_IN,
    decided_by=actions.submit_bundle,
    summary="Apply for several things in one step",
    answer=BundleOut,
    status=201,
    refusals=(404,),
    body=JSON,
    place=_place,
    located=True,
)
def apply_for_bundle(request: HttpRequest, code: Slug, body: BundleApplicationIn) -> HttpResponse:
    """Submit everything without a draft. Send an Idempotency-Key, so that a repetition is one application."""
    bundle = actions.submit_bundle(
        actor_of(request), code, body.region, body.answers, positions(body.uploads), timezone.now()
    )
    return _opened(request, bundle.pk)


def _opened(request: HttpRequest, bundle_id: UUID) -> HttpResponse:
    return HttpResponse(
        _bundle_out(request, bundle_id).model_dump_json().encode(),
        status=201,
        content_type=JSON,
        headers={"Location": f"/api/v1/bundle-cases/{bundle_id}"},
    )


def _bundle_out(request: HttpRequest, bundle_id: UUID) -> BundleOut:
    return BundleOut.model_validate(queries.bundle_view(actor_of(request), bundle_id, timezone.localdate()))


@operation(
    router,
    "GET",
    "/bundle-cases",
    access=Access.SIGNED_IN,
    decided_by=queries.my_bundles,
    summary="My applications for several things",
    answer=BundleListOut,
)
def list_bundle_cases(request: HttpRequest) -> BundleListOut:
    """Those of this hat, newest first; at most 50."""
    return BundleListOut.model_validate({"items": queries.my_bundles(actor_of(request))})


@operation(
    router,
    "GET",
    "/bundle-cases/{bundle_id}",
    access=Access.SIGNED_IN,
    decided_by=queries.bundle_view,
    summary="How an application for several things stands",
    answer=BundleOut,
    refusals=(404,),
)
def read_bundle_case(request: HttpRequest, bundle_id: Id) -> BundleOut:
    """Every part with its agency, state and due date; for the applicant and the leading agency."""
    return _bundle_out(request, bundle_id)
