"""Every write to a case: one verb each. Check authority, change the state, keep the event, write the document.

Officers and applicants say which revision of the case they saw. If somebody was faster they are told so; if it was
their own double click they get the case as their first click left it.
"""

from tongban.cases.actions.across import (
    AtTheDesk,
    HandedIn,
    OfferTerms,
    acknowledge,
    answer_place,
    ask_place,
    choose_place,
    end_offer,
    forward,
    offer_across,
    return_originals,
    take_in_elsewhere,
)
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
from tongban.cases.actions.timekeeping import raise_alerts, recount_due_date

__all__ = [
    "CLOCK",
    "MATERIAL_TYPES",
    "AtTheDesk",
    "HandedIn",
    "OfferTerms",
    "accept",
    "acknowledge",
    "answer_place",
    "ask_place",
    "attach",
    "choose_place",
    "decide",
    "deliver",
    "detach",
    "discard_draft",
    "end_offer",
    "forward",
    "offer_across",
    "raise_alerts",
    "receive",
    "recount_due_date",
    "refuse_acceptance",
    "return_for_correction",
    "return_originals",
    "save_draft",
    "settle_lapse",
    "start_draft",
    "submit_application",
    "submit_draft",
    "supplement",
    "take_in_elsewhere",
    "take_step",
    "upload",
    "withdraw",
]
