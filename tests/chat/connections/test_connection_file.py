from pathlib import Path

import pytest

from chat.connections import Connection, ConnectionFile, ConnectionsError

WRITTEN = """\
# my connections
[connections.Ollama]
address = "http://127.0.0.1:11434/v1"  # the box below the desk
"""
OLLAMA = Connection("Ollama", "http://127.0.0.1:11434/v1")
GROQ = Connection("Groq", "https://api.groq.com/openai/v1", "groq", "GROQ_API_KEY")


def file_in(folder: Path, text: str | None = WRITTEN) -> ConnectionFile:
    if text is not None:
        (folder / "connections.toml").write_text(text)
    return ConnectionFile(folder / "connections.toml")


def test_a_connection_is_added_and_the_rest_stays_as_it_was_written(tmp_path: Path) -> None:
    file = file_in(tmp_path)
    file.put(GROQ)
    assert file.current() == {"Ollama": OLLAMA, "Groq": GROQ}
    assert file.path.read_text() == (
        f'{WRITTEN}\n[connections.Groq]\naddress = "https://api.groq.com/openai/v1"\nprices = "groq"\n'
        'key_from = "GROQ_API_KEY"\n'
    )


def test_the_first_connection_makes_a_file_that_others_cannot_read(tmp_path: Path) -> None:
    file = file_in(tmp_path, text=None)
    file.put(OLLAMA)
    assert file.current() == {"Ollama": OLLAMA}
    assert file.path.stat().st_mode & 0o777 == 0o600


def test_a_connection_is_changed_and_removed(tmp_path: Path) -> None:
    file = file_in(tmp_path)
    moved = Connection("Ollama", "http://box.lan:11434/v1")
    file.put(moved)
    assert file.current() == {"Ollama": moved}
    file.remove("Ollama")
    file.remove("Ollama")
    assert file.current() == {}


def test_a_file_that_is_wrong_at_the_start_stops_it(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    with pytest.raises(ConnectionsError, match="not a TOML file"):
        file_in(tmp_path, "[connections")
    assert caplog.text == ""


@pytest.mark.parametrize("broken", ["[connections", '[connections.A]\naddress = "ollama"\n'])
def test_a_file_that_breaks_later_is_said_and_what_was_read_before_holds(tmp_path: Path, broken: str) -> None:
    file = file_in(tmp_path)
    file.path.write_text(broken)
    assert file.current() == {"Ollama": OLLAMA}
    assert file.problem is not None
    with pytest.raises(ConnectionsError):
        file.put(GROQ)
    assert file.path.read_text() == broken


def test_a_folder_that_is_gone_is_said(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    folder.mkdir()
    file = file_in(folder, text=None)
    folder.rmdir()
    folder.write_text("no folder any more")
    with pytest.raises(ConnectionsError, match=r"connections\.toml cannot be changed: "):
        file.put(GROQ)
