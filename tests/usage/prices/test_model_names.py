import pytest

from usage.prices.model_names import chat_generation, is_chat_model, is_same_model, names_behind


@pytest.mark.parametrize(
    "model",
    [
        "gpt-6-luna",
        "gpt-4o-mini",
        "gpt-chat-latest",
        "o3",
        "gemini-2.5-pro",
        "meta-llama/Llama-3.3-70B-Instruct",
        "claude-sonnet-5",
        "deepseek-chat",
        "qwen3-vl-8b",
        "sonar-pro",
        "ministral-oliver",
    ],
)
def test_these_models_chat(model: str) -> None:
    assert is_chat_model(model)


@pytest.mark.parametrize(
    "model",
    [
        "text-embedding-3-small",
        "nomic-embed-text",
        "whisper-1",
        "tts-1-hd",
        "gpt-4o-transcribe",
        "gpt-audio-mini",
        "gpt-realtime-2",
        "gpt-live-1",
        "GPT-Image-1",
        "dall-e-3",
        "sora-2",
        "omni-moderation-latest",
        "gpt-5-search-api",
        "computer-use-preview",
        "o3-deep-research",
        "gpt-3.5-turbo-instruct",
        "babbage-002",
        "gpt-5.2-pro",
        "o1-pro",
        "openai/gpt-5.4-pro",
        "gpt-5.3-codex",
        "codex-mini-latest",
    ],
)
def test_these_models_do_something_else(model: str) -> None:
    assert not is_chat_model(model)


def test_the_generation_is_the_whole_number_in_the_name() -> None:
    models = ["gpt-6-luna", "GPT-6.1-sol", "gpt-4o", "gpt-10", "o3", "gpt-oss-20b"]
    assert [chat_generation(model) for model in models] == [6, 6, 4, 10, 0, 0]


@pytest.mark.parametrize(
    ("answered", "asked"),
    [
        ("gpt-6-luna", "gpt-6-luna"),
        ("GPT-6-Luna", "gpt-6-luna"),
        ("gpt-6-luna-2026-11-01", "gpt-6-luna"),
        ("gpt-6-luna-20261101", "gpt-6-luna"),
        ("gpt-6-luna-1101", "gpt-6-luna"),
        ("gpt-6-luna@20261101", "gpt-6-luna"),
        ("gpt-6-luna-2024-02-29", "gpt-6-luna"),
        ("openai/gpt-6-luna", "gpt-6-luna"),
        ("openai/gpt-6-luna-2026-11-01", "gpt-6-luna"),
        ("openrouter/openai/gpt-6-luna", "openai/gpt-6-luna"),
        ("gpt-6-luna", "openai/gpt-6-luna"),
        ("gpt-6-luna-2026-11-01", "openai/gpt-6-luna"),
    ],
)
def test_a_model_is_the_same_with_a_date_or_behind_a_vendor(answered: str, asked: str) -> None:
    assert is_same_model(answered, asked)


@pytest.mark.parametrize(
    ("answered", "asked"),
    [
        ("gpt-6-luna-pro", "gpt-6-luna"),
        ("gpt-6-luna-pro-2026-11-01", "gpt-6-luna"),
        ("gpt-6-luna-2026-11-01-pro", "gpt-6-luna"),
        ("gpt-6-luna-latest", "gpt-6-luna"),
        ("gpt-6-luna-16384", "gpt-6-luna"),
        ("gpt-6-luna-2048", "gpt-6-luna"),
        ("gpt-6-luna-2026-13-01", "gpt-6-luna"),
        ("gpt-6-luna-2023-02-29", "gpt-6-luna"),
        ("gpt-6-luna-2026-1101", "gpt-6-luna"),
        ("gpt-6-luna-2026-12-01", "gpt-6-luna-2026-11-01"),
        ("gpt-6-luna", "gpt-6-luna-2026-11-01"),
        ("gpt-6", "gpt-6-luna"),
        ("agpt-6-luna", "gpt-6-luna"),
        ("gpt-6-luna/other", "gpt-6-luna"),
        ("azure/gpt-6-luna", "openai/gpt-6-luna"),
        ("gpt-6-luna:free", "gpt-6-luna"),
        ("luna", "gpt-6-luna"),
        ("openai/", "gpt-6-luna"),
    ],
)
def test_any_other_name_is_another_models(answered: str, asked: str) -> None:
    assert not is_same_model(answered, asked)


def test_behind_a_prefix_there_may_be_another() -> None:
    assert names_behind("a/b/c") == ("a/b/c", "b/c", "c")
    assert names_behind("c") == ("c",)
    assert names_behind("a/") == ()


def test_a_number_too_long_to_be_a_generation_is_none() -> None:
    assert chat_generation("gpt-9999") == 9999
    assert chat_generation("gpt-" + "9" * 5000) == 0
