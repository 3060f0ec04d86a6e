"""Pages of auditor, administrator and security officer: acts, posts, security; never the content of cases."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.http import urlencode
from django.views.decorators.cache import never_cache

from tongban.foundation.pages.methods import require_safe
from tongban.identity.queries_oversight import PAGE_SIZE, EntryFilter, ledger_entries, posts_held, security_state
from tongban.workbench.common import officer, tabs_of
from tongban.workbench.ledger_words import act_label, kind_label, kinds, principal_label

MAX_WORD = 64
# Digits of the largest id a column holds.
MAX_ID = 19


def _word(request: HttpRequest, name: str) -> str:
    return request.GET.get(name, "").strip()[:MAX_WORD].replace("\x00", "")


@never_cache
@require_safe
def ledger(request: HttpRequest) -> HttpResponse:
    """The newest entries of the ledger, narrowed by deed and object."""
    actor = officer(request)
    names = ("deed", "object_type", "object_id")
    given = {name: word for name in names if (word := _word(request, name))}
    before = _word(request, "before")
    last = int(before) if before.isdecimal() and len(before) < MAX_ID else None
    rows = ledger_entries(actor, EntryFilter(**given), last)
    known = kinds()
    if (kind := given.get("object_type", "")) and kind not in dict(known):
        known = [(kind, kind), *known]
    context = {
        "tabs": tabs_of(actor, "ledger"),
        "rows": [
            {
                "entry": row,
                "act": act_label(row.object_type, row.deed),
                "kind": kind_label(row.object_type),
                "whose": principal_label(row.principal),
            }
            for row in rows
        ],
        "kinds": known,
        "given": given,
        "next_url": f"?{urlencode(given | {'before': rows[-1].id})}" if len(rows) == PAGE_SIZE else "",
        "first_url": f"?{urlencode(given)}" if before else "",
    }
    return render(request, "workbench/ledger.html", context)


@never_cache
@require_safe
def posts(request: HttpRequest) -> HttpResponse:
    """Who holds or held which post."""
    actor, text = officer(request), _word(request, "text")
    today = timezone.localdate() if request.GET.get("when") != "ever" else None
    context = {"tabs": tabs_of(actor, "posts"), "rows": posts_held(actor, text, today), "text": text, "most": PAGE_SIZE}
    return render(request, "workbench/posts.html", context | {"when": "" if today else "ever"})


@never_cache
@require_safe
def security(request: HttpRequest) -> HttpResponse:
    """Failed sign-ins, locked accounts, live sessions, the state of the keys."""
    actor = officer(request)
    context = {"tabs": tabs_of(actor, "security"), "state": security_state(actor, timezone.now())}
    return render(request, "workbench/security.html", context)
