"""One measured figure and its line in the table."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class Figure:
    """A measured value and its unit (× for a ratio), the most it may be or None, and where it comes from."""

    what: str
    value: float
    unit: Literal["×", "s", "ms", "KB", "MB", ""]
    goal: float | None
    detail: str


def table(figures: Iterable[Figure]) -> str:
    """Return the figures as a Markdown table."""
    head = ["| what | measured | goal | holds | from |", "|---|---:|---:|---|---|"]
    return "\n".join([*head, *map(_row, figures)])


def _row(figure: Figure) -> str:
    goal = "–" if figure.goal is None else f"≤ {figure.goal:g} {figure.unit}"
    holds = "–" if figure.goal is None else "yes" if figure.value <= figure.goal else "**no**"
    digits = 2 if figure.unit in ("×", "s") else 0
    return f"| {figure.what} | {figure.value:.{digits}f} {figure.unit} | {goal} | {holds} | {figure.detail} |"
