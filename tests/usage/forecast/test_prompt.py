"""Prompts count themselves: as OpenAI's cookbook says, once for each model, and how many they are at most."""

import pytest

from tests.helpers.fakes import FourBytes, RecordingVocabulary
from usage.forecast import (
    Document,
    Image,
    Message,
    Part,
    Prompt,
    Text,
    TokenCount,
    Tokenizer,
    image_tokens,
)

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


def never_read() -> bytes:
    raise AssertionError("nothing is read to count it")


def picture(width: int, height: int) -> Image:
    return Image("key", "image/png", width, height, "high", never_read)


def prompt_with(*parts: Part) -> Prompt:
    return Prompt((Message("user", parts),))


def test_pictures_count_by_the_rule_of_the_model_and_are_never_exact(tokenizer: Tokenizer) -> None:
    words, size = prompt_with(Text("Why?")), picture(1024, 1024)
    bare, seen = (each.size(tokenizer, "gpt-4o") for each in (words, prompt_with(Text("Why?"), size)))
    assert seen.count == TokenCount(bare.count.tokens + 765, exact=False)
    # What is text stays counted with the model's own vocabulary.
    assert seen.most_tokens == bare.most_tokens + image_tokens("gpt-4o", 1024, 1024, "high").most
    assert prompt_with(size, size).images == (size, size)


def test_a_document_is_its_text_and_a_picture_of_each_page_where_the_maker_says_so(
    tokenizer: Tokenizer,
) -> None:
    pages = "One page.", "Another page.", ""
    prompt = prompt_with(Document("key", "report.pdf", pages, never_read))
    alone = prompt_with().size(tokenizer, "gpt-4o")
    size = prompt.size(tokenizer, "gpt-4o")
    text = tokenizer.count_text("\n".join(pages), "gpt-4o").tokens
    assert size.count == TokenCount(alone.count.tokens + text + 3 * 765, exact=False)
    assert size.most_tokens > alone.most_tokens + len("".join(pages)) + 3 * 765
    unknown = prompt.size(tokenizer, "nobody-knows")
    assert unknown.count.tokens == prompt_with().size(tokenizer, "nobody-knows").count.tokens + text
    assert unknown.most_tokens > unknown.count.tokens + 3 * 4_000
    assert [each.name for each in prompt.documents] == ["report.pdf"]
