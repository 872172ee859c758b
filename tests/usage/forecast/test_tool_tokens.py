"""Tokens of tool definitions: the example of OpenAI's cookbook, and what it leaves open."""

from typing import Any

import pytest

from usage.forecast import Prompt
from usage.forecast.tokenizer import TokenCount, Tokenizer
from usage.forecast.tool_tokens import count_tools

MESSAGES = Prompt.of_texts(
    ("system", "You are a helpful assistant that can answer to questions about the weather."),
    ("user", "What's the weather like in San Francisco?"),
)
LOCATION = {"type": "string", "description": "The city and state, e.g. San Francisco, CA"}
UNIT = {
    "type": "string",
    "description": "The unit of temperature to return",
    "enum": ["celsius", "fahrenheit"],
}


def tool(name: str, description: str, properties: dict[str, Any] | None = None) -> dict[str, Any]:
    """A tool as a request defines it."""
    function: dict[str, Any] = {"name": name, "description": description}
    if properties is not None:
        function["parameters"] = {"type": "object", "properties": properties, "required": ["location"]}
    return {"type": "function", "function": function}


WEATHER = tool(
    "get_current_weather",
    "Get the current weather in a given location",
    {"location": LOCATION, "unit": UNIT},
)


@pytest.fixture(scope="module")
def tokenizer() -> Tokenizer:
    return Tokenizer()


@pytest.mark.parametrize(
    ("model", "tokens"), [("gpt-3.5-turbo", 105), ("gpt-4", 105), ("gpt-4o", 101), ("gpt-4o-mini", 101)]
)
def test_the_example_of_openai_with_a_tool_counts_as_its_cookbook_says(
    tokenizer: Tokenizer, model: str, tokens: int
) -> None:
    messages = MESSAGES.size(tokenizer, model).count
    tools = count_tools(tokenizer, [WEATHER], model)
    assert (messages.tokens + tools.tokens, messages.exact, tools.exact) == (tokens, True, True)


def test_no_tools_add_nothing(tokenizer: Tokenizer) -> None:
    assert count_tools(tokenizer, [], "gpt-4o") == TokenCount(0, exact=True)


def test_what_comes_after_the_tools_is_counted_once(tokenizer: Tokenizer) -> None:
    one, two = (count_tools(tokenizer, [WEATHER] * number, "gpt-4o").tokens for number in (1, 2))
    assert two == 2 * one - 12


def test_a_tool_without_parameters_is_its_name_and_description(tokenizer: Tokenizer) -> None:
    text = tokenizer.count_text("now:The time", "gpt-4o").tokens
    without: list[dict[str, Any] | None] = [None, {}]
    for parameters in without:
        counted = count_tools(tokenizer, [tool("now", "The time.", parameters)], "gpt-4o")
        assert counted == TokenCount(7 + text + 12, exact=True)


def test_tools_of_a_model_whose_vocabulary_is_not_known_are_estimated(tokenizer: Tokenizer) -> None:
    known, unknown = (count_tools(tokenizer, [WEATHER], model) for model in ("gpt-4o", "llama3.2"))
    assert (unknown.tokens, unknown.exact) == (known.tokens, False)
