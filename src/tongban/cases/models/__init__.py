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
from tongban.cases.models.regions import CaseAcross, ClockStart, DraftPlace, JointPart, Mode, RegionOffer

__all__ = [
    "OPEN_STATES",
    "WORKING_STATES",
    "AdoptedRule",
    "ApplicationBar",
    "Case",
    "CaseAcross",
    "CaseAlert",
    "CaseDocument",
    "CaseEvent",
    "CaseMaterial",
    "CaseState",
    "ClockStart",
    "DocumentCounter",
    "Draft",
    "DraftPlace",
    "JointPart",
    "Mode",
    "Outcome",
    "ProcedureVersion",
    "RegionOffer",
    "Upload",
]
