"""`tongban verify` and `tongban ledger`. A receipt is verified without Django, database or network."""

import re
import sys
from contextlib import AbstractContextManager
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from tongban.cli.lazy import Command, LazyGroup
from tongban.cli.outcome import FAILED, InputError, Progress, json_option, print_json
from tongban.foundation.transparency import receipts

if TYPE_CHECKING:
    from tongban.foundation.transparency.audit import Audit

LEDGER = {
    "place": Command("tongban.cli.ledger:place", "Place what waits in the tree now, and sign its head."),
    "head": Command("tongban.cli.ledger:head", "The newest signed head, to be kept elsewhere."),
    "receipt": Command("tongban.cli.ledger:receipt", "The receipt of an entry, for whom it concerns."),
    "rotate-key": Command("tongban.cli.ledger:rotate_key", "Sign with a new key from now on."),
}
ledger = LazyGroup("ledger", LEDGER, "The ledger's tree: its head, receipts, its signing key.")

_PUBLIC_KEY = re.compile(r"[0-9a-fA-F]{64}")


@click.command()
@click.argument("receipt_file", metavar="[RECEIPT]", required=False, default="")
@click.option("--all", "whole", is_flag=True, help="Recompute the whole ledger of this installation from its rows.")
@click.option(
    "--against",
    "against_files",
    metavar="HEAD",
    multiple=True,
    help="A head kept elsewhere, or the consistency document between it and the receipt's; with --all several.",
)
@click.option("--key", metavar="PUBLIC_KEY", default="", help="The key that must have signed: 64 digits, or a file.")
@json_option
def verify(
    receipt_file: str,
    against_files: tuple[str, ...],
    key: str,
    *,
    whole: bool,
    as_json: bool,
) -> None:
    """Verify the receipt in the file RECEIPT, offline; or with --all the whole ledger.

    Exit code 0: sound. 1: not sound, and it is said why. 2: a file is not what it should be.
    """
    if whole == bool(receipt_file):
        raise InputError("Give the file of a receipt, or --all; one of the two.")
    if whole:
        if key:
            raise InputError("--key belongs to a receipt; --all takes the keys of this installation.")
        _verify_all([_against(name) for name in against_files], as_json=as_json)
        return
    if len(against_files) > 1:
        raise InputError("--against is given once for a receipt.")
    _verify_receipt(receipt_file, against_files[0] if against_files else "", key, as_json=as_json)


def _verify_receipt(file: str, against: str, key: str, *, as_json: bool) -> None:
    try:
        found = receipts.receipt_from(_document(file))
    except receipts.MalformedError as error:
        raise InputError(f"{file} is not a receipt: {error}.") from error
    trusted = _key(key) if key else None
    try:
        checks = receipts.verify_receipt(found, _against(against) if against else None, trusted)
    except receipts.MalformedError as error:
        raise InputError(f"--against: {error}.") from error
    sound = all(check.holds for check in checks)
    if as_json:
        said = {"sound": sound, "entry": found.entry, "position": found.position, "head": found.head.document()}
        print_json(said | {"key_given": trusted is not None, "checks": [asdict(check) for check in checks]})
    else:
        for check in checks:
            click.echo(f"{'good' if check.holds else 'BAD '}  {check.says}")
        if trusted is None:
            click.echo(
                f"note  the key is the receipt's own ({found.public_key.hex()}); compare it with the one that is"
                " published, or give that by --key"
            )
        entry = found.entry
        click.echo(
            f"{'Sound' if sound else 'NOT SOUND'}: {entry['deed']} {entry['object_type']} {entry['object_id']}"
            f" at {entry['at']}"
        )
    if not sound:
        sys.exit(FAILED)


def _verify_all(against: list[receipts.Head | receipts.Consistency], *, as_json: bool) -> None:
    progress = Progress(quiet=as_json)
    with _installation():
        from tongban.foundation.transparency import audit, tree  # noqa: PLC0415 - needs Django

        kept = [head for one in against for head in _heads(one)]
        try:
            beside = tree.kept_head()
        except receipts.MalformedError as error:
            raise InputError(f"{tree.kept_head_path()} is damaged: {error}.") from error
        progress("recomputing the ledger")
        found = audit.audit(tree.public_key, [*kept, *([beside] if beside else [])])
    if as_json:
        print_json(
            {
                "sound": found.sound,
                "entries": found.entries,
                "waiting": found.waiting,
                "heads": found.heads,
                "first": asdict(found.findings[0]) if found.findings else None,
                "findings": [asdict(one) for one in found.findings],
            }
        )
    else:
        _show(found)
    if not found.sound:
        sys.exit(FAILED)


