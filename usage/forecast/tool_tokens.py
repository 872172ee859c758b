"""How many tokens the definitions of tools add to a request, by the rule that OpenAI's cookbook gives."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from usage.forecast.tokenizer import CL100K, O200K, TokenCount, Tokenizer, vocabulary_of

# The server writes the definitions anew for the model; these are the tokens that this adds.
_BEFORE_TOOL = {O200K: 7, CL100K: 10}
_BEFORE_PROPERTIES = 3
_PROPERTY = 3
_CHOICES = -3
_CHOICE = 3
_AFTER_TOOLS = 12


def count_tools(tokenizer: Tokenizer, tools: Iterable[Mapping[str, Any]], model: str) -> TokenCount:
    """The tokens of tools as a request defines them, beside those of its messages.

    The rule is known to hold for gpt-3.5, gpt-4 and gpt-4o; `exact` is about the vocabulary alone.
    """
    functions = [tool["function"] for tool in tools]
    counts = [tokenizer.count_text(text, model) for function in functions for text in _texts(function)]
    vocabulary, _ = vocabulary_of(model)
    tokens = sum(_BEFORE_TOOL[vocabulary] + _added(function) for function in functions)
    tokens += _AFTER_TOOLS if functions else 0
    is_exact = all(count.exact for count in counts) and tokenizer.count_text("", model).exact
    return TokenCount(tokens + sum(count.tokens for count in counts), is_exact)


def _texts(function: Mapping[str, Any]) -> Iterator[str]:
    yield f"{function['name']}:{_described(function)}"
    for name, details in _properties(function).items():
        yield f"{name}:{details.get('type', '')}:{_described(details)}"
        yield from map(str, details.get("enum", ()))


def _added(function: Mapping[str, Any]) -> int:
    properties = _properties(function)
    added = _BEFORE_PROPERTIES if properties else 0
    for details in properties.values():
        choices = details.get("enum")
        added += _PROPERTY + (0 if choices is None else _CHOICES + _CHOICE * len(choices))
    return added


def _properties(function: Mapping[str, Any]) -> Mapping[str, Mapping[str, Any]]:
    properties: Mapping[str, Mapping[str, Any]] = function.get("parameters", {}).get("properties", {})
    return properties


def _described(details: Mapping[str, Any]) -> str:
    return str(details.get("description", "")).removesuffix(".")
