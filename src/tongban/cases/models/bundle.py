"""One thing at once: the versions administrators entered, what was applied for, and how its parts stand."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from tongban.cases.models.case import Case
from tongban.foundation.models import Identified
from tongban.foundation.sealing import SealedField
from tongban.government.models import Agency, Region
from tongban.identity.models import Organisation, Person
from tongban.items.models import Service, ServiceVersion


class BundleVersion(models.Model):
    """A version of a bundle that an administrator entered, as YAML. Never edited: a change is a new version."""

    code = models.SlugField(max_length=40)
    version = models.PositiveIntegerField()
    name = models.CharField(max_length=200)
    name_en = models.CharField(max_length=200)
    document = models.TextField()
    entered_at = models.DateTimeField()
    entered_by = models.CharField(max_length=100, blank=True)

    class Meta:
        ordering = ["code", "version"]
        constraints = [models.UniqueConstraint(fields=["code", "version"], name="bundle_version_once")]

    def __str__(self) -> str:
        return f"{self.code} {self.version}"


class BundleCase(Identified):
    """One thing applied for at once: a number of its own, the merged answers, and a part for each service."""

    number = models.CharField(max_length=24, unique=True)
    # As with cases: the second click finds what the first one submitted.
    draft_id = models.UUIDField(null=True, unique=True, editable=False)
    code = models.SlugField(max_length=40)
    version = models.PositiveIntegerField()
    region = models.ForeignKey(Region, models.PROTECT, related_name="+")
    lead_agency = models.ForeignKey(Agency, models.PROTECT, related_name="led_bundles")
    person = models.ForeignKey(Person, models.PROTECT, related_name="bundles")
    organisation = models.ForeignKey(Organisation, models.PROTECT, null=True, related_name="bundles")
    applicant_name = models.CharField(max_length=300)
    # Handled jointly under 行政许可法 art 26: 45 + 15 working days for the whole.
    joint = models.BooleanField()
    answers = SealedField()
    # Position in the merged list (as text) -> ids of uploads; parts that are opened later get theirs from here.
    uploads = models.JSONField(default=dict)
    submitted_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True)
    # Something happened to one of its cases that may move another part.
    stirred = models.BooleanField(default=False)

    class Meta:
        indexes = [
            models.Index(fields=["person", "-submitted_at"], name="bundle_person"),
            models.Index(fields=["organisation", "-submitted_at"], name="bundle_organisation"),
            models.Index(fields=["lead_agency", "-submitted_at"], name="bundle_lead"),
            models.Index(fields=["id"], name="bundle_stirred", condition=Q(stirred=True)),
        ]

    def __str__(self) -> str:
        return self.number


class BundlePart(models.Model):
    """A part of a bundle and the case it became, once its agency has it."""

    class State(models.TextChoices):
        UNNEEDED = "unneeded", _("not needed")
        WAITING = "waiting", _("waits for another part")
        SUSPENDED = "suspended", _("held")
        OPEN = "open", _("with the agency")
        DONE = "done", _("granted")
        REFUSED = "refused", _("refused")
        WITHDRAWN = "withdrawn", _("taken back")
        CANCELLED = "cancelled", _("cancelled")

    bundle = models.ForeignKey(BundleCase, models.PROTECT, related_name="parts")
    name = models.SlugField(max_length=40)
    position = models.PositiveSmallIntegerField()
    service = models.ForeignKey(Service, models.PROTECT, related_name="+")
    # The version in force on submission: what was asked then is what the part is judged by.
    service_version = models.ForeignKey(ServiceVersion, models.PROTECT, related_name="+")
    case = models.OneToOneField(Case, models.PROTECT, null=True, related_name="bundle_part")
    state = models.CharField(max_length=10, choices=State)
    # The part because of which it is held or cancelled; of an open part: because of which it ends as soon as its
    # procedure lets it.
    because = models.SlugField(max_length=40, blank=True)
    # What its agency stated with the grant for other parts.
    results = SealedField(null=True)
    changed_at = models.DateTimeField()

    class Meta:
        ordering = ["bundle", "position"]
        constraints = [models.UniqueConstraint(fields=["bundle", "name"], name="bundle_part_once")]

    def __str__(self) -> str:
        return f"{self.bundle_id} {self.name}"
