"""Writes about sign-ins that failed: what is counted for minutes, what the security officer sees for a day.

They stand in no ledger: nobody acted who is known, and each failure of a guessing program would be an entry.
"""

from datetime import datetime, timedelta

from tongban.foundation.sealing import passing_index
from tongban.identity.models import SignInFailure
from tongban.identity.signin.models import SignInMemory

FAILURES_KEPT = timedelta(days=1)


def record_failure(name: str, address: str, now: datetime) -> None:
    """Keep that a sign-in failed; of the name that was typed and of where it came from, keyed digests only."""
    SignInFailure.objects.create(
        username_index=passing_index(name, "sign_in.username"),
        address_index=passing_index(address, "sign_in.address"),
        at=now,
    )


def forget_attempts(now: datetime) -> None:
    """Delete what no limit counts any more, and failures older than a day."""
    SignInMemory.objects.filter(expires_at__lte=now).delete()
    SignInFailure.objects.filter(at__lt=now - FAILURES_KEPT).delete()
