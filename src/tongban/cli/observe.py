"""`tongban observe`: studies of the observatory, from a study file to a folder of results."""

import shutil
import sys
import time
from importlib.resources import files
from pathlib import Path
from typing import Any

import click

EXTRA = "the observatory is an extra of the installation: pip install 'tongban[observe]'"
TEMPLATES = ("example", "digital-government")
WAIT = 1.0
"""Seconds before progress is shown at all."""


class UnusableStudyError(click.ClickException):
    """The study or its data cannot be used as they are."""

    exit_code = 2


@click.group()
def observe() -> None:
    """Studies that compare governments, rerun from one file."""


@observe.group()
def new() -> None:
    """Write a commented study that runs."""


@new.command("qca")
@click.argument("folder", type=click.Path(path_type=Path), default=Path("qca-study"))
@click.option("--template", type=click.Choice(TEMPLATES), default="example", help="Which study to start from.")
def new_qca(folder: Path, template: str) -> None:
    """Write study.toml and data.csv into FOLDER (qca-study by default)."""
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise UnusableStudyError(f"{folder} is there already and is not an empty folder")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        source = files("tongban.observatory.qca") / "templates" / template
        for name in ("study.toml", "data.csv"):
            with (source / name).open("rb") as original, (folder / name).open("wb") as copy:
                shutil.copyfileobj(original, copy)
    except OSError as error:
        raise UnusableStudyError(f"{folder}: cannot be written ({error.strerror})") from None
    click.echo(f"Wrote {folder / 'study.toml'} and {folder / 'data.csv'}.")
    click.echo(f"Run it:  tongban observe qca {folder / 'study.toml'}")


@observe.command("qca")
@click.argument("study", type=click.Path(path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="Print result.json and write nothing unless --out is given.")
@click.option("--out", type=click.Path(path_type=Path), help="Folder of results; by default beside the study.")
@click.option("--language", type=click.Choice(("zh", "en")), help="Of tables and report; by default the study's.")
def qca(study: Path, out: Path | None, language: Any, *, as_json: bool) -> None:  # noqa: ANN401 - click gives "zh" or "en"
    """Analyse the configurations of STUDY, a file with kind = "qca"."""
    try:
        from tongban.observatory.errors import StudyError  # noqa: PLC0415 - numbers are loaded when needed
        from tongban.observatory.qca.run import run_study, write_results  # noqa: PLC0415
        from tongban.observatory.study.jsontext import to_json  # noqa: PLC0415
    except ModuleNotFoundError as error:
        raise click.ClickException(f"{EXTRA} ({error.name} is missing)") from None
    bar = _Progress()
    try:
        run = run_study(study, bar)
        folder = out if out is not None else None if as_json else study.parent / f"{study.stem}-results"
        written = write_results(run, folder, language or run.study.language, bar) if folder else []
    except StudyError as error:
        raise UnusableStudyError(str(error)) from None
    finally:
        bar.close()
    if as_json:
        click.echo(to_json(run.result), nl=False)
        return
    for warning in run.result["warnings"]:
        click.echo(f"Warning: {warning}", err=True)
    click.echo(f"Wrote {len(written)} files to {folder}; begin with {written[0]}.")


class _Progress:
    """One line on standard error for anything that takes over a second; silent where nobody watches."""

    def __init__(self) -> None:
        self.started = time.monotonic()
        self.shown = False
        self.watched = sys.stderr.isatty()

    def __call__(self, what: str, done: int, total: int) -> None:
        if not self.watched or time.monotonic() - self.started < WAIT:
            return
        width = 24
        filled = width * done // max(1, total)
        click.echo(f"\r\x1b[2K[{'#' * filled}{'.' * (width - filled)}] {done}/{total} {what}", err=True, nl=False)
        self.shown = True

    def close(self) -> None:
        if self.shown:
            click.echo("\r\x1b[2K", err=True, nl=False)


if __name__ == "__main__":
    observe(prog_name="tongban observe")
