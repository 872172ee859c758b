"""The Usage tab: what it shows and hands out, to whom, with every name escaped."""

from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from types import SimpleNamespace
from zoneinfo import ZoneInfo

import gradio as gr
import pytest

from tests.ledger_entries import PLAIN, an_entry
from usage.csv_ledger import CsvLedger
from usage.csv_records import LedgerProblem
from usage.ledger import LedgerEntry
from usage.periods import PERIODS, Days, days_of
from usage.reports import UsageReports
from usage.totals import Report, ReportRow, Spend, Totals
from usage.ui import create_usage_tab
from usage.usage_view import figures_html, problems_html, table_html

BERLIN = ZoneInfo("Europe/Berlin")
NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
EVIL = "<img src=x onerror=alert(1)>\"'"


def shown(
    path: Path, user: str | None = None, period: str = "30-days", by: str = "day"
) -> tuple[str, str, str, str]:
    """Figures, chart, table and downloads as the tab's listener returns them."""
    with gr.Blocks(analytics_enabled=False), gr.Tab("Usage"):
        tab = create_usage_tab(
            UsageReports(path, BERLIN), lambda _: user, lambda _: {"chat-1": f"SQL {EVIL}"}, lambda: NOON
        )
    parts: tuple[str, str, str, str] = tab.refresh["fn"](period, by, SimpleNamespace())
    return parts


def ledger(tmp_path: Path, *entries: LedgerEntry) -> Path:
    made = CsvLedger(tmp_path / "usage.csv")
    for entry in entries:
        made.append(entry)
    return tmp_path / "usage.csv"


@pytest.mark.parametrize(
    ("period", "days"),
    [
        ("7-days", Days(date(2026, 1, 10), date(2026, 1, 16))),
        ("30-days", Days(date(2025, 12, 18), date(2026, 1, 16))),
        ("month", Days(date(2026, 1, 1), date(2026, 1, 16))),
        ("last-month", Days(date(2025, 12, 1), date(2025, 12, 31))),
        ("year", Days(date(2026, 1, 1), date(2026, 1, 16))),
        ("all", Days(None, None)),
    ],
)
def test_periods_are_whole_days_with_today_as_the_last(period: str, days: Days) -> None:
    assert days_of(period, date(2026, 1, 16)) == days
    assert period in PERIODS


def test_the_figures_on_top_say_what_is_spent_and_to_come() -> None:
    month = Totals(calls=5, cost_usd=Decimal("4.1234"), estimated_usd=Decimal("0.1"), unknown_price_calls=1)
    spend = Spend(today=Totals(calls=1, cost_usd=Decimal("0.00111")), month=month, conversation=Totals())
    assert figures_html(spend, datetime(2026, 11, 16, tzinfo=BERLIN)) == (
        '<dl class="usage-figures"><div><dt>Today</dt><dd>$0.00111</dd></div>'
        "<div><dt>This month</dt><dd>≈ $4.12 <small>+ 1 of unknown price</small></dd></div>"
        "<div><dt>Month at this rate</dt><dd>≈ $8.25</dd></div>"
        "<div><dt>Average a turn</dt><dd>$1.03</dd></div></dl>"
    )


def test_what_is_unknown_is_not_shown_as_nothing() -> None:
    unknown = Totals(calls=2, unknown_price_calls=2)
    html = figures_html(Spend(today=unknown, month=unknown, conversation=Totals()), NOON)
    assert html.count("<dd>price unknown</dd>") == 2
    assert html.endswith("<dd>$0.00</dd></div><div><dt>Average a turn</dt><dd>–</dd></div></dl>")


