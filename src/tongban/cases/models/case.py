"""Cases, their events, materials and documents.

A case's state is the fold of its events; the columns beside it (state, due dates) are written in the same
transaction, so that lists need not replay. Events and documents are never edited (a database trigger refuses it).
"""

import uuid
from datetime import date

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from tongban.foundation.models import Identified
from tongban.foundation.sealing import SealedField
from tongban.government.models import Agency, Platform, Region
from tongban.identity.models import Organisation, Person, Post
from tongban.items.models import Service, ServiceVersion


class CaseState(models.TextChoices):
    """How a case stands, in the words of lists. Procedures have finer stages, each of which counts as one of these."""

    SUBMITTED = "submitted", _("submitted")
    RECEIVED = "received", _("received")
    CORRECTING = "correcting", _("waiting for your correction")
    ACCEPTED = "accepted", _("accepted, under review")
    DECIDED = "decided", _("decided")
    CLOSED = "closed", _("closed")
    REFUSED = "refused", _("acceptance refused")
    WITHDRAWN = "withdrawn", _("withdrawn")


OPEN_STATES = (
    CaseState.SUBMITTED,
    CaseState.RECEIVED,
    CaseState.ACCEPTED,
    CaseState.CORRECTING,
    CaseState.DECIDED,
)
# States in which the clock of an officer runs.
WORKING_STATES = (CaseState.SUBMITTED, CaseState.RECEIVED, CaseState.ACCEPTED, CaseState.DECIDED)


class Outcome(models.TextChoices):
    GRANTED = "granted", _("granted")
    DENIED = "denied", _("denied")


class Case(Identified):
    """One application and its handling (办件)."""

    number = models.CharField(_("case number"), max_length=24, unique=True)
    # A draft can be submitted once only: this column makes the second click find the first one's case.
    draft_id = models.UUIDField(null=True, unique=True, editable=False)
    service = models.ForeignKey(Service, models.PROTECT, related_name="cases")
    version = models.ForeignKey(ServiceVersion, models.PROTECT, related_name="cases")
    agency = models.ForeignKey(Agency, models.PROTECT, related_name="cases")
    region = models.ForeignKey(Region, models.PROTECT, related_name="cases")
    platform = models.ForeignKey(Platform, models.PROTECT, related_name="cases")
    person = models.ForeignKey(Person, models.PROTECT, related_name="cases")
    organisation = models.ForeignKey(Organisation, models.PROTECT, null=True, related_name="cases")
    applicant_name = models.CharField(max_length=300)
    procedure = models.SlugField(max_length=40)
    procedure_version = models.PositiveIntegerField()
    state = models.CharField(_("state"), max_length=12, choices=CaseState)
    # Where exactly in its procedure; empty where that has the state's own name.
    finer_stage = models.SlugField(max_length=40, blank=True, default="", db_default="")
    outcome = models.CharField(_("outcome"), max_length=8, choices=Outcome, blank=True)
    revision = models.PositiveIntegerField(default=1)
    answers = SealedField()
    submitted_at = models.DateTimeField()
    received_at = models.DateTimeField(null=True)
    accepted_at = models.DateTimeField(null=True)
    decided_at = models.DateTimeField(null=True)
    closed_at = models.DateTimeField(null=True)
    # What the handling agency must do by when; empty while it waits for the applicant or is closed.
    due_on = models.DateField(null=True)
    due_provisional = models.BooleanField(default=False)
    legal_due_on = models.DateField(null=True)
    # The promised date may be certain when this one still hangs on holidays that are not announced.
    legal_due_provisional = models.BooleanField(default=False, db_default=False)
    # The day after which the clock acts by itself, where the present stage has such a limit.
    clock_on = models.DateField(null=True)
    # Agencies beside the one that handles it: the lower one that examines first, the one that leads a joint handling.
    lower_agency = models.ForeignKey(Agency, models.PROTECT, null=True, related_name="+")
    lead_agency = models.ForeignKey(Agency, models.PROTECT, null=True, related_name="+")
    overrun_explained = models.BooleanField(default=False, db_default=False)
    # Who handles it at the agency; others of the agency may still take a step (ADR 0013).
    officer = models.ForeignKey(Post, models.PROTECT, null=True, related_name="cases", db_index=False)
    # Whether the applicant or another agency is to act, by the stage it is at.
    waits_for_others = models.BooleanField(default=False, db_default=False)
    # Requests for cooperation that were not answered yet.
    open_requests = models.PositiveSmallIntegerField(default=0, db_default=0)

    class Meta:
        indexes = [
            models.Index(fields=["clock_on", "id"], name="case_clock", condition=Q(clock_on__isnull=False)),
            models.Index(
                fields=["due_on", "id"],
                name="case_provisional",
                condition=Q(due_provisional=True) | Q(legal_due_provisional=True),
            ),
            models.Index(
                fields=["lower_agency", "due_on"], name="case_lower_agency", condition=Q(lower_agency__isnull=False)
            ),
            models.Index(
                fields=["due_on", "id"],
                name="case_running",
                condition=Q(due_on__isnull=False),
            ),
            models.Index(
                fields=["agency", "due_on", "id"],
                # What the boxes are counted by, so that the counting reads the index alone.
                include=["state", "officer", "person", "waits_for_others", "open_requests"],
                name="case_inbox",
                condition=Q(state__in=["submitted", "received", "accepted", "correcting", "decided"]),
            ),
            models.Index(
                fields=["officer", "due_on", "id"],
                name="case_officer",
                condition=Q(
                    officer__isnull=False, state__in=["submitted", "received", "accepted", "correcting", "decided"]
                ),
            ),
            models.Index(
                fields=["agency", "due_on", "id"],
                name="case_waiting",
                condition=Q(waits_for_others=True) | Q(open_requests__gt=0),
            ),
            models.Index(fields=["person", "-submitted_at"], name="case_person"),
            models.Index(fields=["organisation", "-submitted_at"], name="case_organisation"),
            models.Index(fields=["service", "state"], name="case_service_state"),
            models.Index(fields=["agency", "state"], name="case_agency_state"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(outcome="") | Q(decided_at__isnull=False), name="case_outcome_has_decision"
            )
        ]

    def __str__(self) -> str:
        return self.number

    @property
    def led_by_another(self) -> uuid.UUID | None:
        """The agency that leads the handling of several things this is a part of, where that is another."""
        return self.lead_agency_id if self.lead_agency_id != self.agency_id else None

    @property
    def stage(self) -> str:
        """The state of its procedure in which it is."""
        return self.finer_stage or self.state

    def is_overrun(self, today: date) -> bool:
        """Whether its legal limit is over; a date that may still move binds nobody."""
        return self.legal_due_on is not None and self.legal_due_on < today and not self.legal_due_provisional


