"""Sheets as tables of the page: figures, exact amounts, totals, names, and what is left out."""

import re
from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal

import pytest

from tests.helpers.ledger_entries import cells
from usage.reports import ChatNames, Totals, usage_html
from usage.reports.questions.usage_by import usage_sheet
from usage.reports.sheet_view import sheet_html
from usage.reports.sheets import TOTAL, Cell, Column, Sheet

EVIL = "<img src=x onerror=alert(1)>\"'"
NAMES = ChatNames({"chat-1": f"SQL {EVIL}"}, {"chat-of-bob-7", "chat-1"})
COLUMNS = (
    Column("conversation", "Chat", "conversation"),
    Column("model", "Model"),
    Column("calls", "Calls", "count"),
    Column("cost_usd", "Cost", "usd"),
    Column("share", "Share", "percent"),
)


def a_sheet(*rows: Sequence[Cell], total: Sequence[Cell] | None = None, note: str = "") -> Sheet:
    """Return a sheet with a column of each kind."""
    return Sheet(name="sheet", title="Of <all>", columns=COLUMNS, rows=rows, total=total, note=note)


def shown(sheet: Sheet, names: ChatNames = NAMES, download: str | None = None) -> str:
    """Return the sheet as the page has it."""
    return sheet_html(sheet, names, nothing="Nothing yet.", download=download)


def test_a_row_has_figures_at_the_right_and_exact_amounts() -> None:
    html = shown(a_sheet(["chat-1", EVIL, 1234, Decimal("0.00111234"), Decimal("12.5")]))
    assert "<img" not in html
    assert (
        '<tr><th scope="row"><a href="?c=chat-1">SQL &lt;img src=x onerror=alert(1)&gt;&quot;&#x27;</a></th>'
        '<td class="figure" data-exact="0.00111234" title="$0.00111234">$0.0011</td>'
        "<td>&lt;img src=x onerror=alert(1)&gt;&quot;&#x27;</td>"
        '<td class="figure" data-exact="1234">1,234</td>'
        '<td class="figure" data-exact="12.5">12.5%</td></tr>'
    ) in html
    button = '<button type="button">Calls<i aria-hidden="true"></i></button>'
    assert f'<th scope="col" class="figure">{button}</th>' in html
    assert 'aria-label="Filter: Of &lt;all&gt;"' in html


def test_what_is_not_known_is_a_dash_and_has_no_figure() -> None:
    html = shown(a_sheet(["", None, None, None, None], ["chat-1", "m", 7, Decimal(1), Decimal(-3)]))
    assert (
        '<tr><th scope="row">–</th><td class="figure">price unknown</td><td>–</td>'
        '<td class="figure">–</td><td class="figure">–</td></tr>'
    ) in html
    assert '<td class="figure" data-exact="-3">−3.0%</td>' in html


def test_nothing_is_an_amount_and_less_than_nothing_too() -> None:
    html = shown(a_sheet(["chat-1", "m", 0, Decimal(0), None], ["chat-1", "m", 0, Decimal("-0.50"), None]))
    assert '<td class="figure" data-exact="0" title="$0.00">$0.00</td>' in html
    assert '<td class="figure" data-exact="-0.5" title="−$0.50">−$0.50</td>' in html


def test_the_total_stands_below_the_rows() -> None:
    row: list[Cell] = ["chat-1", "m", 1, Decimal(1), None]
    total: list[Cell] = [TOTAL, None, 3, Decimal(2), None]
    assert (
        '<tfoot><tr><th scope="row">Total</th><td class="figure" data-exact="2" title="$2.00">$2.00</td>'
        '<td>–</td><td class="figure" data-exact="3">3</td></tr></tfoot>'
    ) in shown(a_sheet(row, row, total=total))
    assert "<tfoot></tfoot>" in shown(a_sheet(row, total=total))


def test_chats_are_links_to_their_owner_only() -> None:
    html = shown(
        a_sheet(
            *[
                [name, "m", 1, None, None]
                for name in ("chat-1", "chat-of-bob-7", "gone", "12345678", "temporary-123456789")
            ]
        )
    )
    assert html.count("<a ") == 1
    assert "Another person’s chat chat-of-…" in html
    assert '<th scope="row">Deleted chat gone</th>' in html
    assert '<th scope="row">Deleted chat 12345678</th>' in html
    assert '<th scope="row">Temporary chat 12345678…</th>' in html


def test_a_link_leads_to_its_turn_which_people_do_not_see() -> None:
    columns = (Column("model", "Model"), COLUMNS[0], Column("turn_id", "Turn", "turn"))
    rows = [["m", "chat-1", "t&1"], ["n", "chat-1", "t2"]]
    html = shown(replace(a_sheet(), columns=columns, rows=rows))
    assert [*re.findall('<a href="(.*?)">', html)] == ["?c=chat-1&amp;turn=t%261", "?c=chat-1&amp;turn=t2"]
    assert "Turn" not in html


def test_an_id_cannot_leave_its_link() -> None:
    names = ChatNames({'"><b>&x=1': "t"})
    assert '<a href="?c=%22%3E%3Cb%3E%26x%3D1">t</a>' in shown(
        a_sheet(['"><b>&x=1', "", 1, None, None]), names
    )


def test_a_long_text_may_take_several_lines() -> None:
    html = shown(a_sheet(["chat-1", "a" * 40, 1, None, None], ["chat-1", "b" * 41, 1, None, None]))
    assert f"<td>{'a' * 40}</td>" in html
    assert f'<td class="long">{"b" * 41}</td>' in html


