"""Signing in to an application: the code, the tokens it becomes, and how all of it ends.

Whoever redeems a code twice, or uses a refresh token twice, has one that somebody else has too: the sign-in ends there
(RFC 6749, section 4.1.2; RFC 9700, section 4.14).
"""

import secrets
import uuid
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from django.contrib.sessions.models import Session as BrowserSession
from django.db import transaction
from django.db.models import F, Q, QuerySet
from django.utils import timezone

from tongban.foundation.ledger import append
from tongban.identity.actor import Actor, platform_process
from tongban.identity.provider.keys import session_name, subject, token_digest
from tongban.identity.provider.models import (
    Application,
    ApplicationSignIn,
    ApplicationUse,
    AuthorizationCode,
    Consent,
    ProviderToken,
    SignOutNotice,
)
from tongban.identity.provider.rules import ACCESS_LIFE, CODE_LIFE, REFRESH_LIFE
from tongban.identity.sessions import SessionStore

_BYTES = 32


@dataclass(frozen=True)
class Session:
    """The browser's session, for those who must not have its key.

    Attributes:
        sid: names it, without opening it.
        authenticated_at: when its person signed in.
    """

    sid: str
    authenticated_at: datetime


@dataclass(frozen=True)
class CodeRequest:
    """What a code is bound to."""

    redirect_uri: str
    scopes: tuple[str, ...]
    challenge: str
    nonce: str
    acr: str
    issuer: str


def give_consent(
    actor: Actor, application: Application, scopes: tuple[str, ...], now: datetime, declined: Collection[str] = ()
) -> None:
    """Agree that the application learns what the scopes say, in this hat; it adds to what was agreed before.

    Args:
        actor: who agrees.
        application: the application.
        scopes: that are agreed to.
        now: the moment.
        declined: of those that may be declined, which are. What was agreed before is taken back with it: sign-ins that
            hold it end.
    """
    actor.require("give", "consent")
    if not application.is_published or actor.account_id is None:
        raise ValueError("no such application, or nobody")
    with transaction.atomic():
        consent, _made = Consent.objects.select_for_update().get_or_create(
            application=application,
            account_id=actor.account_id,
            hat=actor.hat,
            withdrawn_at=None,
            defaults={"given_at": now},
        )
        taken_back = set(declined) & set(consent.scopes)
        consent.scopes = sorted({*consent.scopes, *scopes} - set(declined))
        consent.declined = sorted({*consent.declined, *declined} - set(scopes))
        consent.given_at = now
        consent.save(update_fields=["scopes", "declined", "given_at"])
        if taken_back:
            of_them = ApplicationSignIn.objects.filter(application=application, account_id=actor.account_id)
            _end(of_them.filter(hat=actor.hat, scopes__overlap=sorted(taken_back)), now)
        content = {"scopes": consent.scopes, "declined": consent.declined, "hat": actor.hat}
        append(actor, "give_consent", "application", application.pk, content)


def withdraw_consent(actor: Actor, consent_id: uuid.UUID, now: datetime) -> None:
    """Take one's consent back: the application's sign-ins in that hat end at once. Withdrawing twice is once."""
    actor.require("give", "consent")
    with transaction.atomic():
        mine = Consent.objects.select_for_update().filter(
            Q(account_id=actor.account_id), pk=consent_id, withdrawn_at=None
        )
        consent = mine.select_related("application").first()
        if consent is None or actor.account_id is None:
            return
        consent.withdrawn_at = now
        consent.save(update_fields=["withdrawn_at"])
        live = ApplicationSignIn.objects.filter(
            application=consent.application, account_id=actor.account_id, hat=consent.hat
        )
        _end(live, now)
        append(actor, "withdraw_consent", "application", consent.application_id, {"hat": consent.hat})


