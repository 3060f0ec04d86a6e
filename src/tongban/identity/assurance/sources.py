"""Sources that establish who somebody is: one interface, the counter, and what the installation adds.

`TONGBAN_ASSURANCE_SOURCES` names further sources: dotted paths of classes, with commas between (docs/assurance.md).
"""

import uuid
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.utils.module_loading import import_string
from django.utils.translation import gettext as _

from tongban.foundation.errors import InvalidError
from tongban.identity.assurance.rules import HIGHEST, LOWEST

COUNTER = "counter"
# The level somebody was registered with, before anything was verified here.
REGISTRATION = "registration"


@dataclass(frozen=True)
class Subject:
    """Whom a source is asked about; the number is empty where none is known."""

    person_id: uuid.UUID
    name: str
    id_number: str


@dataclass(frozen=True)
class Asked:
    """What a source asks the person on our page. With `choices` ((value, label) pairs) they choose, else they type.

    Attributes:
        longest: how many characters; more than a line's 200 are typed into a box of several lines.
        value: what stands there already.
    """

    name: str
    label: str
    hint: str = ""
    longest: int = 200
    choices: Sequence[tuple[str, str]] = ()
    value: str = ""


@dataclass(frozen=True)
class Found:
    """What a source established.

    Attributes:
        evidence: what to keep, by name: register, document, reference; never a picture of a face.
        id_number: the number that an authoritative register confirmed; it becomes the person's where none was known.
    """

    evidence: Mapping[str, str]
    id_number: str = ""


class Source(ABC):
    """A way to establish an identity. Subclasses say what they are, explain it, and verify.

    Attributes:
        code: short name, kept with every verification; letters, digits and hyphens.
        level: the assurance level a verification gives, 1 to 5.
        validity_days: after how many days it lapses; None for never. TONGBAN_ASSURANCE_VALIDITY overrides it.
        is_demo: it establishes nothing; pages say so.
        in_person: it takes place at a counter, not on our pages.
    """

    code: str
    level: int
    validity_days: int | None = None
    is_demo = False
    in_person = False

    @abstractmethod
    def name(self) -> str:
        """What the page calls it, in the reader's language."""

    @abstractmethod
    def explanation(self) -> str:
        """What will happen, in a sentence or two."""

    def asks(self, subject: Subject) -> Sequence[Asked]:  # noqa: ARG002 - what others may look at
        """What the person states on our page. Nothing where it all takes place elsewhere."""
        return ()

    def address(self, subject: Subject, come_back: str) -> str:  # noqa: ARG002 - the same
        """Where the person is sent, for a source with pages of its own; empty where it asks here.

        Args:
            subject: whom it is about.
            come_back: where the source must send the browser afterwards, with what it reports added to the query. It
                holds a `state` that ties the answer to this person and source, good for a quarter of an hour.
        """
        return ""

    @abstractmethod
    def verify(self, subject: Subject, given: Mapping[str, str], now: datetime) -> Found:
        """Establish the identity.

        Args:
            subject: whom it is about.
            given: what was stated on our page, or came back in the query.
            now: the moment.

        Raises:
            InvalidError: it is not the person, or something is missing; under the field's name.
        """


class Counter(Source):
    """An officer at the one-window counter sees the person and the document (`identity.counter`)."""

    code = COUNTER
    level = 5
    in_person = True

    def name(self) -> str:
        return _("At a counter")

    def explanation(self) -> str:
        return _(
            "Come to any service counter with your identity document. An officer looks at it; your level rises at once."
        )

    def verify(self, subject: Subject, given: Mapping[str, str], now: datetime) -> Found:  # noqa: ARG002 - never
        """Raises:
        InvalidError: always: the officer's check is recorded by `assurance.actions.record_counter_check`.
        """
        raise InvalidError({"source": [self.explanation()]})


@cache
def sources() -> Mapping[str, Source]:
    """The sources of this installation by code, the counter among them; lower levels first.

    Raises:
        ImproperlyConfigured: one of those named in the settings is no source, or two have one code.
    """
    found: list[Source] = [Counter()]
    for path in settings.ASSURANCE_SOURCES:
        made = import_string(path)()
        if not isinstance(made, Source) or not LOWEST <= made.level <= HIGHEST:
            raise ImproperlyConfigured(f"TONGBAN_ASSURANCE_SOURCES: {path} is no source of verification")
        found.append(made)
    by_code = {source.code: source for source in sorted(found, key=lambda source: source.level)}
    if len(by_code) != len(found) or REGISTRATION in by_code:
        raise ImproperlyConfigured("TONGBAN_ASSURANCE_SOURCES: each source needs a code of its own")
    return by_code


def validity_days(source: Source) -> int | None:
    """After how many days a verification by the source lapses: the operator's setting, else the source's own."""
    found: int | None = settings.ASSURANCE_VALIDITY.get(source.code, source.validity_days)
    return found


def source_name(code: str) -> str:
    """What pages call a source, also one that this installation no longer has."""
    if code == REGISTRATION:
        return _("Known from registration")
    source = sources().get(code)
    return source.name() if source else code
