"""The run on Spark: a table of articles that is too large for one machine, or a folder of such tables that fills up.

Read `run` first. Each article is worked on by article.py, as in the local run, and becomes one row of OUT/extracted
with its rows of every table nested in it. From there the tables are drawn, row for row those of the local run, each a
folder of Parquet files. pyspark is imported by nothing else, and only when `run` is called.
"""

from __future__ import annotations

import logging
import os
import re
import shutil
import signal
import sys
import threading
import time
import warnings
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from pipeline import across, article, inputs, reconcile, roster, rulebook, tables
from pipeline.article import Recipe
from pipeline.dataset import COLUMNS, NUMBERS, PER_ARTICLE, schema
from pipeline.manifests import day
from pipeline.merge import Names
from pipeline.register import Seen, named
from pipeline.remote import DRAWN, EXTRACTED, FACTS, Batches, Options, drawn, extracted, grouped, local
from pipeline.store import NAME as STORE
from pipeline.store import order

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

_TASK = 1000  # articles that are lost at most with a worker; about a minute of work
_BATCH = 256  # articles that a worker holds at once
_LOOK = 0.2  # seconds between two looks whether a stream has come to its end
_FACTS = 200_000  # that one task reconciles
_CONF = {
    "spark.sql.execution.arrow.maxRecordsPerBatch": str(_BATCH),
    "spark.sql.execution.arrow.maxBytesPerBatch": "64m",
    "spark.sql.parquet.compression.codec": "zstd",
    "spark.sql.session.timeZone": "UTC",
}
_STREAM = {
    "pathGlobFilter": "*.parquet",
    "maxFilesPerTrigger": "100",  # of a batch, which is what a killed run has to do again
    "maxFileAge": "36500d",  # else files are left out that come late by their date
}


@dataclass(frozen=True, slots=True)
class Cluster:
    """Where it runs: `master` as Spark names it (what spark-submit said, else all cores here), and Spark's settings."""

    master: str | None = None
    conf: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Summary:
    """What the output folder holds after a run, and how long the run took."""

    rows: dict[str, int]
    seconds: float


def run(
    paths: Sequence[str],
    *,
    out: str,
    options: Options,
    cluster: Cluster,
    stream: bool = False,
    every: float | None = None,
) -> Summary:
    """Extract tables of articles in Parquet (files, folders or globs, also hdfs:// and the like) to the folder `out`.

    `stream` takes in the files of one folder that no earlier run has taken in, batch by batch; with `every` it goes on
    to look for more after so many seconds until it is stopped. A killed stream goes on from its last whole batch.
    Raises ValueError where nothing can be done: no pyspark or Java, an input or column that is not there, an id that
    two articles of a table have, broken rules, an `out` that was made another way, a task that failed four times.
    """
    began = time.monotonic()
    options = replace(options, published=day(options.published) if options.published else None)
    if options.rules:
        Recipe(rules=options.rules)  # raises what is wrong with them; a worker could only fail
    out = out if "://" in out else os.path.abspath(out)
    if Path(out, STORE).exists():
        raise ValueError(f"{out} holds the dataset of a local run; choose another --out")
    with _session(cluster) as spark:
        for path in sorted(options.rules.glob("*.toml")) if options.rules else ():
            spark.sparkContext.addFile(str(path.resolve()))
        work = _Work(spark, out, options)
        rows = work.follow(paths, every) if stream else work.take(paths)
    return Summary(rows, time.monotonic() - began)


# ---- the session