def test_without_rows_it_says_what_will_be_here() -> None:
    html = shown(a_sheet(total=[TOTAL, None, 0, Decimal(0), None], note="How it is worked out."))
    heading, nothing = "<h2>Of &lt;all&gt;</h2>", '<p class="usage-empty">Nothing yet.</p>'
    assert html == f'<section class="usage-sheet">{heading}{nothing}</section>'


def test_note_and_download_go_with_the_table() -> None:
    html = shown(
        a_sheet(["chat-1", "m", 1, None, None], note="How <it> is worked out."), download="d/x.csv?a=1&b=2"
    )
    assert '<p class="usage-note">How &lt;it&gt; is worked out.</p>' in html
    assert '<a class="usage-link" href="d/x.csv?a=1&amp;b=2" download="sheet.csv">CSV</a>' in html


@pytest.mark.parametrize(
    ("number", "note"),
    [
        (200, ""),
        (201, "1 more row is in the download; sorting and filtering apply only to the 200 shown."),
        (1400, "1,200 more rows are in the download; sorting and filtering apply only to the 200 shown."),
    ],
)
def test_a_long_table_is_cut_and_says_so(number: int, note: str) -> None:
    for html in (
        shown(a_sheet(*[["chat-1", f"m-{place}", 1, None, None] for place in range(number)])),
        usage_html(usage_sheet("user", many_rows(number), cells(Totals(number))), NAMES),
    ):
        assert html.partition("<tbody>")[2].partition("</tbody>")[0].count("<tr>") == 200
        assert ("usage-note" in html) is bool(note)
        assert note in html


def many_rows(number: int) -> list[list[Cell]]:
    """Rows of the usage by user."""
    return [[f"user-{place:04}", *cells(Totals(calls=1))] for place in range(number)]


def test_a_report_has_its_cost_second_and_no_column_that_says_nothing() -> None:
    totals = Totals(1, 1234, 0, 400, 0, Decimal("0.001112345"), Decimal("0.001"), 0)
    unknown = Totals(1, unknown_price_calls=1)
    rows = [[EVIL, *cells(totals)], ["b", *cells(unknown)]]
    html = usage_html(usage_sheet("model", rows, cells(totals)), NAMES)
    assert "<img" not in html
    assert re.findall(r"<button[^>]*>([^<]*)<", html) == [
        *("Model", "Cost", "Calls", "Input", "Output", "Estimated", "No price")
    ]
    assert (
        '<th scope="row">&lt;img src=x onerror=alert(1)&gt;&quot;&#x27;</th>'
        '<td class="figure" data-exact="0.001112345" title="$0.001112345">$0.0011</td>'
        '<td class="figure" data-exact="1">1</td><td class="figure" data-exact="1234">1,234</td>'
        '<td class="figure" data-exact="400">400</td>'
        '<td class="figure" data-exact="0.001" title="$0.001">$0.001</td>'
        '<td class="figure" data-exact="0">–</td>'
    ) in html
    assert '<th scope="row">b</th><td class="figure">price unknown</td>' in html


def test_a_cost_that_nobody_knows_keeps_its_column_and_one_user_needs_none() -> None:
    columns = (Column("user", "Person", minor=True), *COLUMNS[1:4], Column("person", "Whose", minor=True))
    for whose, is_shown in (("local", False), ("ann", True)):
        sheet = Sheet(name="s", title="", columns=columns, rows=[["local", "m", 1, None, whose]])
        names = [column.name for column in sheet.for_people().columns]
        assert names == ["user", "cost_usd", "model", "calls", *(["person"] if is_shown else [])]


def test_the_points_of_a_column_line_up() -> None:
    small = Totals(1, cost_usd=Decimal("0.00111234"), estimated_usd=Decimal("0.25"))
    large = Totals(1, cost_usd=Decimal("1234.5"), estimated_usd=Decimal("0.0031"))
    rows = [["a", *cells(small)], ["b", *cells(large)], ["c", *cells(Totals(1))]]
    html = usage_html(usage_sheet("model", rows, cells(large)), NAMES)
    for text in (
        ">$0.0011<",
        'data-room="00">$1,234.50<',
        'data-room="00">$0.25<',
        ">$0.0031<",
        'data-room="00">$0.00<',
    ):
        assert text in html


def test_a_rate_is_never_rounded() -> None:
    columns = (Column("model", "Model"), Column("input", "Input", "rate"))
    sheet = Sheet(name="prices", title="", columns=columns, rows=[["a", Decimal("0.075")], ["b", Decimal(2)]])
    assert re.findall(r'title="([^"]*)"(?: data-room="(0*)")?>([^<]*)</td>', shown(sheet)) == [
        ("$0.075", "", "$0.075"),
        ("$2.00", "0", "$2.00"),
    ]


def test_times_read_as_on_the_page_and_sort_as_they_are() -> None:
    for by, name, text, exact in (
        ("day", "2026-11-02", "Nov 2, 2026", "20261102"),
        ("week", "2026-W49", "Nov 30 – Dec 6, 2026", "202649"),
        ("month", "2026-11", "Nov 2026", "202611"),
    ):
        html = usage_html(usage_sheet(by, [[name, *cells(Totals(1))]], cells(Totals(1))), NAMES)
        assert f'<th scope="row" data-exact="{exact}">{text}</th>' in html


def test_hours_of_the_day_read_as_times() -> None:
    html = usage_html(usage_sheet("hour", [["08", *cells(Totals(1))]], cells(Totals(1))), NAMES)
    assert '<th scope="row">08:00</th>' in html
    assert ">Hour of day<i " in html
