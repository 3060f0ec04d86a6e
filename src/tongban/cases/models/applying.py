"""What an applicant is filling in: drafts, and files handed in for them."""

from django.db import models
from django.db.models import Q

from tongban.cases.models.bundle import BundlePart
from tongban.foundation.models import Identified
from tongban.foundation.sealing import SealedField
from tongban.government.models import Region
from tongban.identity.models import Organisation, Person
from tongban.items.models import Service, ServiceVersion


class Upload(Identified):
    """A file somebody handed in, to be named by a draft or an application of theirs. The content lies in the store."""

    person = models.ForeignKey(Person, models.CASCADE, related_name="uploads")
    # Sealed: who knows a document could otherwise see from its SHA-256 who handed it in.
    digest = SealedField()
    file_name = SealedField()
    media_type = models.CharField(max_length=100)
    size = models.PositiveBigIntegerField()
    uploaded_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return f"upload {self.pk}"


class Draft(Identified):
    """An application being filled in; it can be left and taken up again. Submitting it makes one case, once.

    It is for a service, or for a bundle in a region; then `parts` holds the version of each part's service.
    """

    service = models.ForeignKey(Service, models.PROTECT, null=True, related_name="drafts")
    version = models.ForeignKey(ServiceVersion, models.PROTECT, null=True, related_name="drafts")
    bundle = models.SlugField(max_length=40, blank=True, default="", db_default="")
    bundle_version = models.PositiveIntegerField(null=True)
    region = models.ForeignKey(Region, models.PROTECT, null=True, related_name="+")
    parts = models.JSONField(default=dict, db_default={})
    # The part of a bundle that is applied for again after a refusal or withdrawal.
    again = models.ForeignKey(BundlePart, models.CASCADE, null=True, related_name="+")
    person = models.ForeignKey(Person, models.CASCADE, related_name="drafts")
    organisation = models.ForeignKey(Organisation, models.CASCADE, null=True, related_name="drafts")
    answers = SealedField(null=True)
    # Files handed in so far: position of the material (as text) -> ids of uploads.
    uploads = models.JSONField(default=dict)
    saved_at = models.DateTimeField(auto_now=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        indexes = [models.Index(fields=["person", "-saved_at"], name="draft_person")]
        constraints = [
            models.CheckConstraint(
                condition=Q(bundle="", service__isnull=False, version__isnull=False)
                | Q(service=None, version=None, bundle_version__isnull=False, region__isnull=False) & ~Q(bundle=""),
                name="draft_of_service_or_bundle",
            )
        ]

    def __str__(self) -> str:
        return f"draft {self.pk}"
