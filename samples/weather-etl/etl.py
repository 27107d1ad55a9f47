"""The steps of weather-etl.yaml. Each gets one argument, with the input, parameters and variables of its node."""

import csv
import math
import shlex
import sqlite3
from contextlib import closing
from datetime import datetime
from itertools import groupby
from pathlib import Path

NUMBERS = ("precipitation", "temp_max", "temp_min", "wind")
KINDS = {"drizzle", "fog", "rain", "snow", "sun"}

TABLES = """
CREATE TABLE IF NOT EXISTS weather (
    date TEXT PRIMARY KEY, precipitation REAL NOT NULL, temp_max REAL NOT NULL, temp_min REAL NOT NULL,
    wind REAL NOT NULL, kind TEXT NOT NULL
);
CREATE TABLE IF NOT EXISTS months (
    month TEXT PRIMARY KEY, days INTEGER NOT NULL, precipitation REAL NOT NULL, temp_max REAL NOT NULL,
    temp_min REAL NOT NULL, sunny INTEGER NOT NULL
);
CREATE TABLE IF NOT EXISTS rejected_rows (
    file TEXT NOT NULL, line INTEGER NOT NULL, date TEXT, reason TEXT NOT NULL, PRIMARY KEY (file, line)
);
"""

# What the report tells the reader to run: the whole of its first table in one query.
CHECK_QUERY = (
    "SELECT count(*), round(sum(precipitation), 1), max(temp_max), min(temp_min), "
    "(SELECT count(*) FROM rejected_rows) FROM weather;"
)
ASK = "import sqlite3, sys; print(sqlite3.connect(sys.argv[1]).execute(sys.argv[2]).fetchone())"


class BadRow(ValueError):
    """A row that cannot be right."""


def connect(context):
    """Open the run's database; an SQLite connection as context manager commits, and this one closes as well."""
    return closing(sqlite3.connect(context.params["database"], timeout=30))


def prepare(context):
    """Make the folders and the tables. What a run before has loaded stays: every step writes a row under its key."""
    for name in ("database", "report", "rejects"):
        Path(context.params[name]).parent.mkdir(parents=True, exist_ok=True)
    with connect(context) as database, database:
        database.executescript(TABLES)
        database.execute("DELETE FROM rejected_rows")


def read(context):
    """Return the rows of both files as ``months``: a list of ``{name, rows}``, each row as in its file."""
    rows = []
    for name in (context.params["source"], context.params["extra"]):
        if name:
            with Path(name).open(newline="", encoding="utf-8") as file:
                rows += [{**row, "file": Path(name).name, "line": 2 + n} for n, row in enumerate(csv.DictReader(file))]
    rows.sort(key=lambda row: row["date"])
    months = groupby(rows, key=lambda row: row["date"][:7].replace("/", "-"))
    return {"months": [{"name": name, "rows": list(group)} for name, group in months], "rows": len(rows)}


def check(context):
    """Return the row with its numbers as numbers and its date as ISO 8601 has it; raise BadRow where it is wrong."""
    row = context.input["row"]
    try:
        date = datetime.strptime(row["date"], "%Y/%m/%d").date()  # noqa: DTZ007 - a day has no zone
    except ValueError:
        raise BadRow(f"{row['date']} is no date") from None
    values = {}
    for name in NUMBERS:
        try:
            values[name] = float(row[name])
        except ValueError:
            raise BadRow(f"{name} is no number: {row[name]}") from None
        if not math.isfinite(values[name]):
            raise BadRow(f"{name} is no number: {row[name]}")
    if values["temp_max"] < values["temp_min"]:
        raise BadRow(f"the highest temperature, {row['temp_max']}, is below the lowest, {row['temp_min']}")
    if row["weather"] not in KINDS:
        raise BadRow(f"{row['weather']} is no kind of weather")
    return {"date": date, "kind": row["weather"], **values}


def reject(context):
    """Write the row that was wrong into the table of rejects, with the reason."""
    row = context.input["row"]
    with connect(context) as database, database:
        database.execute(
            "INSERT OR REPLACE INTO rejected_rows VALUES (?, ?, ?, ?)",
            (row["file"], row["line"], row["date"], context.input["error_message"]),
        )
    context.variables.add("rejected", 1)


