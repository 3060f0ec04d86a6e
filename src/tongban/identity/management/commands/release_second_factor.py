"""`tongban manage release_second_factor USERNAME`: for who lost app, passkeys and recovery codes, and was seen."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from tongban.foundation.errors import NotFoundError
from tongban.identity.actor import platform_process
from tongban.identity.signin.actions import release_second_factor


class Command(BaseCommand):
    help = (
        "Remove every authenticator of an account and sign it out everywhere. Look at the identity card of who asks "
        "first: from now on the password alone leads to setting up another."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("username")

    def handle(self, *_args: Any, **options: Any) -> None:  # noqa: ANN401 - Django's own signature
        try:
            removed = release_second_factor(platform_process("operator"), options["username"])
        except NotFoundError as error:
            raise CommandError(str(error.detail)) from None
        self.stdout.write(f"{options['username']}: {removed} authenticators removed")