class CaseEvent(models.Model):
    """What happened to a case (办件过程); never edited. `data` carries no personal data; reasons are sealed."""

    id = models.BigAutoField(primary_key=True)
    case = models.ForeignKey(Case, models.PROTECT, related_name="events")
    sequence = models.PositiveIntegerField()
    action = models.CharField(max_length=32)
    state = models.CharField(max_length=12, choices=CaseState)
    at = models.DateTimeField()
    actor_role = models.CharField(max_length=20)
    account_id = models.UUIDField(null=True)
    post_id = models.UUIDField(null=True)
    actor_name = models.CharField(max_length=100, blank=True)
    agency = models.ForeignKey(Agency, models.PROTECT, null=True, related_name="+")
    reason = SealedField(null=True)
    data = models.JSONField(default=dict)

    class Meta:
        ordering = ["case", "sequence"]
        constraints = [models.UniqueConstraint(fields=["case", "sequence"], name="case_event_sequence")]

    def __str__(self) -> str:
        return f"{self.case_id} {self.sequence} {self.action}"


class CaseMaterial(models.Model):
    """A material handed in with a case: which one of the version's list, and the content by its digest."""

    case = models.ForeignKey(Case, models.PROTECT, related_name="materials")
    position = models.PositiveSmallIntegerField()
    name = models.CharField(max_length=500)
    # Sealed: who knows a document could otherwise see from its SHA-256 who handed it in.
    digest = SealedField()
    file_name = SealedField()
    media_type = models.CharField(max_length=100)
    size = models.PositiveBigIntegerField()
    added_at = models.DateTimeField()

    class Meta:
        ordering = ["case", "position", "id"]

    def __str__(self) -> str:
        return f"{self.case_id} {self.name}"


