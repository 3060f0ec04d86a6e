"""What of the records of this package may go after its time (`foundation.retention`). Imported when ready."""

from datetime import datetime

from django.db.models import Exists, OuterRef, QuerySet, Subquery
from django.utils import timezone

from tongban.cases.models import OPEN_STATES, BundleCase, BundlePart, Case, Draft, Upload
from tongban.foundation.retention import keeps
from tongban.identity.access_records import DataReading


@keeps("drafts")
def old_drafts(before: datetime) -> "QuerySet[Draft]":
    """Drafts that nobody went on with; what was submitted is no draft any more."""
    return Draft.objects.filter(saved_at__lt=before)


@keeps("uploads")
def unused_uploads(before: datetime) -> "QuerySet[Upload]":
    """Uploads that no draft names, and no bundle with an open part. Cases have their materials' own rows."""
    named = Draft.objects.filter(person_id=OuterRef("person_id"))
    waiting = BundleCase.objects.filter(
        Exists(BundlePart.objects.filter(bundle=OuterRef("pk"), case=None)), person_id=OuterRef("person_id")
    )
    return Upload.objects.filter(~Exists(named), ~Exists(waiting), uploaded_at__lt=before)


@keeps("data_readings")
def old_readings(before: datetime) -> "QuerySet[DataReading]":
    """Readings of personal data, but for those in cases that still run."""
    running = Case.objects.filter(state__in=OPEN_STATES).values("pk")
    day = timezone.localdate(before)
    return DataReading.objects.filter(day__lt=day).exclude(object_id__in=Subquery(running))
