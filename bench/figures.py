"""One measured figure and its line in the table."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class Figure:
    """A ratio (unit ×) or a time in seconds, what it may be at most or None, and what it comes from."""

    what: str
    value: float
    unit: Literal["×", "s"]
    goal: float | None
    detail: str

    @property
    def holds(self) -> bool:
        return self.goal is None or self.value <= self.goal


def table(figures: Iterable[Figure]) -> str:
    """The figures as a Markdown table."""
    head = ["| what | measured | goal | holds | from |", "|---|---:|---:|---|---|"]
    return "\n".join([*head, *map(_row, figures)])


def _row(figure: Figure) -> str:
    goal = "–" if figure.goal is None else f"≤ {figure.goal:g} {figure.unit}"
    holds = "–" if figure.goal is None else "yes" if figure.holds else "**no**"
    return f"| {figure.what} | {figure.value:.2f} {figure.unit} | {goal} | {holds} | {figure.detail} |"
