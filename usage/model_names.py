"""What a model's name tells: whether it answers chats, and of which generation it is."""

import re

_OTHER_KINDS = re.compile(
    r"(?:^|[^a-z])(?:embed|embeddings?|tts|whisper|transcribe|translate|audio|realtime|live|image|dall|sora"
    r"|moderation|search|rerank|guard|ocr|computer-use|deep-research|turbo-instruct|babbage|davinci)(?:$|[^a-z])"
)
# These answer on OpenAI's Responses interface only; other makers' "pro" models do chat.
_RESPONSES_ONLY = re.compile(r"^(?:openai/)?(?:codex|(?:gpt-|o\d).*(?:-pro|codex))")
_GENERATION = re.compile(r"^gpt-(\d{1,4})(?!\d)")  # Python refuses to read numbers of any length


def is_chat_model(model: str) -> bool:
    """Whether a model with this name probably answers chats (and not images, sound, vectors, …)."""
    name = model.lower()
    return not (_OTHER_KINDS.search(name) or _RESPONSES_ONLY.match(name))


def chat_generation(model: str) -> int:
    """The whole number in names like gpt-6-luna, which tells current models from old ones; else 0."""
    found = _GENERATION.match(model.lower())
    return int(found[1]) if found else 0
