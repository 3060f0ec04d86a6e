"""Reading the provider: what a token tells, the directory, one's own consents, what a department keeps."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.db.models import OuterRef, Q, QuerySet, Subquery, Sum
from django.utils import timezone
from django.utils.translation import gettext as _

from tongban.foundation.errors import NotFoundError, SignInNeededError
from tongban.government.models import Agency, Platform
from tongban.identity.actor import Actor, hats_of
from tongban.identity.authority import Relation
from tongban.identity.models import Account
from tongban.identity.provider.facts import facts_of, holder_of
from tongban.identity.provider.keys import read_own, token_digest
from tongban.identity.provider.models import (
    Application,
    ApplicationScope,
    ApplicationSignIn,
    ApplicationUse,
    Consent,
    ProviderToken,
    TrustedProvider,
)
from tongban.identity.provider.rules import SCOPES, claims_of

State = Application.State


def user_information(token: str, now: datetime) -> dict[str, Any] | None:
    """The claims an access token opens; None of one that is unknown, ended or revoked, or whose hat is lost."""
    rows = ProviderToken.objects.select_related("sign_in__application", "sign_in__account")
    found = rows.filter(
        digest=token_digest(token),
        kind=ProviderToken.Kind.ACCESS,
        revoked_at=None,
        expires_at__gt=now,
        sign_in__application__state=State.PUBLISHED,
    ).first()
    actor = holder_of(found.sign_in, now) if found else None
    if found is None or actor is None:
        return None
    facts = facts_of(actor, found.sign_in.application.sector, found.sign_in.assurance_level, now)
    return claims_of(facts, found.scopes)


# --- consent --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Told:
    """One line of what an application learns; `optional` where the person may say no to it alone."""

    label: str
    purpose: str
    legal_basis: str
    scope: str = ""
    optional: bool = False


def told(application: Application, scopes: Sequence[str]) -> list[Told]:
    """What an application learns by these scopes, in plain words, what for and by which law."""
    asked = {one.scope: one for one in application.scopes.all()}
    lines = []
    for name in scopes:
        one, known = asked.get(name), SCOPES[name]
        purpose, basis = (one.purpose_label, one.legal_basis) if one else ("", "")
        lines.append(Told(str(known.label), purpose, basis, name, one is not None and one.optional))
    return lines


@dataclass(frozen=True)
class Agreed:
    """What the actor answered to an application before, in this hat."""

    scopes: frozenset[str] = frozenset()
    declined: frozenset[str] = frozenset()

    def answers(self, asked: Sequence[str]) -> bool:
        """Whether each of them was agreed to or declined: nothing need be asked."""
        return set(asked) <= self.scopes | self.declined

    def of(self, asked: Sequence[str]) -> tuple[str, ...]:
        """Those that were agreed to, in their order."""
        return tuple(name for name in asked if name in self.scopes)


def agreed_before(actor: Actor, application: Application) -> Agreed:
    """What the actor agreed to, and declined, before."""
    of_them = Q(account_id=actor.account_id, hat=actor.hat)
    given = Consent.objects.filter(of_them, application=application, withdrawn_at=None).first()
    return Agreed(frozenset(given.scopes), frozenset(given.declined)) if given else Agreed()


def optional_among(application: Application, asked: Sequence[str]) -> frozenset[str]:
    """Of these scopes, those that the person may decline alone."""
    names = ApplicationScope.objects.filter(application=application, optional=True, scope__in=asked)
    return frozenset(names.values_list("scope", flat=True))


@dataclass(frozen=True)
class MyConsent:
    """An application one signed in to, as the page shows it."""

    id: uuid.UUID
    application: Application
    acting_as: str
    learns: list[Told]
    given_at: datetime
    last_at: datetime | None


def my_consents(actor: Actor, today: date) -> list[MyConsent]:
    """The applications the actor's account agreed to, in whatever hat, newest first. Two queries for all of them."""
    account = Account.objects.filter(pk=actor.account_id).first() if actor.account_id else None
    if account is None:
        raise SignInNeededError
    labels = {hat.key: hat.actor.label for hat in hats_of(account, today)}
    last = ApplicationSignIn.objects.filter(application=OuterRef("application"), account=account, hat=OuterRef("hat"))
    found = (
        Consent.objects.filter(account=account, withdrawn_at=None)
        .select_related("application__agency")
        .prefetch_related("application__scopes")
        .annotate(last_at=Subquery(last.order_by("-at").values("at")[:1]))
    )
    return [
        MyConsent(
            id=one.pk,
            application=one.application,
            acting_as=labels.get(one.hat, _("a role you no longer have")),
            learns=told(one.application, [name for name in SCOPES if name in one.scopes]),
            given_at=one.given_at,
            last_at=one.last_at,
        )
        for one in found.order_by("-given_at")
    ]


