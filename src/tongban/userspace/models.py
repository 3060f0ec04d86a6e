"""Messages to applicants and officers, their sending by e-mail and SMS, and where to reach somebody."""

from django.db import models
from django.db.models import Q

from tongban.cases.models import BenefitOffer, BundleCase, Case
from tongban.foundation.models import Identified
from tongban.foundation.sealing import SealedField
from tongban.identity.models import Organisation, Person, Post
from tongban.items.models import Audience, Item, Service

# How the notices about accounts and about delegations begin.
ACCOUNT_NOTICE, DELEGATION_NOTICE = "account_", "delegation_"


class Message(Identified):
    """A message in somebody's space: to a person, to whoever acts for an organisation, or to an officer in a post.

    Its id follows from event, notice and recipient (`notices.message_id`), so that an event handled twice makes one.
    """

    event_id = models.BigIntegerField()
    notice = models.SlugField(max_length=40)
    # Whom e-mail and SMS go to: the recipient, or the human who applied for the organisation.
    person = models.ForeignKey(Person, models.PROTECT, related_name="messages")
    organisation = models.ForeignKey(Organisation, models.PROTECT, null=True, related_name="messages")
    post = models.ForeignKey(Post, models.PROTECT, null=True, related_name="messages")
    # What it is about: a case, several things applied for at once, or a benefit offered without application; of none of
    # them are messages about the account and about who acts for whom, which only those read whose account or delegation
    # it is.
    case = models.ForeignKey(Case, models.PROTECT, null=True, related_name="messages")
    bundle = models.ForeignKey(BundleCase, models.PROTECT, null=True, related_name="messages")
    offer = models.ForeignKey(BenefitOffer, models.PROTECT, null=True, related_name="messages")
    # Title and text in both languages, as they were said: {"zh": {"title": ..., "text": ...}, "en": ...}.
    texts = SealedField()
    created_at = models.DateTimeField()
    read_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            models.Index(fields=["person", "-created_at", "-id"], name="message_person"),
            models.Index(fields=["organisation", "-created_at", "-id"], name="message_organisation"),
            models.Index(fields=["post", "-created_at", "-id"], name="message_post"),
            models.Index(fields=["person"], name="message_unread", condition=Q(read_at=None)),
            models.Index(fields=["post"], name="message_unread_by_post", condition=Q(read_at=None, post__isnull=False)),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(case=None, bundle=None) | Q(case=None, offer=None) | Q(bundle=None, offer=None),
                name="message_about_one",
            )
        ]

    def __str__(self) -> str:
        return f"{self.notice} {self.id}"

    @property
    def is_of_account(self) -> bool:
        """Whether it warns of a change of the way in: such a message goes out whatever channels were chosen."""
        return self.notice.startswith(ACCOUNT_NOTICE)


class Sending(models.Model):
    """A message on its way by a channel beside the space itself: at most one a channel."""

    message = models.ForeignKey(Message, models.CASCADE, related_name="sendings")
    channel = models.CharField(max_length=20)
    attempts = models.PositiveSmallIntegerField(default=0)
    next_try_at = models.DateTimeField()
    sent_at = models.DateTimeField(null=True)
    given_up_at = models.DateTimeField(null=True)
    # Type and place of the last error, never its message.
    error = models.TextField(blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["message", "channel"], name="sending_once_a_channel")]
        indexes = [
            models.Index(fields=["next_try_at"], name="sending_due", condition=Q(sent_at=None, given_up_at=None))
        ]

    def __str__(self) -> str:
        return f"{self.message_id} {self.channel}"


class Contact(models.Model):
    """By which channels, beside the space itself, a person wants to hear. Where these lead to is the account's alone:
    the number and the address from which a code came back.
    """

    person = models.OneToOneField(Person, models.CASCADE, primary_key=True, related_name="contact")
    # An address that was stated here before addresses were proven. Nothing is sent there; it waits to be confirmed.
    stated_email = SealedField(null=True, db_column="email")
    by_email = models.BooleanField(default=False)
    by_sms = models.BooleanField(default=False)

    def __str__(self) -> str:
        return f"contact of {self.person_id}"


class SavedMatter(models.Model):
    """A service that somebody put aside to come back to (收藏): a person, or an organisation for all who act for it."""

    person = models.ForeignKey(Person, models.CASCADE, null=True, related_name="saved_matters")
    organisation = models.ForeignKey(Organisation, models.CASCADE, null=True, related_name="saved_matters")
    service = models.ForeignKey(Service, models.CASCADE, related_name="+")
    saved_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(person=None, organisation__isnull=False) | Q(person__isnull=False, organisation=None),
                name="saved_by_one",
            ),
            models.UniqueConstraint(fields=["person", "service"], name="saved_once_person"),
            models.UniqueConstraint(fields=["organisation", "service"], name="saved_once_organisation"),
        ]

    def __str__(self) -> str:
        return f"{self.service_id} {self.saved_at:%Y-%m-%d}"


class SuggestionChoice(models.Model):
    """Whoever switched suggestions off (个人信息保护法 art 24); their cases are not counted for others' either."""

    person = models.OneToOneField(Person, models.CASCADE, primary_key=True, related_name="suggestion_choice")
    off = models.BooleanField(default=False)

    def __str__(self) -> str:
        return f"{self.person_id} {'off' if self.off else 'on'}"


class NextMatter(models.Model):
    """How many of those who applied for one item applied for another within a year after; small groups are not kept.

    Of persons, or of organisations; never of sensitive matters (`suggesting.is_sensitive`). Counted anew by a job.
    """

    audience = models.CharField(max_length=12, choices=Audience)
    before = models.ForeignKey(Item, models.CASCADE, related_name="+")
    after = models.ForeignKey(Item, models.CASCADE, related_name="+")
    group = models.PositiveIntegerField()
    followed = models.PositiveIntegerField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["audience", "before", "after"], name="next_matter_once")]

    def __str__(self) -> str:
        return f"{self.before_id} {self.after_id}: {self.followed}/{self.group}"
