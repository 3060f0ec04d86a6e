"""What of the records of this package may go after its time (`foundation.retention`). Imported when ready."""

from datetime import datetime

from django.db.models import Q, QuerySet

from tongban.foundation.retention import keeps
from tongban.identity.models import ApiToken, SignInFailure


@keeps("sign_in_failures")
def old_failures(before: datetime) -> "QuerySet[SignInFailure]":
    """Failed sign-ins."""
    return SignInFailure.objects.filter(at__lt=before)


@keeps("tokens")
def ended_tokens(before: datetime) -> "QuerySet[ApiToken]":
    """Tokens that ended or were revoked."""
    return ApiToken.objects.filter(Q(expires_at__lt=before) | Q(revoked_at__lt=before))