def load(context):
    """Write the good rows of a month in one transaction. Doing it again changes nothing."""
    rows = [row for row in context.input["results"] if row is not None]
    with connect(context) as database, database:
        database.executemany(
            "INSERT OR REPLACE INTO weather VALUES (:date, :precipitation, :temp_max, :temp_min, :wind, :kind)", rows
        )
    context.variables.add("loaded", len(rows))
    return {"days": len({row["date"] for row in rows})}


def verify(context):
    """Compare what the database has of a month with what was to be loaded; raise where they differ."""
    month, days = context.input["month"]["name"], context.input["days"]
    with connect(context) as database:
        found, upside_down = database.execute(
            "SELECT count(*), coalesce(sum(temp_max < temp_min), 0) FROM weather WHERE substr(date, 1, 7) = ?", (month,)
        ).fetchone()
    if found != days:
        raise RuntimeError(f"{month} has {found} days in the database, and {days} were loaded")
    if upside_down:
        raise RuntimeError(f"{month} has {upside_down} days whose highest temperature is below the lowest")
    context.progress(100, f"{month}: {found} days")


def sum_up(context):
    """Write a month's line into the table of months."""
    month = context.input["month"]["name"]
    with connect(context) as database, database:
        database.execute(
            "INSERT OR REPLACE INTO months SELECT substr(date, 1, 7), count(*), sum(precipitation), max(temp_max), "
            "min(temp_min), sum(kind = 'sun') FROM weather WHERE substr(date, 1, 7) = ? GROUP BY 1",
            (month,),
        )


def report(context):
    """Write the report and the file of rejects, and print the report; return its main figures."""
    with connect(context) as database:
        days, rain, hottest, coldest, rejected = database.execute(CHECK_QUERY).fetchone()
        by_year = database.execute(
            "SELECT substr(month, 1, 4), sum(days), round(sum(precipitation), 1), max(temp_max), min(temp_min), "
            "sum(sunny) FROM months GROUP BY 1 ORDER BY 1"
        ).fetchall()
        hot, cold, wet = (
            database.execute(f"SELECT date, {column} FROM weather ORDER BY {order}, date LIMIT 1").fetchone()
            for column, order in (
                ("temp_max", "temp_max DESC"),
                ("temp_min", "temp_min"),
                ("precipitation", "precipitation DESC"),
            )
        )
        rejects = database.execute("SELECT file, line, date, reason FROM rejected_rows ORDER BY 1, 2").fetchall()
    where = shlex.quote(str(Path(context.params["database"]).resolve()))
    lines = [
        "# Weather in Seattle",
        "",
        "| days | precipitation | highest | lowest | rows rejected |",
        "|---|---|---|---|---|",
        f"| {days} | {rain} mm | {hottest} °C | {coldest} °C | {rejected} |",
        "",
        f"Hottest day: {hot[0]} ({hot[1]} °C). Coldest: {cold[0]} ({cold[1]} °C). Wettest: {wet[0]} ({wet[1]} mm).",
        "",
        "| year | days | precipitation | highest | lowest | days of sun |",
        "|---|---|---|---|---|---|",
        *(f"| {y} | {n} | {mm} mm | {top} °C | {low} °C | {sun} |" for y, n, mm, top, low, sun in by_year),
        "",
        "Rejected:" if rejects else "No row was rejected.",
        *(f"- {file}, line {line}: {reason}" for file, line, _, reason in rejects),
        "",
        "The first table is what this query gives:",
        "",
        f"    {CHECK_QUERY}",
        "",
        "To run it, with the first of these that the machine has:",
        "",
        f"    sqlite3 {where} {shlex.quote(CHECK_QUERY)}",
        f"    python3 -c {shlex.quote(ASK)} {where} {shlex.quote(CHECK_QUERY)}",
    ]
    text = "\n".join(lines) + "\n"
    Path(context.params["report"]).write_text(text, encoding="utf-8")
    with Path(context.params["rejects"]).open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([("file", "line", "date", "reason"), *rejects])
    print(text)
    return {"days": days, "precipitation": rain, "hottest": hottest, "coldest": coldest, "rejected": rejected}
