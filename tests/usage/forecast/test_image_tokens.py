"""Pictures are as many tokens as the examples in the makers' own pages, and never more than at most."""

from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from usage.forecast import Detail, image_tokens, page_tokens, takes_original

MODELS = (
    *("gpt-6.1-sol", "gpt-5.6-luna", "gpt-5.5", "gpt-5.4-mini", "gpt-5.2", "gpt-5-mini", "gpt-5-nano"),
    *("gpt-5.1", "gpt-4.1-mini", "gpt-4.1-nano", "o4-mini", "gpt-4o-mini", "gpt-4o", "o3"),
    *("claude-opus-4-8", "claude-sonnet-4-5", "gemini-2.5-pro", "gemini-3-pro-preview", "gemma-3-27b-it"),
    *("grok-4", "pixtral-12b-2409", "mistral-medium-latest", "qwen3-vl-plus", "qwen2.5-vl-72b-instruct"),
    *("llama-4-maverick", "nobody-knows"),
)
SIDES = st.integers(min_value=1, max_value=20_000)

# OpenAI, images and vision: "Calculating costs", with its examples, and the figures measured for FACTS.
OPENAI = [
    ("gpt-5.4", 1024, 1024, "high", 1229),
    ("gpt-5.4", 2048, 2048, "high", 3000),
    ("gpt-5.4", 2048, 2048, "low", 4916),  # as documented: it may be more than high
    ("gpt-5.5", 4000, 3000, "original", 11_868),  # within 10,000 patches
    ("gpt-5.6-sol", 4000, 3000, "original", 14_100),
    ("gpt-5.6-sol", 4000, 3000, "high", 2942),
    ("gpt-6.1-sol", 2048, 1536, "high", 2942),
    ("gpt-6-astra", 640, 480, "high", 360),
    ("gpt-6-astra", 640, 480, "low", 231),
    ("gpt-6-astra", 3200, 960, "original", 3600),
    ("gpt-6-astra", 3200, 960, "high", 2916),
    ("gpt-5.2", 1024, 1024, "high", 1229),
    ("gpt-5-mini", 1024, 1024, "high", 1229),
    ("gpt-5-nano", 1024, 1024, "high", 1536),
    ("o4-mini", 1024, 1024, "high", 1762),
    ("o4-mini", 1800, 2400, "high", 2498),  # 1,452 patches × 1.72
    ("gpt-4.1-mini", 1024, 1024, "high", 1659),
    ("gpt-4.1-nano", 1800, 2400, "high", 3572),  # 1,452 × 2.46
    ("gpt-4o", 1024, 1024, "high", 765),
    ("gpt-4o", 2048, 4096, "high", 1105),
    ("gpt-4o", 4096, 8192, "low", 85),
    ("gpt-4.1", 512, 512, "high", 255),
    ("gpt-4.1", 512, 513, "high", 425),
    ("gpt-4o-mini", 1024, 1024, "high", 25_501),
    ("gpt-5.1", 1024, 1024, "high", 630),
    ("o3", 1024, 1024, "high", 675),
]
# Anthropic, vision: 28-pixel patches within 1,568 pixels and tokens, from Claude 4.7 on 2,576 and 4,784.
ANTHROPIC = [
    ("claude-sonnet-4-6", 1000, 1000, "high", 1296),
    ("claude-opus-4-8", 1000, 1000, "high", 1296),
    ("claude-sonnet-4-6", 1092, 1092, "high", 1521),
    ("claude-sonnet-4-6", 1568, 1568, "high", 1521),
    ("claude-opus-4-8", 1568, 1568, "high", 3136),
    ("claude-opus-4-8", 1932, 1932, "high", 4761),
    ("claude-opus-4-8", 3840, 2160, "high", 4784),
    ("claude-opus-4-8", 28, 29, "low", 2),
]
# Google: 258 for a picture up to 384 pixels or a tile of it, 1,120 from Gemini 3 on; Gemma 3: 256.
GOOGLE = [
    ("gemini-2.5-flash", 384, 384, "high", 258),
    ("gemini-2.5-flash", 960, 540, "high", 1548),
    ("gemini-3.1-pro-preview", 4000, 3000, "high", 1120),
    ("gemma-3-27b-it", 896, 896, "high", 256),
]
OTHERS = [
    ("pixtral-12b-2409", 64, 64, "high", 20),  # mistral-common: 4 × 4 patches and an end for each row
    ("pixtral-12b-2409", 2048, 1024, "high", 2080),
    ("mistral-small-2506", 1540, 1540, "high", 3080),
    # Fireworks' table for Qwen2.5-VL, without the two tokens around; its row for 1920×1080 is another shape.
    ("qwen2.5-vl-72b-instruct", 336, 336, "high", 144 + 2),
    ("qwen2.5-vl-72b-instruct", 672, 672, "high", 576 + 2),
    ("qwen2.5-vl-72b-instruct", 1024, 1024, "high", 1369 + 2),
    ("qwen2.5-vl-72b-instruct", 1280, 720, "high", 1196 + 2),
    ("qwen2.5-vl-72b-instruct", 2560, 1440, "high", 4641 + 2),
    ("qwen2.5-vl-72b-instruct", 3840, 2160, "high", 10_549 + 2),
    ("qwen3-vl-235b-a22b-instruct", 1024, 1024, "high", 1024 + 2),
    ("qwen3-vl-235b-a22b-instruct", 1, 1, "high", 4 + 2),
]


