"""`tongban manage check_breached_passwords`: whether the file of breached passwords can be looked up."""

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from tongban.identity.signin.breached import NotAListError, check, is_breached


class Command(BaseCommand):
    """Looks at the file, and for a password that every such list has."""

    help = "Look at the file of TONGBAN_BREACHED_PASSWORDS."

    def handle(self, *_args: Any, **_options: Any) -> None:  # noqa: ANN401 - Django's signature
        file = settings.BREACHED_PASSWORDS
        if file is None:
            raise CommandError("TONGBAN_BREACHED_PASSWORDS is not set.")
        try:
            check(file)
            known = is_breached(file, "password")
        except (NotAListError, OSError) as error:
            raise CommandError(f"{file}: {error}") from error
        found = "found" if known else "not found (a whole list has it)"
        self.stdout.write(f"{file}: {file.stat().st_size:,} bytes, ordered by SHA-1; the word password is {found}.")
