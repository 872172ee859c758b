"""`python -m chat`: conversations listed, exported and imported in the terminal."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import TypeAlias

import pytest

from chat.__main__ import main
from chat.store import MOST_FOUND, ConversationStore
from tests.chat.archive.test_out_and_in import FIRST, SECOND, held, keep
from tests.chat.store.search.saying import say
from tests.helpers.foreign_exports import simple_chatgpt, zipped

# The exit code, stdout and stderr.
Chat: TypeAlias = Callable[..., tuple[int, str, str]]


@pytest.fixture(autouse=True)
def folder_has_locks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Leave out the trial of file locks, which starts a process."""
    monkeypatch.setattr("chat.__main__.locks_exclude", lambda _folder: True)


@pytest.fixture
def chat(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Chat:
    """Run commands on a data folder of its own, with UTC's days; other files are beside it."""
    monkeypatch.setenv("TALLY_TIMEZONE", "UTC")
    monkeypatch.chdir(tmp_path)

    def run_command(*arguments: str, data_dir: str = "data") -> tuple[int, str, str]:
        code = main([*arguments, "--data-dir", str(tmp_path / data_dir)])
        output = capsys.readouterr()
        return code, output.out, output.err

    return run_command


@pytest.fixture
def held_here(tmp_path: Path) -> None:
    """Have one conversation of local's and one of Ben's."""
    (tmp_path / "data").mkdir()
    store = ConversationStore(f"sqlite:///{tmp_path / 'data' / 'tally.db'}")
    keep(store, held(FIRST, SECOND, user="local"), user="local")
    keep(store, held(FIRST, SECOND, user="ben"), user="ben")
    store.close()


@pytest.mark.usefixtures("held_here")
def test_list_shows_ids_dates_and_titles_of_one_person(chat: Chat) -> None:
    assert chat("list") == (0, "conversation-1  2026-11-22 10:30  Why\n", "")
    code, out, _err = chat("list", "--user", "ben")
    assert (code, out.split("  ")[1:]) == (0, ["2026-11-22 10:30", "Why\n"])
    assert chat("list", "--user", "eve") == (0, "", "eve has no chats here. Check --user and --data-dir.\n")


@pytest.mark.usefixtures("held_here")
def test_search_shows_lines_of_one_persons_messages_and_what_it_did_not_understand(chat: Chat) -> None:
    found = "conversation-1  2026-11-22 10:30  "
    assert chat("search", "why") == (0, f"{found}Title: Why\n{found}You: Why?\n", "")
    assert chat("search", "why", "--user", "eve") == (0, "", "Nothing found.\n")
    code, out, err = chat("search", "before:march")
    assert (code, out) == (0, "")
    assert "“before:march”" in err


@pytest.mark.usefixtures("held_here")
@pytest.mark.parametrize(
    ("ending", "begins"), [("md", "# Why"), ("json", '{\n  "format"'), ("html", "<!doctype")]
)
def test_export_writes_the_kind_that_the_file_ends_in(
    chat: Chat, tmp_path: Path, ending: str, begins: str
) -> None:
    assert chat("export", "conversation-1", f"why.{ending}") == (0, f"“Why” is in why.{ending}.\n", "")
    assert (tmp_path / f"why.{ending}").read_text().startswith(begins)


@pytest.mark.usefixtures("held_here")
def test_everything_goes_out_and_into_an_empty_folder(chat: Chat, tmp_path: Path) -> None:
    assert chat("export", "all.zip") == (0, "1 chat in all.zip.\n", "")
    assert chat("import", "all.zip", data_dir="other") == (0, "all.zip: Imported: 1.\n", "")
    assert chat("import", "all.zip", data_dir="other") == (0, "all.zip: Already here: 1.\n", "")
    assert chat("list", data_dir="other") == chat("list")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["all.zip", "data", "other"]


@pytest.mark.usefixtures("held_here")
def test_search_says_where_there_may_be_more(chat: Chat, tmp_path: Path) -> None:
    store = ConversationStore(f"sqlite:///{tmp_path / 'data' / 'tally.db'}")
    for number in range(MOST_FOUND):
        say(store, f"A fox {number}", user="local")
    store.close()
    code, out, err = chat("search", "fox")
    assert (code, out.count("\n"), err) == (0, 50, "Only the first 50 results are shown.\n")


def test_import_takes_files_and_folders_and_says_what_failed(chat: Chat, tmp_path: Path) -> None:
    folder = tmp_path / "chatgpt"
    folder.mkdir()
    (folder / "conversations-000.json").write_text(json.dumps([simple_chatgpt("one"), {"mapping": {}}]))
    (folder / "conversations-001.json").write_text(json.dumps([simple_chatgpt("two")]))
    (tmp_path / "more.zip").write_bytes(zipped({"conversations.json": [simple_chatgpt("three")]}))
    code, out, err = chat("import", "chatgpt", "more.zip", "gone.json", "--user", "ben")
    assert code == 1
    assert out == ("chatgpt: Imported: 2. Failed: 1.\nmore.zip: Imported: 1.\ngone.json: Failed: 1.\n")
    assert err == (
        "conversations-000.json, chat 2: There is nothing in it.\n"
        "gone.json: The file cannot be read: No such file or directory.\n"
    )
    assert len(chat("list", "--user", "ben")[1].splitlines()) == 3


def test_folder_without_conversations_is_a_failure(chat: Chat, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    code, out, err = chat("import", "empty")
    assert (code, out, err) == (1, "empty: Failed: 1.\n", "empty: There are no chats in it.\n")


@pytest.mark.usefixtures("held_here")
@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (("export", "no-such-id", "x.md"), "local has no chat 'no-such-id'."),
        (("export", "conversation-1", "nowhere/x.md"), "nowhere/x.md cannot be written: No such file"),
        (("export", "all.zip", "--user", "eve"), "eve has no chats here."),
    ],
)
def test_what_cannot_be_done_is_said_in_a_line(chat: Chat, arguments: tuple[str, ...], reason: str) -> None:
    code, out, err = chat(*arguments)
    assert (code, out, err.count("\n")) == (1, "", 1)
    assert err.startswith(reason)


def test_folder_without_a_database_is_not_made_by_looking(chat: Chat, tmp_path: Path) -> None:
    code, out, err = chat("list")
    assert (code, out) == (1, "")
    assert err.startswith("No chats at ")
    assert not (tmp_path / "data").exists()


@pytest.mark.parametrize(
    "arguments",
    [
        (),
        ("nothing",),
        ("import",),
        ("export",),
        ("export", "all.md"),
        ("export", "id", "one.zip"),
        ("export", "id", "one.txt"),
        ("export", "a", "b", "c.md"),
    ],
)
def test_wrong_arguments_end_with_2(chat: Chat, arguments: tuple[str, ...]) -> None:
    with pytest.raises(SystemExit) as exit_info:
        chat(*arguments)
    assert exit_info.value.code == 2


@pytest.mark.usefixtures("held_here")
def test_export_that_fails_leaves_the_old_file(
    chat: Chat, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "why.md").write_text("old")
    monkeypatch.setattr("pathlib.Path.replace", _no_space)
    code, _out, err = chat("export", "conversation-1", "why.md")
    assert (code, err) == (1, "why.md cannot be written: No space left on device.\n")
    assert [path.name for path in tmp_path.glob("why*")] == ["why.md"]
    assert (tmp_path / "why.md").read_text() == "old"


def _no_space(*_arguments: object) -> None:
    raise OSError(28, "No space left on device")
