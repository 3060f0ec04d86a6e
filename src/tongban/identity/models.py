"""Accounts, the persons and organisations behind them, delegations, and officers' posts."""

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.models import PermissionsMixin
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from tongban.foundation.ids import uuid7
from tongban.foundation.models import Identified
from tongban.foundation.sealing import SealedField
from tongban.government.models import Agency


class AccountManager(BaseUserManager["Account"]):
    def create_user(self, username: str, password: str | None = None, *, is_staff: bool = False) -> "Account":
        account = self.model(username=self.model.normalize_username(username), is_staff=is_staff)
        account.set_password(password)
        account.save(using=self._db)
        return account

    def create_superuser(self, username: str, password: str | None = None) -> "Account":
        account = self.create_user(username, password, is_staff=True)
        account.is_superuser = True
        account.save(using=self._db)
        return account


class Account(AbstractBaseUser, PermissionsMixin):
    """What one signs in with. It belongs to one human, who may be citizen, agent and officer at once."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    username = models.CharField(_("user name"), max_length=150, unique=True)
    is_active = models.BooleanField(_("active"), default=True)
    is_staff = models.BooleanField(_("may maintain reference data"), default=False)
    date_joined = models.DateTimeField(default=timezone.now)

    USERNAME_FIELD = "username"
    objects = AccountManager()

    class Meta:
        verbose_name = _("account")
        verbose_name_plural = _("accounts")

    def __str__(self) -> str:
        return self.username


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
    id_number_index = models.CharField(max_length=64, null=True, unique=True, editable=False)
    phone = SealedField(null=True)
    address = SealedField(null=True)
    assurance_level = models.PositiveSmallIntegerField(choices=AssuranceLevel, default=AssuranceLevel.DECLARED)

    class Meta:
        verbose_name = _("person")
        verbose_name_plural = _("people")

    def __str__(self) -> str:
        return self.name


class Organisation(Identified):
    """A legal person or other organisation (法人和其他组织), with its unified social credit code."""

    name = models.CharField(_("name"), max_length=300)
    name_en = models.CharField(_("name in English"), max_length=300, blank=True)
    credit_code = models.CharField(_("unified social credit code"), max_length=18, unique=True)
    legal_representative = models.ForeignKey(
        Person, models.PROTECT, related_name="represents", verbose_name=_("legal representative")
    )

    class Meta:
        verbose_name = _("organisation")
        verbose_name_plural = _("organisations")

    def __str__(self) -> str:
        return self.name


class Delegation(Identified):
    """A right to act for an organisation (授权委托): who, from when, until when; revocable at once."""

    organisation = models.ForeignKey(
        Organisation, models.CASCADE, related_name="delegations", verbose_name=_("organisation")
    )
    agent = models.ForeignKey(Person, models.CASCADE, related_name="delegations", verbose_name=_("agent"))
    valid_from = models.DateField(_("valid from"))
    valid_to = models.DateField(_("valid until (exclusive)"), null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("delegation")
        verbose_name_plural = _("delegations")
        constraints = [
            models.CheckConstraint(
                condition=Q(valid_to=None) | Q(valid_to__gt=F("valid_from")), name="delegation_validity_order"
            )
        ]

    def __str__(self) -> str:
        return f"{self.agent} / {self.organisation}"


class Role(models.TextChoices):
    """What an officer is at an agency."""

    WINDOW_OFFICER = "window_officer", _("window officer")
    REVIEWING_OFFICER = "reviewing_officer", _("reviewing officer")
    HEAD_OF_AGENCY = "head_of_agency", _("head of agency")
    HEAD_OF_GOVERNMENT = "head_of_government", _("head of the government of that level")
    DATA_STEWARD = "data_steward", _("data steward")
    SUPERVISOR = "supervisor", _("supervisor")
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
        ]

    def __str__(self) -> str:
        return f"{self.person}: {self.get_role_display()}, {self.agency}"


class IdentityCheck(Identified):
    """An officer saw at the counter who somebody is, and for whom they act. It holds for that day, until ended."""

    class Document(models.TextChoices):
        RESIDENT_CARD = "resident_card", _("resident identity card")
        TEMPORARY_CARD = "temporary_card", _("temporary resident identity card")
        HOUSEHOLD_REGISTER = "household_register", _("household register")

    post = models.ForeignKey(Post, models.PROTECT, related_name="+", verbose_name=_("post"))
    account_id = models.UUIDField()
    person = models.ForeignKey(Person, models.PROTECT, related_name="identity_checks", verbose_name=_("person"))
    organisation = models.ForeignKey(
        Organisation, models.PROTECT, null=True, related_name="+", verbose_name=_("organisation")
    )
    document = models.CharField(_("document shown"), max_length=20, choices=Document)
    made_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("identity check")
        verbose_name_plural = _("identity checks")
        indexes = [models.Index(fields=["post", "-made_at"], name="identity_check_post")]

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
    """A failed sign-in, kept for minutes to slow down guessing. The user name stands as a blind index only."""

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
