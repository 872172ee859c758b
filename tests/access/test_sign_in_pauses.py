"""Password checks: off the event loop, few at a time, with pauses that no stranger can use against others."""

import asyncio
import threading
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Literal

import httpx2
import pytest
from argon2 import PasswordHasher
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Route

from access import Guest, PasswordSignIn, Users, Visitors
from tests.helpers.data_files import PASSWORD, QUICK

AWAY, ELSEWHERE, TUNNEL = "8.8.8.8", "9.9.9.9", "127.0.0.1"


class HeldHasher(PasswordHasher):
    """Checks nothing before it is let go, and counts how many checks there are at once."""

    def __init__(self) -> None:
        super().__init__(time_cost=1, memory_cost=8, parallelism=1)
        self.go_on = threading.Event()
        self.at_once = self.most_at_once = 0
        self._lock = threading.Lock()

    def verify(self, hash: str | bytes, password: str | bytes) -> Literal[True]:  # noqa: A002 - argon2's name
        with self._lock:
            self.at_once += 1
            self.most_at_once = max(self.most_at_once, self.at_once)
        self.go_on.wait()
        with self._lock:
            self.at_once -= 1
        return super().verify(hash, password)


class Door:
    """An app that has nothing but sign-in and an address that always answers."""

    def __init__(self, folder: Path, hasher: PasswordHasher, guest: Guest | None = None) -> None:
        self.users = Users(folder / "users.json", hasher)
        for name in ("ada", "bob"):
            self.users.add(name, PASSWORD)
        self.now_s = 0.0
        visitors = Visitors(self.users, guest, on_space=False, anyone="local", only_here=True)
        routes = PasswordSignIn(visitors, lambda: self.now_s).routes()
        self.app = Starlette(routes=[*routes, Route("/other", lambda _: PlainTextResponse("here"))])
        vars(self.app).update(cookie_id="abc")
        visitors.attend(self.app)

    @asynccontextmanager
    async def browser(self, address: str = AWAY, **headers: str) -> AsyncIterator[httpx2.AsyncClient]:
        """Open a browser with cookies of its own, at an address."""
        transport = httpx2.ASGITransport(self.app, client=(address, 1))
        async with httpx2.AsyncClient(transport=transport, base_url="http://t", headers=headers) as client:
            yield client

    async def guess(self, name: str, times: int, address: str = AWAY, **headers: str) -> Counter[int]:
        """Guess one after the other, and return how often each status came back."""
        async with self.browser(address, **headers) as guesser:
            return Counter([await sign_in(guesser, name, f"wrong {number}") for number in range(times)])

    async def enters(self, name: str, address: str = AWAY) -> bool:
        """Return whether somebody with a new browser gets in with the right password."""
        async with self.browser(address) as client:
            return await sign_in(client, name, PASSWORD) == 200


async def sign_in(client: httpx2.AsyncClient, name: str, password: str) -> int:
    """Try to sign in and return the status."""
    return (await client.post("/login", data={"username": name, "password": password})).status_code


@pytest.fixture
def door(tmp_path: Path) -> Door:
    return Door(tmp_path, QUICK)


async def test_others_are_answered_while_40_guesses_are_being_checked(tmp_path: Path) -> None:
    hasher = HeldHasher()
    door = Door(tmp_path, hasher)
    async with door.browser() as other:
        guesses = [
            asyncio.create_task(door.guess(f"name{number}", 1, f"8.8.{number}.8")) for number in range(40)
        ]
        while hasher.at_once < 2:
            assert (await other.get("/other")).text == "here"
        refused = [guess for guess in guesses if guess.done()]
        assert (await other.get("/other")).text == "here"
        assert hasher.at_once == 2
        hasher.go_on.set()
        statuses: Counter[int] = sum(await asyncio.gather(*guesses), Counter())
    assert statuses == {400: 16, 429: 24}
    assert hasher.most_at_once == 2
    assert len(refused) <= 24


async def test_who_must_wait_is_told_how_long(door: Door) -> None:
    assert await door.guess("ada", 7) == {400: 5, 429: 2}
    async with door.browser() as client:
        answer = await client.post("/login", data={"username": "ada", "password": PASSWORD})
        assert (answer.status_code, answer.headers["retry-after"]) == (429, "1")
        assert answer.json() == {"detail": "Too many attempts. Try again in 1 s."}
        door.now_s += 1
        assert await sign_in(client, "ada", PASSWORD) == 200


async def test_pauses_of_a_guesser_grow(door: Door) -> None:
    checked = 0
    for _ in range(3600):
        checked += (await door.guess("ada", 1))[400]
        door.now_s += 1
    assert checked == 17  # 5, then after 1, 2, 4 … 512, and every 900 seconds


async def test_guesser_elsewhere_locks_nobody_out(door: Door) -> None:
    for _ in range(1200):
        await door.guess("ada", 1)
        door.now_s += 3
    assert await door.enters("ada", ELSEWHERE)
    assert await door.enters("bob", ELSEWHERE)


