"""Readies text for the Chatbot's Markdown, so that it shows what was written."""

import re

WORD_JOINER = "\u2060"  # invisible; keeps a "<" from being read as the start of a tag

_CODE = (
    r"(?P<code>^[ ]{0,3}(?P<fence>`{3,}|~{3,}).*?(?:^[ ]{0,3}(?P=fence)|\Z)"
    r"|(?P<ticks>`+)(?!`).*?(?<!`)(?P=ticks)(?!`))"
)
# Tags that replies use for layout; all others are text to be read, such as vector<int>.
_LAYOUT_TAG = r"(?!/?(?:br|sub|sup|kbd|details|summary)\b)"
_TAG = r"<(?=[a-zA-Z/!?])"
# "$5 and $10" is money: a formula has no space inside its dollars and no digit after them.
_FORMULA = r"(?<![\\$\w])\$(?![\s$])(?P<formula>(?:[^$\n\\]|\\.)+?)(?<!\s)\$(?![\d$])"
_IN_QUESTION = re.compile(f"{_CODE}|{_TAG}", re.DOTALL | re.MULTILINE)
_IN_REPLY = re.compile(f"{_CODE}|{_TAG}{_LAYOUT_TAG}|{_FORMULA}", re.DOTALL | re.MULTILINE)


def shown_question(text: str) -> str:
    """A person's own text: its tags stay readable, code is left as it is."""
    return _IN_QUESTION.sub(_replacement, text)


def shown_reply(text: str) -> str:
    """A reply: the same, and formulas in single dollars become `\\(…\\)`, which nothing else looks like."""
    return _IN_REPLY.sub(_replacement, text)


def typed_text(shown: str) -> str:
    """What the person wrote, out of what `shown_question` made of it."""
    return shown.replace(WORD_JOINER, "")


def _replacement(found: re.Match[str]) -> str:
    parts = found.groupdict()
    if parts["code"]:
        return parts["code"]
    if parts.get("formula"):
        return rf"\({parts['formula']}\)"
    return f"<{WORD_JOINER}"
