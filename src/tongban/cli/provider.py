"""`tongban provider`: the keys of the sign-in for other systems, and the platforms whose sign-in is taken."""

import sys

import click

from tongban.cli.data import records
from tongban.cli.lazy import Command, LazyGroup
from tongban.cli.outcome import InputError

PROVIDER = {
    "rotate-key": Command("tongban.cli.provider:rotate_key", "Sign ID tokens with a new key from now on."),
    "trust": Command("tongban.cli.provider:trust", "Take the sign-in of another government's platform."),
    "end-trust": Command("tongban.cli.provider:end_trust", "Take it no more."),
}
provider = LazyGroup("provider", PROVIDER, "The sign-in for other systems (OpenID Connect).")


@click.command("rotate-key")
def rotate_key() -> None:
    """Make a new signing key. The old one's private half is forgotten; its public half is shown for another hour.

    Running processes need no restart, and systems that were signed in to stay so.
    """
    with records(click.get_current_context()):
        from django.utils import timezone  # noqa: PLC0415 - needs Django

        from tongban.identity.actor import platform_process  # noqa: PLC0415 - the same
        from tongban.identity.provider.keys import rotate_signing_key  # noqa: PLC0415 - the same

        click.echo(f"Key {rotate_signing_key(platform_process('operator'), timezone.now())} signs from now on.")


@click.command()
@click.argument("platform")
@click.option("--issuer", required=True, help="The issuer, as its discovery document names it.")
@click.option("--client-id", required=True, help="As which it knows us.")
@click.option("--level", type=click.IntRange(1, 5), required=True, help="The highest assurance level we believe it.")
def trust(platform: str, issuer: str, client_id: str, level: int) -> None:
    """Take the sign-in of PLATFORM (its code). Our secret there is read from standard input, one line."""
    secret = sys.stdin.readline().strip()
    if not secret:
        raise InputError("Give the secret on standard input.")
    with records(click.get_current_context()):
        from django.utils import timezone  # noqa: PLC0415 - needs Django

        from tongban.foundation.errors import InvalidError  # noqa: PLC0415 - the same
        from tongban.government.models import Platform  # noqa: PLC0415 - the same
        from tongban.identity.actor import platform_process  # noqa: PLC0415 - the same
        from tongban.identity.provider.actions.federation import Trust, trust_provider  # noqa: PLC0415 - the same

        found = Platform.objects.filter(code=platform).first()
        if found is None:
            raise InputError(f"There is no platform {platform!r}.")
        try:
            trust_provider(platform_process("operator"), found, Trust(issuer, client_id, secret, level), timezone.now())
        except InvalidError as error:
            raise InputError(str(error)) from error
        click.echo(f"The sign-in of {platform} is taken, up to L{level}.")


@click.command("end-trust")
@click.argument("platform")
def end_trust(platform: str) -> None:
    """Take the sign-in of PLATFORM no more."""
    with records(click.get_current_context()):
        from django.utils import timezone  # noqa: PLC0415 - needs Django

        from tongban.identity.actor import platform_process  # noqa: PLC0415 - the same
        from tongban.identity.provider.actions import federation  # noqa: PLC0415 - the same
        from tongban.identity.provider.models import TrustedProvider  # noqa: PLC0415 - the same

        found = TrustedProvider.objects.filter(platform__code=platform, ended_at=None).first()
        if found is None:
            raise InputError(f"No sign-in of {platform!r} is taken.")
        federation.end_trust(platform_process("operator"), found.pk, timezone.now())
        click.echo(f"The sign-in of {platform} is taken no more.")
