"""Receipts of the acts on one's own case."""

from django.http import HttpRequest
from ninja import Router

from tongban.cases.queries import receipts as queries
from tongban.foundation.rest.operations import Access, operation
from tongban.foundation.rest.schemas import Id, Outgoing
from tongban.foundation.transparency.api import ReceiptOut
from tongban.identity.middleware import actor_of

router = Router(tags=["Ledger"])


class CaseReceiptListOut(Outgoing):
    items: list[ReceiptOut]


@operation(
    router,
    "GET",
    "/cases/{case_id}/receipt",
    access=Access.SIGNED_IN,
    decided_by=queries.receipt_of_submission,
    summary="The receipt of one's submission",
    answer=ReceiptOut,
    refusals=(404, 409),
)
def read_submission_receipt(request: HttpRequest, case_id: Id) -> ReceiptOut:
    """For the applicant. 409 in the first seconds, until the submission has its place in the tree."""
    return ReceiptOut.model_validate(queries.receipt_of_submission(actor_of(request), case_id).document())


@operation(
    router,
    "GET",
    "/cases/{case_id}/receipts",
    access=Access.SIGNED_IN,
    decided_by=queries.receipts_of_case,
    summary="The receipts of every act on one's case",
    answer=CaseReceiptListOut,
    refusals=(404,),
)
def list_case_receipts(request: HttpRequest, case_id: Id) -> CaseReceiptListOut:
    """For the applicant: also of what the agency did. An act of the last seconds may be missing."""
    found = queries.receipts_of_case(actor_of(request), case_id)
    return CaseReceiptListOut.model_validate({"items": [one.document() for one in found]})
