"""Code as HTML: its language, its lines, and colours for what they hold."""

from functools import cache, lru_cache
from itertools import groupby
from operator import itemgetter

from pygments.lexer import Lexer
from pygments.lexers import get_lexer_by_name
from pygments.token import Comment, Keyword, Name, Number, Operator, String, Token, _TokenType
from pygments.util import ClassNotFound

from chat.markup.escaped import plain

_COLOURS: dict[_TokenType, str] = {
    Comment: "comment",
    Keyword: "keyword",
    Operator.Word: "keyword",
    Name.Builtin: "name",
    Name.Class: "name",
    Name.Decorator: "name",
    Name.Function: "name",
    Name.Tag: "keyword",
    Number: "number",
    String: "string",
    Token.Generic.Inserted: "string",
    Token.Generic.Deleted: "keyword",
}
_MOST_COLOURED = 50_000  # characters
_LONG = 40  # lines; longer code can be folded


class GrowingCode:
    """Colours code that grows: again from the start only when it has become a quarter longer."""

    def __init__(self) -> None:
        """Begin with no code."""
        self._language, self._code, self._html = "", "", ""

    def html(self, code: str, language: str) -> str:
        """Return what `coloured` does, but the last lines may have no colours yet."""
        is_more = language == self._language and code.startswith(self._code)
        if not is_more or len(code) > 1.25 * len(self._code) + 200:
            self._language, self._code = language, code[: code.rfind("\n") + 1]
            self._html = coloured(self._code, language)
        return self._html + plain(code[len(self._code) :])


def code_html(code: str, language: str, coloured_code: str) -> str:
    """Return a block of code; the page's script gives it its buttons."""
    kind = "code long" if code.count("\n") > _LONG else "code"
    return (
        f'<div class="{kind}"><div class="language">{plain(language)}</div>'
        f'<pre tabindex="0" dir="ltr"><code>{coloured_code}</code></pre></div>'
    )


def coloured(code: str, language: str) -> str:
    """Return code as one line of HTML, coloured if the language is known."""
    lexer = _lexer(language.lower()) if language and len(code) <= _MOST_COLOURED else None
    tokens = [(_colour(kind), text) for _, kind, text in lexer.get_tokens_unprocessed(code)] if lexer else []
    if "".join(text for _, text in tokens) != code:  # a lexer may drop what it does not expect
        return plain(code)
    pieces = []
    for colour, group in groupby(tokens, key=itemgetter(0)):
        html = plain("".join(text for _, text in group))
        pieces.append(f'<span class="{colour}">{html}</span>' if colour else html)
    return "".join(pieces)


@cache
def _colour(kind: _TokenType) -> str:
    return next((_COLOURS[each] for each in reversed(kind.split()) if each in _COLOURS), "")


@lru_cache(maxsize=256)
def _lexer(language: str) -> Lexer | None:
    try:
        return get_lexer_by_name(language)
    except ClassNotFound:
        return None
