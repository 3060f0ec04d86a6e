"""The officers' side of casework: who handles a case, who stands in, notes, requests for help, the counter.

None of it is the applicant's to see, so none of it stands among a case's events (ADR 0013). What must not change
afterwards is append-only by a database trigger.
"""

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from tongban.cases.models.case import Case
from tongban.foundation.models import Identified
from tongban.foundation.sealing import SealedField
from tongban.government.models import Agency
from tongban.identity.models import Post
from tongban.items.models import Service


class AssignmentMethod(models.TextChoices):
    """How new cases find their officer."""

    BY_HAND = "by_hand", _("by hand")
    ROUND_ROBIN = "round_robin", _("in turn")
    LEAST_LOAD = "least_load", _("to who has the fewest open cases")


class AssignmentSetting(models.Model):
    """How an agency assigns new cases; without one, by hand."""

    agency = models.OneToOneField(Agency, models.CASCADE, primary_key=True, related_name="assignment_setting")
    method = models.CharField(max_length=12, choices=AssignmentMethod, default=AssignmentMethod.BY_HAND)
    # Who had the last one in turn.
    last_post = models.ForeignKey(Post, models.SET_NULL, null=True, related_name="+")
    changed_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.agency_id} {self.method}"


class Specialism(models.Model):
    """A post that handles a service: where a service has such posts, only they get its cases by rule."""

    service = models.ForeignKey(Service, models.CASCADE, related_name="specialisms")
    post = models.ForeignKey(Post, models.CASCADE, related_name="specialisms")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["service", "post"], name="specialism_once")]

    def __str__(self) -> str:
        return f"{self.service_id} {self.post_id}"


class Assignment(models.Model):
    """Who was given a case, by whom and why. Never edited; the last one is the case's `officer`."""

    class How(models.TextChoices):
        RULE = "rule", _("by rule")
        HAND = "hand", _("by hand")
        TRANSFER = "transfer", _("transferred")

    case = models.ForeignKey(Case, models.PROTECT, related_name="assignments")
    how = models.CharField(max_length=8, choices=How)
    before = models.ForeignKey(Post, models.PROTECT, null=True, related_name="+")
    post = models.ForeignKey(Post, models.PROTECT, related_name="assignments")
    # The post it was meant for, where that one is absent.
    meant_for = models.ForeignKey(Post, models.PROTECT, null=True, related_name="+")
    by_post = models.ForeignKey(Post, models.PROTECT, null=True, related_name="+")
    by_name = models.CharField(max_length=100, blank=True)
    reason = SealedField(null=True)
    at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["case", "id"], name="assignment_case")]

    def __str__(self) -> str:
        return f"{self.case_id} {self.how} {self.post_id}"


class Absence(Identified):
    """When an officer is away, both days included, and who stands in."""

    post = models.ForeignKey(Post, models.CASCADE, related_name="absences")
    stand_in = models.ForeignKey(Post, models.PROTECT, related_name="+")
    agency = models.ForeignKey(Agency, models.PROTECT, related_name="+")
    first_day = models.DateField(_("first day"))
    last_day = models.DateField(_("last day"))
    reason = SealedField(null=True)
    entered_at = models.DateTimeField()
    cancelled_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(last_day__gte=F("first_day")), name="absence_order"),
            models.CheckConstraint(condition=~Q(post=F("stand_in")), name="absence_somebody_else"),
        ]
        indexes = [
            models.Index(fields=["agency", "last_day"], name="absence_agency", condition=Q(cancelled_at__isnull=True))
        ]

    def __str__(self) -> str:
        return f"{self.post_id} {self.first_day} to {self.last_day}"


class CaseNote(models.Model):
    """What officers of the handling agency tell each other about a case. Sealed, never edited, not the applicant's."""

    case = models.ForeignKey(Case, models.PROTECT, related_name="notes")
    at = models.DateTimeField()
    account_id = models.UUIDField(null=True)
    post = models.ForeignKey(Post, models.PROTECT, related_name="+")
    author = models.CharField(max_length=100)
    text = SealedField()
    # What the page posted it with: a second click finds the first one's note.
    token = models.UUIDField(unique=True)

    class Meta:
        ordering = ["case", "id"]

    def __str__(self) -> str:
        return f"{self.case_id} {self.at:%Y-%m-%d %H:%M}"


