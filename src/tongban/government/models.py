"""Who governs what: platforms, the region tree, departments, and agencies where the two cross."""

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.core.validators import RegexValidator
from django.db import models
from django.db.models import F, Q
from django.utils.translation import get_language, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from tongban.foundation.models import Identified


class Bilingual(models.Model):
    """A Chinese name and, beside it, an English one."""

    name = models.CharField(_("name"), max_length=300)
    name_en = models.CharField(_("name in English"), max_length=300, blank=True)

    class Meta:
        abstract = True

    @property
    def label(self) -> str:
        """The name in the reader's language; Chinese where no English is known."""
        return self.name_en if self.name_en and (get_language() or "").startswith("en") else self.name


class Platform(Identified, Bilingual):
    """A government's own service platform. What another platform publishes stays marked as its own."""

    class Kind(models.TextChoices):
        NATIONAL = "national", _("national platform")
        DEPARTMENT = "department", _("platform of a State Council department")
        PROVINCIAL = "provincial", _("provincial platform")
        CITY = "city", _("city platform")

    code = models.SlugField(_("code"), max_length=40, unique=True)
    kind = models.CharField(_("kind"), max_length=12, choices=Kind)
    run_by_us = models.BooleanField(_("run by this installation"), default=False)
    url = models.URLField(_("address"), blank=True)

    class Meta:
        verbose_name = _("platform")
        verbose_name_plural = _("platforms")
        ordering = ["code"]

    def __str__(self) -> str:
        return self.name


class RegionLevel(models.IntegerChoices):
    """Levels of the 12-digit division code; 行使层级 in service codes is the level plus one."""

    NATION = 0, pgettext_lazy("level", "nation")
    PROVINCE = 1, pgettext_lazy("level", "province")
    PREFECTURE = 2, pgettext_lazy("level", "prefecture")
    COUNTY = 3, pgettext_lazy("level", "county")
    TOWNSHIP = 4, pgettext_lazy("level", "township")
    VILLAGE = 5, pgettext_lazy("level", "village")


