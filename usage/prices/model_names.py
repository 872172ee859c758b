"""What the name of a model tells: whether it answers chats, its generation, whether two mean one model."""

import re
from datetime import date

_OTHER_KINDS = re.compile(
    r"(?:^|[^a-z])(?:embed|embeddings?|tts|whisper|transcribe|translate|audio|realtime|live|image|dall|sora"
    r"|moderation|search|rerank|guard|ocr|computer-use|deep-research|turbo-instruct|babbage|davinci)(?:$|[^a-z])"
)
# These answer on OpenAI's Responses interface only; other makers' "pro" models do chat.
_RESPONSES_ONLY = re.compile(r"^(?:openai/)?(?:codex|(?:gpt-|o\d).*(?:-pro|codex))")
# 2026-11-01, 20261101 or 1101 at the end of a name; Google puts an @ before the date.
_DATED = re.compile(r"(?P<name>.+)[-@](?P<date>20\d\d-\d\d-\d\d|20\d{6}|\d{4})")
_LEAP_YEAR = 2024
_GENERATION = re.compile(r"^gpt-(\d{1,4})(?!\d)")  # Python refuses to read numbers of any length


def is_chat_model(model: str) -> bool:
    """Whether a model with this name probably answers chats (and not images, sound, vectors, …)."""
    name = model.lower()
    return not (_OTHER_KINDS.search(name) or _RESPONSES_ONLY.match(name))


def chat_generation(model: str) -> int:
    """The whole number in names like gpt-6-luna, which tells current models from old ones; else 0."""
    found = _GENERATION.match(model.lower())
    return int(found[1]) if found else 0


def is_same_model(answered: str, asked: str) -> bool:
    """Return whether the model that answered is the one that was asked for.

    That is so for the same name, for that name with a date, and when one of them has a vendor's prefix.
    """
    wanted = asked.lower()
    names = {answered.lower(), _without_date(answered.lower())}
    return any(wanted in names_behind(name) or name in names_behind(wanted) for name in names)


def names_behind(model: str) -> tuple[str, ...]:
    """Return the name, then what is left without its prefixes: openai/gpt-6-luna, gpt-6-luna."""
    parts = model.split("/")
    return tuple("/".join(parts[start:]) for start in range(len(parts)) if parts[-1])


def _without_date(model: str) -> str:
    found = _DATED.fullmatch(model)
    if found is None:
        return model
    figures = found["date"].replace("-", "")
    try:
        date(int(figures[:-4] or _LEAP_YEAR), int(figures[-4:-2]), int(figures[-2:]))
    except ValueError:
        return model
    return found["name"]