async def test_many_guessers_slow_new_browsers_down_but_never_for_more_than_a_minute(door: Door) -> None:
    for number in range(200):
        await door.guess("ada", 1, f"8.8.{number}.1")
    assert not await door.enters("ada", ELSEWHERE)
    assert await door.enters("bob", ELSEWHERE)
    door.now_s += 60
    assert await door.enters("ada", ELSEWHERE)


@pytest.mark.parametrize("address", [TUNNEL, "192.168.1.1", "::1", "fe80::1%eth0"])
async def test_browser_that_a_person_has_used_before_gets_in_past_guessers_behind_the_same_address(
    address: str, door: Door
) -> None:
    async with door.browser(address) as used:
        assert await sign_in(used, "ada", PASSWORD) == 200
        used.cookies.delete("access-token-unsecure-abc")
        await door.guess("ada", 100, address)
        assert not await door.enters("ada", address)
        assert await sign_in(used, "ada", PASSWORD) == 200
        assert [await sign_in(used, "ada", "wrong") for _ in range(6)] == [400] * 5 + [429]


async def test_mark_of_a_browser_helps_with_no_other_name_and_not_after_a_new_password(door: Door) -> None:
    async with door.browser(TUNNEL) as used:
        assert await sign_in(used, "ada", PASSWORD) == 200
        await door.guess("bob", 50, TUNNEL)
        assert await sign_in(used, "bob", PASSWORD) == 429
        await door.guess("ada", 50, TUNNEL)
        door.users.remove("ada")
        door.users.add("ada", PASSWORD)
        assert await sign_in(used, "ada", PASSWORD) == 429


@pytest.mark.parametrize(
    ("address", "wait_s"), [(AWAY, 300), (TUNNEL, 10), ("10.0.0.1", 10), ("2600::1", 300)]
)
async def test_who_tries_many_names_waits_by_address(address: str, wait_s: float, door: Door) -> None:
    checked = 0
    for number in range(60):
        checked += (await door.guess(f"name{number}", 1, address))[400]
        door.now_s += wait_s / 2
    assert checked < 45
    door.now_s += wait_s
    assert await door.enters("ada", address)


async def test_neighbour_in_the_same_ipv6_network_is_the_same_guesser(door: Door) -> None:
    for number in range(8):
        await door.guess("ada", 1, f"2600::{number}")
    assert not await door.enters("ada", "2600::ffff")


async def test_forwarded_addresses_are_not_believed(door: Door) -> None:
    checked = [await door.guess("ada", 1, **{"X-Forwarded-For": f"1.2.3.{number}"}) for number in range(40)]
    assert sum(checked, Counter[int]()) == {400: 5, 429: 35}


async def test_guest_always_gets_in_and_guesses_at_the_guest_wait(tmp_path: Path) -> None:
    door = Door(tmp_path, QUICK, Guest("told once"))
    async with door.browser(TUNNEL) as guest:
        assert await door.guess("guest", 40, TUNNEL) == {400: 5, 429: 35}
        assert await sign_in(guest, "guest", "told once") == 200


async def test_own_password_earns_no_guesses_at_somebody_else_s(door: Door) -> None:
    checked = 0
    async with door.browser() as bob:
        for number in range(40):
            checked += await sign_in(bob, "ada", f"wrong {number}") == 400
            assert await sign_in(bob, "bob", PASSWORD) == 200
    assert checked == 5


@pytest.mark.parametrize("accept", ["text/html,*/*", "*/*"])
async def test_form_gets_a_page_and_a_script_json(accept: str, door: Door) -> None:
    async with door.browser(Accept=accept) as client:
        form = {"username": "<ada>", "password": "x"}
        wrong = await client.post("/login?c=1&x=%22", data=form)
        right = await client.post("/login?c=1", data={"username": " ada ", "password": PASSWORD})
    if accept == "*/*":
        assert wrong.json() == {"detail": "Wrong name or password."}
        assert (right.status_code, right.json()) == (200, {"success": True})
    else:
        assert 'action="login?c=1&amp;x=%22"' in wrong.text
        assert 'value="&lt;ada&gt;"' in wrong.text
        assert (right.status_code, right.headers["location"]) == (303, "./?c=1")


@contextmanager
def broken(users: Path) -> Iterator[None]:
    """Break the list of people for a while."""
    whole = users.read_bytes()
    users.write_text("[")
    yield
    users.write_bytes(whole)


async def test_nobody_gets_in_while_the_list_of_people_is_broken(door: Door, tmp_path: Path) -> None:
    with broken(tmp_path / "users.json"):
        assert await door.guess("ada", 1) == {503: 1}
    assert await door.enters("ada")


@pytest.mark.parametrize(
    "form",
    [
        {},
        {"username": "ada"},
        {"username": "", "password": ""},
        {"username": "a" * 5000, "password": "\udcff".encode("utf-8", "surrogatepass")},
    ],
)
async def test_odd_forms_are_wrong_passwords(form: dict[str, str], door: Door) -> None:
    async with door.browser() as client:
        assert (await client.post("/login", data=form)).status_code == 400
