"""The page for bookkeepers says what the code does: its columns, its example, its boundary."""

import re
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

from tests.helpers.ledger_entries import PLAIN
from usage.ledger import COLUMNS
from usage.prices import OwnPrices, PriceBook
from usage.units import Endpoint, TokenUsage, cost_of

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "how-the-cost-is-worked-out.md").read_text("utf-8")


def table_after(heading: str) -> list[list[str]]:
    """The cells of the first table below a heading, its head left out."""
    lines = PAGE.split(f"{heading}\n", 1)[1].splitlines()
    rows = [line.strip("|").split("|") for line in lines[: lines.index("", 2)] if line.startswith("|")]
    return [[cell.strip().strip("*") for cell in row] for row in rows[2:]]


def test_every_column_is_explained_in_its_order() -> None:
    named = [name for row in table_after("## The columns") for name in re.findall(r"`(\w+)`", row[0])]
    assert named == list(COLUMNS)


def test_the_example_adds_up_and_is_what_the_code_makes_of_it() -> None:
    *lines, cost = table_after("### An example")
    amounts = [Decimal(tokens.replace(",", "")) * Decimal(rate) / 1_000_000 for _, tokens, rate, _ in lines]
    assert amounts == [Decimal(amount) for *_, amount in lines]
    assert sum(amounts) == Decimal(cost[3]) == PLAIN.cost_usd


def test_the_jump_at_272_000_tokens_costs_what_the_page_says() -> None:
    book, at = PriceBook(OwnPrices), datetime(2026, 11, 25, tzinfo=UTC)
    for tokens in (272_000, 272_001):
        price = book.price(Endpoint("api.openai.com", "openai"), "gpt-6-luna", tokens, at)
        assert price is not None
        cost = cost_of(price, TokenUsage(input=tokens, output=0))
        assert f"{tokens:,} × {price.input_usd_per_mtok:.2f} ÷ 1,000,000 = {cost} USD" in " ".join(
            PAGE.split()
        )


def test_readme_leads_to_the_page() -> None:
    assert "docs/how-the-cost-is-worked-out.md" in (ROOT / "README.md").read_text("utf-8")
