"""A POST with an `Idempotency-Key` happens once, however often it is sent (IETF httpapi idempotency-key-header).

The key is claimed in the transaction of the act itself: either both stand or neither. A duplicate that comes while
the first is still at work waits on the unique index for its end, and then gets its answer. Only answers of acts
that took place are kept; after a refusal nothing has happened, so the repetition is judged anew.
"""

import hashlib
import re
import uuid
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

from django.db import connection, transaction
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.utils.translation import gettext as _

from tongban.foundation.ledger import LedgerActor
from tongban.foundation.models import IdempotentAnswer
from tongban.foundation.rest.problems import problem
from tongban.foundation.sealing import keyed_digest
from tongban.foundation.statements import run

HEADER = "Idempotency-Key"
KEPT_FOR = timedelta(hours=24)
# A bare token or, as the draft has it, a quoted string.
KEY_PATTERN = r"^(\"[!#-\[\]-~]{1,200}\"|[!#-\[\]-~]{1,200})$"
_KEY = re.compile(KEY_PATTERN, re.ASCII)
_KEPT_HEADERS = ("Content-Type", "Location")


def once(request: HttpRequest, actor: LedgerActor, act: Callable[[], HttpResponseBase]) -> HttpResponseBase:
    """`act`'s answer, or the answer it gave when this key was used before.

    Call it only for somebody signed in and with the header present.
    """
    key, account_id = request.headers.get(HEADER, ""), actor.account_id
    if not _KEY.fullmatch(key) or account_id is None:
        detail = _("The idempotency key must be 1 to 200 visible ASCII characters, such as a UUID.")
        return problem("invalid", errors=[{"parameter": HEADER, "detail": detail}])
    key = key.strip('"')
    digest = _digest(request, actor)
    with transaction.atomic():
        claim = _claim(account_id, key, digest)
        if claim is None:
            return _kept_answer(account_id, key, digest)
        response = act()
        if not isinstance(response, HttpResponse) or response.status_code >= 500:  # noqa: PLR2004 - HTTP's line
            transaction.set_rollback(True)
        elif response.status_code >= 400:  # noqa: PLR2004 - HTTP's line
            run("DELETE FROM foundation_idempotentanswer WHERE id = %s", [claim])
        else:
            headers = {name: response.headers[name] for name in _KEPT_HEADERS if name in response.headers}
            kept = {"body": response.content.decode(), "headers": headers}
            _keep(claim, response.status_code, kept)
    return response


def _claim(account_id: uuid.UUID, key: str, digest: str) -> int | None:
    """The new row's id; None where the key is taken. Waits while another transaction holds the same key."""
    rows = run(
        "INSERT INTO foundation_idempotentanswer (account_id, key, request_digest, at) VALUES (%s, %s, %s, now()) "
        "ON CONFLICT (account_id, key) DO NOTHING RETURNING id",
        [account_id, key, digest],
    )
    return int(rows[0][0]) if rows else None


def _keep(claim: int, status: int, answer: Mapping[str, Any]) -> None:
    sealed = IdempotentAnswer._meta.get_field("body").get_db_prep_save(answer, connection)  # noqa: SLF001 - Django's documented API
    run("UPDATE foundation_idempotentanswer SET status = %s, body = %s WHERE id = %s", [status, sealed, claim])


def _kept_answer(account_id: uuid.UUID, key: str, digest: str) -> HttpResponse:
    kept = IdempotentAnswer.objects.filter(account_id=account_id, key=key).first()
    if kept is None or kept.status is None:
        detail = _("The first request with this key has only just ended. Send it again.")
        return problem("conflict", detail, headers={"Retry-After": "1"})
    if kept.request_digest != digest:
        return problem("key-reused")
    headers = {**kept.body["headers"], "Idempotency-Replayed": "true"}
    return HttpResponse(kept.body["body"].encode(), status=kept.status, headers=headers)


def _digest(request: HttpRequest, actor: LedgerActor) -> str:
    """What makes two requests the same: method, address, for whom, and the content; keyed, lest it be guessed."""
    digest = hashlib.sha256()
    for part in (request.method or "", request.get_full_path(), actor.principal):
        digest.update(part.encode() + b"\x00")
    if request.content_type != "multipart/form-data":
        digest.update(request.body)
        return keyed_digest(digest.digest(), "idempotency")
    # The boundary between parts is drawn anew each time, so the parts themselves are compared.
    for name, values in sorted(request.POST.lists()):
        for value in values:
            digest.update(f"{name}\x00{value}\x00".encode("utf-8", "surrogatepass"))
    for name, files in sorted(request.FILES.lists()):
        for file in files:
            digest.update(f"{name}\x00{file.name}\x00{file.size}\x00".encode("utf-8", "surrogatepass"))
            for chunk in file.chunks():
                digest.update(chunk)
            file.seek(0)
    return keyed_digest(digest.digest(), "idempotency")


def purge(now: datetime) -> int:
    """Forget answers that were kept long enough; how many."""
    return IdempotentAnswer.objects.filter(at__lt=now - KEPT_FOR).delete()[0]
