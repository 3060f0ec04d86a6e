"""The receipt of one's submission, as a file to keep."""

import json
import uuid

from django.http import HttpRequest, HttpResponse

from tongban.cases.queries.receipts import receipt_of_submission
from tongban.foundation.pages.methods import require_safe
from tongban.identity.middleware import actor_of


@require_safe
def submission_receipt(request: HttpRequest, case_id: uuid.UUID) -> HttpResponse:
    """`tongban verify` reads what is downloaded here."""
    found = receipt_of_submission(actor_of(request), case_id).document()
    body = json.dumps(found, ensure_ascii=False, indent=1)
    return HttpResponse(
        body.encode(),
        content_type="application/json",
        headers={
            "Content-Disposition": f'attachment; filename="receipt-{case_id}.json"',
            "Cache-Control": "private, no-store",
        },
    )
