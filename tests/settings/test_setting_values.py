from collections.abc import Callable
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from settings import values


def refusal(read: Callable[[str], object], text: str) -> str:
    """What is said to be expected in place of a text."""
    with pytest.raises(ValueError, match=r"^expected ") as caught:
        read(text)
    return str(caught.value)


@pytest.mark.parametrize(("text", "port"), [("0", 0), ("7860", 7860), ("65535", 65535)])
def test_these_are_ports(text: str, port: int) -> None:
    assert values.read_port(text) == port


@pytest.mark.parametrize("text", ["65536", "-1", "x", "7860.0", "٣", "1" * 10_000])
def test_these_are_no_ports(text: str) -> None:
    assert refusal(values.read_port, text) == "expected a port from 0 to 65535"


def test_a_folder_may_be_new_and_becomes_absolute(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", "/home/ana")
    folders = [values.read_folder(text) for text in ("new/one", "/there", "~/chats")]
    assert folders == [tmp_path / "new" / "one", Path("/there"), Path("/home/ana/chats")]


def test_a_folder_can_neither_be_a_file_nor_the_home_of_nobody(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    for text in (str(tmp_path / "file"), "~nobody-here/x", "a\0b"):
        assert refusal(values.read_folder, text) == "expected the path of a folder"


def test_a_file_must_be_there(tmp_path: Path) -> None:
    (tmp_path / "prices.toml").touch()
    assert values.read_file_path(str(tmp_path / "prices.toml")) == tmp_path / "prices.toml"
    for text in (str(tmp_path / "nowhere.toml"), str(tmp_path), "~nobody-here/x", "a\0b"):
        assert refusal(values.read_file_path, text) == "expected the path of a file that is there"


@pytest.mark.parametrize("text", ["UTC", "Europe/Lisbon"])
def test_these_are_time_zones(text: str) -> None:
    assert values.read_timezone(text) == ZoneInfo(text)


@pytest.mark.parametrize("text", ["Mars/Base", "..", "/etc/passwd", "Europe", "", "zone.tab", "a\0b"])
def test_these_are_no_time_zones(text: str) -> None:
    assert refusal(values.read_timezone, text) == "expected an IANA time zone such as Europe/Lisbon or UTC"


@pytest.mark.parametrize(
    ("text", "base_url"),
    [
        ("https://api.openai.com/v1", "https://api.openai.com/v1"),
        ("http://localhost:11434/v1//", "http://localhost:11434/v1"),
        ("http://[::1]:8080", "http://[::1]:8080"),
    ],
)
def test_these_are_addresses(text: str, base_url: str) -> None:
    assert values.read_base_url(text) == base_url


@pytest.mark.parametrize(
    "text",
    [
        "localhost:11434/v1",
        "api.openai.com",
        "ftp://example.com",
        "http://",
        "http://[::1",
        "http://a:99999",
        "http://a:0",
        "http://a b",
        "http://a\tb",
    ],
)
def test_these_are_no_addresses(text: str) -> None:
    expected = "expected an address such as https://api.openai.com/v1 or http://localhost:11434/v1"
    assert refusal(values.read_base_url, text) == expected


@pytest.mark.parametrize("text", ["sqlite:////tmp/tally.db", "sqlite+pysqlite:///tally.db"])
def test_these_are_databases_of_one_copy(text: str) -> None:
    assert values.read_database_url(text) == text


@pytest.mark.parametrize("text", ["postgresql://db/tally", "tally.db", "sqlite:tally.db"])
def test_other_databases_are_not_supported_yet(text: str) -> None:
    expected = "expected sqlite:///… (a database that several copies share is not supported yet)"
    assert refusal(values.read_database_url, text) == expected


def test_a_logging_level_is_one_of_five_in_any_case() -> None:
    assert values.read_log_level("debug") == "DEBUG"
    expected = "expected one of DEBUG, INFO, WARNING, ERROR, CRITICAL"
    assert refusal(values.read_log_level, "LOUD") == expected


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain", "'plain'"),
        ("two\nlines", r"'two\nlines'"),
        ("postgresql://ana:secret@db/tally", "'postgresql://***@db/tally'"),
        ("https://secret@llm.example.com/v1", "'https://***@llm.example.com/v1'"),
        ("//ana:p@ss@db", "'//***@db'"),
        ("http://ana:pass/word@llm.example.com/v1/chat", "'http://***@llm.example.com/v1/chat'"),
        ("http://ana:pass word@llm.example.com", "'http://***@llm.example.com'"),
        ("http://ana:pa?ss@llm.example.com", "'http://***'"),
        ("ana:secret@llm.example.com/v1", "'***@llm.example.com/v1'"),
        ("ana:se//cret@llm.example.com/v1", "'***@llm.example.com/v1'"),
        ("ftp://llm.example.com/v1?key=secret", "'ftp://llm.example.com/v1?***'"),
        ("sk-proj-1234567890", "'***'"),
        ("0123456789abcdef0123456789abcdef", "'***'"),
        ("Europe/A_town_with_a_long_name_2", "'Europe/A_town_with_a_long_name_2'"),
        ("https://host:x/sk-proj-1234567890/v1", "'https://host:x/***/v1'"),
    ],
)
def test_a_value_is_shown_in_one_line_without_its_password(text: str, shown: str) -> None:
    assert values.shown(text) == shown
