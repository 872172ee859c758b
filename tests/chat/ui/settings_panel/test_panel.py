"""Numbers that a person types for a parameter."""

import pytest

from chat.providers import NotSent
from chat.ui.settings_panel.parameters import NumberField, number_fields

TEMPERATURE = NumberField("Temperature", "0 to 2", 0, 2)
SEED = NumberField("Seed", "a whole number", is_whole=True)


@pytest.mark.parametrize("text", [None, "", "  \n"])
def test_nothing_typed_is_not_set(text: str | None) -> None:
    assert TEMPERATURE.read(text) is None


@pytest.mark.parametrize(
    ("text", "number"), [("0", 0), ("2", 2), (" 0.7 ", 0.7), ("0,7", 0.7), ("1e-1", 0.1)]
)
def test_a_number_in_range_is_read(text: str, number: float) -> None:
    assert TEMPERATURE.read(text) == number


@pytest.mark.parametrize("text", ["-0.1", "2.1", "nan", "inf", "warm", "0.7.1", "1,000.5"])
def test_any_other_text_is_refused_by_name(text: str) -> None:
    with pytest.raises(NotSent) as refused:
        TEMPERATURE.read(text)
    assert str(refused.value) == f"Temperature in Settings is “{text}”. Enter 0 to 2, or leave it empty."


def test_a_whole_number_stays_whole_and_has_no_bounds_of_its_own() -> None:
    large = SEED.read("-9223372036854775808")
    assert (large, type(large)) == (-(2**63), int)
    with pytest.raises(NotSent):
        SEED.read("1.5")


def test_a_reply_has_at_least_one_token() -> None:
    assert number_fields()["max_output_tokens"].read("1") == 1
    with pytest.raises(NotSent):
        number_fields()["max_output_tokens"].read("0")