def _show(found: "Audit") -> None:
    for one in found.findings:
        entry = f"entry {one.entry}" if one.entry is not None else "no entry"
        place = f", position {one.position}" if one.position is not None else ""
        click.echo(f"BAD   {entry}{place}: {one.says}")
    counted = f"{found.entries} entries in the tree, {found.waiting} waiting, {found.heads} signed heads"
    if found.sound:
        click.echo(f"Sound: {counted}.")
        return
    first = found.findings[0]
    named = f"entry {first.entry}" if first.entry is not None else f"position {first.position}"
    click.echo(f"NOT SOUND: {counted}. The first bad one is {named}.")


def _heads(one: receipts.Head | receipts.Consistency) -> list[receipts.Head]:
    return [one] if isinstance(one, receipts.Head) else [one.earlier, one.later]


@click.command()
def place() -> None:
    """Give every committed entry its place in the tree now; the worker does so every ten seconds."""
    with _installation():
        from django.utils import timezone  # noqa: PLC0415 - needs Django

        from tongban.foundation.transparency import tree  # noqa: PLC0415 - the same

        try:
            placed = tree.place_entries(timezone.now())
        except tree.BrokenLedgerError as error:
            raise click.ClickException(f"{error}; run: tongban verify --all") from error
        click.echo(f"{placed} entries placed.")


@click.command()
def head() -> None:
    """Print the newest signed head as JSON. Keep it where who runs the database cannot reach it."""
    with _installation():
        from tongban.foundation.transparency import tree  # noqa: PLC0415 - needs Django

        found = tree.newest_head()
        if found is None:
            raise click.ClickException("No head was signed yet; run: tongban ledger place")
        print_json(found.document())


@click.command()
@click.argument("entry", type=click.IntRange(min=1))
def receipt(entry: int) -> None:
    """Print the receipt of the entry with this id as JSON."""
    with _installation():
        from tongban.foundation.transparency.queries import receipts_of  # noqa: PLC0415 - needs Django

        found = receipts_of([entry])
        if not found:
            raise InputError(f"There is no entry {entry} in the tree.")
        print_json(found[0].document())


@click.command("rotate-key")
def rotate_key() -> None:
    """Make a new signing key. Heads are signed with it from now on; the old public key stays, its private half goes.

    Running processes need no restart. Publish the new public key, which is printed.
    """
    from tongban.foundation.home import home  # noqa: PLC0415 - a receipt needs no home
    from tongban.foundation.keys import load_or_create_keys, rotate_ledger_key  # noqa: PLC0415 - the same

    path = home() / "keys.json"
    key_id = rotate_ledger_key(path)
    click.echo(
        f"Key {key_id} signs from now on; its public half: {load_or_create_keys(path).ledger[key_id].public.hex()}"
    )


def _installation() -> AbstractContextManager[None]:
    """The running platform, whose tables are as this version expects them."""
    from tongban.cli.data import records  # noqa: PLC0415 - a receipt needs no database

    return records(click.get_current_context())


def _document(file: str) -> Any:  # noqa: ANN401 - JSON may be anything
    try:
        text = sys.stdin.read() if file == "-" else Path(file).read_text(encoding="utf-8")
    except OSError as error:
        raise InputError(f"{file} cannot be read: {error.strerror}.") from error
    except UnicodeDecodeError as error:
        raise InputError(f"{file} is not text in UTF-8.") from error
    try:
        return receipts.parse(text)
    except receipts.MalformedError as error:
        raise InputError(f"{file}: {error}.") from error


def _against(file: str) -> receipts.Head | receipts.Consistency:
    try:
        return receipts.against_from(_document(file))
    except receipts.MalformedError as error:
        raise InputError(f"{file} is neither a head nor a consistency document: {error}.") from error


def _key(text: str) -> bytes:
    wanted = text.strip()
    if not _PUBLIC_KEY.fullmatch(wanted):
        try:
            wanted = Path(text).read_text(encoding="utf-8").strip()
        except (OSError, UnicodeDecodeError):
            wanted = ""
    if not _PUBLIC_KEY.fullmatch(wanted):
        raise InputError("--key is neither 64 hexadecimal digits nor a file that holds them.")
    return bytes.fromhex(wanted.lower())
