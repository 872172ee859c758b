import pytest

from settings.keys import clean_key


@pytest.mark.parametrize("text", ["sk-Ab_1", "  sk-Ab_1\r\n", "\u00a0sk-Ab_1\t", '"sk-Ab_1"', " “sk-Ab_1” "])
def test_a_key_is_cleaned_of_what_copying_brings_along(text: str) -> None:
    assert clean_key(text) == "sk-Ab_1"


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "the key is empty"),
        ('" "', "the key is empty"),
        ("sk-se cret", "the key has white space inside it: copy it again, in one piece"),
        ("sk-se\ncret", "the key has white space inside it: copy it again, in one piece"),
        ("sk-sécret", "the key has characters other than plain letters, digits and signs: copy it again"),
        ("sk-se\x00cret", "the key has invisible control characters: copy it again"),
    ],
)
def test_a_key_with_odd_characters_is_refused_with_the_reason(text: str, reason: str) -> None:
    with pytest.raises(ValueError, match=r".") as caught:
        clean_key(text)
    assert str(caught.value) == reason


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("k" * 1_001, "the key is too long to be one: copy it again"),
        ('"' * 1_000_001 + "k" * 1_000_000, "the key is too long to be one: copy it again"),
        ('"' * 2_000_000, "the key is too long to be one: copy it again"),
    ],
)
def test_a_text_too_long_for_a_key_is_refused_before_it_is_taken_apart(text: str, reason: str) -> None:
    assert clean_key('"' + "k" * 1_000 + '"') == "k" * 1_000
    with pytest.raises(ValueError, match=reason):
        clean_key(text)
