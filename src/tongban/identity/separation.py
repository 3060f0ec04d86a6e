"""Auditor, security officer and administrator are three humans (三员分立): none holds two of these posts at a time.

The database holds it (an exclusion over person, role and dates), whatever writes the row: an appointment, a post dated
anew, two accounts of one human put together. Here is the error that says so.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateRangeField, RangeOperators
from django.db import IntegrityError
from django.db.models import F, Func, Q
from django.utils.translation import gettext as _

from tongban.foundation.errors import ConflictError

SEPARATED = ("auditor", "security_officer", "administrator")
CONSTRAINT = "post_duties_separated"


def separation_constraint() -> ExclusionConstraint:
    """No two rows of one person whose roles differ among the three and whose dates overlap."""
    dates = Func(F("valid_from"), F("valid_to"), function="daterange", output_field=DateRangeField())
    return ExclusionConstraint(
        name=CONSTRAINT,
        expressions=[
            ("person", RangeOperators.EQUAL),
            ("role", RangeOperators.NOT_EQUAL),
            (dates, RangeOperators.OVERLAPS),
        ],
        condition=Q(role__in=SEPARATED),
    )


@contextmanager
def duties_separated() -> Iterator[None]:
    """Wrap what writes posts: says clearly why a post cannot stand. Put it around the transaction.

    Raises:
        ConflictError: the person would hold two of the three posts at a time.
    """
    try:
        yield
    except IntegrityError as error:
        if CONSTRAINT not in str(error):
            raise
        raise ConflictError(_refusal()) from None


def _refusal() -> str:
    return _(
        "This person would be two of auditor, security officer and system administrator at the same time. "
        "End the other post first, or appoint somebody else."
    )
