"""What identity does every so often."""

from datetime import datetime, timedelta

from tongban.foundation.jobs import periodic
from tongban.identity.assurance.actions import lapse_verifications
from tongban.identity.provider import jobs as provider_jobs
from tongban.identity.signin.failures import forget_attempts

__all__ = ["forget_sign_in_attempts", "lapse_assurance", "provider_jobs"]


@periodic(every=timedelta(hours=1))
def forget_sign_in_attempts(now: datetime) -> None:
    """Delete what is no longer counted."""
    forget_attempts(now)


@periodic(every=timedelta(minutes=10))
def lapse_assurance(now: datetime) -> int:
    """Verifications whose validity is over count no more; how many lapsed."""
    return lapse_verifications(now)
