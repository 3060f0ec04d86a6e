"""Tables of the provider: applications and what they ask, consents, sign-ins and their tokens, keys, use.

Codes, tokens and secrets stand here as SHA-256 digests only. References to accounts go by name: `identity.models`
shows these classes beside its own.
"""

from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils.translation import get_language, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from tongban.foundation.blindindex import BlindIndexField, unique_index
from tongban.foundation.models import Identified
from tongban.foundation.sealing import SealedField
from tongban.government.models import Agency, Bilingual, Platform

MAX_URI = 500


def _uris(name: Any) -> "ArrayField[list[str], list[str]]":  # noqa: ANN401 - a lazy text
    return ArrayField(models.CharField(max_length=MAX_URI), default=list, blank=True, verbose_name=name)


class Application(Identified, Bilingual):
    """A department's system that people sign in to with their account here: an OpenID Connect client (N applications).

    `sector` decides who shares subject identifiers: systems of one sector know a person under one identifier, systems
    of different sectors cannot tell that it is the same person (OpenID Connect Core 1.0, section 8.1).
    """

    class State(models.TextChoices):
        REGISTERED = "registered", pgettext_lazy("application", "waiting for review")
        PUBLISHED = "published", pgettext_lazy("application", "published")
        REFUSED = "refused", pgettext_lazy("application", "refused")
        SUSPENDED = "suspended", pgettext_lazy("application", "suspended")

    class Audience(models.TextChoices):
        PERSON = "person", _("people")
        ORGANISATION = "organisation", _("organisations")
        OFFICER = "officer", _("officers")

    client_id = models.SlugField(_("client id"), max_length=60, unique=True)
    # NULL: a public client (an app on somebody's phone), which has PKCE alone.
    secret_digest = models.CharField(max_length=64, null=True, editable=False)
    agency = models.ForeignKey(Agency, models.PROTECT, related_name="applications", verbose_name=_("agency"))
    description = models.TextField(_("description"), blank=True)
    description_en = models.TextField(_("description in English"), blank=True)
    audiences = ArrayField(
        models.CharField(max_length=12, choices=Audience), default=list, verbose_name=_("who uses it")
    )
    home_uri = models.CharField(_("web address"), max_length=MAX_URI)
    redirect_uris = _uris(_("redirect addresses"))
    sign_out_uris = _uris(_("addresses after signing out"))
    back_channel_uri = models.CharField(_("address for sign-out notices"), max_length=MAX_URI, blank=True)
    sector = models.SlugField(_("sector of identifiers"), max_length=80)
    sector_basis = models.CharField(_("legal basis of sharing the sector"), max_length=300, blank=True)
    required_level = models.PositiveSmallIntegerField(_("assurance level needed"), default=2)
    # Whose tokens a resource server may introspect: those of applications that name it here.
    resource_servers = models.ManyToManyField(
        "self", symmetrical=False, related_name="serves", blank=True, verbose_name=_("resource servers")
    )
    state = models.CharField(_("state"), max_length=12, choices=State, default=State.REGISTERED)
    registered_at = models.DateTimeField()
    registered_by = models.ForeignKey(
        "identity.Account", models.PROTECT, null=True, related_name="+", verbose_name=_("registered by")
    )
    reviewed_at = models.DateTimeField(null=True)
    reviewed_by = models.ForeignKey(
        "identity.Account", models.PROTECT, null=True, related_name="+", verbose_name=_("reviewed by")
    )
    review_note = models.CharField(_("note of the review"), max_length=500, blank=True)

    class Meta:
        verbose_name = _("application")
        verbose_name_plural = _("applications")
        ordering = ["name", "id"]
        constraints = [
            # Four eyes: nobody reviews what they registered themselves.
            models.CheckConstraint(
                condition=Q(reviewed_by=None) | Q(registered_by=None) | ~Q(reviewed_by=models.F("registered_by")),
                name="application_four_eyes",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def is_published(self) -> bool:
        return self.state == self.State.PUBLISHED

    @property
    def is_public(self) -> bool:
        return self.secret_digest is None


class ApplicationScope(models.Model):
    """One thing an application asks to know, what for, and by which law (个人信息保护法 art 6, 17, 34)."""

    application = models.ForeignKey(Application, models.CASCADE, related_name="scopes", verbose_name=_("application"))
    scope = models.CharField(max_length=30)
    purpose = models.CharField(_("purpose"), max_length=300)
    purpose_en = models.CharField(_("purpose in English"), max_length=300, blank=True)
    legal_basis = models.CharField(_("basis in law"), max_length=300)
    # Not needed for the service: whoever says no to it alone is served all the same (个人信息保护法 art 16).
    optional = models.BooleanField(_("may be declined"), default=False, db_default=False)

    class Meta:
        verbose_name = _("claim asked")
        verbose_name_plural = _("claims asked")
        constraints = [models.UniqueConstraint(fields=["application", "scope"], name="application_scope_once")]

    def __str__(self) -> str:
        return f"{self.application_id}: {self.scope}"

    @property
    def purpose_label(self) -> str:
        """The purpose in the reader's language; Chinese where no English is known."""
        return self.purpose_en if self.purpose_en and (get_language() or "").startswith("en") else self.purpose


class Consent(Identified):
    """Somebody agreed, in one of their hats, that an application learns what stands in `scopes`; withdrawn at will.

    `declined` is what they were asked and said no to, so that they are not asked each time.
    """

    application = models.ForeignKey(Application, models.CASCADE, related_name="consents", verbose_name=_("application"))
    account = models.ForeignKey("identity.Account", models.CASCADE, related_name="consents", verbose_name=_("account"))
    hat = models.CharField(max_length=60)
    scopes = ArrayField(models.CharField(max_length=30), default=list)
    declined = ArrayField(models.CharField(max_length=30), default=list, db_default=[])
    given_at = models.DateTimeField()
    withdrawn_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("consent")
        verbose_name_plural = _("consents")
        constraints = [
            models.UniqueConstraint(
                fields=["application", "account", "hat"], condition=Q(withdrawn_at=None), name="consent_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.application_id}: {self.hat}"


class ApplicationSignIn(Identified):
    """One sign-in to an application: who, in which hat, how surely. Its code and tokens end with it.

    `session` names the browser's session here (`sid`), without being able to open it.
    """

    application = models.ForeignKey(Application, models.CASCADE, related_name="sign_ins", verbose_name=_("application"))
    account = models.ForeignKey("identity.Account", models.CASCADE, related_name="+", verbose_name=_("account"))
    hat = models.CharField(max_length=60)
    scopes = ArrayField(models.CharField(max_length=30), default=list)
    assurance_level = models.PositiveSmallIntegerField()
    authenticated_at = models.DateTimeField()
    session = models.CharField(max_length=64)
    # As whom we answered: what is sent later, without a request, says the same.
    issuer = models.CharField(max_length=MAX_URI)
    at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("sign-in to an application")
        verbose_name_plural = _("sign-ins to applications")
        indexes = [
            models.Index(fields=["session"], name="application_session", condition=Q(ended_at=None)),
            models.Index(fields=["account", "application"], name="application_account", condition=Q(ended_at=None)),
        ]

    def __str__(self) -> str:
        return f"{self.application_id}: {self.at:%Y-%m-%d %H:%M}"


class AuthorizationCode(models.Model):
    """A code on its way through the browser, good for a minute and for one use (RFC 6749, section 4.1.2)."""

    digest = models.CharField(max_length=64, primary_key=True)
    sign_in = models.ForeignKey(ApplicationSignIn, models.CASCADE, related_name="codes", verbose_name=_("sign-in"))
    redirect_uri = models.CharField(max_length=MAX_URI)
    challenge = models.CharField(max_length=128)
    nonce = models.CharField(max_length=300, blank=True)
    acr = models.CharField(max_length=4)
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("authorisation code")
        verbose_name_plural = _("authorisation codes")

    def __str__(self) -> str:
        return self.digest[:8]


class ProviderToken(models.Model):
    """An access or refresh token. A refresh token is used once; used again, it ends the sign-in it came from."""

    class Kind(models.TextChoices):
        ACCESS = "access", pgettext_lazy("token", "access token")
        REFRESH = "refresh", pgettext_lazy("token", "refresh token")

    digest = models.CharField(max_length=64, primary_key=True)
    sign_in = models.ForeignKey(ApplicationSignIn, models.CASCADE, related_name="tokens", verbose_name=_("sign-in"))
    kind = models.CharField(max_length=8, choices=Kind)
    scopes = ArrayField(models.CharField(max_length=30), default=list)
    issued_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)
    revoked_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("token of an application")
        verbose_name_plural = _("tokens of applications")
        indexes = [models.Index(fields=["expires_at"], name="provider_token_expiry")]

    def __str__(self) -> str:
        return f"{self.kind} {self.digest[:8]}"


class SigningKey(models.Model):
    """A key that signs ID tokens and sign-out tokens. Its public half is shown until the last of these has ended."""

    key_id = models.CharField(max_length=43, primary_key=True)
    public = models.JSONField()
    private = SealedField(null=True)
    made_at = models.DateTimeField()
    retired_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("signing key")
        verbose_name_plural = _("signing keys")
        constraints = [
            models.UniqueConstraint(models.Value(1), condition=Q(retired_at=None), name="one_signing_key"),
        ]

    def __str__(self) -> str:
        return self.key_id


class SignOutNotice(Identified):
    """An application is to be told that a sign-in ended (OpenID Connect Back-Channel Logout 1.0)."""

    sign_in = models.ForeignKey(ApplicationSignIn, models.CASCADE, related_name="notices", verbose_name=_("sign-in"))
    subject = models.CharField(max_length=64)
    sid = models.CharField(max_length=64, blank=True)
    made_at = models.DateTimeField()
    attempts = models.PositiveSmallIntegerField(default=0)
    next_try_at = models.DateTimeField()
    delivered_at = models.DateTimeField(null=True)
    given_up_at = models.DateTimeField(null=True)
    # Type and place of the last error, or the status that was answered; never what came with it.
    error = models.CharField(max_length=300, blank=True)

    class Meta:
        verbose_name = _("sign-out notice")
        verbose_name_plural = _("sign-out notices")
        indexes = [
            models.Index(fields=["next_try_at"], name="sign_out_due", condition=Q(delivered_at=None, given_up_at=None))
        ]

    def __str__(self) -> str:
        return f"{self.sign_in_id}"


class ApplicationUse(models.Model):
    """How often people signed in to an application on a day; nothing about who."""

    application = models.ForeignKey(Application, models.CASCADE, related_name="use", verbose_name=_("application"))
    day = models.DateField(_("day"))
    sign_ins = models.PositiveIntegerField(_("sign-ins"), default=0)

    class Meta:
        verbose_name = _("use of an application")
        verbose_name_plural = _("use of applications")
        constraints = [models.UniqueConstraint(fields=["application", "day"], name="application_use_day")]

    def __str__(self) -> str:
        return f"{self.application_id} {self.day}: {self.sign_ins}"


class TrustedProvider(Identified):
    """Another government's platform whose sign-in we take, and the highest level we believe it about.

    Entered by an administrator; it is taken once a security officer has confirmed what stands there.
    """

    class State(models.TextChoices):
        WAITING = "waiting", _("waits for confirmation")
        TAKEN = "taken", _("sign-in is taken")
        ENDED = "ended", _("ended")

    platform = models.OneToOneField(
        Platform, models.PROTECT, related_name="trusted_provider", verbose_name=_("platform")
    )
    issuer = models.CharField(_("issuer"), max_length=MAX_URI, unique=True)
    client_id = models.CharField(_("client id"), max_length=200)
    client_secret = SealedField()
    highest_level = models.PositiveSmallIntegerField(_("highest level we trust"))
    trusted_since = models.DateTimeField()
    # Why it is taken, or, where it ended, why no more.
    reason = models.CharField(_("reason"), max_length=500, blank=True)
    stated_by = models.ForeignKey(
        "identity.Account", models.PROTECT, null=True, related_name="+", verbose_name=_("entered by")
    )
    confirmed_at = models.DateTimeField(null=True)
    confirmed_by = models.ForeignKey(
        "identity.Account", models.PROTECT, null=True, related_name="+", verbose_name=_("confirmed by")
    )
    ended_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("trusted provider")
        verbose_name_plural = _("trusted providers")
        ordering = ["platform"]
        constraints = [
            # Four eyes: nobody confirms what they entered themselves.
            models.CheckConstraint(
                condition=Q(confirmed_by=None) | Q(stated_by=None) | ~Q(confirmed_by=models.F("stated_by")),
                name="trusted_provider_four_eyes",
            ),
        ]

    def __str__(self) -> str:
        return self.issuer

    @property
    def state(self) -> State:
        if self.ended_at:
            return self.State.ENDED
        return self.State.TAKEN if self.confirmed_at else self.State.WAITING


class ForeignIdentity(Identified):
    """Who a subject of a trusted provider is here. Linked by a verified identity number, never by an address."""

    provider = models.ForeignKey(
        TrustedProvider, models.PROTECT, related_name="identities", verbose_name=_("trusted provider")
    )
    subject_index = BlindIndexField()
    person = models.ForeignKey(
        "identity.Person", models.PROTECT, related_name="foreign_identities", verbose_name=_("person")
    )
    linked_at = models.DateTimeField()

    class Meta:
        verbose_name = _("identity at another platform")
        verbose_name_plural = _("identities at other platforms")
        constraints = unique_index("foreign_identity_once", "subject_index", "provider")

    def __str__(self) -> str:
        return f"{self.provider_id}: {self.person_id}"
