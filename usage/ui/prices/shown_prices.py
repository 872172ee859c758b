"""What the view of prices says, as HTML: where prices come from, the person's own ones, what was applied."""

from datetime import date, datetime, tzinfo
from html import escape
from pathlib import Path

from usage.prices import OwnPrice, OwnPrices, PriceList
from usage.reports import Column, Sheet

EVERYWHERE = "everywhere"
ALWAYS = "always"
_COLUMNS = (
    Column("model", "Model"),
    Column("endpoint", "Endpoint"),
    Column("from", "From"),
    Column("input_usd_per_mtok", "Input", "usd"),
    Column("cached_input_usd_per_mtok", "Cached", "usd"),
    Column("cache_write_usd_per_mtok", "Cache write", "usd"),
    Column("output_usd_per_mtok", "Output", "usd"),
    Column("reasoning_usd_per_mtok", "Reasoning", "usd"),
    Column("per_request_usd", "A request", "usd"),
    Column("context_window", "Context", "count"),
)
_NOTE = (
    "USD per million tokens. Cached and cache write without a rate cost as input does, reasoning as output. "
    "Own prices go before the list; a new one holds for calls to come and never changes past ones."
)


def sources_html(price_list: PriceList, path: Path, own: OwnPrices, now: datetime, *, is_owner: bool) -> str:
    """Which list is in force, how old it is, and what is in the file of own prices; `now` is local.

    Where the file is on the server is for its owner to know.
    """
    as_of = price_list.as_of(now.date())
    if price_list.fetched_on:
        listed = f"{escape(price_list.source)}, fetched when you said so"
    else:
        listed = f"{escape(price_list.source)}, built in" + (f", prices of {as_of}" if as_of else "")
    shown = path if is_owner else Path(path.name)
    return (
        f'<dl class="usage-sources"><dt>Price list</dt><dd>{listed}</dd>'
        f"<dt>Own prices</dt><dd>{_file(path, shown, own, now.tzinfo)}</dd></dl>"
    )


def own_prices_sheet(own: OwnPrices) -> Sheet:
    """The own prices by model, host and day."""
    rows = sorted(own, key=lambda each: (each[0], each[1].endpoint or "", each[1].from_day or date.min))
    return Sheet(
        name="own-prices",
        title="Own prices",
        columns=_COLUMNS,
        rows=[
            [
                model,
                price.endpoint or EVERYWHERE,
                price.from_day.isoformat() if price.from_day else ALWAYS,
                price.input_usd_per_mtok,
                price.cached_input_usd_per_mtok,
                price.cache_write_usd_per_mtok,
                price.output_usd_per_mtok,
                price.reasoning_usd_per_mtok,
                price.per_request_usd,
                price.context_window,
            ]
            for model, price in rows
        ],
        note=_NOTE,
    )


def name_of_price(model: str, price: OwnPrice) -> str:
    """What a person chooses a price by."""
    where = f" at {price.endpoint}" if price.endpoint else ""
    return f"{model}{where}" + (f" from {price.from_day}" if price.from_day else "")


def _file(path: Path, shown: Path, own: OwnPrices, zone: tzinfo | None) -> str:
    try:
        changed = datetime.fromtimestamp(path.stat().st_mtime, zone).date()
    except OSError:
        return f"none yet; they will be kept in {escape(str(shown))}"
    count = len(list(own))
    return f"{count:,} in {escape(str(shown))}, changed on {changed}"
