"""What of the records of this package may go after its time (`foundation.retention`). Imported when ready."""

from datetime import datetime

from django.db.models import Q, QuerySet

from tongban.cases.models import OPEN_STATES
from tongban.foundation.retention import keeps
from tongban.userspace.models import Message


@keeps("messages")
def old_messages(before: datetime) -> "QuerySet[Message]":
    """Messages, but for those about cases that still run."""
    return Message.objects.filter(created_at__lt=before).exclude(
        Q(case__state__in=OPEN_STATES) | Q(bundle__isnull=False, bundle__closed_at=None)
    )
