"""Running a panel study: from its file to a result, and from a result to a folder of files."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tongban.observatory.panel.analysis import Analysis, analyse
from tongban.observatory.panel.outputs import outputs
from tongban.observatory.panel.request import CHINA, PanelStudy, read_panel_study
from tongban.observatory.panel.sample import cluster_columns, raw_columns, read_table
from tongban.observatory.study.columns import Table, read_columns
from tongban.observatory.study.common import Progress, no_progress
from tongban.observatory.study.data import joined, read_data
from tongban.observatory.study.language import Language, pick
from tongban.observatory.study.provenance import plain, sha256, versions


@dataclass(frozen=True)
class Run:
    """A study with all its results."""

    study: PanelStudy
    analysis: Analysis
    result: dict[str, Any]
    """What result.json holds."""


def run_study(path: Path, progress: Progress = no_progress) -> Run:
    """Everything the study file asks for, nothing written.

    Raises:
        StudyError: The study or its data cannot be used; the message is one sentence.
    """
    study = read_panel_study(path)
    names = {study.entity, study.period, *cluster_columns(study)}
    if study.group and study.group != CHINA:
        names.add(study.group)
    data: Table
    if study.join:
        data = joined(read_data(study.data_file, study.sheet), read_data(study.join.file), study.join.on)
    else:
        data = read_columns(study.data_file, study.sheet, names, set(raw_columns(study)))
    analysis = analyse(study, read_table(study, data), progress)
    files = [path, study.data_file, *(item.file for item in (study.join, *study.derived) if item and item.file)]
    result = {
        "kind": "panel",
        "title": {"zh": study.title[0], "en": study.title[1]},
        "notice": {"zh": study.notice[0], "en": study.notice[1]} if study.notice else None,
        "outcome": study.outcome,
        "warnings": [text[1] for text in analysis.warnings],
        "choices": plain(study),
        "provenance": {"versions": versions("numpy"), "sha256": {file.name: sha256(file) for file in files}},
        "outputs": outputs(analysis),
    }
    return Run(study, analysis, result)


def write_results(run: Run, folder: Path, language: Language, progress: Progress = no_progress) -> list[Path]:
    """The folder of results: report, tables, figures, result.json and log.

    Raises:
        StudyError: The folder cannot be written.
    """
    from tongban.observatory.panel.figures import figures  # noqa: PLC0415 - only what is written is loaded
    from tongban.observatory.panel.page import report_page  # noqa: PLC0415
    from tongban.observatory.panel.tables import result_tables  # noqa: PLC0415
    from tongban.observatory.study.results import Results, write_folder  # noqa: PLC0415

    study = run.study
    tables, drawn = result_tables(run.analysis, language), figures(run.analysis, language)
    results = Results(
        study_file=study.path.name,
        title=pick(study.title, language),
        language=language,
        tables=tables,
        figures=drawn,
        page=report_page(run.analysis, tables, drawn, run.result["provenance"], language),
        result=run.result,
        formats=study.formats,
        png=study.png,
    )
    return write_folder(results, folder, progress)