class Region(Bilingual):
    """A place in the tree of divisions (GB/T 2260, GB/T 10114), under its 12-digit code.

    `lineage` holds the codes from the nation down to the region itself: ancestors are read from it,
    descendants are found by its index. A region that was abolished or merged keeps its row, with `valid_to`
    and its successor.
    """

    class Line(models.TextChoices):
        CIVIL = "civil", _("civil divisions")
        CORPS = "corps", _("Xinjiang production and construction corps")

    code = models.CharField(
        _("code"), max_length=12, primary_key=True, validators=[RegexValidator(r"^\d{12}$", _("12 digits"))]
    )
    level = models.PositiveSmallIntegerField(_("level"), choices=RegionLevel)
    line = models.CharField(_("line"), max_length=8, choices=Line, default=Line.CIVIL)
    parent = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="children", verbose_name=_("parent region")
    )
    lineage = ArrayField(models.CharField(max_length=12), editable=False, default=list, verbose_name=_("lineage"))
    platform = models.ForeignKey(Platform, models.PROTECT, related_name="regions", verbose_name=_("platform"))
    valid_from = models.DateField(_("valid from"), null=True, blank=True)
    valid_to = models.DateField(_("valid until (exclusive)"), null=True, blank=True)
    successor = models.ForeignKey(
        "self",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="predecessors",
        verbose_name=_("merged into"),
    )
    introduction = models.TextField(_("introduction"), blank=True)
    introduction_en = models.TextField(_("introduction in English"), blank=True)

    class Meta:
        verbose_name = _("region")
        verbose_name_plural = _("regions")
        ordering = ["code"]
        indexes = [GinIndex(fields=["lineage"], name="region_lineage")]
        constraints = [
            models.CheckConstraint(condition=Q(code__regex=r"^\d{12}$"), name="region_code_12_digits"),
            models.CheckConstraint(
                condition=Q(valid_from=None) | Q(valid_to=None) | Q(valid_to__gt=F("valid_from")),
                name="region_validity_order",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name} ({self.code})"


class RegionName(Bilingual):
    """A name a region bore in the past (renaming); the present one stands on the region."""

    region = models.ForeignKey(Region, models.CASCADE, related_name="former_names", verbose_name=_("region"))
    valid_to = models.DateField(_("borne until (exclusive)"))
    basis = models.CharField(_("basis"), max_length=300, blank=True)

    class Meta:
        verbose_name = _("former name of a region")
        verbose_name_plural = _("former names of regions")
        ordering = ["region", "valid_to"]
        constraints = [models.UniqueConstraint(fields=["region", "valid_to"], name="one_former_name_a_day")]

    def __str__(self) -> str:
        return f"{self.name} (< {self.valid_to})"


class Department(Identified, Bilingual):
    """A functional line (条), the same at every level of government."""

    code = models.SlugField(_("code"), max_length=60, unique=True)
    # The order in which departments are customarily named (机构序列); tables by agency follow it.
    position = models.PositiveSmallIntegerField(_("position"), default=1000)
    introduction = models.TextField(_("introduction"), blank=True)
    introduction_en = models.TextField(_("introduction in English"), blank=True)

    class Meta:
        verbose_name = _("department")
        verbose_name_plural = _("departments")
        ordering = ["position", "code"]

    def __str__(self) -> str:
        return self.name


class Agency(Identified, Bilingual):
    """A department's body in one region (条 x 块): the organ that implements services and answers for them.

    The unified social credit code may be wrong in real data: it is checked and reported, never refused.
    """

    department = models.ForeignKey(Department, models.PROTECT, related_name="agencies", verbose_name=_("department"))
    region = models.ForeignKey(Region, models.PROTECT, related_name="agencies", verbose_name=_("region"))
    platform = models.ForeignKey(Platform, models.PROTECT, related_name="agencies", verbose_name=_("platform"))
    credit_code = models.CharField(_("unified social credit code"), max_length=18, blank=True)
    address = models.CharField(_("address"), max_length=300, blank=True)
    address_en = models.CharField(_("address in English"), max_length=300, blank=True)
    opening_hours = models.CharField(_("opening hours"), max_length=200, blank=True)
    opening_hours_en = models.CharField(_("opening hours in English"), max_length=200, blank=True)
    phone = models.CharField(_("phone"), max_length=60, blank=True)
    complaint_phone = models.CharField(_("complaint phone"), max_length=60, blank=True)

    class Meta:
        verbose_name = _("agency")
        verbose_name_plural = _("agencies")
        ordering = ["region", "department"]
        constraints = [models.UniqueConstraint(fields=["department", "region"], name="agency_department_region")]
        indexes = [models.Index(fields=["credit_code"], name="agency_credit_code")]

    def __str__(self) -> str:
        return self.name


class DockingTask(Identified, Bilingual):
    """One step of joining a platform to another (对接): its owner, its due date, how far it is."""

    class State(models.TextChoices):
        PLANNED = "planned", _("planned")
        UNDER_WAY = "under_way", _("under way")
        DONE = "done", _("done")

    platform = models.ForeignKey(Platform, models.PROTECT, related_name="docking_tasks", verbose_name=_("who docks"))
    target = models.ForeignKey(Platform, models.PROTECT, related_name="docked_by", verbose_name=_("to which platform"))
    owner = models.ForeignKey(Agency, models.PROTECT, related_name="docking_tasks", verbose_name=_("owner"))
    due_on = models.DateField(_("due date"))
    state = models.CharField(_("state"), max_length=10, choices=State, default=State.PLANNED)
    done_on = models.DateField(_("done on"), null=True, blank=True)

    class Meta:
        verbose_name = _("docking task")
        verbose_name_plural = _("docking tasks")
        ordering = ["due_on", "id"]
        constraints = [
            models.CheckConstraint(
                condition=(Q(state="done") & Q(done_on__isnull=False)) | (~Q(state="done") & Q(done_on=None)),
                name="docking_done_has_date",
            ),
            models.CheckConstraint(condition=~Q(platform=F("target")), name="docking_two_platforms"),
        ]

    def __str__(self) -> str:
        return self.name
