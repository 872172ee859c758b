"""How the sheets' notes speak of calls."""


def calls_text(count: int) -> str:
    """So many calls: "1 call", "1,234 calls"."""
    return "1 call" if count == 1 else f"{count:,} calls"
