import asyncio
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from chat.connections import Catalogue, Connection, Endpoints, FurtherConnections, Offered, Trial
from chat.connections import endpoints as endpoints_module
from chat.connections.endpoints import MODELS_KEPT_S, MOST_KEYS
from chat.providers import ChatError, CompletionProvider, DemoProvider, NotSent, RequestRefused
from tests.helpers.chats import further_in
from tests.helpers.fakes import FakeProvider
from usage.forecast import Tokenizer

DEMO = DemoProvider(Tokenizer())
NONE = further_in(Path("/nowhere"), lambda _connection, key: Keyed(key))


def endpoints_of(
    app_key: str | None,
    *,
    needs_key: bool = True,
    further: FurtherConnections = NONE,
    now_s: Callable[[], float] = time.monotonic,
) -> Endpoints:
    """Make the endpoints of an app with this key."""
    address = "https://api.example.com/v1"
    return Endpoints(
        Keyed, app_key, address=address, needs_key=needs_key, further=further, demo=DEMO, now_s=now_s
    )


class Keyed(FakeProvider):
    """A provider for one key, which counts how often it is asked for its models."""

    def __init__(self, key: str | None) -> None:
        super().__init__()
        self.key = key
        self.times_asked = 0

    async def models(self) -> tuple[str, ...]:
        self.times_asked += 1
        if self.key == "wrong":
            raise RequestRefused("This key is not accepted.")
        return (f"model-of-{self.key}",)


class Clock:
    """A clock that a test sets."""

    now = 0.0

    def __call__(self) -> float:
        return self.now


async def models_of(endpoints: Endpoints, own_key: str) -> tuple[str, ...]:
    catalogue = await endpoints.models(own_key)
    assert catalogue.troubles == {}
    return tuple(each.choice for each in catalogue.models)


def key_of(provider: CompletionProvider) -> str | None:
    assert isinstance(provider, Keyed)
    return provider.key


def test_without_any_key_the_demo_model_answers() -> None:
    endpoints = endpoints_of(None)
    for no_key in ("", " "):
        provider, owner = endpoints.provider(no_key)
        assert (provider, owner, endpoints.is_demo) == (DEMO, "app", True)


@pytest.mark.parametrize(("app_key", "needs_key"), [("app", True), ("app", False), (None, False)])
def test_the_endpoint_answers_with_the_apps_key_or_with_none_where_none_is_needed(
    app_key: str | None, needs_key: bool
) -> None:
    endpoints = endpoints_of(app_key, needs_key=needs_key)
    provider, owner = endpoints.provider("")
    assert (key_of(provider), owner, endpoints.is_demo) == (app_key, "app", False)


@pytest.mark.parametrize("app_key", ["app", None])
def test_a_persons_own_key_goes_before_all_others(app_key: str | None) -> None:
    endpoints = endpoints_of(app_key)
    provider, owner = endpoints.provider(' "own"\n')
    assert (key_of(provider), owner) == ("own", "user")
    assert endpoints.provider("own")[0] is provider


def test_a_malformed_key_is_refused_with_a_reason_that_does_not_hold_it() -> None:
    endpoints = endpoints_of("app")
    with pytest.raises(NotSent) as caught:
        endpoints.provider("sk-secret sk-secret")
    assert str(caught.value) == (
        "This key cannot be used: the key has white space inside it: copy it again, in one piece."
    )


def test_so_many_keys_are_kept_and_then_the_longest_unused_is_forgotten() -> None:
    endpoints = endpoints_of("app")
    first, second = endpoints.provider("key-0")[0], endpoints.provider("key-1")[0]
    for number in range(2, MOST_KEYS):
        endpoints.provider(f"key-{number}")
    assert endpoints.provider("key-0")[0] is first
    endpoints.provider("one-more")
    assert endpoints.provider("key-0")[0] is first
    assert endpoints.provider("key-1")[0] is not second


def test_people_who_come_at_once_share_one_provider() -> None:
    endpoints = endpoints_of("app")
    with ThreadPoolExecutor(8) as people:
        providers = list(people.map(lambda _: endpoints.provider("")[0], range(64)))
    assert len(set(providers)) == 1


