"""Who stands at a window, as an officer enters it: the same questions at the counter and for agencies elsewhere."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.http import HttpRequest

from tongban.cases.actions import keep_power_at_window
from tongban.foundation.errors import InvalidError
from tongban.foundation.pages.posted import day_parts, read_day, read_uuid
from tongban.identity.actor import Actor
from tongban.identity.counter import Shown
from tongban.identity.models import IdentityCheck
from tongban.identity.powers import Power, Represented
from tongban.workbench.desk import said
from tongban.workbench.steps import clean

_SHOWN = ("document", "name", "id_number", "country", "phone", "credit_code", "code")
_FOR = ("document", "name", "id_number", "country")
_TEXTS = (*_SHOWN, *(f"for_{name}" for name in _FOR), "power_matters", "power_kept", "power_name")
_LONGEST = 500


class ShownForm:
    """What was posted about who stands there.

    Args:
        request: the page's request.
        prefix: of its field names, where the page has other fields of these names.
    """

    def __init__(self, request: HttpRequest, prefix: str = "") -> None:
        post, self.prefix, self._request = request.POST, prefix, request
        self.given: dict[str, Any] = {name: clean(post.get(prefix + name, ""))[:_LONGEST] for name in _TEXTS}
        self.given["power_last_day"] = day_parts(post, f"{prefix}power_last_day")
        self.errors: dict[str, Any] = {}

    def read(self, actor: Actor, now: datetime) -> Shown:
        """What is shown; a scan of a written power is kept first, so that it stays when something else is wrong."""
        given, prefix = self.given, self.prefix
        scan = self._request.FILES.get(f"{prefix}power_scan")
        if scan:
            try:
                kept = keep_power_at_window(actor, scan.name or "", scan.read(), now)
            except InvalidError as invalid:
                self.errors |= said(invalid)
            else:
                given["power_kept"], given["power_name"] = str(kept.pk), kept.file_name
        someone = any(given[f"for_{name}"] for name in _FOR if name != "document")
        written = bool(given["power_kept"] or given["power_matters"] or any(given["power_last_day"]))
        last_day = read_day(self._request.POST, f"{prefix}power_last_day")
        return Shown(
            **{name: given[name] for name in _SHOWN},
            represented=Represented(**{name: given[f"for_{name}"] for name in _FOR}) if someone else None,
            power=Power(read_uuid(given["power_kept"]), given["power_matters"], last_day) if written else None,
        )

    def context(self, errors: Mapping[str, Any]) -> dict[str, Any]:
        """What the questions are drawn with; `errors` by the page's field names."""
        start = len(self.prefix)
        return {
            "shown": {
                "prefix": self.prefix,
                "given": self.given,
                "wrong": {name[start:]: text for name, text in errors.items() if name.startswith(self.prefix)},
                "documents": IdentityCheck.Document.choices,
                "for_somebody": any(
                    given
                    for name, given in self.given.items()
                    if name.startswith(("for_", "power_")) and name != "for_document" and any(given)
                ),
            }
        }
