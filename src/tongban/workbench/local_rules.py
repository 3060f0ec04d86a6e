"""Pages for administrators: which region holds which local rule of time, since when, and what adopting one does."""

from datetime import date

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import resolve_url
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from tongban.cases.adoption import MAX_BASIS, adopt_rule, drop_rule
from tongban.cases.queries import AdoptionEffect, adoptable_rules, adoption_effect, adoptions
from tongban.foundation.clock import Limit, Unit
from tongban.foundation.errors import InvalidError
from tongban.foundation.pages.errors import offer_way_on
from tongban.foundation.pages.posted import day_shown, read_day
from tongban.government.queries import search_regions
from tongban.identity.actor import Actor
from tongban.items.guides import limit_text
from tongban.workbench.common import officer, tabs_of
from tongban.workbench.desk import Errors, answer, said
from tongban.workbench.steps import clean


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def adoption_list(request: HttpRequest) -> HttpResponse:
    """What holds where; an end for what has none."""
    actor, post, today = officer(request), request.POST, timezone.localdate()
    offer_way_on(request, _("Local rules of time"), resolve_url("workbench:local_rules"))
    errors: Errors = {}
    chosen = post.get("drop", "")
    if request.method == "POST":
        region, _separator, rule = chosen.partition(" ")
        until = read_day(post, "until")
        try:
            if until is None:
                raise InvalidError({"until": [_("Enter a day.")]})  # noqa: TRY301 - told like what the action refuses
            drop_rule(actor, region[:12], rule[:40], until)
        except InvalidError as invalid:
            errors = said(invalid)
        else:
            messages.success(request, _("The rule is dropped from that day on; cases filed before keep it."))
            return HttpResponseRedirect(resolve_url("workbench:local_rules"))
    rows = [
        {"row": row, "limit": _words(row.limit), "key": f"{row.region_code} {row.rule}"} for row in adoptions(actor)
    ]
    context = {
        "tabs": tabs_of(actor, "local_rules"),
        "rows": rows,
        "chosen": chosen,
        "until": day_shown(post, "until", today),
    }
    return answer(request, "local_rules", context, errors)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def adopt(request: HttpRequest) -> HttpResponse:
    """Region and rule, then what follows from it, then the adoption."""
    actor, post, today = officer(request), request.POST, timezone.localdate()
    offer_way_on(request, _("Local rules of time"), resolve_url("workbench:local_rules"))
    given = post or request.GET
    values = {name: clean(given.get(name, "")) for name in ("region", "where", "rule", "unit", "basis")}
    since = read_day(given, "since") or (today if "since-year" not in given else None)
    errors: Errors = {}
    effect = None
    if request.method == "POST" or "preview" in given:
        try:
            effect = _looked_at(actor, values, since)
            if request.method == "POST" and since:
                adopt_rule(actor, values["region"], values["rule"], since, values["unit"], values["basis"])
                messages.success(request, _("The rule is adopted."))
                return HttpResponseRedirect(resolve_url("workbench:local_rules"))
        except InvalidError as invalid:
            errors = said(invalid)
    rules = adoptable_rules(actor)
    regions = search_regions(actor, values["where"], today) if values["where"] else []
    if values["region"]:
        regions = search_regions(actor, values["region"][:12], today, size=1)
    context = {
        "tabs": tabs_of(actor, "local_rules"),
        "trail": [(_("Local rules of time"), resolve_url("workbench:local_rules"))],
        "values": values,
        "regions": [(region.code, f"{region.name} ({region.code})") for region in regions],
        "rules": [(rule.id, f"{rule.title} · {_words(rule.limit)} · {rule.source}") for rule in rules],
        "units": [
            ("", _("as the rule says")),
            (Unit.WORKING_DAY.value, _("working days")),
            (Unit.DAY.value, _("calendar days")),
        ],
        "with_units": ", ".join(rule.title for rule in rules if rule.unit_is_a_setting),
        "since": day_shown(given, "since", today),
        "since_parts": [("year", since.year), ("month", since.month), ("day", since.day)] if since else [],
        "effect": effect,
        "limit": _words(effect.limit) if effect else "",
        "before": _words(effect.before) if effect else "",
        "max_basis": MAX_BASIS,
    }
    return answer(request, "local_rule_adopt", context, errors)


def _looked_at(actor: Actor, values: dict[str, str], since: date | None) -> AdoptionEffect:
    errors: Errors = {}
    if not values["region"]:
        errors["region"] = [_("Choose a region.")]
    if not values["rule"]:
        errors["rule"] = [_("Choose a rule.")]
    if since is None:
        errors["since"] = [_("Enter a day.")]
    if errors or since is None:
        raise InvalidError(errors)
    return adoption_effect(actor, values["region"][:12], values["rule"][:40], values["unit"][:20], since)


def _words(limit: Limit | None) -> str:
    return limit_text(limit.amount, limit.unit) if limit else ""
