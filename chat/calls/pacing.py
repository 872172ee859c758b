"""How often a reply that grows is shown to those who follow it."""

SHORTEST_PAUSE_S = 1 / 15
S_PER_FOLLOWER = 0.003  # what one update costs the server; with many followers each gets fewer updates
# Each update shows the whole reply, so a long one gets fewer: the total cost then grows with the length of
# the reply, not with its square.
S_PER_CHARACTER = 2e-6


def pause_s(characters: int, followers: int = 1) -> float:
    """Return the seconds to wait after showing this many characters, with this many followers in all."""
    return max(SHORTEST_PAUSE_S, followers * S_PER_FOLLOWER, characters * S_PER_CHARACTER)