def sign_in_to_application(
    actor: Actor, application: Application, asked: CodeRequest, session: Session, now: datetime
) -> str:
    """Begin a sign-in; its code, which goes to the application through the browser."""
    actor.require("sign_in", "application")
    if actor.account_id is None:
        raise ValueError("nobody signs in")
    code = secrets.token_urlsafe(_BYTES)
    with transaction.atomic():
        made = ApplicationSignIn.objects.create(
            application=application,
            account_id=actor.account_id,
            hat=actor.hat,
            scopes=list(asked.scopes),
            assurance_level=actor.assurance_level,
            authenticated_at=session.authenticated_at,
            session=session.sid,
            issuer=asked.issuer,
            at=now,
        )
        AuthorizationCode.objects.create(
            digest=token_digest(code),
            sign_in=made,
            redirect_uri=asked.redirect_uri,
            challenge=asked.challenge,
            nonce=asked.nonce,
            acr=asked.acr,
            expires_at=now + CODE_LIFE,
        )
        _count(application, now)
        append(actor, "sign_in_to_application", "application", application.pk, {"sign_in": made.pk})
    return code


def _count(application: Application, now: datetime) -> None:
    use, _made = ApplicationUse.objects.get_or_create(application=application, day=timezone.localdate(now))
    ApplicationUse.objects.filter(pk=use.pk).update(sign_ins=F("sign_ins") + 1)


def take_code(application: Application, code: str, now: datetime) -> AuthorizationCode | None:
    """The code, if it is this application's, in time and new; it is used up with this, whatever comes after.

    In a transaction. A code that comes a second time ends the sign-in it stands for.
    """
    rows = AuthorizationCode.objects.select_for_update(of=("self",)).select_related("sign_in__account")
    found = rows.filter(digest=token_digest(code), sign_in__application=application).first()
    if found is None:
        return None
    if found.used_at is not None:
        _end_for_misuse(found.sign_in, "code_replayed", now)
        return None
    found.used_at = now
    found.save(update_fields=["used_at"])
    return found if found.expires_at > now and found.sign_in.ended_at is None else None


def take_refresh_token(application: Application, token: str, now: datetime) -> ProviderToken | None:
    """The refresh token, if it is this application's, live and new. In a transaction; `issue_tokens` uses it up.

    One that was used before ends the sign-in it came from.
    """
    rows = ProviderToken.objects.select_for_update(of=("self",)).select_related("sign_in__account")
    found = rows.filter(
        digest=token_digest(token), kind=ProviderToken.Kind.REFRESH, sign_in__application=application
    ).first()
    if found is None:
        return None
    if found.used_at is not None:
        _end_for_misuse(found.sign_in, "refresh_token_reused", now)
        return None
    live = found.expires_at > now and found.revoked_at is None and found.sign_in.ended_at is None
    return found if live else None


def issue_tokens(
    sign_in: ApplicationSignIn, tokens: dict[str, str], scopes: list[str], now: datetime, used: ProviderToken | None
) -> None:
    """Keep the digests of tokens that go to the application.

    Args:
        sign_in: whose they are.
        tokens: `access_token`, and `refresh_token` where there is one.
        scopes: what the access token opens.
        now: the moment.
        used: the refresh token they were given for, which is used up.
    """
    kinds = {"access_token": ProviderToken.Kind.ACCESS, "refresh_token": ProviderToken.Kind.REFRESH}
    # Rotation makes no refresh token live longer than the first of its line.
    last = used.expires_at if used else now + REFRESH_LIFE
    with transaction.atomic():
        if used is not None:
            used.used_at = now
            used.save(update_fields=["used_at"])
        ProviderToken.objects.bulk_create(
            ProviderToken(
                digest=token_digest(token),
                sign_in=sign_in,
                kind=kinds[name],
                scopes=scopes if name == "access_token" else sign_in.scopes,
                issued_at=now,
                expires_at=now + ACCESS_LIFE if name == "access_token" else last,
            )
            for name, token in tokens.items()
        )
        deed = "refresh_tokens" if used else "redeem_code"
        append(platform_process("provider"), deed, "application", sign_in.application_id, {"sign_in": sign_in.pk})


