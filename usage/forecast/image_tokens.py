"""How many tokens a picture is for a model: by the rule that its maker documents, and at most.

The rules are those of these pages in autumn 2026:

OpenAI      https://developers.openai.com/api/docs/guides/images-vision
Anthropic   https://platform.claude.com/docs/en/build-with-claude/vision and …/vision-coordinates
Google      https://ai.google.dev/gemini-api/docs/image-understanding and …/media-resolution
xAI         https://docs.x.ai/docs/key-information/consumption-and-rate-limits
Mistral     https://mistralai.github.io/mistral-common/usage/images
Alibaba     https://www.alibabacloud.com/help/en/model-studio/vision
Meta        the image processor of Llama 4 in Hugging Face's transformers
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from math import ceil, floor, sqrt
from typing import Literal, get_args

Detail = Literal["low", "high", "original"]

Count = Callable[[int, int, Detail], int]

# What endpoints may put around a picture, and what rounding may make of it.
_MORE_PER_IMAGE = 16
# A page of a PDF at 200 dots an inch; nobody documents how large they draw it.
_PAGE = 1700, 2200


@dataclass(frozen=True, slots=True)
class ImageTokens:
    """How many tokens a picture likely is, and how many at most; `is_documented`: its maker says how many."""

    tokens: int
    most: int
    is_documented: bool


@dataclass(frozen=True, slots=True)
class _Rule:
    """How a maker counts pictures, and the pages of a PDF: None if it gets no pictures of them.

    `most` counts more where what is documented leaves doubt.
    """

    count: Count
    page: int | None = None
    most: Count | None = None
    is_documented: bool = True
    has_original: bool = False


def image_tokens(model: str, width: int, height: int, detail: Detail) -> ImageTokens:
    """Return how many tokens a picture of that many pixels is for a model.

    At most it is what any detail makes of it: an endpoint may not know the one that was asked for.
    """
    rule = _rule_of(model)
    width, height = max(width, 1), max(height, 1)
    counts = [rule.count, *([rule.most] if rule.most else [])]
    most = max(count(width, height, each) for count in counts for each in get_args(Detail))
    return ImageTokens(rule.count(width, height, detail), most + _MORE_PER_IMAGE, rule.is_documented)


def page_tokens(model: str) -> ImageTokens:
    """Return how many tokens the picture of a page is that a model gets of a PDF, beside the page's text."""
    rule = _rule_of(model)
    most = max(rule.count(*_PAGE, each) for each in get_args(Detail))
    return ImageTokens(rule.page or 0, most + _MORE_PER_IMAGE, rule.is_documented and rule.page is not None)


def takes_original(model: str) -> bool:
    """Return whether a model is documented to take pictures as large as they are sent."""
    return _rule_of(model).has_original


def sees_pictures(model: str) -> bool:
    """Return whether a model's name is that of one whose maker documents how it counts pictures."""
    return _rule_of(model).is_documented


def _rule_of(model: str) -> _Rule:
    name = model.lower()
    return next((rule for names, rule in _RULES if names.search(name)), _UNKNOWN)


# What a detail makes of a picture: its longest side in pixels, and its patches at most.
_Limits = dict[Detail, tuple[int, int | None]]


