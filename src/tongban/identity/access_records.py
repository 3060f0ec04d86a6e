"""Who read whose personal data, for which case, for which purpose, and which of it (the rows behind ADR 0020)."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from tongban.foundation.sealing import SealedField


class Purpose(models.TextChoices):
    """What personal data is read for."""

    HANDLING = "handling", _("handling of the case")
    COUNTER = "counter", _("service at the counter")
    COOPERATION = "cooperation", _("cooperation between agencies")
    SUPERVISION = "supervision", _("supervision of the handling agency")
    IDENTITY = "identity", _("checking who somebody is")
    CONTACT = "contact", _("reaching the applicant")
    COMPARISON = "comparison", _("comparing with materials or a register")
    DOCUMENT = "document", _("writing a document")
    OTHER = "other", _("another purpose")


class Kind(models.TextChoices):
    """What it stands in."""

    CASE = "case", _("case")
    BUNDLE = "bundle", _("one thing at once")
    DRAFT = "draft", _("application at the counter")


class DataReading(models.Model):
    """An officer read personal data that is sealed.

    What handling a case brings with it stands once a day for each post, person, object and purpose; what was asked
    for with a reason, each time. Rows are never changed but for the list of what was read on that day, and go only
    by the retention rules.
    """

    # Whose data: the person, and where the application is an organisation's, that one.
    person = models.ForeignKey(
        "identity.Person", models.PROTECT, related_name="readings", db_index=False, verbose_name=_("person")
    )
    organisation = models.ForeignKey(
        "identity.Organisation",
        models.PROTECT,
        null=True,
        related_name="readings",
        db_index=False,
        verbose_name=_("organisation"),
    )
    kind = models.CharField(max_length=8, choices=Kind)
    object_id = models.UUIDField()
    day = models.DateField()
    first_at = models.DateTimeField()
    account_id = models.UUIDField(null=True)
    post = models.ForeignKey("identity.Post", models.PROTECT, related_name="+", db_index=False, verbose_name=_("post"))
    agency = models.ForeignKey(
        "government.Agency", models.PROTECT, related_name="+", db_index=False, verbose_name=_("agency")
    )
    purpose = models.CharField(max_length=12, choices=Purpose)
    # What was read: `answers`, `materials`, `documents`, or the names of the form's fields that were unmasked.
    fields = ArrayField(models.CharField(max_length=64))
    # Whether it was masked until asked for, and what was said why.
    asked = models.BooleanField(default=False)
    reason = SealedField(null=True)

    class Meta:
        verbose_name = _("reading of personal data")
        verbose_name_plural = _("readings of personal data")
        constraints = [
            models.UniqueConstraint(
                fields=["person", "object_id", "post", "purpose", "day"],
                condition=Q(asked=False),
                name="reading_once_a_day",
            )
        ]
        indexes = [
            models.Index(fields=["person", "-id"], name="reading_person"),
            models.Index(fields=["organisation", "-id"], name="reading_organisation"),
            models.Index(fields=["post", "-id"], name="reading_post"),
            models.Index(fields=["day"], name="reading_day"),
        ]

    def __str__(self) -> str:
        return f"{self.day} {self.purpose} {self.object_id}"


# What a person asks for explicitly is for one of these.
ASKED_PURPOSES = (
    Purpose.IDENTITY,
    Purpose.CONTACT,
    Purpose.COMPARISON,
    Purpose.DOCUMENT,
    Purpose.OTHER,
)
