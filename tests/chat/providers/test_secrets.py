"""What proves who asks is masked by its value, in every writing, and in nothing else."""

import json
from typing import Any
from urllib.parse import quote

import pytest

from chat.providers.secrets import Secrets, basic_credentials, shown_address, without_credentials
from settings import MASK

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
