"""Items of the basic catalogue, and services: an item as one agency implements it, in versions.

Permissions and links hang on the service; content hangs on the version. A version that was published never changes
again (a database trigger refuses it); a change makes a new version. The fields are those of the implementation list
(实施清单, GB/T 39554), named by their meaning; `items/fields.py` maps them to the exchange names.
"""

from datetime import date

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex, OpClass
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Upper
from django.utils.translation import get_language, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from tongban.foundation.models import Identified
from tongban.government.models import Agency, Bilingual, Department, Platform, RegionLevel


class ItemType(models.TextChoices):
    """事项类型, GB/T 39554; aliases of provinces are data of the import."""

    LICENCE = "01", _("administrative licence")
    PENALTY = "02", _("administrative penalty")
    COERCION = "03", _("administrative coercion")
    LEVY = "04", _("administrative levy")
    PAYMENT = "05", _("administrative payment")
    INSPECTION = "06", _("administrative inspection")
    CONFIRMATION = "07", _("administrative confirmation")
    AWARD = "08", _("administrative award")
    ADJUDICATION = "09", _("administrative adjudication")
    OTHER_POWER = "10", _("other administrative power")
    PUBLIC_SERVICE = "20", _("public service")


class Audience(models.TextChoices):
    PERSON = "person", _("people")
    ORGANISATION = "organisation", _("organisations")


class Theme(Bilingual):
    """A group people look for (主题): trade facilitation, births, opening a shop."""

    slug = models.SlugField(_("code"), max_length=60, primary_key=True)
    audience = models.CharField(_("audience"), max_length=12, choices=Audience)
    position = models.PositiveSmallIntegerField(_("position"), default=100)

    class Meta:
        verbose_name = _("theme")
        verbose_name_plural = _("themes")
        ordering = ["position", "slug"]

    def __str__(self) -> str:
        return self.name


class Item(Identified, Bilingual):
    """A matter of the basic catalogue (基本目录), under its 12-character code."""

    code = models.CharField(_("basic code"), max_length=12, unique=True)
    item_type = models.CharField(_("type"), max_length=2, choices=ItemType)
    department = models.ForeignKey(Department, models.PROTECT, related_name="items", verbose_name=_("department"))
    levels = ArrayField(models.PositiveSmallIntegerField(choices=RegionLevel), verbose_name=_("exercised at"))
    legal_basis = models.TextField(_("legal basis"), blank=True)
    valid_from = models.DateField(_("valid from"), null=True, blank=True)
    valid_to = models.DateField(_("valid until (exclusive)"), null=True, blank=True)

    class Meta:
        verbose_name = _("item of the basic catalogue")
        verbose_name_plural = _("items of the basic catalogue")
        ordering = ["code"]
        indexes = [GinIndex(fields=["levels"], name="item_levels")]

    def __str__(self) -> str:
        return f"{self.code} {self.name}"


class Service(Identified):
    """An item as one agency implements it (实施事项). What it says stands in its versions.

    Codes: `implementation_code` is the national 31-character code, `handling_code` its 33-character form; the
    codes of other platforms (23 to 55 characters) are kept beside in `foreign_code`.
    """

    class Source(models.TextChoices):
        OWN = "own", _("entered here")
        IMPORT = "import", _("imported from a file")
        FEED = "feed", _("fed by another platform")

    item = models.ForeignKey(
        Item,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="services",
        verbose_name=_("item of the basic catalogue"),
    )
    agency = models.ForeignKey(Agency, models.PROTECT, related_name="services", verbose_name=_("agency"))
    platform = models.ForeignKey(Platform, models.PROTECT, related_name="services", verbose_name=_("platform"))
    catalogue_code = models.CharField(max_length=12, blank=True)
    local_catalogue_code = models.CharField(max_length=40, blank=True)
    implementation_code = models.CharField(max_length=31, null=True, blank=True, unique=True)
    handling_code = models.CharField(max_length=33, null=True, blank=True, unique=True)
    foreign_code = models.CharField(max_length=80, null=True, blank=True)
    source = models.CharField(max_length=8, choices=Source, default=Source.OWN)
    source_url = models.URLField(max_length=500, blank=True)
    source_note = models.CharField(max_length=300, blank=True)
    reconstructed = models.BooleanField(default=False)

    class Meta:
        verbose_name = _("service")
        verbose_name_plural = _("services")
        constraints = [
            models.UniqueConstraint(fields=["platform", "foreign_code"], name="foreign_code_once_a_platform"),
        ]
        indexes = [models.Index(fields=["agency", "item"], name="service_agency_item")]

    def __str__(self) -> str:
        return self.implementation_code or self.foreign_code or str(self.pk)


