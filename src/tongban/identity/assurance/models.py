"""Verifications with their evidence, attempts that failed, and codes that a person brings to a counter."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from tongban.foundation.models import Identified
from tongban.foundation.sealing import SealedField


class Verification(Identified):
    """A source established who a person is (核验): at which level, when, on what evidence, until when.

    The person's level is the highest of those that count (`rules.level_on`). A level that somebody was registered with
    is brought on the books as source `registration` when the first verification comes beside it.
    """

    person = models.ForeignKey(
        "identity.Person", models.PROTECT, related_name="verifications", verbose_name=_("person")
    )
    source = models.SlugField(_("source"), max_length=40)
    level = models.PositiveSmallIntegerField(_("assurance level"))
    # What the source reports, by name: which register, which document, a reference. Never a picture of a face.
    evidence = SealedField()
    # Where an officer saw the person: that check.
    check_made = models.ForeignKey(
        "identity.IdentityCheck",
        models.PROTECT,
        null=True,
        related_name="verifications",
        verbose_name=_("identity check"),
    )
    made_at = models.DateTimeField()
    valid_until = models.DateField(_("valid until (exclusive)"), null=True)
    lapsed_at = models.DateTimeField(null=True)
    revoked_at = models.DateTimeField(null=True)
    revoked_because = SealedField(null=True)

    class Meta:
        verbose_name = _("verification")
        verbose_name_plural = _("verifications")
        indexes = [
            models.Index(
                fields=["valid_until"],
                name="verification_lapsing",
                condition=Q(lapsed_at=None, revoked_at=None, valid_until__isnull=False),
            )
        ]
        constraints = [models.CheckConstraint(condition=Q(level__gte=1) & Q(level__lte=5), name="verification_level")]

    def __str__(self) -> str:
        return f"{self.source} L{self.level} {self.made_at:%Y-%m-%d}"


class VerificationFailure(models.Model):
    """An attempt that failed, kept for minutes to slow down guessing."""

    id = models.BigAutoField(primary_key=True)
    person = models.ForeignKey("identity.Person", models.CASCADE, related_name="+", verbose_name=_("person"))
    at = models.DateTimeField()

    class Meta:
        verbose_name = _("failed verification")
        verbose_name_plural = _("failed verifications")
        indexes = [models.Index(fields=["person", "at"], name="verification_failure")]

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d %H:%M:%S}"


class CounterRequest(Identified):
    """A person will come to a counter to be checked: the code they bring, and the page that waits."""

    code = models.CharField(max_length=8, unique=True)
    person = models.ForeignKey("identity.Person", models.PROTECT, related_name="+", verbose_name=_("person"))
    level = models.PositiveSmallIntegerField()
    # The page that waits for it.
    come_back = models.CharField(max_length=500, blank=True)
    made_at = models.DateTimeField()
    valid_until = models.DateField()
    met_by = models.ForeignKey(
        Verification, models.PROTECT, null=True, related_name="+", verbose_name=_("verification")
    )

    class Meta:
        verbose_name = _("announced counter check")
        verbose_name_plural = _("announced counter checks")
        indexes = [models.Index(fields=["person", "-made_at"], name="counter_request_person")]

    def __str__(self) -> str:
        return self.code
