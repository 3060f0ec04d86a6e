"""Taking in at a window for an agency elsewhere: who stands there, the form, the scans, on one page."""

import uuid
from collections.abc import Sequence
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import resolve_url
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from tongban.cases import actions
from tongban.cases.models import Case
from tongban.cases.queries import papers_at_window, to_take_in
from tongban.cases.requirements import asked_of_applicant, form_of, missing_materials, published_version
from tongban.foundation.errors import InvalidError
from tongban.foundation.forms import FormDefinition
from tongban.foundation.forms.messages import worded
from tongban.foundation.pages.errors import offer_way_on
from tongban.foundation.pages.posted import read_uuid
from tongban.identity.actor import Actor
from tongban.identity.models import IdentityCheck
from tongban.items.models import Material
from tongban.items.queries import published_service
from tongban.workbench.common import officer, tabs_of
from tongban.workbench.desk import answer, said, token_from
from tongban.workbench.shown import ShownForm
from tongban.workbench.steps import clean

_DESK = "desk_"


class _Page:
    """What was posted, and what is wrong with it: everything is told at once, the person as well as the answers."""

    def __init__(self, request: HttpRequest, actor: Actor, form: FormDefinition, materials: Sequence[Material]) -> None:
        self.request, self.actor, self.form, self.materials = request, actor, form, materials
        self.errors: dict[str, Any] = {}
        self.shown = ShownForm(request, _DESK)
        self.check: IdentityCheck | None = None
        # Scans stay when something else on the page was wrong.
        self.kept = {m.position: _ids(request.POST.getlist(f"kept-{m.position}")) for m in materials}
        self.answers = self._answers()

    def take_in(self, service_id: uuid.UUID) -> Case | None:
        """The case; None where something is wrong."""
        post, now = self.request.POST, timezone.now()
        try:
            self.check = actions.check_at_window(self.actor, self.shown.read(self.actor, now), now)
        except InvalidError as invalid:
            # In the order of the page: who stands there comes before what they state.
            wrong = said(invalid) | self.shown.errors
            self.errors = {_DESK + name: texts for name, texts in wrong.items()} | self.errors
        self._keep_papers()
        if self.check is None or self.errors:
            self._say_what_is_missing()
            return None
        handed_in = actions.HandedIn(
            self.answers,
            self.kept,
            token_from(post),
            has_originals="yes" in post.getlist("desk_originals"),
            mode=clean(post.get("mode", ""))[:10],
        )
        try:
            return actions.take_in_elsewhere(self.actor, self.check.pk, service_id, handed_in, now)
        except InvalidError as invalid:
            self.errors |= {name.replace("materials.", "material-"): texts for name, texts in said(invalid).items()}
        return None

    def names(self) -> dict[uuid.UUID, str]:
        """The files that are kept."""
        if self.check is None:
            return {}
        ids = [one for kept in self.kept.values() for one in kept]
        return papers_at_window(self.actor, self.check.pk, ids, timezone.now())

    def _answers(self) -> dict[str, Any]:
        answers: dict[str, Any] = {}
        for group in self.form.group_list:
            found, wrong = self.form.parse(group.id, self.request.POST, answers, None, timezone.localdate())
            answers |= found
            self.errors |= wrong
        return answers

    def _keep_papers(self) -> None:
        for material in self.materials:
            field = f"material-{material.position}"
            for given in self.request.FILES.getlist(field):
                if self.check is None:
                    continue
                try:
                    kept = actions.keep_paper(self.actor, self.check.pk, given.name or "", given.read(), timezone.now())
                except InvalidError as invalid:
                    self.errors[field] = [text for texts in said(invalid).values() for text in texts]
                else:
                    self.kept[material.position].append(kept.pk)

    def _say_what_is_missing(self) -> None:
        if self.check is None or not self.materials:
            return
        handed_in = {position for position, kept in self.kept.items() if kept}
        for material in missing_materials(self.materials[0].version, handed_in):
            message = _("Upload “%(name)s”.") % {"name": material.text("name")}
            self.errors.setdefault(f"material-{material.position}", [message])


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def take_in(request: HttpRequest, service_id: uuid.UUID) -> HttpResponse:
    """Check form and identity of who stands at the window, and take in for the competent agency."""
    actor, today = officer(request), timezone.localdate()
    offer_way_on(request, _("Across regions"), resolve_url("workbench:across"))
    offered = to_take_in(actor, service_id, today)
    version = published_version(published_service(actor, service_id, today).pk)
    form, materials = form_of(version), [m for m in version.materials.all() if asked_of_applicant(m)]
    posted = request.method == "POST"
    page = _Page(request, actor, form, materials) if posted else None
    if page and (case := page.take_in(service_id)):
        messages.success(request, _("The application is taken in. Print the receipt for the applicant."))
        return HttpResponseRedirect(resolve_url("workbench:case", case_id=case.pk))
    errors, names = page.errors if page else {}, page.names() if page else {}
    context = {
        "tabs": tabs_of(actor, "across"),
        "trail": [(_("Across regions"), resolve_url("workbench:across"))],
        "service": offered,
        "form": form,
        "answers": {},
        "groups": [(group.id, worded(group.title)) for group in form.group_list],
        "materials": [
            {
                "field": f"material-{m.position}",
                "kept_field": f"kept-{m.position}",
                "name": m.text("name"),
                "error": errors.get(f"material-{m.position}", ""),
                "kept": (
                    kept := [(str(one), names[one]) for one in page.kept[m.position] if one in names] if page else []
                ),
                "kept_values": [one for one, _name in kept],
            }
            for m in materials
        ],
        "originals": [("yes", _("Originals were handed in; they are sent on and given back"))],
        "posted": request.POST if posted else None,
        "token": request.POST.get("token") or uuid.uuid4(),
    }
    shown = page.shown if page else ShownForm(request, _DESK)
    return answer(request, "across_take_in", context | shown.context(errors), errors)


def _ids(texts: Sequence[str]) -> list[uuid.UUID]:
    return list(dict.fromkeys(one for text in texts if (one := read_uuid(text))))
