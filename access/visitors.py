"""Who sent a request: anyone, somebody who signed in, or nobody yet; and who is signed in."""

import logging
import secrets
from collections import OrderedDict
from collections.abc import Callable, Iterator, Mapping, MutableMapping
from dataclasses import dataclass, field
from typing import Any

from starlette.requests import Request

from access.users import Users, UsersError

logger = logging.getLogger(__name__)

_GUEST_PASSWORD_BYTES = 12
_MOST_SESSIONS = 50  # of one person


@dataclass(frozen=True, slots=True)
class Guest:
    """Whoever has a shared link when nobody was added; the password is told once and holds for this run."""

    password: str = field(default_factory=lambda: secrets.token_urlsafe(_GUEST_PASSWORD_BYTES), repr=False)
    name: str = "guest"

    def matches(self, name: str, password: str) -> bool:
        """Return whether these are the guest's name and password; every password takes the same time."""
        is_password = secrets.compare_digest(self.password.encode(), password.encode("utf-8", "replace"))
        return name == self.name and is_password


class Sessions(MutableMapping[str, str]):
    """People's names by the token in their cookie, in place of Gradio's own table.

    A session ends when its person is removed or gets another password: `proofs()` gives a value for each
    person that changes with their password. It must not raise; while it gives nothing, nobody is signed in.
    Whoever has too many sessions loses the oldest.
    """

    def __init__(self, proofs: Callable[[], Mapping[str, str]]) -> None:
        self._proofs = proofs
        self._sessions: OrderedDict[str, tuple[str, str]] = OrderedDict()

    def __setitem__(self, token: str, name: str) -> None:
        self._sessions[token] = (name, self._proofs().get(name, ""))
        theirs = [each for each, (owner, _) in self._sessions.items() if owner == name]
        for oldest in theirs[:-_MOST_SESSIONS]:
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


class Visitors:
    """Knows people by the page's sign-in, or on a Space by Hugging Face's.

    Where neither is needed, everybody is `anyone`. `app` is the running Gradio app, once there is one. Raises
    UsersError when the list of people exists but is empty, which is not the same as no list.
    """

    def __init__(
        self, users: Users, guest: Guest | None, *, on_space: bool, anyone: str, only_here: bool
    ) -> None:
        """`only_here`: nobody comes but from this machine."""
        self._users = users
        self._guest = guest
        self._on_space = on_space
        self.anyone = anyone
        self.asks_for_password = not on_space and (guest is not None or users.is_asked_for())
        self.is_open = not (on_space or self.asks_for_password or only_here)
        """Whether other machines reach the page without signing in."""
        self.app: Any = None

    def attend(self, app: Any) -> None:
        """Take over from Gradio the table of who is signed in, before the app answers anybody."""
        app.tokens = Sessions(self._proofs)
        self.app = app

    def may_enter(self, name: str, password: str) -> bool:
        """Return whether somebody may sign in with this name and password. Raises UsersError."""
        return self.is_guest(name, password) or self._users.verify(name, password)

    def may_be_many(self, person: str) -> bool:
        """Return whether several people may share this name: the guest's, or anyone's on an open page."""
        return self.is_open or (self._guest is not None and person == self._guest.name)

    def is_guest(self, name: str, password: str) -> bool:
        """Return whether these are the guest's name and password, if there is a guest."""
        return self._guest is not None and self._guest.matches(name, password)

    def read_proofs(self) -> Mapping[str, str]:
        """Return a value for each person that changes with their password. Raises UsersError."""
        guests = {} if self._guest is None else {self._guest.name: self._guest.password}
        return {**self._users.password_hashes(), **guests}

    def person(self, name: str | None, session: Mapping[str, Any]) -> str | None:
        """Return who it is, for the name that the page's sign-in gives; None for nobody or a removed name."""
        if self._on_space:
            return _space_user(session)
        if not self.asks_for_password:
            return self.anyone
        return name if name is not None and name in self._proofs() else None

    def person_asking(self, request: Request) -> str | None:
        """Return who sent a request to one of Tally's own addresses; None for somebody who has to sign in."""
        name = next(iter(self._sessions(request).values()), None)
        return self.person(name, request.session if self._on_space else {})

    def sign_out(self, request: Request, *, everywhere: bool) -> None:
        """End the session that a request belongs to, or with `everywhere` every session of its person."""
        if self._on_space:
            request.session.clear()
            return
        sessions = self._sessions(request)
        for token, name in list(self.app.tokens.items()) if sessions else ():
            if token in sessions or (everywhere and name in sessions.values()):
                self.app.tokens.pop(token, None)

    @property
    def cookies(self) -> dict[str, bool]:
        """Return the cookies that may hold the token of a session, each with whether it is for https only.

        They have the names of Gradio's. Without https a browser keeps only the second.
        """
        if self.app is None:
            return {}
        return {
            f"access-token-{self.app.cookie_id}": True,
            f"access-token-unsecure-{self.app.cookie_id}": False,
        }

    def _proofs(self) -> Mapping[str, str]:
        try:
            return self.read_proofs()
        except UsersError as exc:
            logger.error("Nobody can be recognised: %s", exc)  # noqa: TRY400 - the text says it all
            return {}

    def _sessions(self, request: Request) -> dict[str, str]:
        """Return the tokens in a request that somebody is signed in with, each with that person's name."""
        tokens = [request.cookies.get(name) for name in self.cookies]
        names = {token: self.app.tokens.get(token) for token in tokens if token is not None}
        return {token: str(name) for token, name in names.items() if name is not None}


def _space_user(session: Mapping[str, Any]) -> str | None:
    """Return the Hugging Face name in a session that Gradio's sign-in filled; None for nobody."""
    name = session.get("oauth_info", {}).get("userinfo", {}).get("preferred_username")
    return str(name) if name else None
