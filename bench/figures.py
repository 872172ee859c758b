"""One measured figure and its line in the table."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class Figure:
    """A ratio (unit ×) or a time in seconds, the most that it should be, and what it was worked out from."""

    what: str
    value: float
    unit: Literal["×", "s"]
    goal: float
    detail: str

    @property
    def holds(self) -> bool:
        return self.value <= self.goal


def table(figures: Iterable[Figure]) -> str:
    """The figures as a Markdown table."""
    head = ["| what | measured | goal | holds | from |", "|---|---:|---:|---|---|"]
    return "\n".join([*head, *map(_row, figures)])


def _row(figure: Figure) -> str:
    holds = "yes" if figure.holds else "**no**"
    goal = f"≤ {figure.goal:g} {figure.unit}"
    return f"| {figure.what} | {figure.value:.2f} {figure.unit} | {goal} | {holds} | {figure.detail} |"
