from collections.abc import Callable
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from settings import values
from settings.values import Address

PORT = "expected a port from 0 to 65535"
FOLDER = "expected the path of a folder"
FILE = "expected the path of a file that is there"
ZONE = "expected an IANA time zone such as Europe/Lisbon or UTC"
BASE_URL = "expected an address such as https://api.openai.com/v1 or http://localhost:11434/v1"
HOSTS = "expected host names separated by commas, such as tally.example.com, box.lan:8080"
DATABASE = "expected sqlite:///… (a database that several copies share is not supported yet)"
LEVEL = "expected one of DEBUG, INFO, WARNING, ERROR, CRITICAL"
LONG = "the key is too long to be one: copy it again"
SPACE = "the key has white space inside it: copy it again, in one piece"


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Make a working folder with one file, and a home folder."""
    (tmp_path / "file").touch()
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", "/home/ana")
    return tmp_path


@pytest.mark.parametrize(
    ("read", "text", "value"),
    [
        (values.read_port, "0", 0),
        (values.read_port, "7860", 7860),
        (values.read_port, "65535", 65535),
        (values.read_folder, "/there", Path("/there")),
        (values.read_folder, "~/chats", Path("/home/ana/chats")),
        (values.read_timezone, "UTC", ZoneInfo("UTC")),
        (values.read_timezone, "Europe/Lisbon", ZoneInfo("Europe/Lisbon")),
        (values.read_base_url, "https://api.openai.com/v1", "https://api.openai.com/v1"),
        (values.read_base_url, "http://localhost:11434/v1//", "http://localhost:11434/v1"),
        (values.read_base_url, "http://[::1]:8080", "http://[::1]:8080"),
        (
            values.read_hosts,
            " tally.example.com,Box.lan:8080,",
            (Address("tally.example.com"), Address("box.lan", 8080)),
        ),
        (values.read_database_url, "sqlite:////tmp/tally.db", "sqlite:////tmp/tally.db"),
        (values.read_database_url, "sqlite+pysqlite:///tally.db", "sqlite+pysqlite:///tally.db"),
        (values.read_log_level, "debug", "DEBUG"),
        (values.clean_key, "sk-Ab_1", "sk-Ab_1"),
        (values.clean_key, "  sk-Ab_1\r\n", "sk-Ab_1"),
        (values.clean_key, "\u00a0sk-Ab_1\t", "sk-Ab_1"),
        (values.clean_key, '"sk-Ab_1"', "sk-Ab_1"),
        (values.clean_key, " “sk-Ab_1” ", "sk-Ab_1"),
        (values.clean_key, '"' + "k" * 1_000 + '"', "k" * 1_000),
    ],
)
def test_value_is_read(read: Callable[[str], Any], text: str, value: Any) -> None:
    assert read(text) == value


@pytest.mark.parametrize(
    ("read", "expected", "texts"),
    [
        (values.read_port, PORT, ["65536", "-1", "x", "7860.0", "٣", "1" * 10_000]),
        (values.read_folder, FOLDER, ["file", "~nobody-here/x", "a\0b"]),
        (values.read_file_path, FILE, ["nowhere.toml", ".", "~nobody-here/x", "a\0b"]),
        (values.read_timezone, ZONE, ["Mars/Base", "..", "/etc/passwd", "Europe", "", "zone.tab", "a\0b"]),
        (values.read_base_url, BASE_URL, ["localhost:11434/v1", "api.openai.com", "ftp://example.com"]),
        (values.read_base_url, BASE_URL, ["http://", "http://[::1", "http://a:99999", "http://a:0"]),
        (values.read_base_url, BASE_URL, ["http://a b", "http://a\tb"]),
        (values.read_hosts, HOSTS, ["https://tally.example.com", "*", "*.example.com", "ü.de"]),
        (values.read_hosts, HOSTS, ["tally.example.com/chat", "box:99999", "a b"]),
        (values.read_database_url, DATABASE, ["postgresql://db/tally", "tally.db", "sqlite:tally.db"]),
        (values.read_log_level, LEVEL, ["LOUD"]),
        (values.clean_key, "the key is empty", ["", '" "']),
        (values.clean_key, SPACE, ["sk-se cret", "sk-se\ncret"]),
        (values.clean_key, LONG, ["k" * 1_001, '"' * 1_000_001 + "k" * 1_000_000, '"' * 2_000_000]),
        (
            values.clean_key,
            "the key has characters other than plain letters, digits and signs: copy it again",
            ["sk-sécret"],
        ),
        (
            values.clean_key,
            "the key has invisible control characters: copy it again",
            ["sk-se\x00cret"],
        ),
    ],
)
def test_wrong_value_is_refused_with_what_is_expected(
    read: Callable[[str], Any], expected: str, texts: list[str]
) -> None:
    for text in texts:
        with pytest.raises(ValueError, match=r".") as caught:
            read(text)
        assert str(caught.value) == expected


def test_path_becomes_absolute(folder: Path) -> None:
    assert values.read_folder("new/one") == folder / "new" / "one"
    assert values.read_file_path("file") == folder / "file"


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("Tally.Example.com", Address("tally.example.com")),
        ("box:8080", Address("box", 8080)),
        ("box:65535", Address("box", 65535)),
        ("box:65536", None),
        ("[::1]:7860", Address("[::1]", 7860)),
        ("::1", None),
        ("box:", None),
        ("ada@box", None),
        ("box/chat", None),
        ("a..b", None),
        ("", None),
    ],
)
def test_address_is_read_as_a_whole_or_not_at_all(text: str, address: Address | None) -> None:
    assert values.read_address(text) == address


def test_port_that_is_not_named_is_the_scheme_s_own() -> None:
    assert Address("box").under("https") == Address("box", 443).under("https") == ("box", 443)
    assert Address("box").under("http") == ("box", 80)


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
