"""Tables without a domain: the ledger, the answers kept for repeated requests, calendars that were imported."""

from django.db import models

from tongban.foundation.ids import uuid7
from tongban.foundation.sealing import SealedField


class Identified(models.Model):
    """A row with a globally unique, time-ordered id."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)

    class Meta:
        abstract = True


class LedgerEntry(models.Model):
    """One act: who, for whom, what, on which object, when, and a salted digest of its content.

    Entries are appended in the act's own transaction and never changed (a database trigger refuses it). The digest
    is SHA-256 over salt and canonical JSON, so that the content can be proven later without standing here in clear.
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


class ImportedCalendar(models.Model):
    """The working-day calendar as of an import; the last one is in force. Earlier ones say what was counted by then.

    `rows` is the whole calendar: a list of [date, kind, holiday].
    """

    source = models.CharField(max_length=300)
    imported_at = models.DateTimeField()
    rows = models.JSONField()

    def __str__(self) -> str:
        return f"{self.source} ({self.imported_at:%Y-%m-%d})"
