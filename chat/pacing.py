"""How often those who follow a reply are shown it."""

SHORTEST_PAUSE_S = 1 / 15
S_PER_FOLLOWER = 0.003  # what one update costs the server: with many followers each gets fewer
# Each update shows all of a reply, so that a long one gets fewer: all of them together then cost what
# grows with its length, and not with its square.
S_PER_CHARACTER = 2e-6


def pause_s(characters: int, followers: int = 1) -> float:
    """The seconds to wait after an update of this many characters, with this many followers of any reply."""
    return max(SHORTEST_PAUSE_S, followers * S_PER_FOLLOWER, characters * S_PER_CHARACTER)
