"""Keys and passwords are masked by their value, however they are written, whatever the endpoint repeats."""

import base64
import json
import logging
import socket
import traceback
from typing import Any
from urllib.parse import quote

import httpx2
import pytest

from chat.providers.seam import Answered, ChatError, Completed, ReasoningDelta, RequestRefused, TextDelta
from chat.providers.secrets import Secrets, basic_credentials, shown_address, without_credentials
from settings import MASK
from tests.helpers.provider_calls import (
    END,
    URL,
    answer,
    as_values,
    chunk,
    events_of_call,
    hello,
    provider_at,
    stream,
    text,
    transport,
)
from tests.servers.scripted import ScriptedServer

KEY = "sk-a+b/c=9f3b1c\\7"
AT_HOME = "ollama"  # what people give to a server that wants no key


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        (f"No project for {KEY}.", "No project for ***."),
        (f"No project for Bearer {KEY}.", "No project for Bearer ***."),
        (f"x{KEY}y{KEY}", "x***y***"),
        (KEY.upper(), MASK),
        (quote(KEY, safe=""), MASK),
        (json.dumps({"key": KEY}), '{"key": "***"}'),
        (
            {"error": {"message": KEY, KEY: [KEY, 7, None, True]}},
            {"error": {"message": MASK, MASK: [MASK, 7, None, True]}},
        ),
        (
            {"choices": [{"delta": {"content": f"It is {KEY}"}}]},
            {"choices": [{"delta": {"content": "It is ***"}}]},
        ),
        ("Nothing of the kind: sk-a, sk-...7", "Nothing of the kind: sk-a, sk-...7"),
    ],
)
def test_a_key_is_masked_wherever_and_however_it_is_written(said: Any, shown: Any) -> None:
    assert Secrets(KEY).masked(said) == shown


def test_what_is_nested_too_deeply_to_be_meant_is_cut_off() -> None:
    deep: Any = KEY
    for _ in range(600):
        deep = [deep]
    found = Secrets(KEY).masked({"error": {"message": "x", "more": deep}})
    assert found["error"]["message"] == "x"
    assert str(found["error"]["more"]) == "[" * 48 + "'***'" + "]" * 48


def test_a_key_of_figures_is_masked_where_it_stands_as_a_number() -> None:
    assert Secrets("12345678901").masked({"prompt_tokens": 12345678901}) == {"prompt_tokens": MASK}
    assert Secrets("12345678901").masked({"prompt_tokens": 1234, "x": 0.5}) == {
        "prompt_tokens": 1234,
        "x": 0.5,
    }


def test_a_password_is_masked_as_it_is_and_as_it_is_sent() -> None:
    secrets = Secrets("sk-key-of-app-1", "ada", "pass-word-1")
    sent = basic_credentials("ada", "pass-word-1")
    assert secrets.masked(f"ada pass-word-1 {sent} sk-key-of-app-1") == "ada *** *** ***"


def test_a_token_in_place_of_a_users_name_is_a_secret() -> None:
    sent = basic_credentials("token-of-ada-77", "")
    assert Secrets(None, "token-of-ada-77").masked(f"token-of-ada-77 {sent}") == "*** ***"


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        ({"error": "no account for ollama"}, {"error": "no account for ***"}),
        ({"model": "ollama"}, {"model": MASK}),
        ({"model": "llama3.2", "id": "ollama3"}, {"model": "llama3.2", "id": "ollama3"}),
        ({"delta": {"content": "Use ollama."}}, {"delta": {"content": "Use ollama."}}),
        ({"delta": {"reasoning": "ollama?"}}, {"delta": {"reasoning": "ollama?"}}),
    ],
)
def test_a_key_that_is_a_word_is_masked_as_a_word_and_not_in_what_a_model_says(said: Any, shown: Any) -> None:
    assert Secrets(AT_HOME).masked(said) == shown


@pytest.mark.parametrize("key", [None, "", "any", "EMPTY"])
def test_without_a_key_or_with_one_that_is_none_nothing_is_masked(key: str | None) -> None:
    said = {"error": "any EMPTY *"}
    assert Secrets(key).masked(said) == said