class LimitUnit(models.TextChoices):
    WORKING_DAY = "working_day", _("working days")
    DAY = "day", _("days")
    MONTH = "month", _("months")


class English(models.Model):
    """English texts beside the Chinese ones, by field name."""

    english = models.JSONField(default=dict, blank=True)

    class Meta:
        abstract = True

    def text(self, field: str) -> str:
        """The field in the reader's language; Chinese where no English is known."""
        if (get_language() or "").startswith("en"):
            translated = self.english.get(field)
            if translated:
                return str(translated)
        return str(getattr(self, field) or "")


class ServiceVersion(Identified, English):
    """What a service says from a date on. Published versions are immutable.

    `online_capabilities` holds the capabilities 1 to 7 of GB/T 39554; the online depth I to IV is derived
    from them, and only where a source states the depth alone is it kept in `stated_online_depth`.
    """

    class State(models.TextChoices):
        DRAFT = "draft", _("draft")
        CHECKED = "checked", _("checked")
        PUBLISHED = "published", _("published")
        SUPERSEDED = "superseded", _("superseded")
        WITHDRAWN = "withdrawn", pgettext_lazy("service version", "withdrawn")

    class HandlingKind(models.TextChoices):
        ON_THE_SPOT = "1", _("on the spot")
        WITHIN_A_LIMIT = "2", _("within a limit")

    class Channel(models.TextChoices):
        WINDOW = "window", _("window")
        ONLINE = "online", _("online")
        SELF_SERVICE = "self_service", _("self-service terminal")
        MAIL = "mail", _("by mail")

    class HandlingArea(models.TextChoices):
        NATION = "nation", _("nationwide")
        PROVINCE = "province", _("province-wide")
        PREFECTURE = "prefecture", _("city-wide")
        COUNTY = "county", _("county-wide")
        TOWNSHIP = "township", _("township-wide")

    class ResultType(models.TextChoices):
        CERTIFICATE = "certificate", _("certificate")
        REPLY = "reply", _("written reply")
        OTHER = "other", _("other")

    class DeclaredList(models.TextChoices):
        ONE_TIME_NOTICE = "one_time_notice", _("told everything at once")
        COME_ONCE = "come_once", _("come only once")
        NO_VISIT = "no_visit", _("no visit")

    service = models.ForeignKey(Service, models.CASCADE, related_name="versions", verbose_name=_("service"))
    number = models.PositiveIntegerField()
    state = models.CharField(max_length=12, choices=State, default=State.DRAFT)
    is_applicable = models.BooleanField(default=False)
    published_at = models.DateTimeField(null=True, blank=True)

    # basic: what it is and who does it
    name = models.CharField(_("service name"), max_length=500)
    pinyin = models.TextField(blank=True, editable=False)
    item_type = models.CharField(_("item type"), max_length=2, choices=ItemType)
    version_label = models.CharField(_("item version"), max_length=40, blank=True)
    legal_basis = models.TextField(_("legal basis"), blank=True)
    power_source = models.CharField(_("source of the power"), max_length=200, blank=True)
    exercise_level = models.PositiveSmallIntegerField(_("level of exercise"), choices=RegionLevel, null=True)
    agency_nature = models.CharField(_("nature of the agency"), max_length=100, blank=True)
    entrusting_department = models.CharField(_("entrusting department"), max_length=200, blank=True)
    joint_agencies = models.TextField(_("joint agencies"), blank=True)
    # basic: how long
    legal_limit = models.PositiveIntegerField(_("legal limit"), null=True, blank=True)
    legal_limit_unit = models.CharField(_("unit of the legal limit"), max_length=12, choices=LimitUnit, blank=True)
    legal_limit_note = models.TextField(_("note on the legal limit"), blank=True)
    promised_limit = models.PositiveIntegerField(_("promised limit"), null=True, blank=True)
    promised_limit_unit = models.CharField(
        _("unit of the promised limit"), max_length=12, choices=LimitUnit, blank=True
    )
    promised_limit_note = models.TextField(_("note on the promised limit"), blank=True)
    handling_kind = models.CharField(_("kind of handling"), max_length=1, choices=HandlingKind, blank=True)
    # basic: by which way
    acceptance_conditions = models.TextField(_("conditions of acceptance"), blank=True)
    handling_steps = models.TextField(_("steps"), blank=True)
    special_procedures = models.TextField(_("special procedures"), blank=True)
    audiences = ArrayField(models.CharField(max_length=12, choices=Audience), default=list, blank=True)
    channels = ArrayField(models.CharField(max_length=12, choices=Channel), default=list, blank=True)
    visits = models.PositiveSmallIntegerField(_("visits"), null=True, blank=True)
    visits_reason = models.TextField(_("reason for the visits"), blank=True)
    address = models.TextField(_("address"), blank=True)
    opening_hours = models.TextField(_("opening hours"), blank=True)
    consultation_contact = models.TextField(_("consultation"), blank=True)
    complaint_contact = models.TextField(_("supervision and complaints"), blank=True)
    effective_from = models.DateField(_("effective from"))
    effective_to = models.DateField(_("effective until (exclusive)"), null=True, blank=True)
    # extend
    in_service_hall = models.BooleanField(_("in the service hall"), null=True, blank=True)
    handling_area = models.CharField(_("handled across"), max_length=12, choices=HandlingArea, blank=True)
    quantity_limit = models.TextField(_("limit in number"), blank=True)
    result_type = models.CharField(_("type of result"), max_length=12, choices=ResultType, blank=True)
    result_name = models.CharField(_("name of the result"), max_length=300, blank=True)
    result_sample = models.TextField(_("sample of the result"), blank=True)
    appointment = models.BooleanField(_("by appointment"), null=True, blank=True)
    online_payment = models.BooleanField(_("online payment"), null=True, blank=True)
    delivery = models.BooleanField(_("delivery by post"), null=True, blank=True)
    self_service_terminal = models.BooleanField(_("self-service terminal"), null=True, blank=True)
    person_topics = models.TextField(_("topics for people"), blank=True)
    organisation_topics = models.TextField(_("topics for organisations"), blank=True)
    online = models.BooleanField(_("can be done online"), null=True, blank=True)
    stated_online_depth = models.CharField(_("stated online depth"), max_length=3, blank=True)
    intermediary_services = models.TextField(_("intermediary services"), blank=True)
    township_codes = models.TextField(_("townships and villages"), blank=True)
    # fee: whether one is charged; what it is stands in its rows
    is_charged = models.BooleanField(_("fee charged"), null=True, blank=True)

    # kept beside the 71 fields
    online_capabilities = ArrayField(models.PositiveSmallIntegerField(), default=list, blank=True)
    themes = ArrayField(models.SlugField(max_length=60), default=list, blank=True)
    declared_list = models.CharField(max_length=16, choices=DeclaredList, blank=True)
    summary = models.TextField(_("in short"), blank=True)
    form = models.JSONField(null=True, blank=True)
    procedure = models.SlugField(max_length=40, blank=True)
    # Guidance, commitment, fetching, rules and offers (`items.light`).
    light = models.JSONField(null=True, blank=True)
    assurance_level = models.PositiveSmallIntegerField(default=2)
    # How long what is granted is valid, and the item of the basic catalogue by which it is renewed (empty: this one).
    result_validity = models.PositiveSmallIntegerField(_("validity of the result in months"), null=True, blank=True)
    renewal_item = models.CharField(_("item by which it is renewed"), max_length=12, blank=True)

    class Meta:
        verbose_name = _("version of a service")
        verbose_name_plural = _("versions of services")
        ordering = ["service", "-effective_from", "-number"]
        constraints = [
            models.UniqueConstraint(fields=["service", "number"], name="version_number_once"),
            models.CheckConstraint(
                condition=Q(effective_to=None) | Q(effective_to__gt=F("effective_from")),
                name="version_validity_order",
            ),
        ]
        indexes = [
            models.Index(fields=["service", "-effective_from", "-number"], name="version_in_force"),
            GinIndex(fields=["themes"], name="version_themes"),
            # Parts of names: by pinyin (letters) on every server, by characters where its locale knows them.
            GinIndex(OpClass(Upper("name"), name="gin_trgm_ops"), name="version_name_parts"),
            GinIndex(OpClass(F("pinyin"), name="gin_trgm_ops"), name="version_pinyin_parts"),
        ]

    def __str__(self) -> str:
        return f"{self.name} v{self.number}"

    @property
    def source_note(self) -> str:
        """What its service says of the source; `text` gives it in the reader's language."""
        return self.service.source_note

    def is_in_force(self, day: date) -> bool:
        """Whether its own dates cover the day (a later version may still stand before it)."""
        return self.effective_from <= day and (self.effective_to is None or day < self.effective_to)


