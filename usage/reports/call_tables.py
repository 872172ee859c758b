"""The ledger's entries as tables of an embedded DuckDB, filled by its CSV reader or row by row."""

import glob
import tempfile
import uuid
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any, get_args
from zoneinfo import ZoneInfo

from usage.ledger import COLUMNS, FATE_UNKNOWN, IMPOSSIBLE, CallStatus, KeyOwner, Purpose, UsageSource

_TEXTS = (
    *("call_id", "user", "conversation_id", "turn_id"),
    *("endpoint", "model", "resolved_model", "corrects"),
)
_WORDS = {"purpose": Purpose, "key_owner": KeyOwner, "status": CallStatus, "usage_source": UsageSource}
_COUNTS = (
    "input_tokens",
    "cached_input_tokens",
    "cache_write_tokens",
    "output_tokens",
    "reasoning_tokens",
    "estimated_input_tokens",
    "history_tokens",
)
_RATES = ("input_usd_per_mtok", "cached_input_usd_per_mtok", "cache_write_usd_per_mtok")
_AMOUNTS = ("cost_usd", "settled_usd", "reported_cost_usd", "listed_cost_usd")
_RATE_DECIMALS = 6
_NOTES = (IMPOSSIBLE, FATE_UNKNOWN)  # how notes begin that questions ask for
# The columns that questions need, with their types.
_TYPES: Mapping[str, str] = {
    "started_at": "TIMESTAMP",
    **dict.fromkeys(_TEXTS, "VARCHAR"),
    **{name: f"ENUM {get_args(words)}" for name, words in _WORDS.items()},
    "note": f"ENUM {_NOTES}",
    **dict.fromkeys(_COUNTS, "BIGINT"),
    **dict.fromkeys(_RATES, "DECIMAL(18, 6)"),
    **dict.fromkeys(_AMOUNTS, "DECIMAL(38, 12)"),
}
REPORT_COLUMNS = tuple(name for name in COLUMNS if name in _TYPES)  # in the order of the file

# How Tally writes times and figures. What looks different is read row by row.
_TIME = "____-__-__T__:__:__.___Z"
_RATE = r"([0-9]{1,12}(\.[0-9]{0,6})?)?"
_AMOUNT = r"([0-9]{1,15}(\.[0-9]{0,12})?)?"
_FIGURES = ",".join(
    [
        *("[0-9]{0,12}" for _ in _COUNTS),
        *(_RATE for _ in _RATES),
        f"-?{_AMOUNT}",
        *(_AMOUNT for _ in _AMOUNTS[1:]),
    ]
)

_LOCAL_TIME = "started_at AT TIME ZONE 'UTC' AT TIME ZONE $zone"
_SCHEMA = f"""
CREATE TABLE entries_in_bulk (
    {", ".join(f'"{name}" {kind}' for name, kind in _TYPES.items())},
    local_time TIMESTAMP,
    local_day DATE,
    corrected_usd DECIMAL(38, 12),
    is_exact BOOLEAN,
    is_plain BOOLEAN
);
CREATE TABLE entries_one_by_one AS
SELECT CAST(0 AS BIGINT) AS line, * EXCLUDE (is_plain) FROM entries_in_bulk;

-- Every entry, with its line in the file, whose first is the header: lower lines were recorded earlier.
CREATE VIEW entries AS
SELECT rowid + 2 AS line, * EXCLUDE (is_plain) FROM entries_in_bulk WHERE is_plain
UNION ALL
SELECT * FROM entries_one_by_one;

-- What costs money: calls and corrections, but not what people have paid each other.
-- A call is billed by the model that answered, where the endpoint named it.
CREATE VIEW spending AS
SELECT
    *,
    purpose <> 'correction' AS is_call,
    purpose <> 'correction' AND cost_usd IS NULL AND corrected_usd IS NULL AS is_unpriced,
    usage_source = 'estimated' AND is_exact IS NOT TRUE
        AND (reported_cost_usd IS NULL OR cost_usd IS DISTINCT FROM reported_cost_usd) AS is_estimated,
    coalesce(nullif(resolved_model, ''), model) AS billed_model
FROM entries
WHERE purpose <> 'settlement';

-- The calls, each with its cost, to which a correction may have added later. Counts and rates are credible
-- below limits that no call has come near, and within which all products are exact.
CREATE VIEW calls AS
SELECT
    *,
    coalesce(cost_usd + corrected_usd, cost_usd, corrected_usd) AS known_usd,
    input_usd_per_mtok IS NOT NULL
        AND greatest(input_tokens, cached_input_tokens, cache_write_tokens) < 1073741824
        AND greatest(input_usd_per_mtok, cached_input_usd_per_mtok, cache_write_usd_per_mtok) < 4294.967296
        AS is_credible
FROM spending
WHERE is_call;

CREATE MACRO unescaped(field) AS CASE
    WHEN NOT starts_with(field, '''') THEN field
    WHEN substr(field, 2, 1) IN ('=', '+', '-', '@', chr(9), chr(13), '''') THEN substr(field, 2)
    ELSE field
END;
"""  # noqa: S608 - made of the names above
_CORRECT = """
UPDATE {table} SET corrected_usd = correction.usd, is_exact = correction.is_exact
FROM (
    SELECT corrects, arg_min(cost_usd, line) AS usd, arg_min(usage_source, line) = 'reported' AS is_exact
    FROM entries
    WHERE corrects <> '' AND cost_usd IS NOT NULL
    GROUP BY corrects
) AS correction
WHERE {table}.call_id = correction.corrects AND corrected_usd IS NULL
    AND (cost_usd IS NULL OR (usage_source = 'estimated' AND correction.is_exact))
"""


