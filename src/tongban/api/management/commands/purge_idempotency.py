"""`tongban manage purge_idempotency`: forgets the answers kept for repeated requests after 24 hours."""

from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from tongban.foundation.rest.idempotency import purge


class Command(BaseCommand):
    help = "Forget the answers kept for idempotency keys older than 24 hours. Run it daily."

    def handle(self, *_args: Any, **_options: Any) -> None:  # noqa: ANN401 - Django's own signature
        self.stdout.write(f"{purge(timezone.now())} answers forgotten")
