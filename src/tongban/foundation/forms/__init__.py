"""Forms as data: a JSON Schema (2020-12) with presentation hints, one for page, officer and API."""

from tongban.foundation.forms.definition import Field, FormDefinition, FormDefinitionError, Group
from tongban.foundation.forms.messages import FieldError
from tongban.foundation.forms.summary import SummaryGroup, SummaryRow

__all__ = [
    "Field",
    "FieldError",
    "FormDefinition",
    "FormDefinitionError",
    "Group",
    "SummaryGroup",
    "SummaryRow",
]
