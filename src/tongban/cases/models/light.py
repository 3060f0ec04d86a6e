"""Light handling: the applicant's situation and way, what was fetched, what a rule decided, offers, tasks, credit."""

from django.db import models
from django.db.models import Q

from tongban.cases.models.applying import Draft, Upload
from tongban.cases.models.case import Case, CaseDocument, CaseMaterial
from tongban.foundation.models import Identified
from tongban.foundation.sealing import SealedField
from tongban.government.models import Agency
from tongban.identity.models import Organisation, Person
from tongban.items.models import Service, ServiceVersion


class Way(models.TextChoices):
    """By which way the applicant chose to go, beside the ordinary one (empty)."""

    COMMITMENT = "commitment"
    # No rule decides: an officer does (个人信息保护法 art 24).
    OFFICER = "officer"


class DraftLight(models.Model):
    """What somebody filling in an application answered to the guidance, and the way they chose."""

    draft = models.OneToOneField(Draft, models.CASCADE, primary_key=True, related_name="light")
    situation = SealedField(null=True)
    way = models.CharField(max_length=12, blank=True)

    def __str__(self) -> str:
        return f"light handling of draft {self.draft_id}"


class FetchedMaterial(models.Model):
    """A material government fetched with the applicant's consent: an upload, and where it comes from."""

    upload = models.OneToOneField(Upload, models.CASCADE, primary_key=True, related_name="fetched")
    version = models.ForeignKey(ServiceVersion, models.PROTECT, related_name="+")
    position = models.PositiveSmallIntegerField()
    provider = models.SlugField(max_length=40)
    source_case = models.ForeignKey(Case, models.PROTECT, related_name="+")
    source_document = models.ForeignKey(CaseDocument, models.PROTECT, null=True, related_name="+")
    source_material = models.ForeignKey(CaseMaterial, models.PROTECT, null=True, related_name="+")
    # What it is and whose, in both languages, as the applicant saw it when consenting.
    source = SealedField()
    consented_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"fetched as {self.upload_id}"


class CaseLight(models.Model):
    """The applicant's situation as it was when the case was filed: asked, answered, what remained; and the way."""

    case = models.OneToOneField(Case, models.PROTECT, primary_key=True, related_name="light")
    # The personal list (`cases.personal_list`), frozen; None where the service has no guidance.
    personal_list = SealedField(null=True)
    left_out_fields = models.JSONField(default=list)
    left_out_materials = models.JSONField(default=list)
    way = models.CharField(max_length=12, blank=True)
    # The text the applicant undertook, in both languages, with the version it was taken from.
    undertaking = SealedField(null=True)
    # Materials the applicant undertook to hand in later (容缺).
    undertaken_materials = models.JSONField(default=list)
    fetched = models.PositiveSmallIntegerField(default=0)

    def __str__(self) -> str:
        return f"light handling of {self.case_id}"


class CaseFetch(models.Model):
    """A material of a case that was fetched instead of handed in: from where, and when consent was given."""

    case = models.ForeignKey(Case, models.PROTECT, related_name="fetches")
    position = models.PositiveSmallIntegerField()
    provider = models.SlugField(max_length=40)
    source_case = models.ForeignKey(Case, models.PROTECT, related_name="+")
    source_document = models.ForeignKey(CaseDocument, models.PROTECT, null=True, related_name="+")
    source_material = models.ForeignKey(CaseMaterial, models.PROTECT, null=True, related_name="+")
    source = SealedField()
    consented_at = models.DateTimeField()

    class Meta:
        ordering = ["case", "position"]

    def __str__(self) -> str:
        return f"{self.case_id} {self.position}"


class MachineDecision(Identified):
    """What a rule answered for a case: table and version, the inputs, the rule it met, and why. Never edited."""

    case = models.ForeignKey(Case, models.PROTECT, related_name="machine_decisions")
    version = models.ForeignKey(ServiceVersion, models.PROTECT, related_name="+")
    table = models.CharField(max_length=12)
    table_version = models.PositiveIntegerField()
    # SHA-256 of the table's text.
    digest = models.CharField(max_length=64)
    inputs = SealedField()
    outcome = models.CharField(max_length=12)
    # 0 where no rule was met: an input was missing or out of range.
    rule = models.PositiveSmallIntegerField()
    because = models.JSONField()
    decided_at = models.DateTimeField()

    class Meta:
        ordering = ["case", "decided_at"]

    def __str__(self) -> str:
        return f"{self.case_id} {self.table} {self.table_version}: {self.outcome}"


