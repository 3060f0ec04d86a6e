"""Addresses of the portal. Those of regions, departments and figures stand in `urls_government`."""

from django.urls import path

from tongban.portal.urls_government import urlpatterns_government
from tongban.portal.views import (
    about,
    apply,
    cases,
    checking,
    correcting,
    documents,
    guides,
    home,
    materials,
    messages,
    search,
    session,
    taking_part,
)

app_name = "portal"
urlpatterns = [
    path("", home.home, name="home"),
    path("search", search.search, name="search"),
    path("regions/switch", home.region_switch, name="region_switch"),
    path("people/", home.audience_page, {"audience": "person"}, name="people"),
    path("organisations/", home.audience_page, {"audience": "organisation"}, name="organisations"),
    path("themes/<slug:slug>/", search.theme, name="theme"),
    path("guides/<uuid:service_id>/", guides.guide, name="guide"),
    path("guides/<uuid:service_id>/ratings/", guides.service_ratings, name="service_ratings"),
    path("agencies/<uuid:agency_id>/ratings/", guides.agency_ratings, name="agency_ratings"),
    path("guides/<uuid:service_id>/apply", apply.start, name="apply"),
    path("apply/<uuid:draft_id>/", apply.task_list, name="task_list"),
    path("apply/<uuid:draft_id>/questions/<slug:group_id>/", apply.group, name="group"),
    path("apply/<uuid:draft_id>/materials/", materials.listing, name="materials"),
    path("apply/<uuid:draft_id>/materials/<int:position>/", materials.one, name="material"),
    path("apply/<uuid:draft_id>/check/", checking.check, name="check"),
    path("apply/<uuid:draft_id>/discard/", checking.discard, name="discard"),
    path("my/", cases.my_space, name="my_space"),
    path("my/messages/", messages.listing, name="messages"),
    path("my/messages/channels/", messages.channels, name="channels"),
    path("cases/check", cases.check_number, name="check_case"),
    path("cases/<uuid:case_id>/", cases.case, name="case"),
    path("cases/<uuid:case_id>/clock/", cases.clock, name="clock"),
    path("cases/<uuid:case_id>/step/<slug:action>/", taking_part.take_part, name="take_part"),
    path("overruns/", cases.overruns, name="overruns"),
    path("cases/<uuid:case_id>/receipt/", cases.receipt, name="receipt"),
    path("cases/<uuid:case_id>/correct/", correcting.correct, name="correct"),
    path("cases/<uuid:case_id>/withdraw/", cases.withdraw, name="withdraw"),
    path("cases/<uuid:case_id>/rate/", cases.rate, name="rate"),
    path("documents/<uuid:document_id>/", documents.page, name="document"),
    path("documents/<uuid:document_id>.pdf", documents.pdf, name="document_pdf"),
    path("files/<int:material_id>", documents.material, name="material_file"),
    path("sign-in", session.sign_in, name="sign_in"),
    path("sign-out", session.sign_out, name="sign_out"),
    path("act-as/", session.hats, name="hats"),
    path("about/", about.about, name="about"),
    path("accessibility/", about.accessibility, name="accessibility"),
    path("contact/", about.contact, name="contact"),
    path("licence/", about.licence, name="licence"),
]
urlpatterns += urlpatterns_government
