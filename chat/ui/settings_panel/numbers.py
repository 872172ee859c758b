"""Numbers that a person types for a parameter: reading them, and saying what is wrong with one."""

import math
from dataclasses import dataclass

from chat.providers import NotSent


@dataclass(frozen=True, slots=True)
class NumberField:
    """What a parameter is called and which numbers it takes; `hint` says the latter to a person."""

    label: str
    hint: str
    lowest: float = -math.inf
    highest: float = math.inf
    is_whole: bool = False

    def read(self, text: str | None) -> float | None:
        """The number, None for an empty text; whole where it has to be. Raises NotSent for anything else."""
        typed = (text or "").strip()
        if not typed:
            return None
        try:
            number = int(typed) if self.is_whole else float(typed.replace(",", "."))
        except ValueError:
            number = math.nan
        if not self.lowest <= number <= self.highest or math.isinf(number):
            raise NotSent(f"{self.label} is “{typed}” in the settings: expected {self.hint}, or nothing.")
        return number


NUMBER_FIELDS = {
    "temperature": NumberField("Temperature", "0 to 2", 0, 2),
    "top_p": NumberField("Top p", "0 to 1", 0, 1),
    "presence_penalty": NumberField("Presence penalty", "-2 to 2", -2, 2),
    "frequency_penalty": NumberField("Frequency penalty", "-2 to 2", -2, 2),
    "max_output_tokens": NumberField("Longest reply", "1 or more", 1, is_whole=True),
    "seed": NumberField("Seed", "a whole number", is_whole=True),
}
