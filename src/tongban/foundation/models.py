"""Tables without a domain: the ledger, kept answers, imported calendars, the outbox of events, periodic jobs."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from tongban.foundation.ids import uuid7
from tongban.foundation.sealing import SealedField


class Identified(models.Model):
    """A row with a globally unique, time-ordered id."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)

    class Meta:
        abstract = True


class LedgerEntry(models.Model):
    """One act: who, for whom, what, on which object, when, and a keyed and salted digest of its content.

    Entries are appended in the act's own transaction and never changed (a database trigger refuses it). The digest
    is SHA-256 over what the salt and the installation's key give (`ledger.opening_of`) and canonical JSON, so that the
    content can be proven later, but not guessed by who holds a copy of the database.
    """

    id = models.BigAutoField(primary_key=True)
    at = models.DateTimeField()
    account_id = models.UUIDField(null=True)
    post_id = models.UUIDField(null=True)
    principal = models.CharField(max_length=64, blank=True)
    deed = models.CharField(max_length=64)
    object_type = models.CharField(max_length=64)
    object_id = models.CharField(max_length=64)
    salt = models.BinaryField(max_length=16)
    digest = models.CharField(max_length=64)

    class Meta:
        indexes = [models.Index(fields=["object_type", "object_id", "id"], name="ledger_object")]
        verbose_name_plural = "ledger entries"

    def __str__(self) -> str:
        return f"{self.deed} {self.object_type} {self.object_id}"


class UnplacedEntry(models.Model):
    """An entry that is not in the tree yet: written with it, removed when it gets its position.

    Ids are given out before commit; what a long transaction appended shows up behind later ones. Who takes what stands
    here can miss nothing.
    """

    entry_id = models.BigIntegerField(primary_key=True)

    def __str__(self) -> str:
        return f"{self.entry_id}"


class LedgerLeaf(models.Model):
    """The position of an entry in the tree, for ever, and its leaf hash (`transparency.receipts.entry_bytes`)."""

    position = models.BigIntegerField(primary_key=True)
    entry_id = models.BigIntegerField(unique=True)
    hash = models.BinaryField(max_length=32)

    def __str__(self) -> str:
        return f"{self.position}: {self.entry_id}"


class LedgerNode(models.Model):
    """The hash of a complete subtree: over 2^level leaves, the first of them at `place` * 2^level. Level 1 and up."""

    pk = models.CompositePrimaryKey("level", "place")
    level = models.PositiveSmallIntegerField()
    place = models.BigIntegerField()
    hash = models.BinaryField(max_length=32)

    def __str__(self) -> str:
        return f"{self.level}/{self.place}"


class LedgerHead(models.Model):
    """A signed tree head: what the ledger held at a moment. Numbers have no gaps."""

    number = models.BigIntegerField(primary_key=True)
    size = models.BigIntegerField(unique=True)
    root = models.BinaryField(max_length=32)
    at = models.DateTimeField()
    key_id = models.CharField(max_length=16)
    signature = models.BinaryField(max_length=64)

    def __str__(self) -> str:
        return f"{self.number}: {self.size} entries"


class IdempotentAnswer(models.Model):
    """What a request with an idempotency key was answered, so that its repetition gets the same and does nothing."""

    account_id = models.UUIDField()
    key = models.CharField(max_length=200)
    request_digest = models.CharField(max_length=64)
    status = models.PositiveSmallIntegerField(null=True)
    body = SealedField(null=True)
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["account_id", "key"], name="idempotency_key_once")]

    def __str__(self) -> str:
        return f"{self.key} ({self.status})"


class SealingPass(models.Model):
    """How far sealing anew has come: a row for each table, the content store, and the pass as a whole (no name)."""

    place = models.CharField(max_length=100, primary_key=True)
    began_at = models.DateTimeField()
    # The last key that was gone past, and whether the end was reached.
    reached = models.CharField(max_length=64, blank=True)
    ended = models.BooleanField(default=False)

    class Meta:
        verbose_name_plural = "sealing passes"

    def __str__(self) -> str:
        return f"{self.place} {self.reached}"