class BenefitOffer(Identified):
    """A benefit offered to somebody who did not apply (免申即享): they confirm, or decline."""

    class State(models.TextChoices):
        OPEN = "open"
        CONFIRMED = "confirmed"
        DECLINED = "declined"
        LAPSED = "lapsed"

    service = models.ForeignKey(Service, models.PROTECT, related_name="+")
    version = models.ForeignKey(ServiceVersion, models.PROTECT, related_name="+")
    person = models.ForeignKey(Person, models.PROTECT, related_name="+")
    organisation = models.ForeignKey(Organisation, models.PROTECT, null=True, related_name="+")
    # How many times it was offered to them by then: a benefit that comes again does so by period.
    round = models.PositiveSmallIntegerField(default=1)
    state = models.CharField(max_length=10, choices=State, default=State.OPEN)
    table_version = models.PositiveIntegerField()
    digest = models.CharField(max_length=64)
    inputs = SealedField()
    rule = models.PositiveSmallIntegerField()
    because = models.JSONField()
    made_at = models.DateTimeField()
    open_until = models.DateField()
    answered_at = models.DateTimeField(null=True)
    case = models.OneToOneField(Case, models.PROTECT, null=True, related_name="offer")

    class Meta:
        ordering = ["-made_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["service", "person", "organisation", "round"], name="offer_once_a_round", nulls_distinct=False
            ),
        ]
        indexes = [
            models.Index(fields=["person"], name="offer_person", condition=Q(state="open")),
            models.Index(fields=["organisation"], name="offer_organisation", condition=Q(state="open")),
            models.Index(fields=["open_until"], name="offer_lapse", condition=Q(state="open")),
        ]

    def __str__(self) -> str:
        return f"offer {self.pk} {self.state}"


class OfferSweep(models.Model):
    """How far the round is in which everybody is looked at for a benefit: people by key, then organisations by key."""

    service = models.OneToOneField(Service, models.CASCADE, primary_key=True, related_name="+")
    began_at = models.DateTimeField()
    of_organisations = models.BooleanField(default=False)
    after = models.UUIDField(null=True)
    ended_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"{self.service_id} since {self.began_at:%Y-%m-%d %H:%M}"


class OfficerTask(models.Model):
    """Something an agency must do about a case that lists of cases do not show by themselves."""

    class Kind(models.TextChoices):
        CHECK = "check"  # a commitment is checked afterwards
        REVIEW = "review"  # a person looks at what a rule decided

    case = models.ForeignKey(Case, models.PROTECT, related_name="tasks")
    agency = models.ForeignKey(Agency, models.PROTECT, related_name="+")
    kind = models.CharField(max_length=8, choices=Kind)
    due_on = models.DateField()
    opened_at = models.DateTimeField()
    done_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["due_on", "id"]
        constraints = [
            models.UniqueConstraint(fields=["case", "kind"], name="task_open_once", condition=Q(done_at=None))
        ]
        indexes = [models.Index(fields=["agency", "due_on"], name="task_agency", condition=Q(done_at=None))]

    def __str__(self) -> str:
        return f"{self.kind} {self.case_id}"


class CreditRecord(models.Model):
    """Serious bad credit: no commitment until it is repaired (安阳市政务服务条例 art 25)."""

    person = models.ForeignKey(Person, models.PROTECT, null=True, related_name="+")
    organisation = models.ForeignKey(Organisation, models.PROTECT, null=True, related_name="+")
    agency = models.ForeignKey(Agency, models.PROTECT, related_name="+")
    case = models.ForeignKey(Case, models.PROTECT, related_name="+")
    since = models.DateField()
    repaired_on = models.DateField(null=True)
    repaired_because = SealedField(null=True)

    class Meta:
        ordering = ["-since", "id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(person=None, organisation__isnull=False) | Q(person__isnull=False, organisation=None),
                name="credit_of_one",
            ),
            models.UniqueConstraint(fields=["case"], name="credit_once_a_case"),
        ]
        indexes = [
            models.Index(fields=["person"], name="credit_person", condition=Q(repaired_on=None)),
            models.Index(fields=["organisation"], name="credit_organisation", condition=Q(repaired_on=None)),
            models.Index(fields=["agency"], name="credit_agency", condition=Q(repaired_on=None)),
        ]

    def __str__(self) -> str:
        return f"credit record of case {self.case_id}"
