"""Drafts, cases, their events, materials and documents.

A case's state is the fold of its events; the columns beside it (state, due dates) are written in the same
transaction, so that lists need not replay. Events and documents are never edited (a database trigger refuses it).
"""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from tongban.foundation.models import Identified
from tongban.foundation.sealing import SealedField
from tongban.government.models import Agency, Platform, Region
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
    """An application being filled in; it can be left and taken up again. Submitting it makes one case, once."""

    service = models.ForeignKey(Service, models.PROTECT, related_name="drafts")
    version = models.ForeignKey(ServiceVersion, models.PROTECT, related_name="drafts")
    person = models.ForeignKey(Person, models.CASCADE, related_name="drafts")
    organisation = models.ForeignKey(Organisation, models.CASCADE, null=True, related_name="drafts")
    answers = SealedField(null=True)
    # Files handed in so far: position of the material (as text) -> ids of uploads.
    uploads = models.JSONField(default=dict)
    saved_at = models.DateTimeField(auto_now=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        indexes = [models.Index(fields=["person", "-saved_at"], name="draft_person")]

    def __str__(self) -> str:
        return f"draft {self.pk}"


class CaseState(models.TextChoices):
    """States of the shipped procedures. What may follow what stands in the procedure (`procedures/*.yaml`)."""

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

    class Meta:
        indexes = [
            models.Index(
                fields=["agency", "due_on", "id"],
                name="case_inbox",
                condition=Q(state__in=["submitted", "received", "accepted", "correcting", "decided"]),
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

    case = models.ForeignKey(Case, models.PROTECT, related_name="documents")
    kind = models.CharField(max_length=20, choices=Kind)
    number = models.CharField(max_length=400, unique=True)
    issued_at = models.DateTimeField()
    agency = models.ForeignKey(Agency, models.PROTECT, related_name="+")
    # Everything the document prints, frozen: texts in both languages, applicant, reason, remedies.
    content = SealedField()

    class Meta:
        ordering = ["case", "issued_at"]

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
