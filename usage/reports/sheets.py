"""What every table is, whatever it shows: named columns of one kind each, rows, a total.

A sheet is drawn as HTML, CSV, JSON or for the terminal by what knows nothing of its contents.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import ROUND_HALF_UP, Decimal
from typing import TYPE_CHECKING, Literal, TypeAlias

from texts import N_, _, ngettext
from usage.ledger import LOCAL_USER
from usage.units import EXACT, Currency, decimals_of, editable_usd, rounded_usd

if TYPE_CHECKING:
    import pandas as pd

# A conversation is named by its id, which the page shows as a link under its title.
# Times are ISO days, weeks, months or minutes; a rate is an amount that is never rounded.
# A turn is where the link of its conversation leads; by itself people do not see it.
# Of kind "currency" are the amounts of one column in USD, in the sheet's currency.
Kind = Literal["text", "conversation", "turn", "time", "count", "usd", "currency", "rate", "percent"]
COST, UNKNOWN = "cost_usd", "unknown_price_calls"
# None is what is not known; amounts in USD, percent as 12.5.
Cell: TypeAlias = str | int | Decimal | None
# First cells that name no model or person: files have them as they are, people read them in their language.
TOTAL, AS_PAID, CARRIED_OVER = "total", "as paid", "carried over"
_ROW_NAMES = {TOTAL: N_("total"), AS_PAID: N_("as paid"), CARRIED_OVER: N_("carried over")}
_TENTH = Decimal("0.1")


@dataclass(frozen=True, slots=True)
class Column:
    """`name` is for files and scripts and never changes; `heading`, for people, is translated when drawn.

    People do not see a `minor` one whose cells say nothing: 0, or that nobody signs in here. The figures of a
    `running` one go on from row to row: those of some rows have no sum.
    """

    name: str
    heading: str
    kind: Kind = "text"
    minor: bool = False
    running: bool = False

    @property
    def headline(self) -> str:
        """Return the heading in the reader's language; a currency's code is the same in all."""
        return self.heading if self.kind == "currency" else _(self.heading)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """One table. `name` is its address and file name; `note` says how its figures come about.

    Each row has a cell for each column, as has `total` where there is one. With a `currency` its main amounts
    are shown in that too: see `also_in`.
    """

    name: str
    title: str
    columns: Sequence[Column]
    rows: Sequence[Sequence[Cell]]
    total: Sequence[Cell] | None = None
    note: str = ""
    currency: Currency | None = None

    @property
    def rows_and_total(self) -> list[Sequence[Cell]]:
        """The rows, and after them the total where there is one."""
        return [*self.rows, *([] if self.total is None else [self.total])]

    def for_people(self) -> "Sheet":
        """Return the sheet as people read it: cost second, and nothing that says nothing."""
        return self._without_nothing().converted()

    def for_files(self) -> "Sheet":
        """Return the sheet as files have it: with each amount in another currency go its rate and its day."""
        if not (currency := self.currency):
            return self
        sheet = self.converted()
        day = currency.day.isoformat() if currency.day else None
        columns = Column(f"{currency.code.lower()}_per_usd", "", "rate"), Column("rate_day", "", "time")
        return replace(
            sheet,
            columns=[*sheet.columns, *columns],
            rows=[[*row, currency.rate, day] for row in sheet.rows],
            total=sheet.total and [*sheet.total, currency.rate, day],
        )

    def also_in(self, currency: Currency | None) -> "Sheet":
        """Return the sheet with its cost, or else its first amounts, in another currency beside USD."""
        if currency is None or self._main_place is None:
            return self
        return replace(self, currency=currency, note=f"{self.note} {currency.note}".strip())

    def converted(self) -> "Sheet":
        """Return the sheet with the column in its currency, if it has one."""
        currency, place = self.currency, self._main_place
        if currency is None or place is None:
            return self
        main, code = self.columns[place], currency.code
        name = f"{main.name.removesuffix('_usd')}_{code.lower()}"
        own = replace(main, name=name, heading=code, kind="currency")

        def beside(cells: Sequence[Cell]) -> list[Cell]:
            usd = cells[place]
            amount = currency.of(Decimal(usd)) if isinstance(usd, int | Decimal) else None
            return [*cells[: place + 1], amount, *cells[place + 1 :]]

        return replace(
            self,
            columns=[*self.columns[: place + 1], own, *self.columns[place + 1 :]],
            rows=[beside(row) for row in self.rows],
            total=self.total and beside(self.total),
        )

    @property
    def _main_place(self) -> int | None:
        """Return where the cost stands, or else the first amounts; None where there are none."""
        amounts = [place for place, column in enumerate(self.columns) if column.kind == "usd"]
        costs = [place for place in amounts if self.columns[place].name == COST]
        return next(iter([*costs, *amounts]), None)

    def _without_nothing(self) -> "Sheet":
        places = [place for place in range(len(self.columns)) if self._says_something(place)]
        costs = [place for place in places if self.columns[place].name == COST]
        places = [places[0], *costs, *(place for place in places[1:] if place not in costs)]
        return replace(
            self,
            columns=[self.columns[place] for place in places],
            rows=[[row[place] for place in places] for row in self.rows],
            total=[self.total[place] for place in places] if self.total and len(self.rows) > 1 else None,
        )

    def _says_something(self, place: int) -> bool:
        column = self.columns[place]
        if column.kind == "turn":
            return False
        nothing = (None, "", 0, LOCAL_USER) if column.minor else (None, "")
        is_needed = place == 0 or column.name == COST or not self.rows
        return is_needed or any(cells[place] not in nothing for cells in self.rows_and_total)

    def gaps(self) -> list[list[int]]:
        """Return for each cell of rows and total how many decimals it lacks for the points to line up."""
        shown = [
            [_decimals(cell, column) for cell, column in zip(cells, self.columns, strict=True)]
            for cells in self.rows_and_total
        ]
        most = [max(column) for column in zip(*shown, strict=True)]
        return [[top - each if each else 0 for each, top in zip(line, most, strict=True)] for line in shown]


def _decimals(cell: Cell, column: Column) -> int:
    return decimals_of(written_usd(cell, column)) if isinstance(cell, Decimal) else 0


def written_usd(amount: Decimal, column: Column) -> str:
    """Return an amount as a column has it, without its currency."""
    return editable_usd(amount) if column.kind == "rate" else rounded_usd(amount)


def percent(part: Decimal | int, whole: Decimal | int) -> Decimal | None:
    """Return a part as percent of the whole, to a tenth; None of nothing."""
    if not whole:
        return None
    return (Decimal(part) * 100 / Decimal(whole)).quantize(_TENTH, ROUND_HALF_UP, EXACT)


def in_words(cell: str) -> str:
    """Return a text of a cell as people read it."""
    return _(_ROW_NAMES[cell]) if cell in _ROW_NAMES else cell


def calls_text(count: int) -> str:
    """Return a number of calls in words: "1 call", "1,234 calls"."""
    return ngettext("{count} call", "{count} calls", count).format(count=f"{count:,}")


def rows_of(answer: "pd.DataFrame") -> list[list[Cell]]:
    """Return the rows of a question's answer as those of a sheet."""
    rows: list[list[Cell]] = answer.to_numpy().tolist()
    return rows
