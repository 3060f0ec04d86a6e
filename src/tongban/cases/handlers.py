"""What casework does when it hears of its own events, later than the act itself.

New cases find their officer; a bundle is told that something happened to one of its cases.
"""

import uuid
from collections.abc import Sequence

from django.utils import timezone

from tongban.cases.actions.assigning import assign_new
from tongban.cases.events import OTHER_STEP
from tongban.cases.models import BundleCase, BundlePart
from tongban.foundation.events import Event, handles


@handles("case.submitted")
def assign_by_rule(events: Sequence[Event]) -> None:
    """Give new cases to officers by the rules of their agencies; agencies without one assign by hand."""
    assign_new([uuid.UUID(event.object_id) for event in events], timezone.now())


@handles("case.decided", "case.acceptance_refused", "case.withdrawn", OTHER_STEP)
def stir_bundles(events: Sequence[Event]) -> None:
    """Note which bundles may move on; the job does the moving, a transaction a bundle."""
    cases = {uuid.UUID(event.object_id) for event in events if event.object_type == "case"}
    concerned = BundlePart.objects.filter(case__in=cases).values("bundle")
    BundleCase.objects.filter(pk__in=concerned).update(stirred=True)
