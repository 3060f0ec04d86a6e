"""Ratings of handled cases: five levels, once a case (国办发〔2019〕51号; GB/T 39735-2020)."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from tongban.cases.models import Case
from tongban.foundation.models import Identified
from tongban.government.models import Agency
from tongban.items.models import Service


class RatingLevel(models.IntegerChoices):
    """The five levels; the two lowest are bad."""

    VERY_SATISFIED = 5, _("very satisfied")
    SATISFIED = 4, _("satisfied")
    BASICALLY_SATISFIED = 3, _("basically satisfied")
    DISSATISFIED = 2, _("dissatisfied")
    VERY_DISSATISFIED = 1, _("very dissatisfied")


class Rating(Identified):
    """One rating of one handled case by its user. Service and agency are those of the case, kept for counting."""

    case = models.OneToOneField(Case, models.PROTECT, related_name="rating")
    service = models.ForeignKey(Service, models.PROTECT, related_name="ratings")
    agency = models.ForeignKey(Agency, models.PROTECT, related_name="ratings")
    level = models.PositiveSmallIntegerField(choices=RatingLevel)
    comment = models.TextField(max_length=1000, blank=True)
    rated_at = models.DateTimeField()

    class Meta:
        indexes = [
            models.Index(fields=["service", "-rated_at"], name="rating_service"),
            models.Index(fields=["agency", "-rated_at"], name="rating_agency"),
        ]
        constraints = [
            models.CheckConstraint(condition=models.Q(level__gte=1, level__lte=5), name="rating_five_levels")
        ]

    def __str__(self) -> str:
        return f"{self.level} ({self.case_id})"
