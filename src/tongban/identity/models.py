"""Accounts, the persons and organisations behind them, delegations, and officers' posts."""

from typing import Literal

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.models import PermissionsMixin
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from tongban.foundation.blindindex import BlindIndexField, plain_index, unique_index
from tongban.foundation.ids import uuid7
from tongban.foundation.models import Identified
from tongban.foundation.sealing import SealedField
from tongban.government.models import Agency
from tongban.identity.mandates import Basis, Deed
from tongban.identity.provider.models import (
    Application,
    ApplicationScope,
    ApplicationSignIn,
    ApplicationUse,
    AuthorizationCode,
    Consent,
    ForeignIdentity,
    ProviderToken,
    SigningKey,
    SignOutNotice,
    TrustedProvider,
)
from tongban.identity.records import (
    CorrectionRequest,
    Guardianship,
    IdentityPaper,
    MandateRow,
    Merger,
    Paper,
    WrittenPower,
)
from tongban.identity.separation import separation_constraint
from tongban.identity.signin.models import SignInMemory

__all__ = [
    "Account",
    "AccountManager",
    "ApiToken",
    "Application",
    "ApplicationScope",
    "ApplicationSignIn",
    "ApplicationUse",
    "AssuranceLevel",
    "AuthorizationCode",
    "Consent",
    "CorrectionRequest",
    "Delegation",
    "ForeignIdentity",
    "Guardianship",
    "IdentityCheck",
    "IdentityPaper",
    "MandateRow",
    "Merger",
    "Organisation",
    "Paper",
    "Person",
    "Post",
    "ProviderToken",
    "Role",
    "SignInFailure",
    "SignInMemory",
    "SignOutNotice",
    "SigningKey",
    "TrustedProvider",
    "WrittenPower",
]


class AccountManager(BaseUserManager["Account"]):
    def create_user(self, username: str, password: str | None = None) -> "Account":
        account = self.model(username=self.model.normalize_username(username))
        account.set_password(password)
        account.save(using=self._db)
        return account

    def create_superuser(self, username: str, password: str | None = None) -> "Account":
        account = self.create_user(username, password)
        account.is_superuser = True
        account.save(using=self._db)
        return account


class Account(AbstractBaseUser, PermissionsMixin):
    """What one signs in with. It belongs to one human, who may be citizen, agent and officer at once."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    username = models.CharField(_("user name"), max_length=150, unique=True)
    is_active = models.BooleanField(_("active"), default=True)
    date_joined = models.DateTimeField(default=timezone.now)
    # Where the account takes codes; kept only after one came back from there, or its holder was seen at a window.
    phone = SealedField(null=True)
    phone_index = BlindIndexField(null=True)
    email = SealedField(null=True)
    email_index = BlindIndexField(null=True)

    USERNAME_FIELD = "username"
    objects = AccountManager()

    class Meta:
        verbose_name = _("account")
        verbose_name_plural = _("accounts")
        constraints = [
            *unique_index("account_phone_once", "phone_index"),
            *unique_index("account_email_once", "email_index"),
        ]

    def __str__(self) -> str:
        return self.username

    def take_contact(self, kind: Literal["phone", "email"], value: str, index: str) -> None:
        """Write where the account takes codes from now on; `signin.actions` says whether it may."""
        setattr(self, kind, value)
        setattr(self, f"{kind}_index", index)
        self.save(update_fields=[kind, f"{kind}_index"])


class AssuranceLevel(models.IntegerChoices):
    """How surely an identity was established (Guangdong's L2 to L5; L1 is an account without a name)."""

    ACCOUNT = 1, _("L1 account only")
    DECLARED = 2, _("L2 self-declared")
    CHECKED = 3, _("L3 name and number checked")
    REAL_PERSON = 4, _("L4 real person")
    CERTIFIED = 5, _("L5 certificate or counter")


class Person(Identified):
    """A natural person (自然人). Identity number, phone and address are sealed; the number has a blind index."""

    account = models.OneToOneField(
        Account, models.PROTECT, null=True, blank=True, related_name="person", verbose_name=_("account")
    )
    name = models.CharField(_("name"), max_length=100)
    id_number = SealedField(null=True)
    id_number_index = BlindIndexField(null=True)
    # As it was stated when they were registered; where something is sent is the account's (`telephone`).
    phone = SealedField(null=True)
    address = SealedField(null=True)
    assurance_level = models.PositiveSmallIntegerField(choices=AssuranceLevel, default=AssuranceLevel.DECLARED)
    # Where no identity number says it.
    born_on = SealedField(null=True)
    died_on = models.DateField(_("died on"), null=True, blank=True)
    # The same human's entry that this one was merged into; nobody acts as this one any more.
    merged_into = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="merged_from", verbose_name=_("entry that stays")
    )
    # When they closed their account and what no duty keeps was erased.
    closed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("person")
        verbose_name_plural = _("people")
        constraints = unique_index("person_id_number_once", "id_number_index")

    def __str__(self) -> str:
        return self.name

    @property
    def telephone(self) -> str | None:
        """The number their account has proven to be theirs; before that, the one stated at their registration."""
        number: str | None = (self.account and self.account.phone) or self.phone
        return number


