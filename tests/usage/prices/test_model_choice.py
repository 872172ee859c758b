from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from tests.helpers.given_prices import own_price
from usage.prices.book import PriceBook
from usage.prices.model_choice import (
    Alternatives,
    alternatives_to,
    chat_generation,
    is_chat_model,
    is_same_model,
    names_behind,
)
from usage.prices.own_prices import OwnPrices
from usage.units import Endpoint

AT = datetime(2026, 11, 22, 12, tzinfo=UTC)
OPENAI = Endpoint("api.openai.com", "openai")
# In + out then: luna 0.6, terra 6, 6.1-sol 12, astra 60; older: 5.6-luna 1.4, 4o 12.5, 5.5 35.
OFFERED = (
    "gpt-4o gpt-5.5 gpt-5.6-luna gpt-6-astra gpt-6-luna gpt-6-luna-2026-09-01 gpt-6.1-sol gpt-6.1-terra "
    "gpt-6.2-sol text-embedding-3-small whisper-1"
)


@pytest.mark.parametrize(
    ("endpoint", "model", "offered", "cheaper", "better"),
    [
        (OPENAI, "gpt-6.1-sol", OFFERED, "gpt-6.1-terra gpt-6-luna", "gpt-6-astra"),
        (OPENAI, "gpt-6.1-sol", " ".join(OFFERED.split()[::-1]), "gpt-6.1-terra gpt-6-luna", "gpt-6-astra"),
        # Older models only make up the number of cheaper ones.
        (OPENAI, "gpt-6.1-terra", OFFERED, "gpt-5.6-luna gpt-6-luna", "gpt-6.1-sol"),
        (OPENAI, "gpt-6-luna", OFFERED, "", "gpt-6.1-terra"),
        (OPENAI, "gpt-6-astra", OFFERED, "gpt-6.1-sol gpt-6.1-terra", None),
        # A model need not be on offer itself.
        (OPENAI, "gpt-6.1-sol", "gpt-6-luna", "gpt-6-luna", None),
        # Without a known price, or where everything is free, nothing is suggested.
        (OPENAI, "gpt-6.2-sol", OFFERED, "", None),
        (Endpoint("llm.example.com"), "gpt-6-luna", OFFERED, "", None),
        (Endpoint("localhost", "local"), "llama", "llama qwen", "", None),
    ],
)
def test_two_next_cheaper_and_the_next_dearer_are_suggested(
    endpoint: Endpoint, model: str, offered: str, cheaper: str, better: str | None
) -> None:
    found = PriceBook(OwnPrices).alternatives(endpoint, model, offered.split(), AT)
    assert found == Alternatives(tuple(cheaper.split()), better)


@pytest.mark.parametrize(
    ("model", "prices", "expected"),
    [
        # An older dearer model is not better.
        ("gpt-6", {"gpt-6": 2, "gpt-5": 9}, Alternatives()),
        ("gpt-5", {"gpt-5": 2, "gpt-6": 9}, Alternatives((), "gpt-6")),
        # One of the same price is neither cheaper nor better, and the plainest name stands for several.
        ("b", {"a": 1, "b": 1, "c": 1}, Alternatives()),
        (
            "m",
            {"m": 5, "dated": 3, "old": 3, "new": 3, "dear": 7, "posh": 7, "cheap": 1},
            Alternatives(("new", "cheap"), "dear"),
        ),
    ],
)
def test_alternatives_go_by_generation_price_and_plainness(
    model: str, prices: dict[str, int], expected: Alternatives
) -> None:
    assert alternatives_to(model, {name: Decimal(price) for name, price in prices.items()}) == expected


def test_own_prices_count_from_their_day() -> None:
    own = own_price("0.01", "0.01", day=date(2026, 11, 22))
    book = PriceBook(lambda: OwnPrices({"gpt-6.1-sol": own}))
    found = book.alternatives(OPENAI, "gpt-6-luna", OFFERED.split(), AT)
    assert found == Alternatives(cheaper=("gpt-6.1-sol",), better="gpt-6.1-terra")
    yesterday = datetime(2026, 11, 21, 12, tzinfo=UTC)
    assert book.alternatives(OPENAI, "gpt-6-luna", OFFERED.split(), yesterday).cheaper == ()


