"""How good the estimates are where the server counts with a tokenizer of its own: a real llama.cpp."""

from decimal import Decimal
from zoneinfo import ZoneInfo

from tests.conftest import StartApp
from tests.servers.http_page import HttpPage
from tests.servers.llama import MODEL
from usage.ledger import CsvLedger
from usage.reports import Calls, Filter
from usage.reports.questions.estimates import estimate_quality

QUESTIONS = ("Hello", "What is a ledger, and why is nothing in it ever rewritten?", "word " * 200)


def test_both_counts_are_in_the_ledger_and_their_difference_is_shown_as_it_is(
    app_process: StartApp, llama: str
) -> None:
    app = app_process(variables={"OPENAI_BASE_URL": llama, "OPENAI_API_KEY": "any"})
    for question in QUESTIONS:
        with HttpPage(app.url) as page:
            page.follow(page.begin(question, MODEL))
    app.stop()

    ledger = CsvLedger(app.data_dir / "usage.csv")
    entries = list(ledger.entries())
    expected = [entry.call.estimated_input_tokens or 0 for entry in entries]
    assert min(expected) > 0
    reported = [entry.usage.input or 0 for entry in entries]
    assert {entry.usage_source for entry in entries} == {"reported"}
    assert reported != expected

    errors = sorted(
        Decimal(100 * (ours - theirs)) / theirs for ours, theirs in zip(expected, reported, strict=True)
    )
    [[model, calls, median, worst]] = estimate_quality(Calls(ledger, ZoneInfo("UTC")), Filter()).rows
    assert (model, calls) == (MODEL, len(QUESTIONS))
    assert isinstance(median, Decimal)
    assert isinstance(worst, Decimal)
    assert abs(median - errors[1]) < Decimal("0.05")
    assert abs(worst - max(errors, key=abs)) < Decimal("0.05")
