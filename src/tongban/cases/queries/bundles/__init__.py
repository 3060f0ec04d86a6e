"""Several things at once: what is offered where, one's own, one with every part and the clock of the whole."""

from tongban.cases.queries.bundles.offered import BundleOffer, OfferRow, bundle_offer, bundles_with, offered_bundles
from tongban.cases.queries.bundles.own import (
    BundleRow,
    BundleView,
    PartView,
    bundle_by_number,
    bundle_view,
    led_bundles,
    my_bundles,
)
from tongban.cases.queries.bundles.part import PartOfBundle, bundle_of_case, results_form

__all__ = [
    "BundleOffer",
    "BundleRow",
    "BundleView",
    "OfferRow",
    "PartOfBundle",
    "PartView",
    "bundle_by_number",
    "bundle_of_case",
    "bundle_offer",
    "bundle_view",
    "bundles_with",
    "led_bundles",
    "my_bundles",
    "offered_bundles",
    "results_form",
]