CHAT = """
gpt-6-luna gpt-4o-mini gpt-chat-latest o3 gemini-2.5-pro meta-llama/Llama-3.3-70B-Instruct claude-sonnet-5
deepseek-chat qwen3-vl-8b sonar-pro ministral-oliver gemma3:4b voxtral-small-latest phi-4 smollm2
"""
OTHER_KINDS = """
text-embedding-3-small nomic-embed-text whisper-1 tts-1-hd gpt-4o-transcribe gpt-audio-mini gpt-realtime-2
gpt-live-1 GPT-Image-1 dall-e-3 sora-2 omni-moderation-latest gpt-5-search-api computer-use-preview
o3-deep-research gpt-3.5-turbo-instruct babbage-002 gpt-5.2-pro o1-pro openai/gpt-5.4-pro gpt-5.3-codex
codex-mini-latest embeddinggemma:300m snowflake-arctic-embed2 mxbai-embed-large BAAI/bge-m3 all-minilm:22m
bge-reranker-v2-m3 intfloat/multilingual-e5-large gte-large-en-v1.5 voyage-3.5 qwen3-reranker speech-02
distil-whisper-large-v3-en canopylabs/orpheus-v1-english hexgrad/Kokoro-82M parakeet-tdt-0.6b playai-tts
imagen-4.0-generate-001 veo-3.0-generate black-forest-labs/FLUX.1-schnell stable-diffusion-xl shieldgemma:2b
"""


@pytest.mark.parametrize(("names", "chats"), [(CHAT, True), (OTHER_KINDS, False)])
def test_a_name_tells_whether_a_model_chats(names: str, chats: bool) -> None:
    assert [name for name in names.split() if is_chat_model(name) != chats] == []


@pytest.mark.parametrize(
    ("model", "generation"),
    [
        *(("gpt-6-luna", 6), ("GPT-6.1-sol", 6), ("gpt-4o", 4), ("gpt-10", 10), ("gpt-9999", 9999)),
        *(("o3", 0), ("gpt-oss-20b", 0), ("gpt-" + "9" * 5000, 0)),
    ],
)
def test_the_generation_is_the_whole_number_in_the_name(model: str, generation: int) -> None:
    assert chat_generation(model) == generation


SAME = """
gpt-6-luna GPT-6-Luna gpt-6-luna-2026-11-01 gpt-6-luna-20261101 gpt-6-luna-1101 gpt-6-luna@20261101
gpt-6-luna-2024-02-29 openai/gpt-6-luna openai/gpt-6-luna-2026-11-01 gpt-6-luna:nitro openai/gpt-6-luna:floor
gpt-6-luna:free
"""
ANOTHER = """
gpt-6-luna-pro gpt-6-luna-pro-2026-11-01 gpt-6-luna-2026-11-01-pro gpt-6-luna-latest gpt-6-luna-16384
gpt-6-luna-2048 gpt-6-luna-2026-13-01 gpt-6-luna-2023-02-29 gpt-6-luna-2026-1101 gpt-6 agpt-6-luna
gpt-6-luna/other gpt-6-luna:batch gpt-6-luna:online luna openai/
"""


@pytest.mark.parametrize(
    ("asked", "answered", "is_same"),
    [
        ("gpt-6-luna", SAME, True),
        ("gpt-6-luna", ANOTHER, False),
        ("openai/gpt-6-luna", "openrouter/openai/gpt-6-luna gpt-6-luna gpt-6-luna-2026-11-01", True),
        ("openai/gpt-6-luna", "azure/gpt-6-luna", False),
        ("gpt-6-luna-2026-11-01", "gpt-6-luna-2026-12-01 gpt-6-luna", False),
    ],
)
def test_a_model_is_the_same_with_a_date_or_behind_a_vendor_only(
    asked: str, answered: str, is_same: bool
) -> None:
    assert [name for name in answered.split() if is_same_model(name, asked) != is_same] == []


@pytest.mark.parametrize(("name", "behind"), [("a/b/c", ("a/b/c", "b/c", "c")), ("c", ("c",)), ("a/", ())])
def test_behind_a_prefix_there_may_be_another(name: str, behind: tuple[str, ...]) -> None:
    assert names_behind(name) == behind
