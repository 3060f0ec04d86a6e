"""Every write to a case: one verb each. Check authority, change the state, keep the event, write the document.

Officers and applicants say which revision of the case they saw. If somebody was faster they are told so; if it was
their own double click they get the case as their first click left it.
"""

from tongban.cases.access import Shown
from tongban.cases.actions.across import (
    acknowledge,
    answer_place,
    ask_place,
    choose_place,
    forward,
    return_originals,
)
from tongban.cases.actions.applying import submit_application, submit_draft
from tongban.cases.actions.bundle_parts import advance_bundle, advance_stirred
from tongban.cases.actions.bundling import (
    apply_again,
    give_up_part,
    start_bundle,
    state_results,
    submit_bundle,
    submit_bundle_draft,
    withdraw_bundle,
)
from tongban.cases.actions.credit import repair_credit
from tongban.cases.actions.drafting import (
    MATERIAL_TYPES,
    attach,
    detach,
    discard_draft,
    save_draft,
    start_draft,
    upload,
)
from tongban.cases.actions.fetching import fetch_for_draft, fetch_material
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
from tongban.cases.actions.offers import confirm_offer, decline_offer, lapse_offers, make_offers
from tongban.cases.actions.region_offers import OfferTerms, change_offer, end_offer, offer_across
from tongban.cases.actions.settling import answer_guidance, choose_way
from tongban.cases.actions.showing import show_bundle_data, show_personal_data, show_shared_data
from tongban.cases.actions.taking_back import withdraw_undertaking
from tongban.cases.actions.taking_in import (
    HandedIn,
    check_at_window,
    keep_paper,
    keep_power_at_window,
    take_in_elsewhere,
)
from tongban.cases.actions.timekeeping import raise_alerts, recount_due_date

__all__ = [
    "CLOCK",
    "MATERIAL_TYPES",
    "HandedIn",
    "OfferTerms",
    "Shown",
    "accept",
    "acknowledge",
    "advance_bundle",
    "advance_stirred",
    "answer_guidance",
    "answer_place",
    "apply_again",
    "ask_place",
    "attach",
    "change_offer",
    "check_at_window",
    "choose_place",
    "choose_way",
    "confirm_offer",
    "decide",
    "decline_offer",
    "deliver",
    "detach",
    "discard_draft",
    "end_offer",
    "fetch_for_draft",
    "fetch_material",
    "forward",
    "give_up_part",
    "keep_paper",
    "keep_power_at_window",
    "lapse_offers",
    "make_offers",
    "offer_across",
    "raise_alerts",
    "receive",
    "recount_due_date",
    "refuse_acceptance",
    "repair_credit",
    "return_for_correction",
    "return_originals",
    "save_draft",
    "settle_lapse",
    "show_bundle_data",
    "show_personal_data",
    "show_shared_data",
    "start_bundle",
    "start_draft",
    "state_results",
    "submit_application",
    "submit_bundle",
    "submit_bundle_draft",
    "submit_draft",
    "supplement",
    "take_in_elsewhere",
    "take_step",
    "upload",
    "withdraw",
    "withdraw_bundle",
    "withdraw_undertaking",
]
