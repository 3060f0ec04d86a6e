"""Files read a column at a time hold what they hold read by rows."""

from pathlib import Path

import numpy as np
import pytest

from tongban.observatory.errors import StudyError
from tongban.observatory.study import columns
from tongban.observatory.study.columns import ColumnTable, read_columns
from tongban.observatory.study.data import DataTable, read_data
from tongban.observatory.study.schema import read_study

pytest.importorskip("duckdb")

TEXT = "id,year,x,note\n007,2017,1.5,a\n007,2016,,b\n北京,2016,-2,c\n"


@pytest.fixture
def path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(columns, "LARGE", 0)
    return tmp_path / "data.csv"


def test_columns_and_rows_agree(path: Path) -> None:
    path.write_text(TEXT, encoding="utf-8")
    found = read_columns(path, None, {"id", "year"}, {"x"})
    assert isinstance(found, ColumnTable)
    rows = read_data(path)
    for name in ("id", "year"):
        (labels, codes), (expected, places) = found.labels(name), rows.labels(name)
        assert labels == expected
        assert codes.tolist() == places.tolist()
    assert np.array_equal(found.optional_numbers("x"), rows.optional_numbers("x"), equal_nan=True)


@pytest.mark.parametrize(
    "change", [("1.5", "high"), ("007,2016", ",2016"), (",-2,", ",inf,"), ("1.5", "NA"), ("1.5", "1e200")]
)
def test_what_is_out_of_the_ordinary_is_left_to_rows(path: Path, change: tuple[str, str]) -> None:
    path.write_text(TEXT.replace(*change), encoding="utf-8")
    assert isinstance(read_columns(path, None, {"id", "year"}, {"x"}), DataTable)


def test_a_column_that_is_not_there_is_named(path: Path) -> None:
    path.write_text(TEXT, encoding="utf-8")
    with pytest.raises(StudyError, match="there is no column “y”"):
        read_columns(path, None, {"id"}, {"y"})


def test_small_files_and_other_encodings_are_read_by_rows(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path.write_bytes(TEXT.encode("gb18030"))
    assert read_columns(path, None, {"id"}, {"x"}).labels("id")[0] == ("007", "北京")
    monkeypatch.undo()
    assert isinstance(read_columns(path, None, {"id"}, {"x"}), DataTable)


def test_a_study_file_may_begin_with_a_byte_order_mark(path: Path) -> None:
    study = path.with_name("study.toml")
    study.write_bytes(b"\xef\xbb\xbfkind = 'panel'\n")
    assert read_study(study).raw("kind") == "panel"
