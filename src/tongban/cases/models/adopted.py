"""What administrators entered: versions of procedures, and rules of time a region adopted."""

from django.db import models
from django.db.models import Q

from tongban.government.models import Region


class ProcedureVersion(models.Model):
    """A version of a procedure that an administrator entered, as YAML. Never edited: a change is a new version."""

    code = models.SlugField(max_length=40)
    version = models.PositiveIntegerField()
    name = models.CharField(max_length=200)
    name_en = models.CharField(max_length=200)
    document = models.TextField()
    entered_at = models.DateTimeField()
    entered_by = models.CharField(max_length=100, blank=True)

    class Meta:
        ordering = ["code", "version"]
        constraints = [models.UniqueConstraint(fields=["code", "version"], name="procedure_version_once")]

    def __str__(self) -> str:
        return f"{self.code} {self.version}"


class AdoptedRule(models.Model):
    """A rule of time that a region adopted (local rules are settings), or a unit it chose where the law is silent."""

    region = models.ForeignKey(Region, models.PROTECT, related_name="+")
    rule = models.CharField(max_length=40)
    # Where the unit is a setting (LIC-HEARING-ASK, LIC-RENEW-ASK); otherwise empty.
    unit = models.CharField(max_length=12, blank=True)
    basis = models.CharField(max_length=300, blank=True)
    adopted_from = models.DateField()
    adopted_to = models.DateField(null=True)
    adopted_by = models.CharField(max_length=100, blank=True)

    class Meta:
        ordering = ["region", "rule", "adopted_from"]
        constraints = [
            models.UniqueConstraint(
                fields=["region", "rule"], name="adopted_rule_once", condition=Q(adopted_to__isnull=True)
            ),
            models.CheckConstraint(
                condition=Q(adopted_to=None) | Q(adopted_to__gt=models.F("adopted_from")), name="adopted_rule_order"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.region_id} {self.rule}"
