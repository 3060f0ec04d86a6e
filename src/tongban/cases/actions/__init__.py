"""Every write to a case: one verb each. Check authority, change the state, keep the event, write the document.

Officers and applicants say which revision of the case they saw. If somebody was faster they are told so; if it was
their own double click they get the case as their first click left it.
"""

from tongban.cases.actions.applying import submit_application, submit_draft
from tongban.cases.actions.drafting import (
    MATERIAL_TYPES,
    attach,
    detach,
    discard_draft,
    save_draft,
    start_draft,
    upload,
)
from tongban.cases.actions.handling import (
    CLOCK,
    accept,
    decide,
    deliver,
    receive,
    refuse_acceptance,
    return_for_correction,
    settle_lapse,
    supplement,
    take_step,
    withdraw,
)

__all__ = [
    "CLOCK",
    "MATERIAL_TYPES",
    "accept",
    "attach",
    "decide",
    "deliver",
    "detach",
    "discard_draft",
    "receive",
    "refuse_acceptance",
    "return_for_correction",
    "save_draft",
    "settle_lapse",
    "start_draft",
    "submit_application",
    "submit_draft",
    "supplement",
    "take_step",
    "upload",
    "withdraw",
]