@pytest.mark.parametrize(
    ("address", "alone", "user", "password", "shown"),
    [
        ("https://host/v1", "https://host/v1", "", "", "https://host/v1"),
        ("http://u:p%40w@h:8/v1/x", "http://h:8/v1/x", "u", "p@w", "http://***@h:8/v1/x"),
        ("http://token@[::1]:8/v1", "http://[::1]:8/v1", "token", "", "http://***@[::1]:8/v1"),
        ("http://u:a@b@h/v1", "http://h/v1", "u", "a@b", "http://***@h/v1"),
        ("https://h/v1?key=abc", "https://h/v1?key=abc", "", "", "https://h/v1?***"),
        ("https://h/v1#abc", "https://h/v1#abc", "", "", "https://h/v1#***"),
    ],
)
def test_an_address_is_used_and_shown_without_what_is_secret_in_it(
    address: str, alone: str, user: str, password: str, shown: str
) -> None:
    assert without_credentials(address) == (alone, user, password)
    assert shown_address(address) == shown


APART = [*"\n\t \u00ad\u200b\u2060\ufeff\ufe0f\x00\x1b", "\r\n", "\u200d\u200d", "\U000e0041"]


@pytest.mark.parametrize("apart", APART, ids=ascii)
def test_a_key_is_masked_where_what_nobody_sees_breaks_it_up(apart: str) -> None:
    assert Secrets(KEY).masked(f"for {apart.join(KEY)}.") == "for ***."
    assert Secrets(KEY).masked(f"for {KEY[:5]}{apart}{KEY[5:]}.") == "for ***."


def test_what_breaks_a_key_up_is_looked_at_once() -> None:
    text = (KEY[0] + "\u200b" * 50_000) * 4
    assert Secrets(KEY).masked(text) == text


@pytest.mark.parametrize("size", [1, 2, 7, len(KEY)])
def test_a_key_that_comes_in_pieces_is_masked(size: int) -> None:
    said = f"It is {KEY}, I say: {KEY} and {KEY[:-1]}"
    pieces = [said[at : at + size] for at in range(0, len(said), size)]
    words = Secrets(KEY).in_pieces()
    given = [words.add(piece) for piece in pieces]
    # Of a key in many pieces its usual first letters may have been given.
    shown = ("".join(given) + words.rest()).replace("s***", "***").replace("sk***", "***")
    assert shown == f"It is ***, I say: *** and {KEY[:-1]}"


@pytest.mark.parametrize("said", ["this", "ask", "sk", f"{KEY[:1]}{KEY[:2]}"])
def test_what_many_words_begin_like_is_not_held_back(said: str) -> None:
    words = Secrets(KEY).in_pieces()
    assert "".join(map(words.add, said)) == said
    assert words.add(KEY[len("sk") :]) == (MASK if said.endswith("sk") else KEY[len("sk") :])


def test_a_beginning_that_comes_twice_is_no_way_around() -> None:
    words = Secrets(KEY).in_pieces()
    shown = "".join([words.add(KEY[:5]), words.add(KEY[:3]), words.add(KEY[3:]), words.rest()])
    assert shown in (f"{KEY[:5]}***", f"{KEY[:5]}{KEY[:2]}***")


@pytest.mark.parametrize("secrets", [Secrets(KEY), Secrets(AT_HOME), Secrets(None)])
def test_what_cannot_become_a_key_is_given_at_once(secrets: Secrets) -> None:
    words = secrets.in_pieces()
    assert words.add("Nothing of the kind. ") == "Nothing of the kind. "
    assert words.rest() == ""


OF_APP, PASSWORD = "sk-of-the-app-9f3b1c", "s3cret of ada"
REPEATING = ("error", "error-event", "model", "tier", "count", "text")


@pytest.mark.parametrize("where", REPEATING)
@pytest.mark.parametrize("user", ["", "ada:s3cret%20of%20ada@"])
async def test_what_an_endpoint_repeats_is_masked_before_it_gets_out(
    scripted: ScriptedServer, caplog: pytest.LogCaptureFixture, where: str, user: str
) -> None:
    caplog.set_level(logging.DEBUG)
    events: list[object] = []
    async with provider_at(scripted.url.replace("//", f"//{user}"), key=OF_APP) as provider:
        try:
            events += [event async for event in provider.stream(hello(f"repeats-in-{where}"))]
        except ChatError as exc:
            events += [exc, exc.__dict__, *traceback.format_exception(exc)]
    sent = scripted.chats[0].headers["authorization"].rpartition(" ")[2]
    assert sent == (base64.b64encode(f"ada:{PASSWORD}".encode()).decode() if user else OF_APP)
    everything = repr(events) + caplog.text
    assert "***" in everything
    assert not [each for each in (OF_APP, PASSWORD, sent, "s3cret") if each in everything]