def revoke_token(token: ProviderToken, now: datetime) -> None:
    """End a token on its application's word (RFC 7009); a refresh token takes all of its sign-in's with it."""
    with transaction.atomic():
        of_it = ProviderToken.objects.filter(sign_in_id=token.sign_in_id, revoked_at=None)
        if token.kind == ProviderToken.Kind.ACCESS:
            of_it = of_it.filter(pk=token.pk)
        if of_it.update(revoked_at=now):
            application = token.sign_in.application_id
            append(platform_process("provider"), "revoke_token", "application", application, {"kind": token.kind})


def end_session(sid: str, now: datetime) -> int:
    """The browser's session ended: so do the sign-ins that came from it, and their applications are told; how many.

    Sign-ins that may be used while their person is away (`offline_access`) go on, and are told of it all the same.
    """
    if not sid:
        return 0
    with transaction.atomic():
        live = ApplicationSignIn.objects.filter(session=sid, ended_at=None)
        _tell(live, now)
        ended = _end(live.exclude(scopes__contains=["offline_access"]), now, tell=False)
        # The session is gone: those that go on belong to none.
        live.update(session="")
        if ended:
            append(platform_process("provider"), "end_session", "session", uuid.uuid5(uuid.NAMESPACE_OID, sid))
    return ended


def end_lapsed_sessions(now: datetime, most: int = 200) -> int:
    """Sessions whose time is over end as if their person had signed out: applications are told. How many there were.

    What such a session held is emptied with it: it may be a phone number, and nobody reads it any more. The row goes by
    the retention rules.
    """
    from tongban.identity.provider.sessions import sid_of  # noqa: PLC0415 - which calls what is written here

    with transaction.atomic():
        over = BrowserSession.objects.filter(expire_date__lte=now).exclude(session_data="")
        lapsed = list(over.select_for_update(skip_locked=True).order_by("expire_date")[:most])
        for session in lapsed:
            end_session(sid_of(SessionStore().decode(session.session_data)), now)
        BrowserSession.objects.filter(pk__in=[session.pk for session in lapsed]).update(session_data="")
    return len(lapsed)


def end_account(account_id: uuid.UUID, now: datetime) -> int:
    """The account closes: its sign-ins end, those that may be used while its person is away too, their applications
    are told, and what it consented to is withdrawn. In the transaction of the closing; how many there were.
    """
    ended = _end(ApplicationSignIn.objects.filter(account_id=account_id), now)
    Consent.objects.filter(account_id=account_id, withdrawn_at=None).update(withdrawn_at=now)
    return ended


def end_sign_ins_of(actor: Actor, application: Application, now: datetime) -> int:
    """End everybody's sign-ins to an application: it was suspended. How many there were."""
    actor.require("suspend", "application")
    with transaction.atomic():
        ended = _end(ApplicationSignIn.objects.filter(application=application), now, tell=False)
        append(actor, "end_sign_ins", "application", application.pk, {"count": ended})
    return ended


def _end_for_misuse(sign_in: ApplicationSignIn, deed: str, now: datetime) -> None:
    _end(ApplicationSignIn.objects.filter(pk=sign_in.pk), now, tell=False)
    append(platform_process("provider"), deed, "application", sign_in.application_id, {"sign_in": sign_in.pk})


def _end(sign_ins: "QuerySet[ApplicationSignIn]", now: datetime, *, tell: bool = True) -> int:
    open_ = list(sign_ins.filter(ended_at=None).values_list("pk", flat=True))
    if tell:
        _tell(ApplicationSignIn.objects.filter(pk__in=open_), now)
    ProviderToken.objects.filter(sign_in__in=open_, revoked_at=None).update(revoked_at=now)
    return ApplicationSignIn.objects.filter(pk__in=open_, ended_at=None).update(ended_at=now)


def _tell(sign_ins: "QuerySet[ApplicationSignIn]", now: datetime) -> None:
    from tongban.identity.provider.facts import principal_of  # noqa: PLC0415 - which reads what is written here

    told = sign_ins.filter(~Q(application__back_channel_uri="")).select_related("application")
    SignOutNotice.objects.bulk_create(
        SignOutNotice(
            sign_in=one,
            subject=subject(one.application.sector, *principal_of(one)),
            sid=session_name(one.session, one.application.sector) if one.session else "",
            made_at=now,
            next_try_at=now,
        )
        for one in told
    )
