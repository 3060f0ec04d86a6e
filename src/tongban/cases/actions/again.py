"""A part of a bundle that was refused or taken back, and applied for again."""

from datetime import datetime

from tongban.cases.models import BundleCase, BundlePart, Case
from tongban.foundation.ledger import append
from tongban.identity.actor import Actor

# A part that may be applied for again: what hangs on it may be held for it.
MAY_BE_TRIED_AGAIN = (BundlePart.State.REFUSED, BundlePart.State.WITHDRAWN)


def take_up_part(actor: Actor, part_id: int, case: Case, now: datetime) -> None:
    """Let the new case stand for the part, in the transaction that opened it; what is held for it waits again.

    A part that is under way again already, by another draft, stays with the case it has.
    """
    part = BundlePart.objects.select_for_update(of=("self",)).select_related("bundle").get(pk=part_id)
    if part.state not in MAY_BE_TRIED_AGAIN:
        return
    former = part.case_id
    part.case, part.state, part.because, part.results, part.changed_at = case, BundlePart.State.OPEN, "", None, now
    part.save(update_fields=["case", "state", "because", "results", "changed_at"])
    bundle = part.bundle
    case.lead_agency_id = bundle.lead_agency_id
    case.save(update_fields=["lead_agency"])
    BundleCase.objects.filter(pk=bundle.pk).update(stirred=True, closed_at=None)
    append(actor, "try_part_again", "bundle", bundle.pk, {"part": part.name, "former": former, "case": case.pk})
