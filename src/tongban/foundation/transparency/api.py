"""The ledger over HTTP: heads, keys and consistency proofs for everybody; receipts for those whose acts they prove."""

from datetime import datetime
from typing import Annotated, cast

from django.http import HttpRequest, HttpResponse
from ninja import Router
from pydantic import Field

from tongban.foundation.rest.operations import Access, actor_on, operation
from tongban.foundation.rest.pages import USUAL, CursorText, Limit, decode_cursor, page_answer
from tongban.foundation.rest.schemas import Outgoing, PageOf, PlainNumber
from tongban.foundation.transparency import queries

router = Router(tags=["Ledger"])

_MOST = 2**63 - 1
Size = Annotated[int, Field(ge=1, le=_MOST, description="Number of entries in the tree."), PlainNumber]
EntryId = Annotated[int, Field(ge=1, le=_MOST, description="Id of the entry."), PlainNumber]
Hash = Annotated[str, Field(pattern="^[0-9a-f]{64}$", description="SHA-256, hexadecimal.")]


class LedgerHeadOut(Outgoing):
    """A signed tree head; docs/ledger.md says what the signature is over."""

    number: Annotated[int, Field(description="1 for the first head, one more for each that follows.")]
    size: Annotated[int, Field(description="Number of entries in the tree.")]
    root: Hash
    time: Annotated[str, Field(description="When it was signed: UTC, six decimals of the second.")]
    key: Annotated[str, Field(description="Id of the signing key: 16 hexadecimal digits of its SHA-256.")]
    signature: Annotated[str, Field(description="Ed25519, 64 bytes, hexadecimal.")]


class LedgerConsistencyOut(Outgoing):
    """The proof (RFC 9162, section 2.1.4) that the later tree begins with the earlier one."""

    format: str
    earlier: LedgerHeadOut
    later: LedgerHeadOut
    proof: list[Hash]


class LedgerKeyOut(Outgoing):
    id: str
    public_key: Annotated[str, Field(description="Ed25519, 32 bytes, hexadecimal.")]


class LedgerKeyListOut(Outgoing):
    items: list[LedgerKeyOut]


class LedgerEntryOut(Outgoing):
    """An entry with all its columns, as its leaf is made of them."""

    format: str
    id: str
    at: str
    account: str | None
    post: str | None
    principal: str
    deed: str
    object_type: str
    object_id: str
    salt: str
    digest: str


class ReceiptOut(Outgoing):
    """Verified offline by `tongban verify`, or by hand as docs/ledger.md says."""

    format: str
    entry: LedgerEntryOut
    position: Annotated[int, Field(description="From 0.")]
    proof: list[Hash]
    head: LedgerHeadOut
    public_key: Annotated[str, Field(description="Ed25519, 32 bytes, hexadecimal.")]


class OwnEntryOut(Outgoing):
    id: int
    at: datetime
    deed: str
    object_type: str
    object_id: str
    principal: str
    position: Annotated[int | None, Field(description="In the tree, from 0; null in the first seconds.")]


OwnEntryPageOut = PageOf[OwnEntryOut]


@operation(
    router,
    "GET",
    "/ledger/head",
    access=Access.PUBLIC,
    decided_by=queries.ledger_head,
    summary="The newest signed tree head",
    answer=LedgerHeadOut,
    refusals=(404,),
)
def read_ledger_head(request: HttpRequest) -> LedgerHeadOut:
    """Keep one now and then: `tongban verify --against` shows whether the ledger still begins with it."""
    return LedgerHeadOut.model_validate(queries.ledger_head(_anybody(request)).document())


@operation(
    router,
    "GET",
    "/ledger/heads/{size}",
    access=Access.PUBLIC,
    decided_by=queries.ledger_head,
    summary="The signed tree head over so many entries",
    answer=LedgerHeadOut,
    refusals=(404,),
)
def read_ledger_head_by_size(request: HttpRequest, size: Size) -> LedgerHeadOut:
    return LedgerHeadOut.model_validate(queries.ledger_head(_anybody(request), size).document())


@operation(
    router,
    "GET",
    "/ledger/consistency",
    access=Access.PUBLIC,
    decided_by=queries.ledger_consistency,
    summary="The proof that a later head contains an earlier one",
    answer=LedgerConsistencyOut,
    refusals=(404,),
)
def read_ledger_consistency(request: HttpRequest, earlier: Size, later: Size) -> LedgerConsistencyOut:
    """Both sizes are those of signed heads."""
    return LedgerConsistencyOut.model_validate(queries.ledger_consistency(_anybody(request), earlier, later).document())


@operation(
    router,
    "GET",
    "/ledger/keys",
    access=Access.PUBLIC,
    decided_by=queries.ledger_keys_published,
    summary="The public keys of the ledger",
    answer=LedgerKeyListOut,
)
def list_ledger_keys(request: HttpRequest) -> LedgerKeyListOut:
    """Old ones too, so that old heads can be verified."""
    found = queries.ledger_keys_published(_anybody(request))
    return LedgerKeyListOut(items=[LedgerKeyOut(id=key, public_key=public.hex()) for key, public in found.items()])


@operation(
    router,
    "GET",
    "/ledger/entries",
    access=Access.SIGNED_IN,
    decided_by=queries.own_entries,
    summary="One's own acts in the ledger",
    answer=OwnEntryPageOut,
)
def list_ledger_entries(request: HttpRequest, cursor: CursorText = "", limit: Limit = USUAL) -> HttpResponse:
    """What the actor did, and what was done for whom they act for; newest first."""
    found = queries.own_entries(actor_on(request), decode_cursor(cursor, _entry_id), limit + 1)
    rows = found[:limit]
    places = queries.places_of(row.pk for row in rows)
    shown = [
        OwnEntryOut(
            id=row.pk,
            at=row.at,
            deed=row.deed,
            object_type=row.object_type,
            object_id=row.object_id,
            principal=row.principal,
            position=places.get(row.pk),
        )
        for row in rows
    ]
    return page_answer(request, OwnEntryPageOut, shown, rows[-1].pk if len(found) > limit else "")


@operation(
    router,
    "GET",
    "/ledger/entries/{entry_id}/receipt",
    access=Access.SIGNED_IN,
    decided_by=queries.receipt_of_entry,
    summary="The receipt of an act",
    answer=ReceiptOut,
    refusals=(404, 409),
)
def read_ledger_receipt(request: HttpRequest, entry_id: EntryId) -> ReceiptOut:
    """409 in the first seconds after the act, until it has its place in the tree."""
    return ReceiptOut.model_validate(queries.receipt_of_entry(actor_on(request), entry_id).document())


def _anybody(request: HttpRequest) -> queries.Anybody:
    return cast("queries.Anybody", actor_on(request))


def _entry_id(text: str) -> int | None:
    known = text.isascii() and text.isdecimal() and len(text) <= len(str(_MOST))
    return int(text) if known and 0 < int(text) <= _MOST else None