def test_the_table_shows_its_exact_total_and_escapes_names() -> None:
    totals = Totals(1, 1234, 1000, 400, 100, Decimal("0.001112345"), Decimal("0.001"), 0)
    report = Report(
        "model", (ReportRow(EVIL, totals), ReportRow("b", Totals(1, unknown_price_calls=1))), totals, ()
    )
    html = table_html(report, {})
    assert "<img" not in html
    assert (
        '<th scope="row">&lt;img src=x onerror=alert(1)&gt;&quot;&#x27;</th>'
        "<td>1</td><td>1,234</td><td>1,000</td><td>400</td><td>100</td>"
        '<td data-exact="0.001112345" title="$0.001112345">$0.00111</td>'
        '<td data-exact="0.001" title="$0.001">≈ $0.001</td><td>–</td></tr>'
    ) in html
    assert '<th scope="row">b</th><td>1</td>' in html
    assert ">price unknown</td>" in html
    assert '<th scope="row">Exact cost</th><td colspan="6">$0.001112345</td>' in html


def rows_of(number: int) -> tuple[ReportRow, ...]:
    return tuple(ReportRow(f"chat-{place:04}", Totals(calls=1)) for place in range(number))


@pytest.mark.parametrize(("number", "note"), [(200, ""), (201, "<caption>1 more rows are in the download.")])
def test_a_long_table_is_cut_and_says_so(number: int, note: str) -> None:
    html = table_html(Report("user", rows_of(number), Totals(calls=number), ()), {})
    assert html.count('<tr><th scope="row">chat-') == 200
    assert note in html
    assert ("<caption>" in html) is bool(note)


async def test_days_stand_newest_first_and_chats_by_their_titles(tmp_path: Path) -> None:
    path = ledger(
        tmp_path,
        PLAIN,
        an_entry(call_id="2", started_at=datetime(2026, 11, 21, tzinfo=UTC), conversation_id="gone-chat-id"),
    )
    days = shown(path)[2]
    assert days.index("2026-11-22") < days.index("2026-11-21")
    chats = shown(path, by="conversation")[2]
    assert "SQL &lt;img" in chats
    assert "Deleted chat gone-cha" in chats


def test_bad_rows_are_named_quietly() -> None:
    problems = [LedgerProblem(line, "is <bad>") for line in (7, 9, 11, 13)]
    assert problems_html([]) == ""
    assert problems_html(problems) == (
        '<p class="usage-problems">4 rows of usage.csv left out: line 7 is &lt;bad&gt;; '
        "line 9 is &lt;bad&gt;; line 11 is &lt;bad&gt; …</p>"
    )


async def test_before_the_first_call_the_tab_says_what_will_be_here(tmp_path: Path) -> None:
    figures, chart, table, downloads = shown(tmp_path / "usage.csv")
    assert figures.count("<dd>$0.00</dd>") == 3
    assert "Here you will see what every day, model and conversation has cost" in chart
    assert (table, downloads) == ("", "")


async def test_the_tab_shows_a_user_only_own_calls(tmp_path: Path) -> None:
    path = ledger(tmp_path, an_entry(user="ann"), an_entry(call_id="2", user="bob", model="secret"))
    for part in shown(path, user="ann", by="model"):
        assert "secret" not in part
    assert "secret" in shown(path, user=None, by="model")[2]
    assert "Here you will see" in shown(path, user="eve")[1]


async def test_a_ledger_that_cannot_be_read_is_said_in_the_tab(tmp_path: Path) -> None:
    (tmp_path / "usage.csv").mkdir()
    figures, *others = shown(tmp_path / "usage.csv")
    assert "Cannot read" in figures
    assert "Is a directory" in figures
    assert others == ["", "", ""]


async def test_the_tab_has_its_element_ids() -> None:
    with gr.Blocks(analytics_enabled=False) as page:
        create_usage_tab(UsageReports(Path("none.csv"), BERLIN), lambda _: None, lambda _: {}, lambda: NOON)
    ids = {getattr(block, "elem_id", None) for block in page.blocks.values()}
    assert ids >= {"usage-table", "usage-chart", "usage-period", "usage-by", "usage-download"}
