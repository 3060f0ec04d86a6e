"""Running a study: from its file to a result, and from a result to a folder of files."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tongban.observatory.qca.analysis import Analysis, analyse, read_sets
from tongban.observatory.qca.extras import Extras, extras, extras_json
from tongban.observatory.qca.outputs import outputs
from tongban.observatory.qca.request import QcaStudy, read_qca_study
from tongban.observatory.report.figures import figures
from tongban.observatory.report.page import report_page
from tongban.observatory.report.tables import result_tables
from tongban.observatory.study.common import Progress, no_progress
from tongban.observatory.study.data import read_data
from tongban.observatory.study.language import Language, pick
from tongban.observatory.study.provenance import plain, sha256, versions
from tongban.observatory.study.results import Results, write_folder


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
            "versions": versions("numpy", "highspy"),
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
    study = run.study
    tables = result_tables(run.analysis, run.extras, language)
    drawn = figures(run.analysis, run.extras, language)
    results = Results(
        study_file=study.path.name,
        title=pick(study.title, language),
        language=language,
        tables=tables,
        figures=[figure for group in drawn for figure in group],
        page=report_page(run.analysis, run.extras, tables, drawn, run.result["provenance"], language),
        result=run.result,
        formats=study.formats,
        png=study.png,
    )
    return write_folder(results, folder, progress)
