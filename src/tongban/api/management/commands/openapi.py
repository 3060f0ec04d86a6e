"""`tongban manage openapi`: writes the OpenAPI document that is committed, or checks that it is in step."""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from tongban.api.document import text


class Command(BaseCommand):
    help = "Write the OpenAPI document to FILE (docs/openapi.json), or check that FILE is in step."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--output", type=Path, default=Path("docs/openapi.json"), metavar="FILE")
        parser.add_argument("--check", action="store_true", help="write nothing; fail where FILE differs")

    def handle(self, *_args: Any, **options: Any) -> None:  # noqa: ANN401 - Django's own signature
        file: Path = options["output"]
        made = text()
        if not options["check"]:
            file.write_text(made, encoding="utf-8")
            self.stdout.write(f"{file}: written")
        elif not file.is_file() or file.read_text(encoding="utf-8") != made:
            raise CommandError(f"{file} is not in step with the API; run `make openapi` and commit it")
