"""Reading the tree: heads and consistency proofs for everybody, receipts for those whose acts they prove."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Protocol
from uuid import UUID

from django.db import connection
from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from tongban.foundation.errors import ConflictError, NotFoundError, SignInNeededError
from tongban.foundation.ledger import LedgerActor
from tongban.foundation.models import LedgerEntry, LedgerHead, LedgerLeaf
from tongban.foundation.transparency import merkle, receipts
from tongban.foundation.transparency.receipts import Consistency, Head, Receipt
from tongban.foundation.transparency.tree import (
    ENTRY_COLUMNS,
    head_of,
    ledger_keys,
    newest_head,
    public_key,
    stored_nodes,
)

MOST_OWN = 100

_ENTRIES = f"""
SELECT l.position, {ENTRY_COLUMNS} FROM foundation_ledgerentry e
LEFT JOIN foundation_ledgerleaf l ON l.entry_id = e.id WHERE e.id = ANY(%s) ORDER BY e.id
"""  # noqa: S608 - put together from constants


class Anybody(Protocol):
    """Whoever asks: heads and proofs hold nothing of anybody."""


def ledger_head(_actor: Anybody, size: int | None = None) -> Head:
    """The newest head, or the one over so many entries.

    Raises:
        NotFoundError: none was signed yet, or none over so many.
    """
    head = newest_head() if size is None else _head_over(size)
    if head is None:
        raise NotFoundError(
            _("No head of the ledger was signed yet.")
            if size is None
            else _("No head of the ledger was signed over %(size)d entries.") % {"size": size}
        )
    return head


def ledger_keys_published(_actor: Anybody) -> Mapping[str, bytes]:
    """The public half of every key that signs or signed heads, by id, as the key file has them."""
    return {key_id: key.public for key_id, key in ledger_keys().ledger.items()}


def ledger_consistency(_actor: Anybody, earlier: int, later: int) -> Consistency:
    """The proof that the head over `later` entries contains the one over `earlier`.

    Raises:
        NotFoundError: there is no head over one of the sizes, or they are the wrong way round.
    """
    heads = {row.size: head_of(row) for row in LedgerHead.objects.filter(size__in=[earlier, later])}
    for size in (earlier, later):
        if size not in heads:
            raise NotFoundError(_("No head of the ledger was signed over %(size)d entries.") % {"size": size})
    if later < earlier:
        raise NotFoundError(_("The later head has fewer entries than the earlier one."))
    ranges = merkle.consistency_ranges(earlier, later)
    nodes = stored_nodes(merkle.nodes_for(ranges))
    return Consistency(heads[earlier], heads[later], merkle.proof_of(ranges, nodes))


def receipt_of_entry(actor: LedgerActor, entry_id: int) -> Receipt:
    """The receipt of an act that the actor did, or that was done for whom they act for.

    Raises:
        SignInNeededError, NotFoundError: there is none, or it is not theirs (which of the two is not said).
        ConflictError: the act is so young that it has no place in the tree yet.
    """
    if not _own(actor).filter(pk=entry_id).exists():
        raise NotFoundError(_("There is no such entry in the ledger, or it is not yours."))
    return _one(receipts_of([entry_id]))


def own_entries(actor: LedgerActor, before: int | None = None, most: int = MOST_OWN) -> Sequence[LedgerEntry]:
    """The acts the actor did, and those done for whom they act for, newest first, from before an id.

    Raises:
        SignInNeededError: nobody is signed in.
    """
    found = _own(actor).order_by("-pk")
    return list((found.filter(pk__lt=before) if before else found)[:most])


def entries_of_object(object_type: str, object_id: str | UUID, deed: str = "") -> list[int]:
    """Ids of the acts on an object, oldest first, or of those of one deed. The caller has judged who may know."""
    found = LedgerEntry.objects.filter(object_type=object_type, object_id=str(object_id)).order_by("pk")
    return list((found.filter(deed=deed) if deed else found).values_list("pk", flat=True))


def receipts_of(entry_ids: Iterable[int]) -> list[Receipt]:
    """Receipts of those of the entries that are in the tree, under the newest head, in two queries and the head's.

    The caller has judged who may have them.
    """
    with connection.cursor() as cursor:
        cursor.execute(_ENTRIES, [list(entry_ids)])
        rows = cursor.fetchall()
    head = newest_head()
    if head is None:
        return []
    placed = [(position, columns) for position, *columns in rows if position is not None and position < head.size]
    ranges = {position: merkle.inclusion_ranges(position, head.size) for position, _columns in placed}
    nodes = stored_nodes(merkle.nodes_for(one for found in ranges.values() for one in found)) if placed else {}
    public = public_key(head.key)
    if public is None:
        raise NotFoundError(_("The key that signed the ledger is not known here."))
    return [
        Receipt(receipts.entry_document(*columns), position, merkle.proof_of(ranges[position], nodes), head, public)
        for position, columns in placed
    ]


def submission_receipt(object_type: str, object_id: str | UUID, deed: str) -> Receipt:
    """The receipt of the first such act on an object. The caller has judged who may have it.

    Raises:
        NotFoundError: there was no such act.
        ConflictError: it has no place in the tree yet.
    """
    entries = entries_of_object(object_type, object_id, deed)
    if not entries:
        raise NotFoundError(_("There is no such entry in the ledger, or it is not yours."))
    return _one(receipts_of(entries[:1]))


def places_of(entry_ids: Iterable[int]) -> dict[int, int]:
    """The positions of those entries that have one."""
    found = LedgerLeaf.objects.filter(entry_id__in=list(entry_ids))
    return dict(found.values_list("entry_id", "position"))


def _one(found: Sequence[Receipt]) -> Receipt:
    if not found:
        raise ConflictError(_("The act is recorded, and gets its place in the ledger within seconds. Ask again then."))
    return found[0]


def _own(actor: LedgerActor) -> QuerySet[LedgerEntry]:
    if actor.account_id is None:
        raise SignInNeededError
    own = Q(account_id=actor.account_id)
    # An officer's principal is the agency, or who is at the desk: what others did for those is not the officer's own.
    if actor.principal and actor.post_id is None:
        own |= Q(principal=actor.principal)
    return LedgerEntry.objects.filter(own)


def _head_over(size: int) -> Head | None:
    row = LedgerHead.objects.filter(size=size).first()
    return head_of(row) if row else None
