"""Running a study: from its file to a result, and from a result to a folder of files."""

import dataclasses
import os
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tongban.charts.png import png_problem, to_png
from tongban.observatory.errors import StudyError
from tongban.observatory.qca.analysis import Analysis, Progress, analyse, no_progress, read_sets
from tongban.observatory.qca.extras import Extras, extras, extras_json
from tongban.observatory.qca.outputs import outputs
from tongban.observatory.qca.request import Language, QcaStudy, read_qca_study
from tongban.observatory.report.figures import Figure, figures
from tongban.observatory.report.page import report_page
from tongban.observatory.report.tables import result_tables
from tongban.observatory.study.data import read_data
from tongban.observatory.study.jsontext import to_json
from tongban.observatory.study.provenance import plain, sha256, versions
from tongban.observatory.study.writer import OutputTable, as_csv, write_tables


@dataclass(frozen=True)
class Run:
    """A study with all its results."""

    study: QcaStudy
    analysis: Analysis
    extras: Extras
    result: dict[str, Any]
    """What result.json holds."""


def run_study(path: Path, progress: Progress = no_progress) -> Run:
    """Everything the study file asks for, nothing written.

    Raises:
        StudyError: The study or its data cannot be used; the message is one sentence.
    """
    study = read_qca_study(path)
    data = read_data(study.data_file, study.sheet)
    analysis = analyse(study, read_sets(study, data), progress)
    found = extras(analysis, data, progress)
    result = {
        "kind": "qca",
        "title": {"zh": study.title[0], "en": study.title[1]},
        "notice": {"zh": study.notice[0], "en": study.notice[1]} if study.notice else None,
        "cases": list(analysis.sets.cases),
        "conditions": list(study.conditions),
        "outcome": study.outcome,
        "warnings": [
            f"column {note.column}: case {note.case} has a membership of exactly 0.5; half = {note.treated}"
            for note in analysis.sets.halves
        ],
        "choices": plain(study),
        "anchors": {column: list(values) for column, values in analysis.sets.anchors.items()},
        "provenance": {
            "versions": versions(),
            "sha256": {path.name: sha256(path), study.data_file.name: sha256(study.data_file)},
        },
        "outputs": outputs(analysis) | extras_json(analysis, found),
    }
    return Run(study, analysis, found, result)


def write_results(run: Run, folder: Path, language: Language, progress: Progress = no_progress) -> list[Path]:
    """The folder of results: report, tables, figures, result.json and log.

    Raises:
        StudyError: The folder cannot be written.
    """
    try:
        return _write(run, folder, language, progress)
    except OSError as error:
        raise StudyError(f"{folder}: cannot be written ({error.strerror})") from None


def _write(run: Run, folder: Path, language: Language, progress: Progress) -> list[Path]:
    study = dataclasses.replace(run.study, language=language)
    folder.mkdir(parents=True, exist_ok=True)
    tables = result_tables(run.analysis, run.extras, language)
    drawn = figures(run.analysis, run.extras, language)
    title = study.title[0] if language == "zh" else study.title[1]
    written = write_tables(tables, folder, study.formats, title)
    notes: list[str] = []
    everything = [figure for group in drawn for figure in group]
    with ThreadPoolExecutor(os.cpu_count()) as pool:  # drawing pixels leaves Python free
        files = pool.map(lambda figure: _write_figure(figure, folder / "figures", png=study.png), everything)
        for at, (paths, problem) in enumerate(files, start=1):
            progress("figures", at, len(everything))
            written += paths
            notes += [problem] if problem and problem not in notes else []
    page = folder / "report.html"
    provenance = run.result["provenance"]
    page.write_text(report_page(run.analysis, run.extras, tables, drawn, provenance, language), encoding="utf-8")
    result = folder / "result.json"
    result.write_text(to_json(run.result), encoding="utf-8")
    log = folder / "log.txt"
    log.write_text(_log(run, language, tables, notes), encoding="utf-8")
    return [page, result, log, *written]


def _write_figure(figure: Figure, folder: Path, *, png: bool) -> tuple[list[Path], str | None]:
    """The files of one figure, and why there is no PNG among them."""
    folder.mkdir(parents=True, exist_ok=True)
    drawing, data = folder / f"{figure.name}.svg", folder / f"{figure.name}.csv"
    drawing.write_text(figure.svg, encoding="utf-8")
    data.write_text(as_csv(figure.data), encoding="utf-8-sig")
    problem = png_problem(figure.svg) if png else None
    if problem or not png:
        return [drawing, data], problem
    picture = folder / f"{figure.name}.png"
    to_png(figure.svg, picture)
    return [drawing, data, picture], None


def _log(run: Run, language: Language, tables: list[OutputTable], notes: list[str]) -> str:
    """What ran, on what, with which choices; no clock time, so that the same run gives the same file."""
    provenance, choices = run.result["provenance"], run.result["choices"]
    lines = [f"study      {run.study.path.name}", f"language   {language}"]
    lines += [f"version    {name} {number}" for name, number in provenance["versions"].items()]
    lines += [f"sha256     {digest}  {name}" for name, digest in provenance["sha256"].items()]
    lines += [f"warning    {warning}" for warning in run.result["warnings"]]
    lines += [f"note       {note}" for note in notes]
    lines += [f"choice     {key} = {value}" for key, value in choices.items() if key not in {"variables", "path"}]
    lines += [f"table      {table.name}: {table.title}" for table in tables]
    return "\n".join(lines) + "\n"