class Necessity(models.TextChoices):
    REQUIRED = "1", _("required")
    OPTIONAL = "2", _("optional")
    DEFERRABLE = "3", _("may follow later")


class Material(English):
    """A document or datum a version asks for."""

    class Kind(models.TextChoices):
        CERTIFICATE = "1", _("certificate or proof")
        FORM = "2", _("application form")
        OTHER = "3", _("other")

    class Form(models.TextChoices):
        PAPER = "1", _("paper")
        ELECTRONIC = "2", _("electronic")
        BOTH = "3", _("paper and electronic")

    class Source(models.TextChoices):
        APPLICANT = "10", _("prepared by the applicant")
        GOVERNMENT = "20", _("issued by government")
        OTHER = "99", _("other")

    version = models.ForeignKey(
        ServiceVersion, models.CASCADE, related_name="materials", verbose_name=_("version of a service")
    )
    position = models.PositiveSmallIntegerField()
    name = models.CharField(max_length=500)
    necessity = models.CharField(max_length=1, choices=Necessity, blank=True)
    kind = models.CharField(max_length=1, choices=Kind, blank=True)
    form = models.CharField(max_length=1, choices=Form, blank=True)
    copies = models.PositiveSmallIntegerField(null=True, blank=True)
    source = models.CharField(max_length=2, choices=Source, blank=True)
    source_note = models.TextField(blank=True)
    basis = models.TextField(blank=True)
    blank_form = models.TextField(blank=True)
    sample = models.TextField(blank=True)
    filling_note = models.TextField(blank=True)
    acceptance_standard = models.TextField(blank=True)
    resource_code = models.CharField(max_length=80, blank=True)

    class Meta:
        verbose_name = _("material")
        verbose_name_plural = _("materials")
        ordering = ["version", "position"]
        constraints = [models.UniqueConstraint(fields=["version", "position"], name="material_position_once")]

    def __str__(self) -> str:
        return self.name


class Fee(English):
    version = models.ForeignKey(
        ServiceVersion, models.CASCADE, related_name="fees", verbose_name=_("version of a service")
    )
    position = models.PositiveSmallIntegerField()
    name = models.CharField(max_length=300)
    standard = models.TextField(blank=True)
    basis = models.TextField(blank=True)
    reducible = models.BooleanField(null=True, blank=True)

    class Meta:
        verbose_name = _("fee")
        verbose_name_plural = _("fees")
        ordering = ["version", "position"]
        constraints = [models.UniqueConstraint(fields=["version", "position"], name="fee_position_once")]

    def __str__(self) -> str:
        return self.name


class Question(English):
    version = models.ForeignKey(
        ServiceVersion, models.CASCADE, related_name="questions", verbose_name=_("version of a service")
    )
    position = models.PositiveSmallIntegerField()
    question = models.TextField()
    answer = models.TextField(blank=True)

    class Meta:
        verbose_name = _("common question")
        verbose_name_plural = _("common questions")
        ordering = ["version", "position"]
        constraints = [models.UniqueConstraint(fields=["version", "position"], name="question_position_once")]

    def __str__(self) -> str:
        return self.question
