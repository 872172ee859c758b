"""How long replies usually are, remembered until the ledger grows."""

from pathlib import Path

from tests.helpers.ledger_entries import an_entry, written
from usage.ledger import CsvLedger
from usage.reports import UsualReplies
from usage.units import TokenUsage


def test_the_usual_length_follows_the_ledger(tmp_path: Path) -> None:
    entries = [
        an_entry(call_id=str(output), usage=TokenUsage(input=1, output=output)) for output in (10, 20, 90)
    ]
    usual = UsualReplies(written(tmp_path / "usage.csv", *entries))
    assert [usual.tokens("gpt-6-luna") for _ in range(2)] == [20, 20]
    assert usual.tokens("another") is None
    ledger = CsvLedger(tmp_path / "usage.csv")
    for output in (91, 92):
        ledger.append(an_entry(call_id=str(output), usage=TokenUsage(input=1, output=output)))
    assert usual.tokens("gpt-6-luna") == 90
