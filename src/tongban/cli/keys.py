"""`tongban keys`: the keys that seal, their rotation, and sealing anew."""

import click

from tongban.cli.lazy import Command, LazyGroup
from tongban.cli.outcome import FailedError, json_option, print_json

_COMMANDS = {
    "list": Command("tongban.cli.keys:show", "The keys, and how much still stands under old ones."),
    "rotate": Command(
        "tongban.cli.keys:rotate", "Make new keys: to seal with at once, to look up by when all is made anew."
    ),
    "reseal": Command("tongban.cli.keys:reseal", "Seal anew now, and make indexes anew, what stands under old keys."),
    "rotate-master": Command("tongban.cli.keys:rotate_master", "Wrap every data key under a new master key."),
    "recall": Command("tongban.cli.keys:recall", "Let a retired key open again."),
    "destroy": Command("tongban.cli.keys:destroy", "Remove a retired key for good."),
}


class KeysGroup(LazyGroup):
    """The platform runs and Django is set up before a command is called."""

    def invoke(self, ctx: click.Context) -> object:
        from tongban.cli.data import records  # noqa: PLC0415 - not wanted by `tongban --help`

        with records(ctx):
            return super().invoke(ctx)


keys = KeysGroup("keys", _COMMANDS, "The keys that seal personal data: list, rotate, seal anew.")


@click.command("list")
@json_option
def show(*, as_json: bool) -> None:
    """Print the keys by id, with purpose, suite and state, and how many rows and files are not under an active one."""
    from django.conf import settings  # noqa: PLC0415 - needs Django

    from tongban.foundation.resealing import under_old_keys  # noqa: PLC0415 - the same

    ring = settings.KEYS.refresh()
    rows = [
        {
            "id": key.id,
            "purpose": key.purpose or "all",
            "suite": key.suite.name,
            "made": key.made_at.isoformat(timespec="seconds"),
            "state": "opening" if key.superseded_at else "active",
        }
        for key in sorted(ring.sealing.values(), key=lambda one: one.made_at)
    ]
    rows += [
        {
            "id": key.id,
            "purpose": "index",
            "suite": "HMAC-SHA-256",
            "made": key.made_at.isoformat(timespec="seconds"),
            "state": key.state,
        }
        for key in sorted(ring.index_keys.values(), key=lambda one: one.number)
    ]
    left = {place: count for place, count in under_old_keys().items() if count}
    if as_json:
        print_json({"keys": rows, "retired": list(ring.retired), "under_old_keys": left})
        return
    for row in rows:
        click.echo(f"{row['id']}  {row['purpose']:8} {row['suite']:12} {row['state']:8} made {row['made']}")
    for key_id in ring.retired:
        click.echo(f"{key_id}  retired")
    for place, count in left.items():
        click.echo(f"{place}: {count} under old keys")


@click.command()
@click.option(
    "--purpose", "purposes", multiple=True, type=click.Choice(["fields", "content", "index"]), help="Default: all."
)
def rotate(*, purposes: tuple[str, ...]) -> None:
    """Make a new key for each purpose; those that seal are of the suite that TONGBAN_SEALING_SUITE names.

    Running processes seal with it within a second. The worker seals anew what stands under the former key, and
    retires that one an hour later at the earliest, when nothing is under it any more. People are looked up by a new
    key of the indexes once all of them are made anew, and the former one is removed some hours after that.
    """
    from django.conf import settings  # noqa: PLC0415 - needs Django
    from django.utils import timezone  # noqa: PLC0415 - the same

    from tongban.foundation import resealing  # noqa: PLC0415 - the same
    from tongban.foundation.keys import PURPOSES, KeysError  # noqa: PLC0415 - the same

    wanted = purposes or (*PURPOSES, "index")
    for purpose in (one for one in PURPOSES if one in wanted):
        key_id = resealing.rotate(purpose, settings.SEALING_SUITE, timezone.now())
        click.echo(f"Key {key_id} ({settings.SEALING_SUITE.name}) seals {purpose} from now on.")
    if "index" in wanted:
        try:
            click.echo(f"Key {resealing.rotate_index(timezone.now())} is looked up by once all indexes are made anew.")
        except KeysError as error:
            if purposes:
                raise FailedError(str(error)) from None
            click.echo(error, err=True)


@click.command()
@json_option
def reseal(*, as_json: bool) -> None:
    """Seal anew, and make indexes anew, what stands under old keys, now and to the end.

    May be killed and run again; others may run too. A key is retired, and a new one of the indexes looked up by, an
    hour later at the earliest: the worker does so, or this command then.

    Ends with 1 where files of the content store, or rows, do not open.
    """
    from dataclasses import asdict  # noqa: PLC0415 - not wanted by `tongban --help`

    from django.utils import timezone  # noqa: PLC0415 - needs Django

    from tongban.foundation import resealing  # noqa: PLC0415 - the same

    mended = resealing.mend_indexes()
    done = resealing.reseal(timezone.now())
    done.rows += mended.rows
    done.damaged = sorted({*done.damaged, *mended.damaged})
    if as_json:
        print_json(asdict(done))
    else:
        click.echo(f"{done.rows} rows and {done.files} files made anew; {len(done.retired)} keys retired.")
        if not done.complete and not done.damaged:
            click.echo("Some rows were in use; the worker comes back to them.", err=True)
    if done.damaged:
        advice = "Where keys that are missing were retired here, bring them back: tongban keys recall"
        raise FailedError(f"{len(done.damaged)} do not open: {', '.join(done.damaged[:5])}. {advice}")


@click.command("rotate-master")
def rotate_master() -> None:
    """Wrap every key that seals or indexes under a new master key, or under the one TONGBAN_MASTER_KEY keeps.

    Nothing needs sealing anew. Copies of the former key file still open what they opened: destroy them.
    """
    from django.conf import settings  # noqa: PLC0415 - needs Django
    from django.db import transaction  # noqa: PLC0415 - the same

    from tongban.foundation.keys import rotate_master_key  # noqa: PLC0415 - the same
    from tongban.foundation.ledger import append  # noqa: PLC0415 - the same
    from tongban.foundation.resealing import Platform  # noqa: PLC0415 - the same

    with transaction.atomic():
        name = rotate_master_key(settings.KEYS.path, settings.SEALING_SUITE)
        append(Platform(), "rotate_master_key", "master_key", name)
    click.echo(f"Master key {name} wraps the data keys from now on.")


@click.command()
@click.argument("key_id")
def recall(key_id: str) -> None:
    """Let the retired key KEY_ID open again: an old copy of the data came back."""
    from tongban.foundation import resealing  # noqa: PLC0415 - needs Django

    resealing.recall(key_id)
    click.echo(f"Key {key_id} opens again.")


@click.command()
@click.argument("key_id")
@click.confirmation_option(prompt="Whatever copy of the data this key sealed cannot be read any more. Destroy it?")
def destroy(key_id: str) -> None:
    """Remove the retired key KEY_ID from the key file for good. Backups of the key file still have it."""
    from django.conf import settings  # noqa: PLC0415 - needs Django
    from django.db import transaction  # noqa: PLC0415 - the same

    from tongban.foundation.keys import destroy_sealing_key  # noqa: PLC0415 - the same
    from tongban.foundation.ledger import append  # noqa: PLC0415 - the same
    from tongban.foundation.resealing import Platform  # noqa: PLC0415 - the same

    with transaction.atomic():
        append(Platform(), "destroy_key", "sealing_key", key_id)
        destroy_sealing_key(settings.KEYS.path, key_id)
    click.echo(f"Key {key_id} is destroyed.")