@contextmanager
def _session(cluster: Cluster) -> Iterator[SparkSession]:
    try:
        from py4j.protocol import Py4JError
        from pyspark.errors import PySparkException
        from pyspark.sql import SparkSession
    except ImportError:
        raise ValueError("Spark is not installed; run: pip install 'pyspark>=4'") from None
    home = os.environ.get("JAVA_HOME")
    if not (home and Path(home, "bin", "java").exists()) and not shutil.which("java"):
        raise ValueError("Spark needs Java 17 or later: install it (Debian: openjdk-17-jre-headless) or set JAVA_HOME")
    warnings.filterwarnings("ignore", "PySpark does not yet fully support pandas", FutureWarning)  # not used here
    os.environ.setdefault("PYSPARK_PYTHON", sys.executable)  # else the workers take any python3
    shown = {"spark.ui.showConsoleProgress": str(sys.stderr.isatty()).lower()}
    conf = _CONF | shown | _located(cluster.master) | dict(cluster.conf)
    builder = SparkSession.builder.appName("zhibiao").config(map=conf)
    try:
        spark = builder.getOrCreate()
        _quiet(spark)
        try:
            yield spark
        except Exception:
            spark.stop()
            raise
        spark.stop()  # not after Ctrl-C: Java, which was in the middle of an answer, ends when we do
    except (PySparkException, Py4JError) as error:
        raise ValueError(f"Spark: {_told(error)}") from error


def _quiet(spark: SparkSession) -> None:
    """What goes wrong comes to the user as one line, from here; on a cluster the log has the rest."""
    if spark.sparkContext.master.startswith("local"):
        spark.sparkContext.setLogLevel("OFF")
    logging.getLogger().addFilter(lambda record: record.module != "java_gateway")
    if threading.current_thread() is threading.main_thread():
        signal.signal(signal.SIGINT, signal.default_int_handler)  # Spark's own prints stacks


def _located(master: str | None) -> dict[str, str]:
    """The settings that say where to run. Here a task gets as many tries as on a cluster, not one."""
    if master is None:
        if "PYSPARK_GATEWAY_PORT" in os.environ:  # spark-submit has started us
            return {}
        master = "local[*]"
    found = re.fullmatch(r"local(?:\[([^],]+)\])?", master)
    if not found:
        return {"spark.master": master}
    return {"spark.master": f"local[{found[1] or 1},4]", "spark.ui.enabled": "false"}


def _told(error: Exception) -> str:
    """The lines of Spark's error that say what is wrong, without the stacks of Java and Python."""
    lines = [line.strip() for line in str(error).splitlines()]
    said = [line for line in lines if line and not re.match(r"at |File \"|Traceback|\.\.\.|\^|JVM stack|== ", line)]
    return " ".join(said[:6])[:1000]


def _brought() -> Path:
    """Where Spark has brought the rule files to, on a worker."""
    from pyspark import SparkFiles

    return Path(SparkFiles.getRootDirectory())


def _built_in() -> None:
    return None


