"""Where rows are aggregated: DuckDB in this process, or Spark.

Expressions are written once with Ibis and compiled to the SQL of the engine that runs them. Only aggregates come back,
as tuples; no data frame is made. Ibis' own connections are not used: they would bring pandas and pyarrow for nothing.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Literal, Protocol

import duckdb
import ibis

from tongban.observatory.errors import StudyError

EngineName = Literal["duckdb", "pyspark"]

Row = tuple[Any, ...]


class Engine(Protocol):
    """Runs Ibis expressions over named tables."""

    @property
    def packages(self) -> tuple[str, ...]:
        """Whose versions belong to the provenance of a result."""

    def read(self, name: str, parquet: Path) -> None:
        """Make a Parquet file known by a name."""

    def keep(self, name: str, expression: ibis.Table) -> None:
        """Work an expression out once and keep it under a name."""

    def view(self, name: str, expression: ibis.Table) -> None:
        """Give an expression a name."""

    def rows(self, expression: ibis.Table) -> list[Row]:
        """The rows of an expression."""

    def close(self) -> None:
        """Let go of everything."""


class DuckEngine:
    """DuckDB in this process; what does not fit into memory goes to the work folder."""

    packages = ("ibis-framework", "duckdb")

    def __init__(self, folder: Path) -> None:
        self.connection = duckdb.connect(config={"temp_directory": str(folder / "spill")})

    def read(self, name: str, parquet: Path) -> None:
        self.connection.execute(f"create view {name} as select * from read_parquet({_quoted(parquet)})")

    def keep(self, name: str, expression: ibis.Table) -> None:
        self.connection.execute(f"create temp table {name} as {ibis.to_sql(expression, dialect='duckdb')}")

    def view(self, name: str, expression: ibis.Table) -> None:
        self.connection.execute(f"create temp view {name} as {ibis.to_sql(expression, dialect='duckdb')}")

    def rows(self, expression: ibis.Table) -> list[Row]:
        return self.connection.execute(str(ibis.to_sql(expression, dialect="duckdb"))).fetchall()

    def close(self) -> None:
        self.connection.close()


class SparkEngine:
    """Spark on this machine, or where SPARK_REMOTE says; a cluster must see the data and the temporary folder."""

    packages = ("ibis-framework", "pyspark")

    def __init__(self, folder: Path) -> None:
        try:
            from pyspark.sql import SparkSession  # noqa: PLC0415 - an engine is loaded when it is chosen
        except ModuleNotFoundError:
            raise StudyError(
                "the engine pyspark is an extra of the installation: pip install 'tongban[spark]'"
            ) from None
        _spark_options()
        half = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") // 2**31
        builder = SparkSession.builder.appName("tongban-observatory").config("spark.ui.enabled", "false")
        builder = builder.config("spark.ui.showConsoleProgress", "false").config("spark.log.level", "ERROR")
        if not os.environ.get("SPARK_REMOTE"):
            builder = builder.master("local[*]").config("spark.driver.memory", f"{max(1, half)}g")
            builder = builder.config("spark.sql.shuffle.partitions", str(4 * (os.cpu_count() or 1)))
            builder = builder.config("spark.sql.warehouse.dir", str(folder / "warehouse"))
            builder = builder.config("spark.local.dir", str(folder))
        try:
            self.session = builder.getOrCreate()
        except Exception as error:  # noqa: BLE001 - no Java, no port, no master: whatever pyspark raises
            raise StudyError(f"the engine pyspark does not start: {_first_line(error)}") from None

    def read(self, name: str, parquet: Path) -> None:
        self.session.read.parquet(str(parquet)).createOrReplaceTempView(name)

    def keep(self, name: str, expression: ibis.Table) -> None:
        frame = self.session.sql(str(ibis.to_sql(expression, dialect="pyspark"))).cache()
        frame.createOrReplaceTempView(name)

    def view(self, name: str, expression: ibis.Table) -> None:
        self.session.sql(str(ibis.to_sql(expression, dialect="pyspark"))).createOrReplaceTempView(name)

    def rows(self, expression: ibis.Table) -> list[Row]:
        return [tuple(row) for row in self.session.sql(str(ibis.to_sql(expression, dialect="pyspark"))).collect()]

    def close(self) -> None:
        self.session.stop()


@contextmanager
def running(name: EngineName, folder: Path) -> Iterator[Engine]:
    """The engine of this name, closed afterwards.

    Raises:
        StudyError: It is not installed or does not start.
    """
    engine: Engine = SparkEngine(folder) if name == "pyspark" else DuckEngine(folder)
    try:
        yield engine
    finally:
        engine.close()


def _spark_options() -> None:
    """Ibis' compiler for Spark asks for an option that only its own connection would set."""
    from ibis.config import Config  # noqa: PLC0415 - only for Spark

    class Options(Config):  # type: ignore[misc,unused-ignore]  # Ibis comes without types
        treat_nan_as_null: bool = False

    ibis.options.pyspark = Options()


def _quoted(path: Path) -> str:
    return "'" + str(path).replace("'", "''") + "'"


def _first_line(error: Exception) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0]