def _patches(limits: _Limits, percent: int, width: int, height: int, detail: Detail) -> int:
    """Count 32-pixel patches of what the detail leaves of a picture, times what the model multiplies them by.

    A model without `original` is asked for `high`.
    """
    longest, budget = limits.get(detail, limits["high"])
    width, height = _fit_within(longest, width, height)
    patches = _cells(32, width, height)
    if budget is not None and patches > budget:
        shrink = sqrt(32**2 * budget / (width * height))
        across, down = width * shrink / 32, height * shrink / 32
        shrink *= min(max(floor(across), 1) / across, max(floor(down), 1) / down)
        patches = min(budget, _cells(32, max(floor(width * shrink), 1), max(floor(height * shrink), 1)))
    return -(-patches * percent // 100)


def _tiles(base: int, tile: int, width: int, height: int, detail: Detail) -> int:
    """Count 512-pixel tiles of a picture that is fitted into 2,048 pixels, its shorter side into 768."""
    if detail == "low":
        return base
    width, height = _fit_within(2048, width, height)
    if (shorter := min(width, height)) > 768:
        width, height = floor(width * 768 / shorter), floor(height * 768 / shorter)
    return base + tile * _cells(512, width, height)


def _claude(longest: int, budget: int, width: int, height: int, _detail: Detail) -> int:
    """Count 28-pixel patches of the largest picture of that shape that is within both limits."""
    longer, shorter = max(width, height), min(width, height)

    def size_at(edge: int) -> tuple[int, int]:
        return edge, max(round(edge * shorter / longer), 1)

    def fits(edge: int) -> bool:
        return ceil(edge / 28) * 28 <= longest and _cells(28, *size_at(edge)) <= budget

    if fits(longer):
        return _cells(28, longer, shorter)
    fitting, too_long = 1, longer
    while fitting + 1 < too_long:
        middle = (fitting + too_long) // 2
        fitting, too_long = (middle, too_long) if fits(middle) else (fitting, middle)
    return _cells(28, *size_at(fitting))


def _fixed(tokens: int, _width: int, _height: int, _detail: Detail) -> int:
    return tokens


def _gemini_tiles(longest_tile: int | None, width: int, height: int, _detail: Detail) -> int:
    """Count 258 for a small picture, or for each tile of two thirds of the shorter side.

    One page limits tiles to 768 pixels, the other scales them down to that.
    """
    if width <= 384 and height <= 384:
        return 258
    tile = max(floor(min(width, height) / 1.5), 256)
    return 258 * _cells(min(tile, longest_tile) if longest_tile else tile, width, height)


def _grok(width: int, height: int, _detail: Detail) -> int:
    """Count from 512 to 1,792 by the size: xAI says no more than that it is from 256 to 1,792."""
    return 256 * (min(_cells(448, width, height), 6) + 1)


def _mistral(patch: int, longest: int, width: int, height: int, _detail: Detail) -> int:
    """Count patches, and one token at the end of each row."""
    if (ratio := max(width, height) / longest) > 1:
        width, height = max(round(width / ratio), 1), max(round(height / ratio), 1)
    return (ceil(width / patch) + 1) * ceil(height / patch)


def _qwen(patch: int, width: int, height: int, _detail: Detail) -> int:
    """Count patches from 4 to 16,384, sides rounded to whole ones, with a token before and one after."""
    across, down = max(round(width / patch), 1), max(round(height / patch), 1)
    if across * down > _MOST_OF_QWEN:
        shrink = sqrt(width * height / (_MOST_OF_QWEN * patch**2))
        across, down = max(floor(width / shrink / patch), 1), max(floor(height / shrink / patch), 1)
    elif across * down < 4:
        grow = sqrt(4 * patch**2 / (width * height))
        across, down = ceil(width * grow / patch), ceil(height * grow / patch)
    return min(across * down, _MOST_OF_QWEN) + 2


def _llama_4(width: int, height: int, _detail: Detail) -> int:
    """Count 145 for each of at most 16 tiles of 336 pixels, and for the whole picture."""
    return 145 * (min(_cells(336, width, height), 16) + 1)


def _likely(width: int, height: int, detail: Detail) -> int:
    return max(_claude(*_CLAUDE_NEWER, width, height, detail), 256)


def _unlikely(width: int, height: int, _detail: Detail) -> int:
    """Count the smallest patches in use, in rows; some models make thousands of any picture."""
    return max((ceil(width / 14) + 1) * ceil(height / 14), 5_000)


def _fit_within(longest: int, width: int, height: int) -> tuple[int, int]:
    """Return the size of a picture whose longer side is no longer than that."""
    if (longer := max(width, height)) <= longest:
        return width, height
    return max(round(width * longest / longer), 1), max(round(height * longest / longer), 1)


def _cells(side: int, width: int, height: int) -> int:
    """Return how many squares of that side cover a picture."""
    return ceil(width / side) * ceil(height / side)


_MOST_OF_QWEN = 16_384
_CLAUDE_OLDER, _CLAUDE_NEWER = (1568, 1568), (2576, 4784)
_CLAUDE_PAGE = _claude(*_CLAUDE_NEWER, *_PAGE, "high")
_ONE_SIZE = 2048, 6144


def _openai(count: Count, *, has_original: bool = False) -> _Rule:
    """Return OpenAI's rule: of a PDF its models get the text and a picture of each page."""
    return _Rule(count, page=count(*_PAGE, "high"), has_original=has_original)


def _detailed(low: tuple[int, int | None], high: tuple[int, int], original: tuple[int, int | None]) -> _Rule:
    limits: _Limits = {"low": low, "high": high, "original": original}
    return _openai(partial(_patches, limits, 120), has_original=True)


def _in_one_size(limit: tuple[int, int], percent: int) -> _Rule:
    return _openai(partial(_patches, {"low": limit, "high": limit}, percent))


def _in_tiles(base: int, tile: int) -> _Rule:
    return _openai(partial(_tiles, base, tile))


# The first that is found in a model's name, in lower case, counts. Names may stand behind a maker's, as at
# OpenRouter and Bedrock, and before a date or a tag. The details of some older models are only in earlier
# states of OpenAI's page.
_RULES: tuple[tuple[re.Pattern[str], _Rule], ...] = tuple(
    (re.compile(rf"(?:^|[/.:~])(?:{names})"), rule)
    for names, rule in (
        (r"gpt-(?:[6-9]|\d\d)(?!\d)", _detailed((512, None), (65_535, 2500), (65_535, None))),
        (r"gpt-5\.[6-9]", _detailed((512, None), (2048, 2500), (65_535, None))),
        (r"gpt-5\.5", _detailed((512, None), (2048, 2500), (6000, 10_000))),
        (r"gpt-5\.4", _detailed((2048, 6144), (2048, 2500), (6000, 10_000))),
        (r"gpt-5\.[23]|gpt-5\.1-codex-mini", _in_one_size(_ONE_SIZE, 120)),
        (r"gpt-5-mini|gpt-5-codex-mini", _in_one_size((2048, 1536), 120)),
        (r"gpt-5-nano", _in_one_size((2048, 1536), 150)),
        (r"gpt-5", _in_tiles(70, 140)),
        (r"gpt-4\.1-mini", _in_one_size(_ONE_SIZE, 162)),
        (r"gpt-4\.1-nano", _in_one_size((2048, 1536), 246)),
        (r"o4-mini", _in_one_size((2048, 1536), 172)),
        (r"gpt-4o-mini", _in_tiles(2833, 5667)),
        (r"(?:chat)?gpt-4(?:o|\.1|\.5|-turbo|-vision)", _in_tiles(85, 170)),
        (r"o[13](?:$|[-:])", _in_tiles(75, 150)),
        (
            r"claude-(?:[a-z]+-)?(?:3|4(?![.-](?:[7-9]|\d\d)(?!\d)))",
            _Rule(partial(_claude, *_CLAUDE_OLDER), page=_claude(*_CLAUDE_OLDER, *_PAGE, "high")),
        ),
        (r"claude-", _Rule(partial(_claude, *_CLAUDE_NEWER), page=_CLAUDE_PAGE)),
        (r"gemini-[12]\b", _Rule(partial(_gemini_tiles, None), 258, partial(_gemini_tiles, 768))),
        (r"gemini-", _Rule(partial(_fixed, 1120), 560)),
        (r"gemma-?3\b", _Rule(partial(_fixed, 256))),
        (r"grok-", _Rule(_grok, is_documented=False)),
        (r"pixtral-", _Rule(partial(_mistral, 16, 1024))),
        (r"mistral-(?:small|medium|large)|magistral|ministral", _Rule(partial(_mistral, 28, 1540))),
        (r"qwen-?3.*vl|qwen-?3\.[5-9]|qwen-?[4-9]", _Rule(partial(_qwen, 32))),
        (r"qwen.*vl|qvq", _Rule(partial(_qwen, 28))),
        (r"(?:meta-)?llama-?4", _Rule(_llama_4, is_documented=False)),
    )
)
_UNKNOWN = _Rule(_likely, most=_unlikely, is_documented=False)