@pytest.mark.slow
@pytest.mark.parametrize("path", ["", "/v1", "/v1/chat/completions"])
async def test_no_error_shows_the_password_of_an_address(path: str, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
        async with provider_at(f"http://user:secret@127.0.0.1:{port}{path}") as provider:
            said = as_values(await answer(provider, "any"))
            with pytest.raises(RequestRefused, match="Cannot reach") as caught:
                await provider.models()
    assert f"Cannot reach 127.0.0.1:{port}." in str(said[-1])
    assert "secret" not in f"{said} {caught.value} {caplog.text}"


async def test_an_address_that_is_none_is_shown_without_its_password(scripted: ScriptedServer) -> None:
    url = scripted.url.removesuffix("/v1").replace("//", "//user:secret@")
    async with provider_at(url) as provider:
        [error] = await answer(provider, "any")
    assert str(error).startswith(f"{url.replace('user:secret', '***')} is not an OpenAI-compatible endpoint.")


async def test_a_password_in_the_address_is_sent_in_place_of_the_key_and_only_in_its_header() -> None:
    asked: list[httpx2.Request] = []

    def handle(request: httpx2.Request) -> httpx2.Response:
        asked.append(request)
        return stream(text("Hi"), END)

    url = "https://ada:p%40ss@api.example.com/v1"
    async with provider_at(url, transport=httpx2.MockTransport(handle)) as provider:
        await answer(provider, "m")
    assert str(asked[0].url) == "https://api.example.com/v1/chat/completions"
    assert asked[0].headers["authorization"] == f"Basic {base64.b64encode(b'ada:p@ss').decode()}"
    assert provider.endpoint.host == "api.example.com"


async def test_a_list_of_models_repeats_no_key() -> None:
    names = httpx2.Response(200, json={"data": [{"id": f"for-{OF_APP}"}, {"id": "gpt-6-luna"}]})
    async with provider_at("https://api.example.com/v1", key=OF_APP, transport=transport(names)) as provider:
        assert await provider.models() == ("for-***", "gpt-6-luna")


async def test_a_model_that_is_named_like_a_key_of_no_account_can_be_asked() -> None:
    names = httpx2.Response(200, json={"data": [{"id": "ollama/llama3.2"}]})
    async with provider_at("http://localhost:1/v1", key="ollama", transport=transport(names)) as provider:
        assert await provider.models() == ("ollama/llama3.2",)


@pytest.mark.parametrize("apart", ["", ";", "\u200b", "\n"], ids=ascii)
async def test_who_answers_is_named_without_the_key(apart: str) -> None:
    key = f"{OF_APP[:5]}{apart}{OF_APP[5:]}"
    said = {**text("Hi"), "model": f"m-{key}", "service_tier": key}
    async with provider_at(URL, key=OF_APP, transport=transport(stream(said, END))) as provider:
        answered = [event for event in await events_of_call(provider) if isinstance(event, Answered)]
    assert answered[0] == Answered("m-***", "***", "1")


@pytest.mark.parametrize("field", ["content", "reasoning"])
async def test_a_key_that_comes_in_pieces_is_masked_in_what_a_model_says(field: str) -> None:
    said = [chunk(index=0, delta={field: each}) for each in ("It is ", *OF_APP, " or ", OF_APP[:5])]
    async with provider_at(URL, key=OF_APP, transport=transport(stream(*said, END))) as provider:
        events = await events_of_call(provider)
    deltas = [each for each in events if isinstance(each, TextDelta | ReasoningDelta)]
    assert "".join(each.text for each in deltas) == f"It is {OF_APP[:2]}*** or {OF_APP[:5]}"
    assert isinstance(events[-1], Completed)
