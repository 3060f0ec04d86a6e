"""What is done every so often: entries get their place in the tree. Imported when the app is ready."""

from datetime import datetime, timedelta

from tongban.foundation.jobs import periodic
from tongban.foundation.transparency import tree

# Some 16,000 entries: what waits after an upgrade of a large ledger must not keep events waiting.
BATCHES_A_RUN = 4


@periodic(every=timedelta(seconds=10))
def place_entries(now: datetime) -> None:
    """Put what was appended since the last run into the tree and sign its head."""
    tree.place_entries(now, batches=BATCHES_A_RUN)
