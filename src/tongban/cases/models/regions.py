"""Across regions (跨域通办): which service can be done from where and how, and what that adds to a case."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from tongban.cases.models.applying import Draft
from tongban.cases.models.case import Case
from tongban.foundation.models import Identified
from tongban.foundation.sealing import SealedField
from tongban.government.models import Agency, Region
from tongban.identity.models import IdentityCheck
from tongban.items.models import Service


class Mode(models.TextChoices):
    """The three modes of 国办发〔2020〕35号."""

    ONLINE = "online", _("fully online")
    COLLECT = "collect", _("collected here, handled there")
    JOINT = "joint", _("handled jointly")


class ClockStart(models.TextChoices):
    """From when the limits run for what another place collects; the sources do not say, so an offer does."""

    COMPETENT = "competent", _("from when the competent agency has it")
    HAND_IN = "hand_in", _("from the hand-in at the window")


class RegionOffer(Identified):
    """That a service can be done from a region (and those below) in a mode, and which agency receives there.

    Fully online needs no row where the version's own 通办范围 reaches that far; a row offers it beyond.
    """

    service = models.ForeignKey(Service, models.CASCADE, related_name="region_offers")
    mode = models.CharField(max_length=8, choices=Mode)
    region = models.ForeignKey(Region, models.PROTECT, related_name="+")
    agency = models.ForeignKey(Agency, models.PROTECT, null=True, related_name="region_offers")
    clock_start = models.CharField(max_length=10, choices=ClockStart, default=ClockStart.COMPETENT)
    basis = models.CharField(max_length=300, blank=True)
    offered_from = models.DateField()
    offered_to = models.DateField(null=True)

    class Meta:
        ordering = ["service", "mode", "region", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["service", "mode", "region"], name="region_offer_once", condition=Q(offered_to__isnull=True)
            ),
            models.CheckConstraint(
                condition=Q(mode="online", agency__isnull=True) | (~Q(mode="online") & Q(agency__isnull=False)),
                name="region_offer_window",
            ),
            models.CheckConstraint(
                condition=Q(offered_to=None) | Q(offered_to__gt=models.F("offered_from")), name="region_offer_order"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.service_id} {self.mode} from {self.region_id}"


class DraftPlace(models.Model):
    """Where the applicant of a draft is, where that is another region than the service's."""

    draft = models.OneToOneField(Draft, models.CASCADE, primary_key=True, related_name="place")
    region = models.ForeignKey(Region, models.PROTECT, related_name="+")

    def __str__(self) -> str:
        return f"{self.draft_id} from {self.region_id}"


class CaseAcross(models.Model):
    """What crossing regions adds to a case: the mode, where the applicant is, and the agency that received there.

    The columns that say how far the hand-over is are written with its events, so that lists need not replay them.
    """

    case = models.OneToOneField(Case, models.PROTECT, primary_key=True, related_name="across")
    mode = models.CharField(max_length=8, choices=Mode)
    region = models.ForeignKey(Region, models.PROTECT, related_name="+")
    agency = models.ForeignKey(Agency, models.PROTECT, null=True, related_name="+")
    received_at = models.DateTimeField()
    # What the receiving officer saw of the applicant, and whether originals were handed in.
    check_made = models.ForeignKey(IdentityCheck, models.PROTECT, null=True, related_name="+")
    has_originals = models.BooleanField(default=False)
    forwarded_at = models.DateTimeField(null=True)
    dispatch = models.CharField(max_length=60, blank=True)
    acknowledged_at = models.DateTimeField(null=True)
    returned_at = models.DateTimeField(null=True)
    return_dispatch = models.CharField(max_length=60, blank=True)

    class Meta:
        indexes = [models.Index(fields=["agency", "-received_at"], name="across_agency")]

    def __str__(self) -> str:
        return f"{self.case_id} {self.mode}"


class JointPart(models.Model):
    """What one place of a joint handling is asked, and its answer. The applicant is never sent there."""

    case = models.ForeignKey(Case, models.PROTECT, related_name="joint_parts")
    agency = models.ForeignKey(Agency, models.PROTECT, related_name="+")
    question = SealedField()
    asked_at = models.DateTimeField()
    answer = SealedField(null=True)
    answered_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["case", "id"]
        constraints = [models.UniqueConstraint(fields=["case", "agency"], name="joint_part_once")]
        indexes = [models.Index(fields=["agency"], name="joint_part_open", condition=Q(answered_at__isnull=True))]

    def __str__(self) -> str:
        return f"{self.case_id} {self.agency_id}"
