"""Background work of the API."""

from datetime import datetime, timedelta

from tongban.foundation.jobs import periodic
from tongban.foundation.rest.idempotency import purge


@periodic(every=timedelta(hours=1))
def forget_kept_answers(now: datetime) -> None:
    """Answers to idempotency keys are kept for a day."""
    purge(now)
