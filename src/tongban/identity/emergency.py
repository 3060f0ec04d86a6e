"""Emergency access (应急查阅, “break glass”): an officer opens one object that the table of rights otherwise denies.

With a reason and for some hours; the person concerned and the auditors are told, every reading stands in the ledger.

Tables only. Who may is in the table of rights; opening, reading and reviewing a case is `cases.actions.emergency`.
"""

from datetime import datetime

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from tongban.foundation.ids import uuid7
from tongban.foundation.sealing import SealedField


class EmergencyAccess(models.Model):
    """One use: which post opened what, why, until when, when the person concerned is told, what the audit found."""

    class Finding(models.TextChoices):
        JUSTIFIED = "justified", _("justified")
        UNJUSTIFIED = "unjustified", _("not justified")

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    post = models.ForeignKey("identity.Post", models.PROTECT, related_name="emergencies", verbose_name=_("post"))
    account_id = models.UUIDField()
    # What was opened: "case" and its id; cases stand in a package above.
    object_type = models.CharField(max_length=64)
    object_id = models.UUIDField()
    region = models.ForeignKey("government.Region", models.PROTECT, related_name="+", verbose_name=_("region"))
    # Whom it concerns, and who is told.
    person = models.ForeignKey("identity.Person", models.PROTECT, related_name="+", verbose_name=_("person"))
    organisation = models.ForeignKey(
        "identity.Organisation", models.PROTECT, null=True, related_name="+", verbose_name=_("organisation")
    )
    reason = SealedField()
    opened_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    # Told at once, unless a right to delay was used: then on this day at the latest.
    tell_at = models.DateTimeField()
    told_at = models.DateTimeField(null=True)
    delay_reason = SealedField(null=True)
    reviewed_at = models.DateTimeField(null=True)
    reviewed_by = models.ForeignKey(
        "identity.Post", models.PROTECT, null=True, related_name="+", verbose_name=_("reviewed by")
    )
    finding = models.CharField(max_length=12, choices=Finding, blank=True)
    remark = SealedField(null=True)

    class Meta:
        verbose_name = _("emergency access")
        verbose_name_plural = _("emergency accesses")
        constraints = [
            models.CheckConstraint(condition=Q(ends_at__gt=F("opened_at")), name="emergency_has_an_end"),
            models.CheckConstraint(
                condition=Q(reviewed_at=None, finding="") | (Q(reviewed_at__isnull=False) & ~Q(finding="")),
                name="emergency_reviewed_with_finding",
            ),
        ]
        indexes = [
            models.Index(fields=["post", "object_id", "ends_at"], name="emergency_live"),
            models.Index(fields=["tell_at"], name="emergency_to_tell", condition=Q(told_at=None)),
        ]

    def __str__(self) -> str:
        return f"{self.opened_at:%Y-%m-%d %H:%M} {self.object_type} {self.object_id}"

    def is_open(self, now: datetime) -> bool:
        """Whether it still opens anything."""
        return self.ended_at is None and self.opened_at <= now < self.ends_at


class EmergencyReading(models.Model):
    """One reading under an emergency access; the same stands in the ledger."""

    id = models.BigAutoField(primary_key=True)
    access = models.ForeignKey(
        EmergencyAccess, models.PROTECT, related_name="readings", verbose_name=_("emergency access")
    )
    at = models.DateTimeField()
    what = models.CharField(max_length=64)
    entry_id = models.BigIntegerField()

    class Meta:
        verbose_name = _("reading under emergency access")
        verbose_name_plural = _("readings under emergency access")

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d %H:%M:%S} {self.what}"