@pytest.mark.parametrize(
    ("model", "width", "height", "detail", "tokens"), [*OPENAI, *ANTHROPIC, *GOOGLE, *OTHERS]
)
def test_a_picture_is_as_many_tokens_as_its_maker_says(
    model: str, width: int, height: int, detail: Detail, tokens: int
) -> None:
    counted = image_tokens(model, width, height, detail)
    assert (counted.tokens, counted.is_documented) == (tokens, True)


@pytest.mark.parametrize(
    ("names", "same_as"),
    [
        (("openai/gpt-4o", "gpt-4o-2024-11-20", "ft:gpt-4o:org::id", "chatgpt-4o-latest"), "gpt-4.1"),
        (("openai/gpt-4o-mini-2024-07-18", "gpt-4o-mini:extended"), "gpt-4o-mini"),
        (("openai/gpt-6-luna:flex", "openai.gpt-6-astra", "GPT-6.1-Sol"), "gpt-6-luna"),
        (("openai/gpt-5.6-terra", "gpt-5.6-sol-2026-07-01"), "gpt-5.6-luna"),
        (("openai/gpt-5", "gpt-5-2025-08-07", "gpt-5.1-chat-latest"), "gpt-5"),
        (("o1-2024-12-17", "openai/o3-pro"), "o3"),
        (
            ("claude-3-5-sonnet-20241022", "anthropic/claude-opus-4", "claude-opus-4-20250514"),
            "claude-sonnet-4-5",
        ),
        (("anthropic/claude-haiku-4.5:thinking", "us.anthropic.claude-sonnet-4-6-v1:0"), "claude-sonnet-4-5"),
        (
            ("anthropic/claude-opus-4.7", "claude-fable-5-1", "~anthropic/claude-opus-latest"),
            "claude-opus-4-8",
        ),
        (("google/gemini-2.0-flash-001", "models/gemini-1.5-pro"), "gemini-2.5-pro"),
        (("google/gemini-4-argon", "gemini-flash-latest"), "gemini-3-pro"),
        (("qwen/qwen3.5-plus", "Qwen/Qwen3-VL-8B-Instruct"), "qwen3-vl-plus"),
        (("gpt-oss-120b", "my-gpt-4o", "deepseek/deepseek-v4.1-flash", "llama3.2-vision"), "nobody-knows"),
    ],
)
def test_a_model_is_known_by_its_name_behind_a_maker_and_before_a_tag(
    names: tuple[str, ...], same_as: str
) -> None:
    sizes = [(4000, 3000), (300, 700)]
    expected = [image_tokens(same_as, *size, "high") for size in sizes]
    for name in names:
        assert [image_tokens(name, *size, "high") for size in sizes] == expected, name


@given(width=SIDES, height=SIDES)
def test_xai_says_from_256_to_1792(width: int, height: int) -> None:
    assert 256 <= image_tokens("x-ai/grok-4", width, height, "high").tokens <= 1792


@pytest.mark.parametrize("model", ["grok-4", "llama-4-maverick", "nobody-knows"])
def test_what_nobody_documents_is_not_said_to_be_known(model: str) -> None:
    assert not image_tokens(model, 1024, 1024, "high").is_documented


def test_at_most_a_picture_is_what_any_detail_makes_of_it() -> None:
    assert image_tokens("gpt-5.6-luna", 4000, 3000, "high").most >= 14_100
    assert image_tokens("gpt-4o", 1024, 1024, "low").most >= 765
    # One of Google's pages limits a tile to 768 pixels.
    assert image_tokens("gemini-2.5-pro", 4000, 3000, "high").most >= 24 * 258


@given(model=st.sampled_from(MODELS), width=SIDES, height=SIDES, detail=st.sampled_from(get_args(Detail)))
def test_every_picture_is_some_tokens_and_no_more_than_at_most(
    model: str, width: int, height: int, detail: Detail
) -> None:
    counted = image_tokens(model, width, height, detail)
    assert 0 < counted.tokens < counted.most


@given(model=st.sampled_from(MODELS), width=SIDES, height=SIDES, detail=st.sampled_from(get_args(Detail)))
def test_a_larger_picture_of_that_shape_is_not_far_fewer_tokens(
    model: str, width: int, height: int, detail: Detail
) -> None:
    small = image_tokens(model, width, height, detail).tokens
    large = image_tokens(model, 2 * width, 2 * height, detail).tokens
    assert large >= small / 2


@pytest.mark.parametrize(
    ("model", "tokens", "is_documented"),
    [
        ("gpt-6-luna", 2890, True),
        ("gpt-4o", 765, True),
        ("claude-sonnet-4-5", 1496, True),
        ("gemini-2.5-pro", 258, True),
        ("gemini-3-pro", 560, True),
        ("mistral-large-2512", 0, False),
        ("nobody-knows", 0, False),
    ],
)
def test_a_page_of_a_document_is_a_picture_where_its_maker_says_so(
    model: str, tokens: int, is_documented: bool
) -> None:
    page = page_tokens(model)
    assert (page.tokens, page.is_documented) == (tokens, is_documented)
    assert page.most > page.tokens


@pytest.mark.parametrize(
    ("model", "takes"),
    [("gpt-5.4-nano", True), ("openai/gpt-6-luna", True), ("gpt-5.2", False), ("claude-opus-5", False)],
)
def test_some_models_take_pictures_as_large_as_they_are(model: str, takes: bool) -> None:
    assert takes_original(model) is takes
