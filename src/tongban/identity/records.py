"""Tables of `identity` about who is who: further papers, guardians, mandates, mergers, requests about one's data."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from tongban.foundation.blindindex import BlindIndexField, unique_index
from tongban.foundation.models import Identified
from tongban.foundation.sealing import SealedField
from tongban.identity.papers import CHINA, PaperKind


class Paper(models.TextChoices):
    """Kinds of identity papers, in the words of pages (`papers.PaperKind` has the rules)."""

    RESIDENT = PaperKind.RESIDENT.value, _("resident identity card")
    PASSPORT = PaperKind.PASSPORT.value, _("foreign passport")
    PERMANENT_RESIDENCE = PaperKind.PERMANENT_RESIDENCE.value, _("foreigner's permanent residence card")
    HK_MACAO_PERMIT = PaperKind.HK_MACAO_PERMIT.value, _("mainland travel permit, Hong Kong and Macao")
    TAIWAN_PERMIT = PaperKind.TAIWAN_PERMIT.value, _("mainland travel permit, Taiwan")
    HMT_RESIDENCE = PaperKind.HMT_RESIDENCE.value, _("residence permit, Hong Kong, Macao or Taiwan")


class IdentityPaper(Identified):
    """A paper other than the resident card. Its number is sealed; one number of a kind and country is one human's."""

    person = models.ForeignKey("identity.Person", models.PROTECT, related_name="papers", verbose_name=_("person"))
    kind = models.CharField(_("kind"), max_length=20, choices=Paper)
    country = models.CharField(_("issuing country"), max_length=3, default=CHINA)
    number = SealedField()
    # Made of kind, country and number: unique, and the only way to find it.
    number_index = BlindIndexField()
    entered_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name = _("identity paper")
        verbose_name_plural = _("identity papers")
        constraints = unique_index("paper_number_once", "number_index")

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.country}"


class Guardianship(Identified):
    """A guardian (监护人) acts for a minor or another ward. Entered from a document by an officer, never claimed."""

    class Kind(models.TextChoices):
        PARENT = "parent", _("parent of a minor")
        OF_MINOR = "of_minor", _("other guardian of a minor")
        OF_ADULT = "of_adult", _("guardian of an adult")

    ward = models.ForeignKey("identity.Person", models.PROTECT, related_name="guardians", verbose_name=_("ward"))
    guardian = models.ForeignKey("identity.Person", models.PROTECT, related_name="wards", verbose_name=_("guardian"))
    kind = models.CharField(_("kind"), max_length=10, choices=Kind)
    # Which document shows it: register of the household, birth certificate, judgment; with its number.
    document = SealedField()
    valid_from = models.DateField(_("valid from"))
    valid_to = models.DateField(_("valid until (exclusive)"), null=True, blank=True)
    entered_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    end_reason = SealedField(null=True)

    class Meta:
        verbose_name = _("guardianship")
        verbose_name_plural = _("guardianships")
        constraints = [
            models.CheckConstraint(condition=~Q(ward=F("guardian")), name="guardianship_of_another"),
            models.UniqueConstraint(fields=["ward", "guardian"], condition=Q(ended_at=None), name="guardianship_once"),
        ]

    def __str__(self) -> str:
        return f"{self.guardian} / {self.ward}"


class WrittenPower(Identified):
    """The scan of a written power of attorney (授权委托书, 民法典 art 165) that an officer saw. Never edited."""

    post = models.ForeignKey("identity.Post", models.PROTECT, related_name="+", verbose_name=_("post"))
    account_id = models.UUIDField()
    # What the content is found by is as personal as the content.
    digest = SealedField()
    file_name = SealedField()
    media_type = models.CharField(max_length=100)
    size = models.PositiveIntegerField()
    kept_at = models.DateTimeField()

    class Meta:
        verbose_name = _("written power of attorney")
        verbose_name_plural = _("written powers of attorney")

    def __str__(self) -> str:
        return f"{self.kept_at:%Y-%m-%d %H:%M}"


class MandateRow(models.Model):
    """Who may act for whom: a view over representatives, delegations (through firms too) and guardianships.

    Rows have their dates and lack what was revoked, not accepted, or ended by a death or a dissolution. Everything
    that asks whether somebody may act for another asks here (`mandates` says for what).
    """

    # A view has no key of its own; the source may stand in several rows.
    source_id = models.UUIDField(primary_key=True)
    agent = models.ForeignKey("identity.Person", models.DO_NOTHING, related_name="+", verbose_name=_("agent"))
    person = models.ForeignKey(
        "identity.Person", models.DO_NOTHING, null=True, related_name="+", verbose_name=_("person represented")
    )
    organisation = models.ForeignKey(
        "identity.Organisation", models.DO_NOTHING, null=True, related_name="+", verbose_name=_("organisation")
    )
    basis = models.CharField(max_length=24)
    deeds = ArrayField(models.CharField(max_length=12), null=True)
    services = ArrayField(models.UUIDField(), null=True)
    items = ArrayField(models.UUIDField(), null=True)
    valid_from = models.DateField(null=True)
    valid_to = models.DateField(null=True)

    class Meta:
        verbose_name = _("mandate")
        verbose_name_plural = _("mandates")
        managed = False
        db_table = "identity_mandate"

    def __str__(self) -> str:
        return f"{self.basis} {self.source_id}"


class Merger(Identified):
    """Two entries of one human became one: what was moved, by whom, why. Never edited."""

    kept = models.ForeignKey("identity.Person", models.PROTECT, related_name="+", verbose_name=_("entry that stays"))
    merged = models.ForeignKey("identity.Person", models.PROTECT, related_name="+", verbose_name=_("entry merged"))
    reason = SealedField()
    # By table, the ids of the rows that moved.
    moved = models.JSONField()
    post_id = models.UUIDField(null=True)
    at = models.DateTimeField()

    class Meta:
        verbose_name = _("merger of two entries")
        verbose_name_plural = _("mergers of two entries")

    def __str__(self) -> str:
        return f"{self.merged_id} -> {self.kept_id}"


class CorrectionRequest(Identified):
    """Somebody says that what is held about them is wrong (个人信息保护法 art 46); an officer looks and answers."""

    class Field(models.TextChoices):
        NAME = "name", _("full name")
        PHONE = "phone", _("telephone number")
        ADDRESS = "address", _("address")

    class State(models.TextChoices):
        OPEN = "open", _("waiting for an answer")
        CORRECTED = "corrected", _("corrected")
        REFUSED = "refused", _("not corrected")

    person = models.ForeignKey(
        "identity.Person", models.PROTECT, related_name="correction_requests", verbose_name=_("person")
    )
    field = models.CharField(_("what is wrong"), max_length=10, choices=Field)
    wanted = SealedField()
    reason = SealedField()
    state = models.CharField(_("state"), max_length=10, choices=State, default=State.OPEN)
    asked_at = models.DateTimeField()
    answer_by = models.DateField()
    answered_at = models.DateTimeField(null=True)
    answered_post_id = models.UUIDField(null=True)
    answer = SealedField(null=True)
    evidence = SealedField(null=True)

    class Meta:
        verbose_name = _("request for correction")
        verbose_name_plural = _("requests for correction")
        indexes = [
            models.Index(fields=["answer_by", "id"], name="correction_open", condition=Q(state="open")),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["person", "field"], condition=Q(state="open"), name="correction_once_a_field"
            )
        ]

    def __str__(self) -> str:
        return f"{self.field} {self.asked_at:%Y-%m-%d}"
