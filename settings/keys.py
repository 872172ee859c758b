"""What an API key may look like, wherever it comes from."""

MASK = "***"

LONGEST_KEY = 1_000  # characters
MOST_PASTED = 2 * LONGEST_KEY  # with quotes around it, which are taken off pair by pair
_QUOTES = "\"'`“”‘’"


def clean_key(text: str) -> str:
    """The key without the white space and quotes that copying brings along.

    Raises ValueError with a reason fit to show, which never holds the key.
    """
    key = text.strip()
    if len(key) > MOST_PASTED:
        raise ValueError("the key is too long to be one: copy it again")
    while key and key[0] in _QUOTES and key[-1] in _QUOTES:
        key = key[1:-1].strip()
    if len(key) > LONGEST_KEY:
        raise ValueError("the key is too long to be one: copy it again")
    if not key:
        raise ValueError("the key is empty")
    if any(character.isspace() for character in key):
        raise ValueError("the key has white space inside it: copy it again, in one piece")
    if not key.isascii():
        raise ValueError("the key has characters other than plain letters, digits and signs: copy it again")
    if not key.isprintable():
        raise ValueError("the key has invisible control characters: copy it again")
    return key
