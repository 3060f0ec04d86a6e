"""Telling applications that a sign-in ended, and clearing away what has."""

import secrets
from datetime import datetime, timedelta
from http import HTTPStatus
from urllib.parse import urlencode

import structlog
from django.conf import settings
from django.db import transaction
from django.utils import timezone

from tongban.foundation.jobs import periodic
from tongban.foundation.logging import place_of
from tongban.foundation.outbox import wait_after
from tongban.foundation.outgoing import UnreachableError, call
from tongban.identity.provider.actions.signing_in import end_lapsed_sessions
from tongban.identity.provider.keys import sign
from tongban.identity.provider.models import ApplicationSignIn, AuthorizationCode, ProviderToken, SignOutNotice
from tongban.identity.provider.rules import (
    REFRESH_LIFE,
    SIGN_OUT_TOKEN_LIFE,
    address_fault,
    may_connect,
)

log = structlog.get_logger(__name__)

EVENT = "http://schemas.openid.net/event/backchannel-logout"
MOST_AT_ONCE = 20
# With the pauses between them about three hours.
ATTEMPTS = 12
CLAIM = timedelta(minutes=5)
# A day longer than they are good for: a late second use is still known for what it is.
KEPT_AFTER = timedelta(days=1)


@periodic(every=timedelta(seconds=2))
def tell_applications(now: datetime) -> int:
    """Send the sign-out notices that are due (OpenID Connect Back-Channel Logout 1.0); how many were taken."""
    due = SignOutNotice.objects.filter(delivered_at=None, given_up_at=None, next_try_at__lte=now)
    with transaction.atomic():
        rows = due.select_related("sign_in__application").select_for_update(skip_locked=True, of=("self",))
        claimed = list(rows.order_by("next_try_at")[:MOST_AT_ONCE])
        SignOutNotice.objects.filter(pk__in=[one.pk for one in claimed]).update(next_try_at=now + CLAIM)
    return sum(_tell(one, now) for one in claimed)


def _tell(notice: SignOutNotice, now: datetime) -> bool:
    notice.attempts += 1
    try:
        notice.error = _deliver(notice, now)
    except UnreachableError as error:
        notice.error = f"{place_of(error)}: {error}"[:300]
    if not notice.error:
        notice.delivered_at = timezone.now()
    elif notice.attempts >= ATTEMPTS:
        notice.given_up_at = now
        log.warning("sign-out notice given up", notice=str(notice.pk), error=notice.error)
    else:
        notice.next_try_at = now + wait_after(notice.attempts)
    notice.save(update_fields=["attempts", "error", "delivered_at", "given_up_at", "next_try_at"])
    return notice.delivered_at is not None


def _deliver(notice: SignOutNotice, now: datetime) -> str:
    """Send it once; what was wrong, or empty."""
    application = notice.sign_in.application
    uri = application.back_channel_uri
    # Judged again: the setting may be another than when the address was registered.
    fault = address_fault(uri, loopback=settings.OIDC_LOOPBACK)
    if fault:
        return f"not an address that is called: {fault}"
    issued = int(now.timestamp())
    claims = {
        "iss": notice.sign_in.issuer,
        "aud": application.client_id,
        "iat": issued,
        "exp": issued + int(SIGN_OUT_TOKEN_LIFE.total_seconds()),
        "jti": secrets.token_urlsafe(16),
        "events": {EVENT: {}},
        "sub": notice.subject,
    }
    if notice.sid:
        claims["sid"] = notice.sid
    reply = call(
        "POST",
        uri,
        may_be_called,
        body=urlencode({"logout_token": sign(claims, now, "logout+jwt")}).encode(),
        headers={"Content-Type": "application/x-www-form-urlencoded", "Cache-Control": "no-store"},
    )
    taken = HTTPStatus.OK <= reply.status < HTTPStatus.MULTIPLE_CHOICES
    return "" if taken else f"answered {reply.status}"


def may_be_called(address: str) -> bool:
    """Whether the platform calls this IP address on an application's or another platform's word."""
    return may_connect(address, loopback=settings.OIDC_LOOPBACK, networks=settings.OIDC_NETWORKS)


@periodic(every=timedelta(minutes=1))
def end_what_lapsed(now: datetime) -> int:
    """Sessions that nobody signed out of end with their time, and the applications hear of it; how many."""
    return end_lapsed_sessions(now)


@periodic(every=timedelta(hours=1))
def clear_away(now: datetime) -> None:
    """Remove codes, tokens and notices that have ended, and sign-ins nothing can come of any more."""
    AuthorizationCode.objects.filter(expires_at__lt=now - KEPT_AFTER).delete()
    ProviderToken.objects.filter(expires_at__lt=now - KEPT_AFTER).delete()
    SignOutNotice.objects.filter(made_at__lt=now - REFRESH_LIFE).delete()
    ApplicationSignIn.objects.filter(at__lt=now - REFRESH_LIFE - KEPT_AFTER).delete()
