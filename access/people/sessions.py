"""Who is signed in, by the token in their cookie; it takes the place of Gradio's own table."""

from collections import OrderedDict
from collections.abc import Callable, Iterator, Mapping, MutableMapping

_MOST_EACH = 50


class Sessions(MutableMapping[str, str]):
    """Names by token. A session ends when its person is removed or gets another password.

    `proofs()` gives a value for everybody who may sign in that changes with their password. It must not
    raise; while it gives nothing, nobody is signed in. Somebody's oldest session ends when they have more
    than `most_each`.
    """

    def __init__(self, proofs: Callable[[], Mapping[str, str]], most_each: int = _MOST_EACH) -> None:
        self._proofs = proofs
        self._most_each = most_each
        self._sessions: OrderedDict[str, tuple[str, str]] = OrderedDict()

    def __setitem__(self, token: str, name: str) -> None:
        self._sessions[token] = (name, self._proofs().get(name, ""))
        theirs = [each for each, (owner, _) in self._sessions.items() if owner == name]
        for oldest in theirs[: -self._most_each]:
            del self._sessions[oldest]

    def __getitem__(self, token: str) -> str:
        # Looked up before the people are read, so that a stranger costs nothing.
        name, proof = self._sessions[token]
        if self._proofs().get(name) != proof:
            raise KeyError(token)
        return name

    def __delitem__(self, token: str) -> None:
        del self._sessions[token]

    def __iter__(self) -> Iterator[str]:
        proofs = self._proofs()
        return iter([each for each, (name, proof) in self._sessions.items() if proofs.get(name) == proof])

    def __len__(self) -> int:
        return len(list(iter(self)))
