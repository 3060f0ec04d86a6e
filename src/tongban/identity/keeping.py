"""What of the records of this package may go after its time (`foundation.retention`), and what other packages' tables
hold sealed by it (`foundation.resealing`). Imported when ready.
"""

from datetime import datetime

from allauth.mfa.models import Authenticator
from django.contrib.sessions.models import Session
from django.db.models import Q, QuerySet

from tongban.foundation.resealing import seals_anew
from tongban.foundation.retention import keeps
from tongban.identity import sessions
from tongban.identity.models import ApiToken, SignInFailure
from tongban.identity.signin import adapter

seals_anew(Session, sessions.CONTENT)
seals_anew(Authenticator, adapter.SECRETS)


@keeps("sign_in_failures")
def old_failures(before: datetime) -> "QuerySet[SignInFailure]":
    """Failed sign-ins."""
    return SignInFailure.objects.filter(at__lt=before)


@keeps("tokens")
def ended_tokens(before: datetime) -> "QuerySet[ApiToken]":
    """Tokens that ended or were revoked."""
    return ApiToken.objects.filter(Q(expires_at__lt=before) | Q(revoked_at__lt=before))