async def test_models_are_asked_for_again_when_they_have_been_kept_long_enough() -> None:
    clock = Clock()
    endpoints = endpoints_of("app", now_s=clock)
    provider = endpoints.provider("")[0]
    assert isinstance(provider, Keyed)
    asked = []
    for clock.now in (0.0, MODELS_KEPT_S, MODELS_KEPT_S + 0.1):
        assert await models_of(endpoints, "") == ("model-of-app",)
        asked.append(provider.times_asked)
    assert asked == [1, 1, 2]


async def test_each_key_has_models_of_its_own() -> None:
    endpoints = endpoints_of("app")
    assert await models_of(endpoints, "") == ("model-of-app",)
    assert await models_of(endpoints, "own") == ("model-of-own",)


async def test_an_error_is_not_kept() -> None:
    endpoints = endpoints_of("wrong")
    provider = endpoints.provider("")[0]
    for _ in range(2):
        assert await endpoints.models("") == Catalogue((), {"": "This key is not accepted."})
    assert isinstance(provider, Keyed)
    assert provider.times_asked == 2


async def test_what_is_known_of_the_models_is_said_without_asking_again() -> None:
    clock = Clock()
    endpoints = endpoints_of("app", now_s=clock)
    assert endpoints.known_models("") == ()
    await endpoints.models("")
    clock.now = MODELS_KEPT_S + 1
    assert (endpoints.known_models(""), endpoints.known_models("own")) == (("model-of-app",), ())
    provider, _ = endpoints.provider("")
    assert isinstance(provider, Keyed)
    assert provider.times_asked == 1


TWO = """
[connections.Ollama]
address = "http://127.0.0.1:11434/v1"

[connections.Groq]
address = "https://api.groq.com/openai/v1"
key_from = "GROQ_API_KEY"
"""


class AtPlace(FakeProvider):
    """A provider of a further connection, which knows with which key it was made; some are odd."""

    def __init__(self, connection: Connection, key: str | None) -> None:
        super().__init__()
        self.endpoint = connection.endpoint
        self.name, self.key = connection.name, key

    async def models(self) -> tuple[str, ...]:
        match self.name:
            case "Dead":
                raise RequestRefused("Cannot reach it.")
            case "Slow":
                await asyncio.Event().wait()
            case "Strict" if self.key is None:
                raise RequestRefused("The key was refused.")
        return (f"one-of-{self.name}",)


def endpoints_with(folder: Path, text: str = TWO) -> Endpoints:
    """Endpoints whose further connections are named in this text; GROQ_API_KEY is set."""
    (folder / "connections.toml").write_text(text)
    further = further_in(folder, AtPlace, {"GROQ_API_KEY": "gsk-secret"})
    return endpoints_of("app", further=further)


async def test_the_models_of_all_connections_are_on_offer_each_with_whose_it_is(tmp_path: Path) -> None:
    endpoints = endpoints_with(tmp_path)
    first = FakeProvider.endpoint
    ollama, groq = (endpoints.further.named(name).endpoint for name in ("Ollama", "Groq"))
    assert (ollama.billed_by, groq.billed_by) == ("local", "groq")
    assert await endpoints.models("") == Catalogue(
        (
            Offered("model-of-app", "model-of-app", "", first),
            Offered("Ollama: one-of-Ollama", "one-of-Ollama", "Ollama", ollama),
            Offered("Groq: one-of-Groq", "one-of-Groq", "Groq", groq),
        )
    )


def test_a_model_is_asked_where_it_is_and_a_persons_own_key_goes_to_the_first_connection_only(
    tmp_path: Path,
) -> None:
    endpoints = endpoints_with(tmp_path)
    first, ollama, groq = (
        endpoints.chosen(choice, "own") for choice in ("llama3:8b", "Ollama: llama3:8b", " Groq: llama3")
    )
    assert (first.connection, first.model, first.key_owner) == ("", "llama3:8b", "user")
    assert (ollama.connection, ollama.model, ollama.key_owner) == ("Ollama", "llama3:8b", "app")
    assert (groq.connection, groq.model, groq.key_owner) == ("Groq", "llama3", "app")
    assert [key_of(first.provider), key_at(ollama.provider), key_at(groq.provider)] == [
        "own",
        None,
        "gsk-secret",
    ]
    assert endpoints.chosen("Ollama: another", "").provider is ollama.provider


