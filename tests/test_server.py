import os
import signal
import socket
import threading
from collections.abc import Iterator

import httpx2
import pytest
from starlette.applications import Starlette

from parts import StartError
from server import Ending, health_route, usable_port


async def test_health_is_told_without_signing_in() -> None:
    transport = httpx2.ASGITransport(app=Starlette(routes=[health_route()]))
    async with httpx2.AsyncClient(transport=transport, base_url="http://tally") as client:
        answer = await client.get("/healthz")
    assert (answer.status_code, answer.json()) == (200, {"status": "ok"})


@pytest.mark.slow
def test_port_0_finds_a_free_one() -> None:
    port = usable_port("127.0.0.1", 0)
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", port))


@pytest.mark.slow
def test_a_port_that_is_free_is_taken_as_it_is() -> None:
    port = usable_port("127.0.0.1", 0)
    assert usable_port("127.0.0.1", port) == port


@pytest.mark.slow
def test_a_port_that_somebody_listens_on_is_said_in_one_line() -> None:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        port = listener.getsockname()[1]
        with pytest.raises(StartError) as caught:
            usable_port("127.0.0.1", port)
    assert str(caught.value) == (
        f"Cannot listen on 127.0.0.1:{port}: Address already in use. Choose another with --port, or --port 0."
    )


@pytest.mark.slow
def test_an_address_of_another_machine_cannot_be_listened_on() -> None:
    with pytest.raises(StartError, match=r"Cannot listen on 192\.0\.2\.1:0: .*\. Choose another with --port"):
        usable_port("192.0.2.1", 0)


@pytest.fixture
def signals() -> Iterator[None]:
    """Gives the signals back to those who had them."""
    numbers = (signal.SIGINT, signal.SIGTERM)
    before = [signal.getsignal(number) for number in numbers]
    yield
    for number, handler in zip(numbers, before, strict=True):
        signal.signal(number, handler)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_the_app_waits_until_it_is_asked_to_end(signals: None, number: signal.Signals) -> None:
    def ask() -> None:
        order.append("asked")
        os.kill(os.getpid(), number)

    order: list[str] = []
    ending, asking = Ending(), threading.Timer(0.05, ask)
    asking.start()
    ending.wait()
    order.append("ended")
    asking.join()
    assert order == ["asked", "ended"]


def test_being_asked_before_waiting_or_twice_ends_it_too(signals: None) -> None:
    ending = Ending()
    os.kill(os.getpid(), signal.SIGTERM)
    os.kill(os.getpid(), signal.SIGINT)
    ending.wait()
    ending.wait()