class Organisation(Identified):
    """A legal person or other organisation (法人和其他组织), with its unified social credit code."""

    name = models.CharField(_("name"), max_length=300)
    name_en = models.CharField(_("name in English"), max_length=300, blank=True)
    credit_code = models.CharField(_("unified social credit code"), max_length=18, unique=True)
    legal_representative = models.ForeignKey(
        Person, models.PROTECT, related_name="represents", verbose_name=_("legal representative")
    )
    dissolved_on = models.DateField(_("dissolved on"), null=True, blank=True)

    class Meta:
        verbose_name = _("organisation")
        verbose_name_plural = _("organisations")

    def __str__(self) -> str:
        return self.name


class Delegation(Identified):
    """A right to act for a person or an organisation (授权委托): for whom, who, in which matters, for how long.

    It holds once the other side has accepted it, and until either side ends it. Staff of an organisation are those
    with the kind administrator or handler.
    """

    class Kind(models.TextChoices):
        RELATIVE = Basis.RELATIVE.value, _("relative")
        CARER = Basis.CARER.value, _("carer")
        NEIGHBOUR = Basis.NEIGHBOUR.value, _("neighbour or friend")
        OTHER = Basis.OTHER.value, _("somebody else")
        ADMINISTRATOR = Basis.ADMINISTRATOR.value, _("administrator of the staff")
        HANDLER = Basis.HANDLER.value, _("member of the staff")
        AGENT = Basis.AGENT.value, _("agent outside the organisation")
        AGENT_FIRM = Basis.AGENT_FIRM.value, _("agent firm")

    class DeedChoice(models.TextChoices):
        READ = Deed.READ.value, _("see")
        APPLY = Deed.APPLY.value, _("apply")
        FOLLOW_UP = Deed.FOLLOW_UP.value, _("follow up")

    organisation = models.ForeignKey(
        Organisation, models.CASCADE, null=True, related_name="delegations", verbose_name=_("organisation")
    )
    person = models.ForeignKey(
        Person, models.PROTECT, null=True, related_name="delegations_given", verbose_name=_("person represented")
    )
    kind = models.CharField(_("kind"), max_length=16, choices=Kind, default=Kind.HANDLER)
    # Who acts: a person, or a firm. Empty while somebody invited by their number has not answered.
    agent = models.ForeignKey(Person, models.CASCADE, null=True, related_name="delegations", verbose_name=_("agent"))
    agent_organisation = models.ForeignKey(
        Organisation, models.PROTECT, null=True, related_name="delegations_taken", verbose_name=_("agent firm")
    )
    # How the one invited is found: whether the number is known here, the inviting side never learns from it.
    invited_name = models.CharField(max_length=100, blank=True)
    invited_index = BlindIndexField(null=True)
    deeds = ArrayField(models.CharField(max_length=12, choices=DeedChoice), default=list)
    # The only matters it covers; both empty where it covers all.
    services = ArrayField(models.UUIDField(), default=list, blank=True)
    items = ArrayField(models.UUIDField(), default=list, blank=True)
    valid_from = models.DateField(_("valid from"))
    valid_to = models.DateField(_("valid until (exclusive)"), null=True, blank=True)
    offered_at = models.DateTimeField(default=timezone.now)
    accepted_at = models.DateTimeField(null=True, blank=True)
    declined_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("delegation")
        verbose_name_plural = _("delegations")
        indexes = plain_index("delegation_invited", "invited_index")
        constraints = [
            models.CheckConstraint(
                condition=Q(valid_to=None) | Q(valid_to__gt=F("valid_from")), name="delegation_validity_order"
            ),
            models.CheckConstraint(
                condition=Q(person=None, organisation__isnull=False) | Q(person__isnull=False, organisation=None),
                name="delegation_of_one",
            ),
            models.CheckConstraint(
                condition=Q(accepted_at=None) | Q(agent__isnull=False) | Q(agent_organisation__isnull=False),
                name="delegation_accepted_by_somebody",
            ),
            models.CheckConstraint(condition=Q(agent=None) | ~Q(agent=F("person")), name="delegation_to_another"),
        ]

    def __str__(self) -> str:
        return f"{self.invited_name or self.agent or self.agent_organisation} / {self.person or self.organisation}"


