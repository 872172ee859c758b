"""`python -m usage`: payments, prices given later, and the bill."""

import io
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import pytest

from tests.helpers.ledger_entries import PLAIN, an_entry, written
from tests.usage.cli.conftest import Usage
from usage.accounts import Bill
from usage.accounts.billed import Billed
from usage.cli.arguments import read_arguments
from usage.cli.commands import run
from usage.cli.desk import Desk
from usage.ledger import CsvLedger, LedgerEntry
from usage.units import TokenUsage

DAY = date(2026, 11, 22)
UNKNOWN = an_entry(
    call_id="new",
    model="gpt-99",
    resolved_model=None,
    cost_usd=None,
    usage=TokenUsage(input=1_000_000, output=500_000),
)
OWN_PRICE = '[models."gpt-99"]\ninput_usd_per_mtok = 1.5\noutput_usd_per_mtok = 3\n'
COSTS = (
    "start_time_iso,amount_value,amount_currency,line_item\n"
    '2026-11-22T00:00:00Z,0.0002,usd,"gpt-6-luna-2026-09-01, input_tokens"\n'
    '2026-11-23T00:00:00Z,0.5,usd,"gpt-6-astra, output_tokens"\n'
)


def entries_of(path: Path) -> list[LedgerEntry]:
    return list(CsvLedger(path).entries())


@pytest.mark.slow
def test_what_is_open_is_written_down_as_paid(usage: Usage, path: Path) -> None:
    written(path, an_entry(user="ann"))
    assert usage("settle", "--paid", "ann") == (0, "ann has paid 0.0002334 USD; open: 0 USD.\n", "")
    _, payment = entries_of(path)
    assert (payment.call.purpose, payment.call.user, payment.settled_usd) == (
        "settlement",
        "ann",
        Decimal("0.0002334"),
    )
    assert usage("settle", "--paid", "ann") == (1, "", "ann has nothing open: 0 USD.\n")


@pytest.mark.slow
def test_another_amount_may_be_paid_and_is_carried_over(usage: Usage, path: Path) -> None:
    written(path, an_entry(user="ann"))
    assert usage("settle", "--paid", "ann", "--usd", "5")[1] == "ann has paid 5 USD; open: -4.9997666 USD.\n"
    assert usage("settle", "--statement", "ann", "--format", "csv")[1].splitlines()[1:] == [
        "carried over,,,,-4.9997666,",
        "total,0,0,0,-4.9997666,0",
    ]


def test_a_slip_in_a_name_or_an_amount_writes_nothing(usage: Usage, path: Path) -> None:
    written(path, an_entry(user="ann"))
    assert usage("settle", "--paid", "an", "--usd", "5") == (
        1,
        "",
        "'an' has not used the shared key. People who have: ann.\n",
    )
    code, _, errors = usage("settle", "--paid", "ann", "--usd", "0")
    assert (code, errors.count("\n")) == (1, 1)
    assert len(entries_of(path)) == 1


@pytest.mark.slow
def test_a_price_given_later_is_shown_then_applied_once(usage: Usage, path: Path) -> None:
    written(path, PLAIN, UNKNOWN)
    assert usage("price", "--apply")[1].startswith("Nothing to correct")
    path.with_name("prices.toml").write_text(OWN_PRICE)
    assert usage("price", "--format", "csv")[1].splitlines()[1:] == [
        "api.openai.com,gpt-99,1,3",
        "total,,1,3",
    ]
    assert len(entries_of(path)) == 2
    assert usage("price", "--apply") == (0, "1 call corrected, 3 USD in all.\n", "")
    assert entries_of(path)[2].corrects == "new"
    assert usage("price", "--apply")[1].startswith("Nothing to correct")
    assert usage("unpriced", "--format", "csv")[1].count("\n") == 1
    assert (
        usage("report", "--format", "csv")[1].splitlines()[-1]
        == "total,2,1001234,1000,500400,100,3.0002334,0,0"
    )


@pytest.mark.slow
def test_a_gateway_of_ones_own_is_not_taken_for_free_later(usage: Usage, path: Path) -> None:
    written(
        path,
        an_entry(endpoint="litellm", cost_usd=None),
        an_entry(call_id="2", endpoint="10.0.0.5", cost_usd=None),
    )
    assert usage("price", "--apply")[1].startswith("Nothing to correct")


