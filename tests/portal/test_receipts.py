"""The receipt of one's submission, downloaded as a file that `tongban verify` takes."""

import json
from datetime import UTC, datetime
from uuid import uuid4

from django.test import Client

from tests.portal.test_cases import built, case
from tests.portal.world import World
from tongban.cases.models import Case
from tongban.foundation.transparency import receipts, tree

__all__ = ["built", "case"]  # fixtures


def test_the_receipt_is_a_file_for_the_applicant_alone(world: World, case: Case, citizen: Client) -> None:
    path = f"/cases/{case.pk}/receipt.json"
    assert citizen.get(path).status_code == 409
    tree.place_entries(datetime(2026, 6, 1, 2, 0, tzinfo=UTC))
    sent = citizen.get(path)
    assert sent.headers["Content-Disposition"] == f'attachment; filename="receipt-{case.pk}.json"'
    assert sent.headers["Cache-Control"] == "private, no-store"
    found = receipts.receipt_from(json.loads(sent.content))
    assert found.entry["object_id"] == str(case.pk)
    assert all(check.holds for check in receipts.verify_receipt(found))
    assert citizen.get(f"/cases/{uuid4()}/receipt.json").status_code == 404
    assert Client().get(path).status_code in {302, 401}
    assert citizen.post(path).status_code == 405
