"""Addresses of one's own pages (the user space), and of the stages of life."""

from django.urls import path
from django.views.generic import RedirectView

from tongban.portal.views import (
    applications,
    appointments,
    assurance,
    bundles,
    cases,
    delegations,
    life,
    light,
    messages,
    own_data,
    readings,
    space,
)

urlpatterns_me = [
    path("me/", cases.my_space, name="my_space"),
    path("me/cases/", cases.listing, name="my_cases"),
    path("me/results/", space.results, name="my_results"),
    path("me/licences/", space.licences, name="my_licences"),
    path("me/saved/", space.saved, name="my_saved"),
    path("me/saved/<uuid:service_id>/", space.save, name="save_matter"),
    path("me/suggestions/", space.suggestions, name="my_suggestions"),
    path("me/search/", space.search, name="my_search"),
    path("life/", life.overview, name="life"),
    path("life/<slug:slug>/", life.stage, name="life_stage"),
    path("me/messages/", messages.listing, name="messages"),
    path("me/messages/channels/", messages.channels, name="channels"),
    path("me/messages/<uuid:message_id>/", messages.one, name="message"),
    path("me/delegations/", delegations.listing, name="delegations"),
    path("me/delegations/new/", delegations.matters, name="delegation_matters"),
    path("me/delegations/new/who/", delegations.offer, name="delegation_offer"),
    path("me/delegations/<uuid:delegation_id>/", delegations.one, name="delegation"),
    path("me/data/", own_data.page, name="own_data"),
    path("me/data/copy.json", own_data.copy, name="own_data_copy"),
    path("me/data/close/", own_data.close, name="close_account"),
    path("me/who-looked/", readings.listing, name="who_looked"),
    path("me/applications/", applications.mine, name="my_applications"),
    path("me/appointments/", appointments.listing, name="appointments"),
    path("me/offers/", light.offers, name="offers"),
    path("me/offers/<uuid:offer_id>/", light.answer_offer, name="answer_offer"),
    path("me/one-thing/<uuid:bundle_id>/", bundles.one, name="bundle_case"),
    path("me/one-thing/<uuid:bundle_id>/withdraw/", bundles.withdraw, name="bundle_withdraw"),
    path("me/one-thing/<uuid:bundle_id>/<slug:name>/give-up/", bundles.give_up, name="bundle_give_up"),
    path("me/one-thing/<uuid:bundle_id>/<slug:name>/again/", bundles.again, name="bundle_again"),
    path("me/assurance/", assurance.overview, name="assurance"),
    path("me/assurance/by/<slug:code>/", assurance.by_source, name="assurance_by"),
    path("me/assurance/<uuid:verification_id>/revoke/", assurance.revoke, name="assurance_revoke"),
    # Where these pages stood before; mails and bookmarks lead there.
    path("my/", RedirectView.as_view(pattern_name="portal:my_space", query_string=True)),
    path("my/<path:rest>", RedirectView.as_view(url="/me/%(rest)s", query_string=True)),
]