def key_at(provider: CompletionProvider) -> str | None:
    assert isinstance(provider, AtPlace)
    return provider.key


async def test_a_connection_that_is_gone_is_said_and_its_model_is_not_taken_for_the_first_ones(
    tmp_path: Path,
) -> None:
    endpoints = endpoints_with(tmp_path)
    endpoints.further.remove("Groq")
    with pytest.raises(NotSent, match="There is no connection named “Groq” any more"):
        endpoints.chosen("Groq: llama3", "")


def test_a_model_that_was_named_is_priced_where_it_is_even_if_nobody_lists_it(tmp_path: Path) -> None:
    endpoints = endpoints_with(tmp_path)
    named = [endpoints.named(choice, "") for choice in ("my-own", "Groq: llama3", "Gone: llama3")]
    assert [(each.model, each.connection, each.endpoint.host) for each in named] == [
        ("my-own", "", FakeProvider.endpoint.host),
        ("llama3", "Groq", "api.groq.com"),
        ("Gone: llama3", "", FakeProvider.endpoint.host),
    ]


async def test_a_dead_or_slow_connection_keeps_nobody_from_the_models_of_the_others(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(endpoints_module, "PATIENCE_S", 0)
    places = (f'[connections.{name}]\naddress = "http://{name}.example"\n' for name in ("Dead", "Slow"))
    catalogue = await endpoints_with(tmp_path, "".join(places)).models("")
    assert [each.choice for each in catalogue.models] == ["model-of-app"]
    assert set(catalogue.troubles) <= {"Dead", "Slow"}
    assert catalogue.troubles["Slow"] == "Slow has not answered yet."


async def test_a_dead_connection_is_said_in_the_words_of_its_error(tmp_path: Path) -> None:
    dead = '[connections.Dead]\naddress = "http://dead.example"\n'
    assert (await endpoints_with(tmp_path, dead).models("")).troubles == {"Dead": "Cannot reach it."}


async def test_a_connection_whose_key_is_missing_is_said_by_its_variable(tmp_path: Path) -> None:
    text = '[connections.Bare]\naddress = "https://bare.example"\nkey_from = "BARE_KEY"\n'
    said = "Bare takes its key from BARE_KEY, which is not set. Set it and restart Tally."
    assert (await endpoints_with(tmp_path, text).models("")).troubles == {"Bare": said}


@pytest.mark.parametrize(
    ("name", "key", "tested"),
    [
        ("Open", "", Trial(1, None)),
        ("Open", "sk-any", Trial(1, is_key_proved=False)),
        ("Strict", "sk-good", Trial(1, is_key_proved=True)),
    ],
)
async def test_a_test_says_whether_the_key_made_the_difference(
    tmp_path: Path, name: str, key: str, tested: Trial
) -> None:
    connection = Connection(name, "https://new.example/v1")
    assert await endpoints_with(tmp_path).test_new(connection, key) == tested


async def test_a_test_ends_in_a_while_whatever_the_endpoint_does(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(endpoints_module, "LONGEST_LISTING_S", 0.01)
    with pytest.raises(ChatError, match=r"slow\.example did not list its models within 0 seconds"):
        await endpoints_with(tmp_path).test_new(Connection("Slow", "http://slow.example"), "")


@pytest.mark.parametrize(
    ("own_key", "tested"), [("", Trial(1, is_key_proved=False)), ("own", Trial(1, is_key_proved=False))]
)
async def test_the_first_connection_is_tested_with_the_key_that_holds_there(
    own_key: str, tested: Trial
) -> None:
    assert await endpoints_of("app").test(own_key) == tested


async def test_the_demo_model_needs_no_test() -> None:
    assert await endpoints_of(None).test("") == Trial(1, None)