class Cooperation(Identified):
    """A request to another agency for help with a case (协办), with its own clock. It shares what it names, no more."""

    class State(models.TextChoices):
        OPEN = "open", _("waiting for an answer")
        ANSWERED = "answered", _("answered")
        DECLINED = "declined", _("declined")
        WITHDRAWN = "withdrawn", _("withdrawn")

    case = models.ForeignKey(Case, models.PROTECT, related_name="cooperations")
    asking = models.ForeignKey(Agency, models.PROTECT, related_name="+")
    asked = models.ForeignKey(Agency, models.PROTECT, related_name="+")
    state = models.CharField(max_length=10, choices=State, default=State.OPEN)
    # {"applicant": bool, "answers": [field names], "materials": [ids of case materials]}
    shares = models.JSONField()
    asked_at = models.DateTimeField()
    asked_by = models.ForeignKey(Post, models.PROTECT, related_name="+")
    # Working days the asked agency has.
    limit = models.PositiveSmallIntegerField()
    due_on = models.DateField()
    due_provisional = models.BooleanField(default=False)
    reminded_at = models.DateTimeField(null=True)
    # When both agencies were told that it is late.
    late_told_at = models.DateTimeField(null=True)
    closed_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            models.Index(fields=["asked", "due_on", "id"], name="cooperation_asked", condition=Q(state="open")),
            models.Index(fields=["asking", "due_on", "id"], name="cooperation_asking", condition=Q(state="open")),
            models.Index(fields=["case", "id"], name="cooperation_case"),
        ]
        constraints = [
            models.CheckConstraint(condition=~Q(asking=F("asked")), name="cooperation_another_agency"),
            models.CheckConstraint(
                condition=Q(state="open", closed_at__isnull=True) | (~Q(state="open") & Q(closed_at__isnull=False)),
                name="cooperation_closed",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.case_id} {self.asked_id} {self.state}"


class CooperationAct(models.Model):
    """What was said in a request for cooperation: the question, reminders, the answer. Never edited."""

    class Kind(models.TextChoices):
        ASK = "ask", _("asked")
        REMIND = "remind", _("reminded")
        ANSWER = "answer", _("answered")
        DECLINE = "decline", _("declined")
        WITHDRAW = "withdraw", _("withdrawn")

    cooperation = models.ForeignKey(Cooperation, models.PROTECT, related_name="acts")
    kind = models.CharField(max_length=8, choices=Kind)
    at = models.DateTimeField()
    post = models.ForeignKey(Post, models.PROTECT, related_name="+")
    author = models.CharField(max_length=100)
    text = SealedField(null=True)

    class Meta:
        ordering = ["cooperation", "id"]

    def __str__(self) -> str:
        return f"{self.cooperation_id} {self.kind}"


class SavedView(Identified):
    """A way an officer likes to see the inbox, by name; the default one opens first."""

    post = models.ForeignKey(Post, models.CASCADE, related_name="saved_views")
    name = models.CharField(_("name"), max_length=60)
    query = models.JSONField()
    is_default = models.BooleanField(default=False)

    class Meta:
        ordering = ["post", "name"]
        constraints = [
            models.UniqueConstraint(fields=["post", "name"], name="saved_view_name"),
            models.UniqueConstraint(fields=["post"], name="saved_view_default", condition=Q(is_default=True)),
        ]

    def __str__(self) -> str:
        return self.name


class BulkRun(models.Model):
    """One act done to several cases with one reason. Its id comes from the page, so that a second click finds it."""

    id = models.UUIDField(primary_key=True)
    post = models.ForeignKey(Post, models.PROTECT, related_name="+")
    act = models.SlugField(max_length=40)
    reason = SealedField(null=True)
    at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.act} {self.id}"


class BulkResult(models.Model):
    """What became of one case of a bulk act."""

    run = models.ForeignKey(BulkRun, models.CASCADE, related_name="results")
    case = models.ForeignKey(Case, models.PROTECT, related_name="+")
    done = models.BooleanField()
    # Why not, as it was said then.
    message = models.CharField(max_length=500, blank=True)

    class Meta:
        ordering = ["run", "id"]
        constraints = [models.UniqueConstraint(fields=["run", "case"], name="bulk_result_once")]

    def __str__(self) -> str:
        return f"{self.case_id} {self.done}"


class NoticeTemplate(Identified):
    """A version of an agency's words for a notice. Never edited: a change is a new version, the last one is offered."""

    agency = models.ForeignKey(Agency, models.CASCADE, related_name="notice_templates")
    name = models.CharField(_("name"), max_length=60)
    version = models.PositiveIntegerField()
    # The step whose page offers it; empty for every step that asks for words.
    step = models.SlugField(max_length=40, blank=True)
    text = models.TextField()
    entered_at = models.DateTimeField()
    entered_by = models.CharField(max_length=100)
    # A version that takes the template out of use.
    retired = models.BooleanField(default=False)

    class Meta:
        ordering = ["agency", "name", "version"]
        constraints = [models.UniqueConstraint(fields=["agency", "name", "version"], name="notice_template_version")]

    def __str__(self) -> str:
        return f"{self.name} {self.version}"