@dataclass(frozen=True)
class Hint:
    """What an ID token that comes back says of itself."""

    application: Application
    sid: str


def application_of_hint(token: str) -> Hint | None:
    """Whose ID token it is, ended or not; None of anything this installation did not sign."""
    claims = read_own(token) if token else None
    if claims is None or "events" in claims:
        return None
    found = Application.objects.filter(client_id=str(claims.get("aud", ""))).first()
    return Hint(found, str(claims.get("sid", ""))) if found else None


# --- the directory --------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Directory:
    """The published applications that fit, and what one may choose from."""

    applications: list[Application]
    agencies: list[tuple[str, str]]
    total: int


def directory(words: str = "", agency: str = "", audience: str = "") -> Directory:
    """The published applications, for everybody.

    Args:
        words: in name or description, all of them.
        agency: id of the agency they are of, or empty.
        audience: who uses them, or empty.
    """
    published = Application.objects.filter(state=State.PUBLISHED).select_related("agency")
    agencies = {str(one.agency_id): one.agency.label for one in published}
    found = published
    for word in words.split()[:8]:
        found = found.filter(
            Q(name__icontains=word)
            | Q(name_en__icontains=word)
            | Q(description__icontains=word)
            | Q(description_en__icontains=word)
            | Q(agency__name__icontains=word)
            | Q(agency__name_en__icontains=word)
        )
    if agency in agencies:
        found = found.filter(agency_id=agency)
    if audience in Application.Audience.values:
        found = found.filter(audiences__contains=[audience])
    return Directory(list(found), sorted(agencies.items(), key=lambda pair: pair[1]), published.count())


def published_application(application_id: uuid.UUID) -> tuple[Application, list[Told]]:
    """A published application, and what it asks to know."""
    found = Application.objects.filter(pk=application_id, state=State.PUBLISHED).select_related("agency").first()
    if found is None:
        raise NotFoundError
    scopes = set(found.scopes.values_list("scope", flat=True)) | {"openid"}
    return found, told(found, [name for name in SCOPES if name in scopes])


def keeps_applications(actor: Actor) -> bool:
    """Whether the actor keeps their agency's applications, or reviews everybody's."""
    return actor.may("register", "application", {Relation.OWN_AGENCY}) or actor.may("review", "application")


def own_agency_of(actor: Actor, *, required: bool = False) -> Agency | None:
    """The agency whose applications the actor registers; None where there is none.

    Raises:
        NotAllowedError: there is none, and it is `required`.
    """
    if required:
        actor.require("register", "application", {Relation.OWN_AGENCY})
    if actor.post is None or not actor.may("register", "application", {Relation.OWN_AGENCY}):
        return None
    return Agency.objects.get(pk=actor.post.agency_id)


def _kept(actor: Actor) -> "QuerySet[Application]":
    rows = Application.objects.select_related("agency", "registered_by__person")
    if actor.may("review", "application"):
        return rows
    actor.require("register", "application", {Relation.OWN_AGENCY})
    return rows.filter(Q(agency_id=actor.post.agency_id if actor.post else None))


def kept_applications(actor: Actor) -> list[Application]:
    """The applications of the actor's agency; all of them for who reviews. Those that wait come first."""
    waiting_first = {State.REGISTERED: 0, State.PUBLISHED: 1, State.SUSPENDED: 2, State.REFUSED: 3}
    return sorted(_kept(actor), key=lambda one: (waiting_first[State(one.state)], one.name))


@dataclass(frozen=True)
class KeptApplication:
    """An application as its department and the reviewer see it."""

    application: Application
    asks: list[ApplicationScope]
    use: list[tuple[date, int]]
    sign_ins: int
    resource_servers: list[str]
    may_change: bool
    may_review: bool
    may_suspend: bool