def _config() -> dict[str, Any]:
    """Return limits that leave the page its room: what does not fit goes to the disk. Nothing is fetched."""
    return {
        "threads": 2,
        "memory_limit": "1GB",
        "temp_directory": str(Path(tempfile.gettempdir(), f"tally-{uuid.uuid4().hex}")),
        "autoinstall_known_extensions": False,
        "autoload_known_extensions": False,
    }


class CallTables:
    """One database in memory, with the views `entries`, `spending` and `calls` of what it was given."""

    def __init__(self, zone: ZoneInfo) -> None:
        import duckdb

        self._zone = str(zone)
        self._connection = duckdb.connect(":memory:", config=_config())
        self._connection.execute(_SCHEMA)

    def answer(self, sql: str, values: Mapping[str, Any]) -> tuple[list[str], list[tuple[Any, ...]]]:
        """Return the names of the columns that a query finds, and its rows; amounts are exact Decimals."""
        self._connection.execute(sql, values)
        return [column[0] for column in self._connection.description or ()], self._connection.fetchall()

    def read(self, path: Path, header: Sequence[str]) -> int:
        """Read a file of whole lines into the empty tables and return how many rows it has.

        Each line becomes a row. What Tally does not write like that belongs to no view: see `refused_lines`.
        """
        options = {
            "path": glob.escape(str(path)),
            "zone": self._zone,
            # As many columns again take what a line has too much.
            "columns": {f"c{place}": "VARCHAR" for place in range(2 * len(header))},
        }
        [(count,)] = self._rows(_read_sql(header), options)
        return int(count)

    def add(self, rows: Sequence[tuple[int, Mapping[str, Any]]]) -> None:
        """Add rows by their lines, values as `parse_row` gives them."""
        if not rows:
            return
        values: dict[str, Any] = {"line": [line for line, _ in rows], "zone": self._zone}
        for name in REPORT_COLUMNS:
            values[name] = [_text(name, row[name]) for _, row in rows]
        columns = ", ".join(f'unnest(CAST(${name} AS {kind}[])) AS "{name}"' for name, kind in _TYPES.items())
        self._connection.execute(
            f"""
            INSERT INTO entries_one_by_one
            SELECT *, {_LOCAL_TIME}, CAST({_LOCAL_TIME} AS DATE), NULL, NULL
            FROM (SELECT unnest($line) AS line, {columns})
            """,  # noqa: S608 - made of the names above
            values,
        )

    def refused_lines(self) -> set[int]:
        """Return the lines that `read` could not make entries of."""
        found = self._rows("SELECT rowid + 2 FROM entries_in_bulk WHERE is_plain IS NOT TRUE")
        return {line for (line,) in found}

    def known(self, call_ids: Iterable[str]) -> set[str]:
        """Return those of these calls that have an entry."""
        found = self._rows(
            "SELECT call_id FROM entries WHERE call_id IN (SELECT unnest($call_ids))",
            {"call_ids": list(call_ids)},
        )
        return {call_id for (call_id,) in found}

    def corrected(self) -> set[str]:
        """Return the calls that a correction is about."""
        found = self._rows("SELECT DISTINCT corrects FROM entries WHERE corrects <> ''")
        return {call_id for (call_id,) in found}

    def leave_out_repeated(self) -> list[int]:
        """Take entries whose call has an earlier entry out of all views, and return their lines."""
        [(repeated,)] = self._rows("SELECT count(*) - count(DISTINCT hash(call_id)) FROM entries")
        if not repeated:
            return []
        found = self._rows(
            """
            SELECT line
            FROM entries
            WHERE hash(call_id) IN (SELECT hash(call_id) FROM entries GROUP BY 1 HAVING count(*) > 1)
            QUALIFY row_number() OVER (PARTITION BY call_id ORDER BY line) > 1
            ORDER BY line
            """
        )
        lines = [line for (line,) in found]
        for leave_out in (
            "UPDATE entries_in_bulk SET is_plain = FALSE WHERE rowid + 2 IN (SELECT unnest($lines))",
            "DELETE FROM entries_one_by_one WHERE line IN (SELECT unnest($lines))",
        ):
            self._connection.execute(leave_out, {"lines": lines})
        return lines

    def _rows(self, sql: str, values: Mapping[str, Any] | None = None) -> list[tuple[Any, ...]]:
        return self._connection.execute(sql, values).fetchall()

    def correct(self) -> None:
        """Give calls what their first correction says."""
        for table in ("entries_in_bulk", "entries_one_by_one"):
            self._connection.execute(_CORRECT.format(table=table))


