"""The same study on DuckDB and on Spark gives the same result, to the last digit."""

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.observatory.indices.conftest import STUDY, run_study
from tongban.observatory.indices.template_model import template_data
from tongban.observatory.study.jsontext import to_json

pytest.importorskip("pyspark", reason="the extra spark is not installed")


def test_spark_gives_equal_numbers(write_study: Callable[..., Path]) -> None:
    more = (
        'missing_value = 0\nbalanced = false\n[[level_table]]\nindex = "x"\nweight = { 2018 = 0.34 }\n'
        '[[transitions]]\nrule = "lowest-later-highest"\n[[benchmark]]\nentity = "Region 03"\npeers = ["Region 05"]\n'
        "[convergence]\n"
    )
    columns = template_data().replace("region,year,index,service,network,people", "who,year,x,a,b,c")
    study = write_study(more, columns, STUDY)
    duck, spark = (run_study(study, engine=name).result["outputs"] for name in ("duckdb", "pyspark"))
    assert to_json(duck) == to_json(spark)
