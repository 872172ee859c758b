"""Numbers read eight digits at a time: every form that is taken is exact, every other one is refused."""

import random
from decimal import Decimal

import pytest

from usage.reports.plain_lines import NotPlainError, PlainLines
from usage.reports.plain_numbers import counts, picodollars


def counted(*texts: str) -> list[int]:
    """The counts that these texts are read as."""
    return [
        row[0] for row in counts(PlainLines("".join(f"{text}\n" for text in texts).encode(), 1), [0]).tolist()
    ]


def costing(*texts: str) -> list[int]:
    """The picodollars that these texts are read as."""
    found: list[int] = picodollars(PlainLines("".join(f"{text}\n" for text in texts).encode(), 1), 0).tolist()
    return found


def test_counts_of_up_to_eight_digits_are_read() -> None:
    texts = ["0", "7", "10", "1234567", "12345678", "99999999", "007", ""]
    assert counted(*texts) == [0, 7, 10, 1234567, 12345678, 99999999, 7, -1]


def test_every_length_of_count_is_read() -> None:
    chance = random.Random(2)  # noqa: S311
    numbers = [chance.randrange(10**digits) for digits in range(1, 9) for _ in range(200)]
    assert counted(*map(str, numbers)) == numbers


@pytest.mark.parametrize(
    "text", ["123456789", "000000001", "1.0", "-1", "+1", " 1", "1 ", "1e3", "nan", "1_0", "²"]
)
def test_other_counts_are_refused(text: str) -> None:
    with pytest.raises(NotPlainError):
        counted("1", text)


@pytest.mark.parametrize("place", range(8))
def test_no_other_character_passes_for_a_digit(place: int) -> None:
    for code in {*range(1, 256)} - {*b"0123456789,\n\r"}:
        line = bytearray(b"12345678\n")
        line[place] = code
        with pytest.raises(NotPlainError):
            counts(PlainLines(bytes(line), 1), [0])


def test_costs_are_read_to_the_last_picodollar() -> None:
    texts = ["0", "0.0", "1", "5.", ".5", "0.000000000001", "1125.899906842623", "0.0002334", "0001.5", ""]
    assert costing(*texts) == [
        0,
        0,
        10**12,
        5 * 10**12,
        5 * 10**11,
        1,
        1125899906842623,
        233_400_000,
        15 * 10**11,
        -1,
    ]


def test_zeros_after_the_twelfth_decimal_are_no_digits_of_it() -> None:
    assert costing("0.0000000000010000") == [1]


def test_every_length_of_cost_is_read() -> None:
    chance = random.Random(3)  # noqa: S311
    costs = [
        Decimal(chance.randrange(10 ** (whole + decimals))).scaleb(-decimals)
        for whole in range(1, 4)
        for decimals in range(13)
        for _ in range(50)
    ]
    assert costing(*(format(cost, "f") for cost in costs)) == [int(cost * 10**12) for cost in costs]


@pytest.mark.parametrize(
    "text",
    [
        ".",
        "1..5",
        "1.5.0",
        "1e-3",
        "-1",
        "+1",
        " 1",
        "1 ",
        "nan",
        "inf",
        "0.0000000000001",
        "0.00000000000100000",
        "1125.899906842624",
        "1126",
        "99999999.5",
        "123456789",
        "123456789.5",
        "0,5",
    ],
)
def test_other_costs_are_refused(text: str) -> None:
    with pytest.raises(NotPlainError):
        costing("1.0", text)


def test_numbers_at_both_ends_of_the_lines_are_read() -> None:
    lines = PlainLines(b"1,2.5\n12345678,0.000000000001\r\n", 2)
    assert (counts(lines, [0]).tolist(), picodollars(lines, 1).tolist()) == (
        [[1], [12345678]],
        [25 * 10**11, 1],
    )