class _Work:
    """The output folder of a run and how articles get there."""

    def __init__(self, spark: SparkSession, out: str, options: Options) -> None:
        from pyspark.sql import functions

        self._spark, self._out, self._options, self._sql = spark, out, options, functions
        self._store = f"{out}/extracted"
        self._rules = _brought if options.rules else _built_in
        if not self._files(out).mkdirs(self._path(out)):
            raise ValueError(f"{out}: the folder cannot be made; check the path and its rights")
        for folder in (out, self._store):
            for left in self._files(folder).globStatus(self._path(f"{folder}/.*.part")) or ():
                self._files(folder).delete(left.getPath(), True)  # of a run that was killed

    def take(self, paths: Sequence[str]) -> dict[str, int]:
        """Take in whole tables of articles in place of what is there. Returns the number of rows of each table."""
        if self._there(f"{self._store}/_checkpoint"):
            raise ValueError(f"{self._out} holds what a stream took in; choose another --out, or go on with --stream")
        articles = self._articles(self._read(paths))
        self._refuse_doubles(articles)
        self._put(self._extracted(articles), self._store)
        return self._draw(self._spark.read.parquet(self._store))

    def follow(self, paths: Sequence[str], every: float | None) -> dict[str, int]:
        """Take in what is new in a folder, and draw the tables when that is done, or after each batch if it goes on."""
        if len(paths) != 1:
            raise ValueError("a stream is one folder; put the tables of articles there")
        reader = self._spark.readStream.schema(self._read(paths).schema).options(**_STREAM)
        self._mark()
        articles = self._articles(reader.parquet(paths[0]))
        trigger: dict[str, Any] = {"processingTime": f"{every} seconds"} if every else {"availableNow": True}

        def batch(articles: DataFrame, number: int) -> None:
            # under the batch's number: a batch that is run again after a crash takes the place of what it wrote
            self._put(self._extracted(articles), f"{self._store}/batch={number}")
            if every:
                self._draw(self._latest())

        writer = articles.writeStream.foreachBatch(batch).option("checkpointLocation", f"{self._store}/_checkpoint")
        query = writer.trigger(**trigger).start()
        while query.isActive:
            time.sleep(_LOOK)  # here and not in Java, where Ctrl-C would cut its answer off
        query.awaitTermination()  # raises what ended it
        return self._draw(self._latest())

    def _read(self, paths: Sequence[str]) -> DataFrame:
        from pyspark.errors import AnalysisException

        try:
            return self._spark.read.option("pathGlobFilter", "*.parquet").parquet(*paths)
        except AnalysisException as error:
            if error.getCondition() != "UNABLE_TO_INFER_SCHEMA":
                raise
            raise ValueError(f"{', '.join(paths)}: no .parquet file with articles is there") from None

    def _articles(self, frame: DataFrame) -> DataFrame:
        """The columns that are needed, and where each row stands."""
        columns = self._options.columns
        tables.need("the table", frame.columns, columns)
        named = dict.fromkeys((columns.id, columns.text, columns.published, columns.title))
        chosen = [self._sql.col(f"`{c}`") for c in named if c in frame.columns]
        path, row = self._sql.col("_metadata.file_path"), self._sql.col("_metadata.row_index") + 1
        return frame.select(*chosen, path.alias("_path"), row.alias("_row"))

    def _refuse_doubles(self, articles: DataFrame) -> None:
        sql = self._sql
        place = sql.struct("_path", "_row")
        ids = articles.select(sql.col(f"`{self._options.columns.id}`").cast("string").alias("id"), place.alias("at"))
        found = ids.where("id != ''").groupBy("id").agg(sql.min("at"), sql.max("at"), sql.count("*").alias("n"))
        for doc_id, first, last, _ in found.where("n > 1").orderBy("id").limit(1).collect():
            one, other = (f"{local(at['_path'])}:{at['_row']}" for at in (first, last))
            raise inputs.doubled(one, other, doc_id)

    def _extracted(self, articles: DataFrame) -> DataFrame:
        parts = max(2 * self._spark.sparkContext.defaultParallelism, -(-articles.count() // _TASK))
        spread = articles.repartition(parts, f"`{self._options.columns.id}`")
        return self._mapped(spread, partial(extracted, options=self._options, rules=self._rules), EXTRACTED)

    def _latest(self) -> DataFrame:
        """What the batches hold; of an article that came again, what came last."""
        from pyspark.sql import Window

        sql = self._sql
        newest = Window.partitionBy("doc_id").orderBy(*(sql.desc(c) for c in ("batch", "path", "row")))
        stored = self._spark.read.parquet(self._store).withColumn("_age", sql.row_number().over(newest))
        return stored.where("_age = 1 OR doc_id IS NULL")

    def _draw(self, stored: DataFrame) -> dict[str, int]:
        """Write every table anew."""
        sql = self._sql
        rejected = stored.select(sql.explode("rejected").alias("row")).select("row.*")
        counts = {
            "rejected": self._put(rejected.orderBy("source", "position", "reason"), f"{self._out}/rejected.parquet")
        }
        for table in PER_ARTICLE:
            counts[table] = self._table(table, self._rows(stored, table), (*order(table), "_at"))
        found = self._across(self._rows(stored, "facts").select("_at", *reconcile.READS), counts["facts"]).persist()
        for table in across.TABLES:
            rows = found.where(f"{table} IS NOT NULL").select(*across.PLACE, f"{table}.*")
            counts[table] = self._table(table, rows, (*across.PLACE, *COLUMNS[table]))
        found.unpersist()
        counts["register"] = self._register(self._rows(stored, "companies"))
        return counts

    def _register(self, mentions: DataFrame) -> int:
        """The companies of all articles; what is one company is decided here, from one row for each name."""
        sql = self._sql
        seen = mentions.groupBy("canonical").agg(
            sql.min("doc_id"), sql.count("*"), sql.countDistinct("doc_id"), sql.collect_set("text")
        )
        found = {
            name: Seen(first, mentions=mentions, documents=documents, texts=set(texts))
            for name, first, mentions, documents, texts in seen.toLocalIterator()
        }
        with rulebook.use_folder(self._options.rules):
            rows = named(found, roster.known(str(rulebook.folder()), self._options.companies))
        listed = pa.Table.from_pylist(rows, schema=schema("register"))
        return self._put(self._spark.createDataFrame(listed).coalesce(1), f"{self._out}/register.parquet")

    def _rows(self, stored: DataFrame, table: str) -> DataFrame:
        """The rows of a table, and for each its number in its article."""
        return stored.select(self._sql.posexplode(table).alias("_at", "row")).select("_at", "row.*")

    def _table(self, table: str, rows: DataFrame, order: Iterable[str]) -> int:
        columns = [rows[f"`{c}`"].cast("double") if c in NUMBERS else rows[f"`{c}`"] for c in COLUMNS[table]]
        listed = (f"`{c}`" for c in order)
        return self._put(rows.orderBy(*listed).select(*columns), f"{self._out}/{table}.parquet")

    def _across(self, facts: DataFrame, count: int) -> DataFrame:
        """The rows of `targets` and `conflicts` with their places."""
        subjects = facts.select("subject").distinct().toLocalIterator()
        with rulebook.use_folder(self._options.rules):
            shorts = Names(row[0] for row in subjects).shorts
        keyed = pa.schema([*FACTS, ("group", pa.string())])
        found = self._mapped(facts, partial(grouped, shorts=shorts, rules=self._rules), keyed).where(
            "`group` IS NOT NULL"
        )
        parts = 1 + count // _FACTS
        near = found.repartition(parts, "group").sortWithinPartitions("group", *order("facts"), "_at")
        return self._mapped(near, partial(drawn, shorts=shorts, rules=self._rules), DRAWN)

    def _mapped(self, frame: DataFrame, work: Callable[[Batches], Batches], types: pa.Schema) -> DataFrame:
        from pyspark.sql.pandas.types import from_arrow_schema

        return frame.mapInArrow(work, from_arrow_schema(types))

    def _put(self, frame: DataFrame, path: str) -> int:
        """Write a folder beside the one of that name, then put it in its place; returns the number of rows."""
        folder, _, name = path.rpartition("/")
        part = f"{folder}/.{name}.{self._spark.sparkContext.applicationId}.part"  # a killed run may still be dying
        frame.write.mode("overwrite").parquet(part)
        files = self._files(path)
        files.delete(self._path(path), True)
        if not files.rename(self._path(part), self._path(path)):
            raise ValueError(f"{path}: the folder cannot be put in its place; check its rights")
        return int(self._spark.read.parquet(path).count())

    def _mark(self) -> None:
        """Say what a stream is made with; one that was made with something else would mix two datasets."""
        options = self._options
        what = f"{article.made_with(options.rules, options.companies)} {options.columns} {options.published}"
        mark = f"{self._store}/_made_with/{sha256(what.encode()).hexdigest()}"
        if self._there(self._store) and not self._there(mark):
            raise ValueError(
                f"{self._out} was made with another version, other rules or options, or without --stream; choose "
                "another --out, or delete it to take in everything anew"
            )
        self._files(mark).mkdirs(self._path(mark))

    def _there(self, path: str) -> bool:
        return bool(self._files(path).exists(self._path(path)))

    def _files(self, path: str) -> Any:
        """The file system of a path, which may be that of a cluster."""
        return self._path(path).getFileSystem(self._spark._jsc.hadoopConfiguration())

    def _path(self, path: str) -> Any:
        return self._spark._jvm.org.apache.hadoop.fs.Path(path)
