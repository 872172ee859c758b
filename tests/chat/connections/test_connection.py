from pathlib import Path

import pytest

from chat.connections import Connection, ConnectionsError
from chat.connections.connection import LONGEST_NAME, MOST_CONNECTIONS, load_connections, parse_connections
from usage.units import Endpoint

FILE = Path("connections.toml")
ADDRESS = 'address = "http://127.0.0.1:11434/v1"'


def test_connections_are_read_by_name() -> None:
    text = f"""
    [connections.Ollama]
    {ADDRESS}

    [connections."My gateway"]
    address = "https://gateway.example/v1/"
    prices = "OpenRouter"
    key_from = "GATEWAY_API_KEY"
    """
    ollama = Connection("Ollama", "http://127.0.0.1:11434/v1")
    gateway = Connection("My gateway", "https://gateway.example/v1", "openrouter", "GATEWAY_API_KEY")
    assert parse_connections(text, FILE) == {"Ollama": ollama, "My gateway": gateway}
    assert (ollama.endpoint, gateway.endpoint) == (
        Endpoint("127.0.0.1", "local"),
        Endpoint("gateway.example", "openrouter"),
    )


def test_without_a_file_there_is_none(tmp_path: Path) -> None:
    assert load_connections(tmp_path / "connections.toml") == {}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[connections", "connections.toml is not a TOML file: "),
        ("[connection.Ollama]", 'connections.toml: expected nothing but tables named [connections."NAME"]'),
        ("connections = 3", 'connections.toml: expected nothing but tables named [connections."NAME"]'),
        ("[connections]\nOllama = 3", '[connections."Ollama"], expected a table of texts'),
        ("[connections.A]\naddress = 3", '[connections."A"], expected a table of texts'),
        ("[connections.A]", '[connections."A"], address: expected an address such as https://'),
        ('[connections.A]\naddress = "ollama"', '[connections."A"], address: expected an address such as'),
        (
            '[connections.A]\naddress = "https://me:pw-of-mine@host/v1"',
            "address: expected one without a password, question mark or #",
        ),
        (f'[connections.A]\n{ADDRESS}\nprices = "nobody"', "prices: expected one of "),
        (
            f'[connections.A]\n{ADDRESS}\nkey = "sk-pw-of-mine"',
            "key: not known here, expected address, prices",
        ),
        (
            f'[connections.A]\n{ADDRESS}\nkey_from = "sk-pw-of-mine"',
            "key_from: expected keyring, memory, nothing, or an environment variable",
        ),
        (f'[connections.A]\n{ADDRESS}\nkey_from = "HOME"', "key_from: expected keyring, memory, nothing"),
        (f'[connections."A: B"]\n{ADDRESS}', "name: expected a name of 1 to 40 characters, without a colon"),
        (f'[connections." "]\n{ADDRESS}', "name: expected a name of 1 to 40 characters"),
        (f'[connections."{"A" * (LONGEST_NAME + 1)}"]\n{ADDRESS}', "name: expected a name of 1 to 40"),
        (f"[connections.A]\n{ADDRESS}\n[connections.a]\n{ADDRESS}", '[connections."a"], name: there is a'),
        (
            "".join(f"[connections.A{number}]\n{ADDRESS}\n" for number in range(MOST_CONNECTIONS + 1)),
            "name: there are 20 already, the maximum",
        ),
    ],
)
def test_what_is_wrong_is_said_in_one_line_with_its_entry_and_never_a_key(text: str, said: str) -> None:
    with pytest.raises(ConnectionsError) as caught:
        parse_connections(text, FILE)
    assert said in str(caught.value)
    assert "\n" not in str(caught.value)
    assert "pw-of-mine" not in str(caught.value)


def test_a_file_that_is_no_text_is_said(tmp_path: Path) -> None:
    (tmp_path / "connections.toml").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(ConnectionsError, match="is not a TOML file"):
        load_connections(tmp_path / "connections.toml")


def test_a_name_is_written_as_it_is_used(tmp_path: Path) -> None:
    path = tmp_path / "connections.toml"
    path.write_text('[connections." Groq"]\naddress = "https://api.groq.com/openai/v1"\n')
    with pytest.raises(ConnectionsError, match="expected no space before or after it"):
        load_connections(path)
