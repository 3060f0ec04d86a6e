"""The hall: when it is open, who comes when, which number is called."""

from datetime import time

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from tongban.cases.models.case import Case
from tongban.foundation.models import Identified
from tongban.foundation.sealing import SealedField
from tongban.government.models import Agency
from tongban.identity.models import IdentityCheck, Person, Post
from tongban.items.models import Service


class HallSetting(models.Model):
    """Opening hours of an agency's hall and how many appointments it takes. Without one, these defaults hold."""

    agency = models.OneToOneField(Agency, models.CASCADE, primary_key=True, related_name="hall_setting")
    opens_at = models.TimeField(default=time(9))
    closes_at = models.TimeField(default=time(17))
    slot_minutes = models.PositiveSmallIntegerField(default=30)
    places = models.PositiveSmallIntegerField(default=3)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(closes_at__gt=F("opens_at"), slot_minutes__gt=0, places__gt=0), name="hall_open"
            )
        ]

    def __str__(self) -> str:
        return f"{self.agency_id} {self.opens_at} to {self.closes_at}"


class QueueCounter(models.Model):
    """The last number given at a hall on a day; its row lock puts those who draw or call in line."""

    agency = models.ForeignKey(Agency, models.CASCADE, related_name="+")
    day = models.DateField()
    last = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["agency", "day"], name="queue_counter_day")]

    def __str__(self) -> str:
        return f"{self.agency_id} {self.day} {self.last}"


class QueueTicket(Identified):
    """Somebody's place in a hall's line on a day: by appointment, or drawn there."""

    class State(models.TextChoices):
        WAITING = "waiting", _("waiting")
        CALLED = "called", _("called")
        SERVED = "served", _("served")
        MISSED = "missed", _("did not come")
        CANCELLED = "cancelled", _("cancelled")

    agency = models.ForeignKey(Agency, models.PROTECT, related_name="+")
    day = models.DateField()
    number = models.PositiveIntegerField()
    # The time of an appointment; empty for a number drawn in the hall.
    starts_at = models.TimeField(null=True)
    person = models.ForeignKey(Person, models.PROTECT, null=True, related_name="queue_tickets")
    # Sealed: what somebody who drew a number said they are called; may be empty.
    name = SealedField(null=True)
    service = models.ForeignKey(Service, models.PROTECT, null=True, related_name="+")
    state = models.CharField(max_length=10, choices=State, default=State.WAITING)
    drawn_at = models.DateTimeField()
    called_at = models.DateTimeField(null=True)
    called_by = models.ForeignKey(Post, models.PROTECT, null=True, related_name="+")
    # What the page posted it with: a second click finds the first one's number.
    token = models.UUIDField(unique=True)

    class Meta:
        ordering = ["agency", "day", "number"]
        constraints = [models.UniqueConstraint(fields=["agency", "day", "number"], name="queue_ticket_number")]
        indexes = [models.Index(fields=["person", "day"], name="queue_ticket_person")]

    def __str__(self) -> str:
        return f"{self.agency_id} {self.day} {self.number}"


class CounterCase(models.Model):
    """A case that was taken in at a counter: under which identity check, by which post, from which number in line."""

    case = models.OneToOneField(Case, models.PROTECT, primary_key=True, related_name="counter")
    check_made = models.ForeignKey(IdentityCheck, models.PROTECT, related_name="+")
    agency = models.ForeignKey(Agency, models.PROTECT, related_name="+")
    post = models.ForeignKey(Post, models.PROTECT, related_name="+")
    ticket = models.ForeignKey(QueueTicket, models.PROTECT, null=True, related_name="+")

    class Meta:
        indexes = [models.Index(fields=["agency", "case"], name="counter_case_agency")]

    def __str__(self) -> str:
        return str(self.case_id)