def _read_sql(header: Sequence[str]) -> str:
    """Write the query that reads a file with these columns."""
    at = {name: f"c{place}" for place, name in enumerate(header)}
    field = {name: at.get(name, "''") for name in REPORT_COLUMNS}
    values = {name: f"TRY_CAST(nullif({field[name]}, '') AS {kind})" for name, kind in _TYPES.items()} | {
        name: f"unescaped({field[name]})" for name in _TEXTS
    }
    local_time = _LOCAL_TIME.replace("started_at", values["started_at"])
    values["note"] = f"TRY_CAST(split_part({field['note']}, ':', 1) AS {_TYPES['note']})"
    figures = ", ".join(field[name] for name in (*_COUNTS, *_RATES, *_AMOUNTS))
    words = " AND ".join(f"{values[name]} IS NOT NULL" for name in _WORDS)
    return f"""
        INSERT INTO entries_in_bulk
        SELECT
            {", ".join(values.values())},
            {local_time},
            CAST({local_time} AS DATE),
            NULL,
            NULL,
            c{len(header) - 1} IS NOT NULL AND c{len(header)} IS NULL
                AND {field["call_id"]} <> ''
                AND {field["started_at"]} LIKE '{_TIME}'
                AND {values["started_at"]} >= DATE '1971-01-01' AND {values["started_at"]} < DATE '2200-01-01'
                AND {words}
                AND (NOT starts_with({field["cost_usd"]}, '-') OR {values["purpose"]} = 'correction')
                AND regexp_full_match(concat_ws(',', {figures}), '{_FIGURES}')
        FROM read_csv(
            $path, columns = $columns, auto_detect = FALSE, header = FALSE, skip = 1, delim = ',',
            quote = '"', escape = '"', comment = '', new_line = '\\n', nullstr = '\x01', null_padding = TRUE,
            strict_mode = FALSE, ignore_errors = TRUE, max_line_size = 2000000
        )
    """  # noqa: S608 - made of the names above and of numbers


def _text(column: str, value: Any) -> Any:
    """Return the value of a row as its column takes it."""
    match value:
        case Decimal() if column in _RATES:
            is_one_of_a_list = value < 10**12 and value == round(value, _RATE_DECIMALS)
            return f"{value:f}" if is_one_of_a_list else None
        case Decimal():
            return f"{value:f}"
        case datetime():
            return value.astimezone(UTC).replace(tzinfo=None)
        case None if column in _TEXTS:
            return ""
        case str() if column == "note":
            return next((note for note in _NOTES if value.partition(":")[0] == note), None)
        case _:
            return value
