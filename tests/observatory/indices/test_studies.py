"""Index studies from their file to their result."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.observatory.indices.conftest import DATA, STUDY, run_study

Outputs = Callable[..., dict[str, Any]]


def test_levels_by_period_and_by_bounds_of_their_own(outputs: Outputs) -> None:
    more = '[[level_table]]\nindex = "x"\n[[level_table]]\nindex = "a"\nbounds = [0.5]\nnames = ["few", "many"]\n'
    first, second = outputs(more)["level_tables"]
    assert first["rows"][0] == {"period": 2000, "index": "x", "very_high": 1, "high": 1, "middle": 0, "low": 1}
    assert first["rows"][2] == {"period": 2020, "index": "x", "very_high": 2, "high": 0, "middle": 1, "low": 0}
    assert second["rows"][0] == {"period": 2000, "index": "a", "many": 2, "few": 1}


def test_inclusive_upper_leaves_a_bound_below(outputs: Outputs) -> None:
    found = outputs('[levels]\ninclusive = "upper"\n[[level_table]]\nindex = "x"\n')
    assert found["level_tables"][0]["rows"][2]["high"] == 1


def test_weights_are_taken_before_levels(outputs: Outputs) -> None:
    found = outputs('[[level_table]]\nindex = "x"\nweight = { 2020 = 0.5 }\n')["level_tables"][0]["rows"]
    assert (found[1]["very_high"], found[2]["very_high"], found[2]["middle"]) == (1, 0, 2)


def test_transitions_name_everybody(outputs: Outputs) -> None:
    rules = "".join(
        f'[[transitions]]\nrule = "{rule}"\n' for rule in ("first-last", "lowest-later-highest", "any-path")
    )
    first, dip, path = outputs(rules)["transitions"]
    assert first["rows"] == [
        {"from": "very_high", "to": "very_high", "count": 1, "entities": ["two"]},
        {"from": "high", "to": "middle", "count": 1, "entities": ["six"]},
        {"from": "low", "to": "very_high", "count": 1, "entities": ["one"]},
    ]
    assert (first["raised"], first["unchanged"], first["lowered"]) == (1, 1, 1)
    assert {row["entities"][0]: (row["from"], row["to"]) for row in dip["rows"]}["six"] == ("low", "middle")
    assert dip["riser_paths"][1] == {"path": ["low", "middle"], "count": 1, "entities": ["six"]}
    assert ["high", "low", "middle"] in [row["path"] for row in path["rows"]]
    assert first["movement"]["fluctuated"]["entities"] == ["six"]


HOLES = DATA.replace("six,2010,0.2,0.2,0.2", "six,2010,0,0,0")


def test_zero_is_not_surveyed(outputs: Outputs) -> None:
    study = STUDY + "missing_value = 0\n"
    balanced = outputs(data=HOLES, study=study)["sample"]
    assert (balanced["entities"], balanced["left_out_by_balance"]) == (2, ["six"])
    kept = outputs(data=HOLES, study=study + "balanced = false\n")
    assert kept["sample"]["not_surveyed"] == [{"entity": "six", "periods": [2010]}]
    row = kept["level_tables"][0]["rows"][1]
    assert sum(row[name] for name in ("very_high", "high", "middle", "low")) == 2
    low = outputs(data=HOLES, study=study + 'balanced = false\nnot_surveyed = "lowest"\n')["level_tables"][0]["rows"][1]
    assert (low["low"], low["high"], low["very_high"]) == (1, 1, 1)


def test_empty_cells_may_be_not_surveyed(outputs: Outputs) -> None:
    data = DATA.replace("six,2010,0.2,0.2,0.2", "six,2010,,,")
    found = outputs(data=data, study=STUDY + 'missing_value = ""\nbalanced = false\n')
    assert found["sample"]["not_surveyed"] == [{"entity": "six", "periods": [2010]}]
    assert outputs(data=data, study=STUDY + 'missing_value = ""\n')["sample"]["names"] == ["one", "two"]


def test_a_sample_is_a_list_or_a_flag(write_study: Callable[..., Path]) -> None:
    study = write_study(study=STUDY + 'sample = "members.csv"\n')
    members = study.parent / "members.csv"
    members.write_text("who\ntwo\nnobody\n", encoding="utf-8")
    run = run_study(study)
    assert run.result["outputs"]["sample"]["names"] == ["two"]
    assert run.result["warnings"] == ["members of the sample without a row in the data: nobody"]
    members.write_text("who,name,first,second\none,One,0,1\ntwo,Two,1,1\nsix,Six,1,0\n", encoding="utf-8")
    chosen = run_study(study)
    assert chosen.result["outputs"]["sample"]["names"] == ["six", "two"]
    assert "members are those with first = 1; second would be chosen by sample_column" in chosen.result["warnings"][0]
    write_study(study=STUDY + 'sample = "members.csv"\nsample_column = "second"\n')
    assert run_study(study).result["outputs"]["sample"]["names"] == ["one", "two"]


def test_benchmark_ranks_and_decomposition(outputs: Outputs) -> None:
    found = outputs('[[benchmark]]\nentity = "one"\npeers = ["two", "six"]\n')["benchmarks"][0]
    last = next(gap for gap in found["gaps"] if (gap["index"], gap["period"]) == ("x", 2020))
    assert last["gap"] == pytest.approx(0.75 - 0.65)
    assert (last["rank"], last["of"], last["best"]) == (2, 3, "two")
    decomposed = found["decomposition"][2]
    assert sum(share["contribution"] for share in decomposed["shares"]) + decomposed["residual"] == pytest.approx(
        decomposed["gap"]
    )
    assert outputs('[[benchmark]]\nentity = "one"\npeers = "leaders"\n')["benchmarks"][0]["peers"] == ["two"]


def test_components_stand_beside(write_study: Callable[..., Path]) -> None:
    study = write_study('[[benchmark]]\nentity = "one"\npeers = ["two", "six"]\ncomponents = ["parts.csv"]\n')
    text = "year,component,one,two,six\n2020,phones,10,30,20\n"
    (study.parent / "parts.csv").write_text(text, encoding="utf-8")
    (line,) = run_study(study).result["outputs"]["benchmarks"][0]["components"]
    assert (line["peers"], line["gap"], line["ratio"], line["rank"], line["best"]) == (25, -15, 0.4, 3, "two")


def test_published_counts_are_held_against_the_data(write_study: Callable[..., Path]) -> None:
    more = '[[published]]\nwhat = "levels"\nfile = "printed.csv"\nrows_sum_to = 3\nexplain = { 2020 = { x = 0.5 } }\n'
    study = write_study(more)
    lines = ["period,index,very_high,high,middle,low", "2000,X,1,1,0,1", "2010,x,1,0,1,1", "2020,x,0,0,2,1"]
    (study.parent / "printed.csv").write_text("\n".join([*lines, "2000,a,1,1,0,0"]) + "\n", encoding="utf-8")
    found = run_study(study).result["outputs"]["published"][0]
    assert [item["verdict"] for item in found["items"]] == ["equal", "one_off", "explained", "impossible"]
    assert found["items"][3]["reasons"] == [{"reason": "sums_to", "figures": "2 ≠ 3"}]
    assert (found["cells"], found["cells_equal"]) == (16, 4 + 2 + 4 + 3)


def test_xlsx_parquet_and_gb18030_give_the_same_numbers(write_study: Callable[..., Path]) -> None:
    import duckdb

    study = write_study("[convergence]\n")
    folder, plain = study.parent, study.read_text(encoding="utf-8")
    lines = [line.split(",") for line in DATA.split()]
    book = openpyxl.Workbook()
    for at, line in enumerate(lines):
        book.worksheets[0].append(line if not at else [line[0], int(line[1]), *map(float, line[2:])])
    book.save(folder / "data.xlsx")
    duckdb.sql(f"copy (from read_csv('{folder / 'data.csv'}')) to '{folder / 'data.parquet'}' (format parquet)")
    (folder / "semicolons.csv").write_bytes(DATA.replace(",", ";").replace("who", "省份").encode("gb18030"))
    found = []
    for name in ("data.csv", "data.xlsx", "data.parquet"):
        study.write_text(plain.replace("data.csv", name), encoding="utf-8")
        found.append(json.dumps(run_study(study).result["outputs"]))
    study.write_text(plain.replace("data.csv", "semicolons.csv").replace('"who"', '"省份"'), encoding="utf-8")
    found.append(json.dumps(run_study(study).result["outputs"]))
    assert len(set(found)) == 1


VALUES = st.integers(0, 1000).map(lambda value: value / 1000)
ROWS = st.dictionaries(
    st.tuples(st.sampled_from("ABCDEFG"), st.integers(2000, 2015)), VALUES, min_size=2, max_size=60
).filter(lambda rows: len({period for _, period in rows}) > 1)


@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(ROWS)
def test_aggregates_agree_with_counting_by_hand(outputs: Outputs, rows: dict[tuple[str, int], float]) -> None:
    """Any unbalanced panel: levels, first and last, and paths that need more than one number an entity."""
    text = "who,year,x\n" + "".join(f"{who},{year},{value}\n" for (who, year), value in rows.items())
    study = STUDY.replace('["x", "a", "b"]', '["x"]')
    found = outputs('[[transitions]]\nrule = "any-path"\n', text, study)
    names = ["low", "middle", "high", "very_high"]

    def level(value: float) -> str:
        return names[sum(value >= bound for bound in (0.25, 0.5, 0.75))]

    for line in found["level_tables"][0]["rows"]:
        for name in names:
            assert line[name] == sum(
                level(value) == name for (_, year), value in rows.items() if year == line["period"]
            )
    for line in found["transitions"][0]["rows"]:
        for who in line["entities"]:
            path = [level(rows[key]) for key in sorted(rows) if key[0] == who]
            kept = [name for at, name in enumerate(path) if not at or name != path[at - 1]]
            assert line["path"] == kept
