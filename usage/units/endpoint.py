"""Who answers a call, and who bills it."""

from dataclasses import dataclass

DEMO = "demo"
LOCAL = "local"
UNKNOWN = "unknown"
OPENROUTER = "openrouter"


@dataclass(frozen=True, slots=True)
class Endpoint:
    """An address that speaks the OpenAI protocol: its host ("demo" for the demo model) and who bills there.

    `billed_by` is the genai-prices id of the provider whose list holds, "demo" or "local" where nobody
    bills, or "unknown".
    """

    host: str
    billed_by: str = UNKNOWN

    @property
    def has_list(self) -> bool:
        """Return whether a published price list can tell what a call costs here."""
        return self.billed_by not in (DEMO, LOCAL, UNKNOWN)
