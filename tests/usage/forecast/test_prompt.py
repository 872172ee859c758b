"""Prompts count themselves: as OpenAI's cookbook says, once for each model, and how many they are at most."""

import pytest

from tests.helpers.fakes import FourBytes, RecordingVocabulary
from usage.forecast import Message, Prompt, Text, TokenCount, Tokenizer

COOKBOOK = Prompt.of_texts(
    (
        "system",
        "You are a helpful, pattern-following assistant that translates corporate jargon into plain English.",
    ),
    ("system", "New synergies will help drive top-line growth."),
    ("system", "Things working well together will increase revenue."),
    (
        "system",
        "Let's circle back when we have more bandwidth to touch base on opportunities "
        "for increased leverage.",
    ),
    ("system", "Let's talk later when we're less busy about how to do better."),
    (
        "user",
        "This late pivot means we don't have time to boil the ocean for the client deliverable.",
    ),
)
# The cookbook names the speakers of four messages, which takes a token each and those of the name.
NAMES = ("example_user", "example_assistant") * 2


@pytest.fixture(scope="module")
def tokenizer() -> Tokenizer:
    return Tokenizer()


@pytest.mark.parametrize(("model", "tokens"), [("gpt-4o", 124), ("gpt-4-0613", 129)])
def test_the_example_of_openai_counts_as_its_cookbook_says(
    tokenizer: Tokenizer, model: str, tokens: int
) -> None:
    named = sum(1 + tokenizer.count_text(name, model).tokens for name in NAMES)
    assert COOKBOOK.size(tokenizer, model).count == TokenCount(tokens - named, exact=True)


def test_no_messages_are_the_start_of_a_reply(tokenizer: Tokenizer) -> None:
    assert Prompt(()).size(tokenizer, "gpt-4o").count == TokenCount(3, exact=True)


def test_all_parts_of_a_message_count() -> None:
    parts = (Text("One, "), Text("two."))
    prompt = Prompt((Message("user", parts),))
    assert prompt.messages[0].text == "One, two."
    assert prompt.size(Tokenizer(FourBytes), "any").count.tokens == 3 + 3 + 1 + 2 + 1


def test_a_prompt_is_counted_once_for_each_model() -> None:
    vocabulary = RecordingVocabulary()
    tokenizer = Tokenizer(load=lambda _: vocabulary, remembered_texts=0)
    prompt = Prompt.of_texts(("user", "Why?"))
    for model in ("gpt-4o", "gpt-4o", "gpt-6-luna"):
        prompt.size(tokenizer, model)
    assert vocabulary.counted.count("Why?") == 2


@pytest.mark.parametrize(
    ("prompt", "model", "most"),
    [
        # with the model's own vocabulary, the count is off by the template only
        (
            Prompt.of_texts(("system", "Be short."), ("user", "Why?")),
            "gpt-4o",
            3 + 3 + 4 + 3 + 3 + 2 * 4 + 16,
        ),
        # any other count may be off up to one token a byte
        (Prompt.of_texts(("system", "Be short."), ("user", "Why? 😀")), "any", 6 + 9 + 4 + 9 + 2 * 16 + 256),
        # text that is no text has bytes too
        (Prompt.of_texts(("user", "\ud800")), "any", 4 + 3 + 16 + 256),
    ],
)
def test_a_prompt_has_at_most_so_many_tokens(
    tokenizer: Tokenizer, prompt: Prompt, model: str, most: int
) -> None:
    assert prompt.size(tokenizer, model).most_tokens == most
