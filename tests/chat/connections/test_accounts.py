"""Which connections have a balance to ask for, and whose key asks."""

import asyncio
from pathlib import Path

import pytest

from chat.connections import Connection, Endpoints
from chat.connections import endpoints as endpoints_module
from chat.providers import ChatError, DemoProvider
from tests.helpers.chats import further_in
from tests.helpers.fakes import FakeProvider
from usage.forecast import Tokenizer
from usage.units import Endpoint

CONNECTIONS = """
[connections.Money]
address = "https://openrouter.ai/api/v1"
key_from = "MONEY_KEY"

[connections.Bare]
address = "https://openrouter.ai/api/v1"

[connections.Gateway]
address = "https://gateway.example/v1"
prices = "deepseek"
key_from = "GATEWAY_KEY"

[connections.Groq]
address = "https://api.groq.com/openai/v1"
key_from = "MONEY_KEY"
"""


class Banker(FakeProvider):
    """A provider that says which key it asks with; with the key `slow` it gets no answer."""

    def __init__(self, endpoint: Endpoint, key: str | None) -> None:
        super().__init__()
        self.endpoint, self.key = endpoint, key

    async def account_balance(self) -> str:
        if self.key == "slow":
            await asyncio.Event().wait()
        return f"what {self.key} has"


def endpoints(folder: Path, *, first: str = "openrouter", key: str | None = "of-the-app") -> Endpoints:
    """Endpoints of which the first bills like `first`; GATEWAY_KEY is not set."""

    def further(connection: Connection, key: str | None) -> Banker:
        return Banker(connection.endpoint, key)

    (folder / "connections.toml").write_text(CONNECTIONS)
    return Endpoints(
        lambda key: Banker(Endpoint("api.example.com", first), key),
        key,
        address="https://api.example.com/v1",
        needs_key=False,
        further=further_in(folder, further, {"MONEY_KEY": "of-money"}),
        demo=DemoProvider(Tokenizer()),
    )


@pytest.mark.parametrize(
    ("first", "key", "accounts"),
    [
        ("openrouter", "of-the-app", {"": "api.example.com", "Money": "Money", "Gateway": "Gateway"}),
        ("openrouter", None, {"Money": "Money", "Gateway": "Gateway"}),
        ("openai", "of-the-app", {"Money": "Money", "Gateway": "Gateway"}),
    ],
)
def test_accounts_are_where_the_endpoint_tells_a_balance_and_the_app_has_a_key(
    tmp_path: Path, first: str, key: str | None, accounts: dict[str, str]
) -> None:
    found = endpoints(tmp_path, first=first, key=key).accounts()
    assert (found, [*found]) == (accounts, [*accounts])


async def test_each_account_is_asked_with_the_key_of_its_connection(tmp_path: Path) -> None:
    given = endpoints(tmp_path)
    given.provider("own-of-bob")
    assert await given.balance("") == "what of-the-app has"
    assert await given.balance("Money") == "what of-money has"


async def test_a_key_that_is_missing_is_said(tmp_path: Path) -> None:
    with pytest.raises(ChatError, match="Gateway takes its key from GATEWAY_KEY, which is not set"):
        await endpoints(tmp_path).balance("Gateway")


async def test_an_endpoint_that_is_slow_is_given_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(endpoints_module, "LONGEST_BALANCE_S", 0)
    with pytest.raises(ChatError, match="No answer came within 0 seconds"):
        await endpoints(tmp_path, key="slow").balance("")