def kept_application(actor: Actor, application_id: uuid.UUID, now: datetime) -> KeptApplication:
    """One of `kept_applications`, with its use in the last thirty days.

    Raises:
        NotFoundError: none that this actor keeps or reviews.
    """
    found = _kept(actor).filter(pk=application_id).first()
    if found is None:
        raise NotFoundError
    since = timezone.localdate(now) - timedelta(days=29)
    use = ApplicationUse.objects.filter(application=found)
    own = actor.post is not None and actor.post.agency_id == found.agency_id
    return KeptApplication(
        application=found,
        asks=list(found.scopes.order_by("id")),
        use=list(use.filter(day__gte=since).order_by("-day").values_list("day", "sign_ins")),
        sign_ins=use.aggregate(n=Sum("sign_ins"))["n"] or 0,
        resource_servers=list(found.resource_servers.order_by("client_id").values_list("client_id", flat=True)),
        may_change=own and actor.may("register", "application", {Relation.OWN_AGENCY}),
        may_review=actor.may("review", "application") and found.registered_by_id != actor.account_id,
        may_suspend=actor.may("suspend", "application"),
    )


# --- other governments' platforms -----------------------------------------------------------------------------------


def trusted_providers() -> list[TrustedProvider]:
    """The platforms whose sign-in is taken, for everybody."""
    return list(_trusted().order_by("platform__code"))


def _trusted() -> "QuerySet[TrustedProvider]":
    """Everybody sees them, so the secret we show there is left out until it is asked for (`federation`)."""
    taken = TrustedProvider.objects.filter(ended_at=None, confirmed_at__isnull=False)
    return taken.select_related("platform").defer("client_secret")


def trusted_provider(provider_id: uuid.UUID) -> TrustedProvider:
    """One of `trusted_providers`.

    Raises:
        NotFoundError: none that is trusted.
    """
    found = _trusted().filter(pk=provider_id).first()
    if found is None:
        raise NotFoundError
    return found


@dataclass(frozen=True)
class KeptProvider:
    """Another platform's sign-in as administrator and security officer see it: all but the secret."""

    provider: TrustedProvider
    stated_by: str
    confirmed_by: str
    may_change: bool
    may_confirm: bool
    may_end: bool


def keeps_trust(actor: Actor) -> bool:
    """Whether the actor enters or confirms whose sign-in is taken."""
    return actor.may("read", "trusted_provider")


def kept_providers(actor: Actor) -> list[KeptProvider]:
    """Every platform whose sign-in is taken, waits to be, or was; what waits comes first."""
    actor.require("read", "trusted_provider")
    rows = TrustedProvider.objects.select_related("platform", "stated_by__person", "confirmed_by__person")
    order = list(TrustedProvider.State)
    found = sorted(rows.defer("client_secret"), key=lambda one: (order.index(one.state), one.platform.code))
    return [_kept_provider(actor, one) for one in found]


def kept_provider(actor: Actor, provider_id: uuid.UUID) -> KeptProvider:
    """One of `kept_providers`.

    Raises:
        NotFoundError: there is none.
    """
    found = next((one for one in kept_providers(actor) if one.provider.pk == provider_id), None)
    if found is None:
        raise NotFoundError
    return found


def _kept_provider(actor: Actor, one: TrustedProvider) -> KeptProvider:
    def name(account: Account | None) -> str:
        person = getattr(account, "person", None)
        return person.name if person else ""

    own = one.stated_by_id is not None and one.stated_by_id == actor.account_id
    waits, ended = one.state == TrustedProvider.State.WAITING, one.state == TrustedProvider.State.ENDED
    return KeptProvider(
        provider=one,
        stated_by=name(one.stated_by),
        confirmed_by=name(one.confirmed_by),
        may_change=actor.may("maintain", "trusted_provider"),
        may_confirm=waits and not own and actor.may("confirm", "trusted_provider"),
        may_end=not ended and actor.may("end", "trusted_provider"),
    )


def platforms_to_trust(actor: Actor) -> list[Platform]:
    """Other platforms of which no sign-in was ever entered."""
    actor.require("maintain", "trusted_provider")
    return list(Platform.objects.filter(run_by_us=False, trusted_provider=None).order_by("code"))