class Role(models.TextChoices):
    """What an officer is at an agency."""

    WINDOW_OFFICER = "window_officer", _("window officer")
    REVIEWING_OFFICER = "reviewing_officer", _("reviewing officer")
    HEAD_OF_AGENCY = "head_of_agency", _("head of agency")
    HEAD_OF_GOVERNMENT = "head_of_government", _("head of the government of that level")
    DATA_STEWARD = "data_steward", _("data steward")
    SUPERVISOR = "supervisor", _("supervisor")
    # No human holds two of the following at a time (identity/separation.py).
    AUDITOR = "auditor", _("auditor")
    SECURITY_OFFICER = "security_officer", _("security officer")
    ADMINISTRATOR = "administrator", _("system administrator")


class Post(Identified):
    """An officer's role at an agency, with its dates (岗位)."""

    person = models.ForeignKey(Person, models.PROTECT, related_name="posts", verbose_name=_("person"))
    agency = models.ForeignKey(Agency, models.PROTECT, related_name="posts", verbose_name=_("agency"))
    role = models.CharField(_("role"), max_length=20, choices=Role)
    title = models.CharField(_("title"), max_length=100, blank=True)
    title_en = models.CharField(_("title in English"), max_length=100, blank=True)
    valid_from = models.DateField(_("valid from"))
    valid_to = models.DateField(_("valid until (exclusive)"), null=True, blank=True)
    # A window officer with this scope takes applications in for every agency (综合窗口).
    serves_counter = models.BooleanField(_("serves the one-window counter"), default=False, db_default=False)

    class Meta:
        verbose_name = _("post")
        verbose_name_plural = _("posts")
        constraints = [
            models.UniqueConstraint(fields=["person", "agency", "role", "valid_from"], name="post_once"),
            models.CheckConstraint(
                condition=Q(valid_to=None) | Q(valid_to__gt=F("valid_from")), name="post_validity_order"
            ),
            separation_constraint(),
        ]

    def __str__(self) -> str:
        return f"{self.person}: {self.get_role_display()}, {self.agency}"


