"""The realistic data folder has what it says."""

from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from chat.conversation import Conversation
from chat.store import ConversationStore, LimitsStore
from tests.helpers import realistic_data
from tests.helpers.realistic_data import make_realistic_data, realistic_chats
from usage.ledger import COLUMNS, LOCAL_USER, CsvLedger, LedgerEntry, recount
from usage.ledger.csv_rows import line_of

NOW = datetime(2026, 11, 26, 12, tzinfo=UTC)
pytestmark = pytest.mark.slow  # a year takes ten seconds to make


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of the year before NOW."""
    path = tmp_path_factory.mktemp("realistic")
    make_realistic_data(path, NOW)
    return path


@pytest.fixture(scope="module")
def entries(folder: Path) -> list[LedgerEntry]:
    return list(CsvLedger(folder / "usage.csv").entries())


@pytest.fixture
def store(folder: Path) -> Iterator[ConversationStore]:
    store = ConversationStore(f"sqlite:///{folder / 'tally.db'}")
    yield store
    store.close()


def conversations(store: ConversationStore) -> list[Conversation]:
    found = (store.conversation(LOCAL_USER, summary.id) for summary in store.summaries(LOCAL_USER))
    return [conversation for conversation in found if conversation]


def test_ledger_has_3000_calls_of_eight_models_over_twelve_months(
    folder: Path, entries: list[LedgerEntry]
) -> None:
    found = recount(CsvLedger(folder / "usage.csv"))
    assert (found.calls, found.unreadable, found.duplicates) == (3000, [], [])
    assert {entry.call.model for entry in entries} == {model.name for model in realistic_data.MODELS}
    assert len({(entry.call.started_at.year, entry.call.started_at.month) for entry in entries}) == 13
    assert max(entry.call.started_at for entry in entries) < NOW


def test_some_calls_were_stopped_some_failed_and_some_have_no_price(entries: list[LedgerEntry]) -> None:
    assert set(Counter(entry.status for entry in entries)) == {
        "completed",
        "stopped",
        "failed",
        "interrupted",
    }
    unknown = {entry.call.model for entry in entries if entry.cost_usd is None}
    assert unknown == {"house-mixture"}
    assert {entry.usage_source for entry in entries if entry.status == "stopped"} == {"estimated"}


def test_300_conversations_hold_what_pages_find_hard(store: ConversationStore) -> None:
    chats = conversations(store)
    assert len(chats) == 300
    assert max(len(chat.title) for chat in chats) == 300
    assert max(len(chat.branch) for chat in chats) == 500
    text = "".join(chat.title + turn.question + turn.reply for chat in chats for turn in chat.turns)
    assert [each for each in ("文件夹", "البلدية", "```sql", "$$x = ") if each not in text] == []
    assert any(turn.comparison_id for chat in chats for turn in chat.turns)
    assert sum(most_versions(chat) > 1 for chat in chats) > 12
    assert sum(map(has_edit, chats)) > 12


def most_versions(chat: Conversation) -> int:
    """Return the highest number of turns that stand in the same place without being a comparison."""
    places = Counter(turn.parent_id for turn in chat.turns if not turn.comparison_id)
    return max(places.values(), default=0)


def has_edit(chat: Conversation) -> bool:
    """Return whether a question of the branch has a version with another text."""
    return any(
        version[0].question != turn.question for turn in chat.branch for version in chat.versions_of(turn)
    )


def same_row(entry: LedgerEntry, rows: Mapping[str, LedgerEntry]) -> bool:
    """Return whether the ledger has this very entry."""
    return line_of(entry, COLUMNS) == line_of(rows[entry.call.id], COLUMNS)


def test_every_turn_has_its_row_in_the_ledger(store: ConversationStore, entries: list[LedgerEntry]) -> None:
    rows = {entry.call.id: entry for entry in entries}
    turns = [turn for chat in conversations(store) for turn in chat.turns]
    assert [turn.id for turn in turns if turn.entry is None or not same_row(turn.entry, rows)] == []
    assert store.pending_calls() == ()


def test_budgets_are_nearly_used(store: ConversationStore, entries: list[LedgerEntry]) -> None:
    newest = entries[-1].call.conversation_id
    spent = {
        "day": spent_by(entry for entry in entries if entry.call.started_at.date() == NOW.date()),
        "month": spent_by(entry for entry in entries if f"{entry.call.started_at:%Y-%m}" == "2026-11"),
        "ever": spent_by(entry for entry in entries if entry.call.conversation_id == newest),
    }
    limits = LimitsStore(store.database).limits(LOCAL_USER, newest)
    assert {limit.period for limit in limits} == set(spent)
    shares = {limit.period: spent[limit.period] / limit.usd for limit in limits if limit.usd > 1}
    assert "month" in shares
    assert {period: share for period, share in shares.items() if not Decimal("0.9") < share < 1} == {}


def spent_by(entries: Iterator[LedgerEntry]) -> Decimal:
    return sum((entry.cost_usd or Decimal(0) for entry in entries), Decimal(0))


def test_the_same_moment_makes_the_same_data(tmp_path: Path) -> None:
    ledger = CsvLedger(tmp_path / "usage.csv")
    assert realistic_chats(ledger, NOW) == realistic_chats(ledger, NOW)


def test_a_ledger_that_is_there_is_left_alone(folder: Path) -> None:
    before = (folder / "usage.csv").read_bytes()
    with pytest.raises(FileExistsError, match="has a ledger already"):
        make_realistic_data(folder, NOW)
    assert (folder / "usage.csv").read_bytes() == before


def test_more_conversations_are_older_and_some_are_pinned_and_archived(tmp_path: Path) -> None:
    make_realistic_data(tmp_path / "many", NOW, 1_000)
    store = ConversationStore(f"sqlite:///{tmp_path / 'many' / 'tally.db'}")
    start = store.list_start(LOCAL_USER, 1_000)
    assert (len(start.pinned), start.archived) == (realistic_data.PINNED, realistic_data.ARCHIVED)
    assert len(start.pinned) + len(start.latest) + start.archived == 1_000
    assert start.latest[-1].updated_at < NOW - timedelta(days=364)
    found = recount(CsvLedger(tmp_path / "many" / "usage.csv"))
    assert (found.calls, found.unreadable, found.duplicates) == (3_000 + 2 * 700, [], [])
    assert store.pending_calls() == ()
    store.close()
