"""What every table of the Usage tab is, whatever it shows: named columns of one kind each, rows, a total.

A sheet is drawn as HTML, CSV, JSON or for the terminal by what knows nothing of its contents.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal, TypeAlias

# A conversation is named by its id, which the page shows as a link under its title.
Kind = Literal["text", "conversation", "count", "usd", "percent"]
# None is what is not known; amounts in USD, percent as 12.5.
Cell: TypeAlias = str | int | Decimal | None


@dataclass(frozen=True, slots=True)
class Column:
    """`name` is for files and scripts and never changes, `heading` for people."""

    name: str
    heading: str
    kind: Kind = "text"


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """One table. `name` is its address and file name; `note` says how its figures come about.

    Each row has a cell for each column, as has `total` where there is one.
    """

    name: str
    title: str
    columns: Sequence[Column]
    rows: Sequence[Sequence[Cell]]
    total: Sequence[Cell] | None = None
    note: str = ""