class CaseDocument(Identified):
    """A numbered, dated written act kept with the case: receipt, acceptance, refusal, notice, decision."""

    class Kind(models.TextChoices):
        RECEIPT = "receipt", _("receipt of application")
        CORRECTION_NOTICE = "correction_notice", _("notice of correction")
        ACCEPTANCE = "acceptance", _("notice of acceptance")
        ACCEPTANCE_REFUSAL = "acceptance_refusal", _("notice of refusal of acceptance")
        GRANT = "grant", _("decision to grant")
        DENIAL = "denial", _("decision to deny")
        NOT_REQUIRED = "not_required", _("notice that nothing needs to be applied for")
        SPOT_CORRECTION = "spot_correction", _("record of a correction on the spot")
        DEEMED_ACCEPTANCE = "deemed_acceptance", _("notice of acceptance by lapse of time")
        DEFERRED_ACCEPTANCE = "deferred_acceptance", _("notice of acceptance with materials to follow")
        DEEMED_WITHDRAWAL = "deemed_withdrawal", _("notice of withdrawal by lapse of time")
        DEEMED_RENEWAL = "deemed_renewal", _("notice of renewal by lapse of time")
        PAUSE_NOTICE = "pause_notice", _("notice of time that does not count")
        EXTENSION_NOTICE = "extension_notice", _("notice of extension")
        HEARING_RIGHT = "hearing_right", _("notice of the right to a hearing")
        HEARING_NOTICE = "hearing_notice", _("notice of hearing")
        HEARING_RECORD = "hearing_record", _("record of the hearing")
        PRELIMINARY_OPINION = "preliminary_opinion", _("preliminary opinion")
        VERIFICATION_RECORD = "verification_record", _("record of verification")
        OVERRUN_REASON = "overrun_reason", _("explanation of an overrun limit")
        RECTIFICATION_ORDER = "rectification_order", _("order to put right")
        CHECK_RECORD = "check_record", _("record of a later check")
        REVOCATION = "revocation", _("decision to revoke")
        CANCELLATION = "cancellation", _("decision to cancel")
        COMMITMENT = "commitment", _("written commitment")
        DEFERRAL = "deferral", _("undertaking to hand in later")

    case = models.ForeignKey(Case, models.PROTECT, related_name="documents")
    kind = models.CharField(max_length=20, choices=Kind)
    number = models.CharField(max_length=400, unique=True)
    issued_at = models.DateTimeField()
    agency = models.ForeignKey(Agency, models.PROTECT, related_name="+")
    # Everything the document prints, frozen: texts in both languages, applicant, reason, remedies.
    content = SealedField()

    class Meta:
        ordering = ["case", "issued_at"]
        indexes = [models.Index(fields=["-issued_at"], name="document_overruns", condition=Q(kind="overrun_reason"))]

    def __str__(self) -> str:
        return self.number


class DocumentCounter(models.Model):
    """The last number given to a kind of document of an agency in a year; numbers have no gaps."""

    agency = models.ForeignKey(Agency, models.CASCADE, related_name="+")
    kind = models.CharField(max_length=20)
    year = models.PositiveSmallIntegerField()
    last = models.PositiveIntegerField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["agency", "kind", "year"], name="document_counter_once")]

    def __str__(self) -> str:
        return f"{self.agency_id} {self.kind} {self.year}: {self.last}"


class CaseAlert(models.Model):
    """A light that changed: a reminder to who handles the case, or an escalation to the supervisor. Raised once."""

    class Kind(models.TextChoices):
        DUE_SOON = "due_soon", _("due soon")
        LATE = "late", _("late")
        ESCALATED = "escalated", _("escalated to the supervisor")

    case = models.ForeignKey(Case, models.CASCADE, related_name="alerts")
    kind = models.CharField(max_length=12, choices=Kind)
    due_on = models.DateField()
    raised_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["case", "kind", "due_on"], name="case_alert_once")]
        indexes = [models.Index(fields=["-raised_at"], name="case_alert_newest")]

    def __str__(self) -> str:
        return f"{self.case_id} {self.kind} {self.due_on}"


class ApplicationBar(models.Model):
    """No new application for the item until a day (行政许可法 art 78, 79)."""

    case = models.ForeignKey(Case, models.PROTECT, related_name="bars")
    person = models.ForeignKey(Person, models.PROTECT, null=True, related_name="+")
    organisation = models.ForeignKey(Organisation, models.PROTECT, null=True, related_name="+")
    item = models.ForeignKey("items.Item", models.PROTECT, related_name="+")
    rule = models.CharField(max_length=40)
    until = models.DateField()

    class Meta:
        indexes = [
            models.Index(fields=["item", "person"], name="bar_person"),
            models.Index(fields=["item", "organisation"], name="bar_organisation"),
        ]

    def __str__(self) -> str:
        return f"{self.rule} until {self.until}"