@pytest.mark.slow
def test_wrong_prices_are_named_and_nothing_is_written(usage: Usage, path: Path) -> None:
    written(path, UNKNOWN)
    path.with_name("prices.toml").write_text(OWN_PRICE.replace("3", "-3"))
    code, output, errors = usage("price", "--apply")
    assert (code, output, errors.count("\n")) == (1, "", 1)
    assert "output_usd_per_mtok" in errors
    assert len(entries_of(path)) == 1


def test_the_bill_in_a_file_is_held_against_the_ledger(usage: Usage, path: Path) -> None:
    written(path, PLAIN)
    costs = path.with_name("costs.csv")
    costs.write_text(COSTS)
    code, output, _ = usage("bill", "--file", str(costs), "--format", "csv")
    lines = output.splitlines()
    assert code == 0
    assert lines[1].startswith('2026-11-22,gpt-6-luna-2026-09-01,0.0002334,0.0002,-0.0000334,"Billed less')
    assert lines[2].startswith('2026-11-23,gpt-6-astra,,0.5,0.5,"Not made with Tally')
    assert lines[3] == "total,,0.0002334,0.5002,0.4999666,"
    _, output, _ = usage("bill", "--file", str(costs), "--to", "2026-11-22", "--format", "csv")
    assert output.splitlines()[2] == "total,,0.0002334,0.0002,-0.0000334,"


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--from", "2026-11-24"], "2026-11-22 to 2026-11-23"),
        (["--to", "2026-11-21"], "2026-11-22 to 2026-11-23"),
    ],
)
def test_days_that_the_bill_does_not_cover_are_no_comparison(
    usage: Usage, path: Path, arguments: list[str], words: str
) -> None:
    written(path, PLAIN)
    costs = path.with_name("costs.csv")
    costs.write_text(COSTS)
    code, output, errors = usage("bill", "--file", str(costs), *arguments)
    assert (code, output, errors.count("\n")) == (1, "", 1)
    assert words in errors


def test_a_file_that_is_no_bill_ends_with_1(usage: Usage, path: Path) -> None:
    written(path, PLAIN)
    code, output, errors = usage("bill", "--file", str(path))
    assert (code, output, errors.count("\n")) == (1, "", 1)
    assert "not a cost file" in errors


def test_without_a_key_on_standard_input_nobody_is_asked(
    usage: Usage, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    written(path, PLAIN)
    monkeypatch.setattr("sys.stdin", io.StringIO("\n"))
    assert usage("bill", "--api") == (1, "", "There is no admin key. Paste one; it begins with sk-admin-.\n")


@pytest.mark.parametrize(
    ("arguments", "first", "last"),
    [
        ([], date(2026, 11, 1), date(2026, 11, 23)),
        (["--to", "2026-10-05"], date(2026, 10, 1), date(2026, 10, 5)),
        (["--from", "2026-11-20", "--to", "2026-11-22"], date(2026, 11, 20), DAY),
    ],
)
def test_the_api_is_asked_with_the_key_for_these_days_of_utc(
    path: Path, arguments: list[str], first: date, last: date
) -> None:
    asked: list[tuple[str, date, date]] = []

    def costs(key: str, first_day: date, last_day: date) -> Bill:
        asked.append((key, first_day, last_day))
        return Bill(first_day, last_day, (Billed(last_day, "gpt-6-luna", Decimal(1)),))

    desk = Desk(
        calls=written(path, PLAIN),
        data_dir=path.parent,
        prices_path=path.with_name("prices.toml"),
        base_url="https://api.openai.com/v1",
        provider=None,
        now=datetime(2026, 11, 23, 23, 30, tzinfo=UTC),
        new_id=lambda: "id",
        warn=lambda _: None,
        secret=lambda _: "sk-admin-1",
        open_ledger=lambda: CsvLedger(path),
        costs=costs,
    )
    text = run(read_arguments(["bill", "--api", *arguments]), desk)
    assert asked == [("sk-admin-1", first, last)]
    assert "sk-admin" not in text