class IdentityCheck(Identified):
    """An officer saw at the counter who somebody is, and for whom they act. It holds for that day, until ended."""

    class Document(models.TextChoices):
        RESIDENT_CARD = "resident_card", _("resident identity card")
        TEMPORARY_CARD = "temporary_card", _("temporary resident identity card")
        HOUSEHOLD_REGISTER = "household_register", _("household register")
        PASSPORT = Paper.PASSPORT.value, Paper.PASSPORT.label
        PERMANENT_RESIDENCE = Paper.PERMANENT_RESIDENCE.value, Paper.PERMANENT_RESIDENCE.label
        HK_MACAO_PERMIT = Paper.HK_MACAO_PERMIT.value, Paper.HK_MACAO_PERMIT.label
        TAIWAN_PERMIT = Paper.TAIWAN_PERMIT.value, Paper.TAIWAN_PERMIT.label
        HMT_RESIDENCE = Paper.HMT_RESIDENCE.value, Paper.HMT_RESIDENCE.label

    post = models.ForeignKey(Post, models.PROTECT, related_name="+", verbose_name=_("post"))
    account_id = models.UUIDField()
    person = models.ForeignKey(Person, models.PROTECT, related_name="identity_checks", verbose_name=_("person"))
    organisation = models.ForeignKey(
        Organisation, models.PROTECT, null=True, related_name="+", verbose_name=_("organisation")
    )
    # Who they come for, where it is another person; how that one was identified is the agent's mandate or the power.
    represented = models.ForeignKey(
        Person, models.PROTECT, null=True, related_name="+", verbose_name=_("person represented")
    )
    # The written power that was shown, where no delegation lets them act: what it is for, and its last day.
    power = models.ForeignKey(
        WrittenPower, models.PROTECT, null=True, related_name="+", verbose_name=_("written power of attorney")
    )
    power_matters = SealedField(null=True)
    power_last_day = models.DateField(null=True)
    document = models.CharField(_("document shown"), max_length=20, choices=Document)
    made_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("identity check")
        verbose_name_plural = _("identity checks")
        indexes = [models.Index(fields=["post", "-made_at"], name="identity_check_post")]
        constraints = [
            models.CheckConstraint(
                condition=Q(represented=None) | Q(organisation=None),
                name="identity_check_for_one_other",
            ),
            models.CheckConstraint(
                condition=Q(power=None) | Q(power_matters__isnull=False, power_last_day__isnull=False),
                name="identity_check_power_stated",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.made_at:%Y-%m-%d %H:%M}"


class ApiToken(models.Model):
    """A bearer token of the API, bound to the hat it was asked for. Only its SHA-256 is kept."""

    digest = models.CharField(max_length=64, primary_key=True)
    account = models.ForeignKey(Account, models.CASCADE, related_name="api_tokens", verbose_name=_("account"))
    hat = models.CharField(max_length=60)
    expires_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("API token")
        verbose_name_plural = _("API tokens")

    def __str__(self) -> str:
        return f"{self.account} until {self.expires_at:%Y-%m-%d %H:%M}"


class SignInFailure(models.Model):
    """A sign-in that failed, kept for a day for the security officer. Name and address are blind indexes."""

    id = models.BigAutoField(primary_key=True)
    username_index = models.CharField(max_length=64)
    address_index = models.CharField(max_length=64)
    at = models.DateTimeField()

    class Meta:
        verbose_name = _("failed sign-in")
        verbose_name_plural = _("failed sign-ins")
        indexes = [
            models.Index(fields=["username_index", "at"], name="failure_username"),
            models.Index(fields=["address_index", "at"], name="failure_address"),
        ]

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d %H:%M:%S}"


# Tables of this package that stand in modules of their own and refer to those above; Django finds them here.
from tongban.identity.access_records import DataReading  # noqa: E402, F401
from tongban.identity.assurance import models as _assurance  # noqa: E402, F401
from tongban.identity.emergency import EmergencyAccess, EmergencyReading  # noqa: E402, F401