class RetentionReport(Identified):
    """What the retention rules would remove, looked at before anything is: made, approved, carried out.

    `rows` is a list of {"kind", "before" (ISO time), "count", "removed"}: only what is older than `before` goes, and
    what became due since the report was made waits for the next one.
    """

    class State(models.TextChoices):
        OPEN = "open", _("waits for approval")
        APPROVED = "approved", _("approved")
        DONE = "done", _("carried out")
        REPLACED = "replaced", _("replaced by a newer report")

    made_at = models.DateTimeField()
    state = models.CharField(max_length=8, choices=State, default=State.OPEN)
    rows = models.JSONField()
    approved_at = models.DateTimeField(null=True)
    approved_by_post = models.UUIDField(null=True)
    approved_by_account = models.UUIDField(null=True)
    done_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("retention report")
        verbose_name_plural = _("retention reports")
        constraints = [
            models.UniqueConstraint(
                fields=["state"], condition=models.Q(state__in=["open", "approved"]), name="retention_one_at_a_time"
            )
        ]

    def __str__(self) -> str:
        return f"{self.made_at:%Y-%m-%d} {self.state}"


class ImportedCalendar(models.Model):
    """The working-day calendar as of an import; the last one is in force. Earlier ones say what was counted by then.

    `rows` is the whole calendar: a list of [date, kind, holiday].
    """

    source = models.CharField(max_length=300)
    imported_at = models.DateTimeField()
    rows = models.JSONField()

    def __str__(self) -> str:
        return f"{self.source} ({self.imported_at:%Y-%m-%d})"


class DomainEvent(models.Model):
    """Something that happened and that upper layers have not heard of yet: the outbox (`foundation.events`).

    Written by the statement that appends the ledger entry whose id it bears, and removed in the transaction in which
    its handlers did their work. `detail` holds ids and counts, never personal data.
    """

    id = models.BigIntegerField(primary_key=True)
    name = models.CharField(max_length=64)
    object_type = models.CharField(max_length=64)
    object_id = models.CharField(max_length=64)
    at = models.DateTimeField()
    detail = models.JSONField(default=dict)

    def __str__(self) -> str:
        return f"{self.id} {self.name} {self.object_id}"


class FailedDelivery(models.Model):
    """An event that a handler could not take, or that waits behind such a one of the same object.

    It is tried again until it is taken, or set aside for the operator after the last try.
    """

    id = models.BigAutoField(primary_key=True)
    event_id = models.BigIntegerField()
    handler = models.CharField(max_length=100)
    name = models.CharField(max_length=64)
    object_type = models.CharField(max_length=64)
    object_id = models.CharField(max_length=64)
    at = models.DateTimeField()
    detail = models.JSONField(default=dict)
    attempts = models.PositiveSmallIntegerField(default=0)
    next_try_at = models.DateTimeField()
    # Type and place of the last error, never its message, which may quote what was entered.
    error = models.TextField(blank=True)
    set_aside_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name_plural = "failed deliveries"
        constraints = [models.UniqueConstraint(fields=["event_id", "handler"], name="failed_delivery_once")]
        indexes = [
            models.Index(
                fields=["handler", "object_id", "event_id"],
                name="failed_delivery_open",
                condition=models.Q(set_aside_at=None),
            )
        ]

    def __str__(self) -> str:
        return f"{self.event_id} {self.handler}"


class PeriodicRun(models.Model):
    """When a periodic job is due next, and how its last run went."""

    job = models.CharField(max_length=100, primary_key=True)
    due_at = models.DateTimeField()
    began_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    failures = models.PositiveIntegerField(default=0)
    error = models.TextField(blank=True)

    def __str__(self) -> str:
        return f"{self.job} due {self.due_at:%Y-%m-%d %H:%M:%S}"
