"""The tables of casework."""

from tongban.cases.models.adopted import AdoptedRule, ProcedureVersion
from tongban.cases.models.applying import Draft, Upload
from tongban.cases.models.case import (
    OPEN_STATES,
    WORKING_STATES,
    ApplicationBar,
    Case,
    CaseAlert,
    CaseDocument,
    CaseEvent,
    CaseMaterial,
    CaseState,
    DocumentCounter,
    Outcome,
)

__all__ = [
    "OPEN_STATES",
    "WORKING_STATES",
    "AdoptedRule",
    "ApplicationBar",
    "Case",
    "CaseAlert",
    "CaseDocument",
    "CaseEvent",
    "CaseMaterial",
    "CaseState",
    "DocumentCounter",
    "Draft",
    "Outcome",
    "ProcedureVersion",
    "Upload",
]
