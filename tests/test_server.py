import os
import signal
import socket
import threading
from collections.abc import Iterator

import pytest

from parts import StartError
from server import Ending, usable_port


@pytest.mark.slow
def test_port_0_finds_a_free_one_and_a_free_one_is_taken_as_it_is() -> None:
    port = usable_port("127.0.0.1", 0)
    assert usable_port("127.0.0.1", port) == port
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", port))
        listener.listen()
        with pytest.raises(StartError) as caught:
            usable_port("127.0.0.1", port)
    assert str(caught.value) == (
        f"Cannot listen on 127.0.0.1:{port}: Address already in use. Choose another with --port, or --port 0."
    )


@pytest.mark.slow
def test_port_that_is_taken_on_the_loopback_only_is_taken() -> None:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        port = listener.getsockname()[1]
        with pytest.raises(
            StartError, match=rf"Cannot listen on 127\.0\.0\.1:{port}: Address already in use"
        ):
            usable_port("::1", port)


@pytest.mark.slow
def test_an_address_of_another_machine_cannot_be_listened_on() -> None:
    with pytest.raises(StartError, match=r"Cannot listen on 192\.0\.2\.1:0: .*\. Choose another with --port"):
        usable_port("192.0.2.1", 0)


@pytest.fixture
def signals() -> Iterator[None]:
    """Give the signals back to those who had them."""
    numbers = (signal.SIGINT, signal.SIGTERM)
    before = [signal.getsignal(number) for number in numbers]
    yield
    for number, handler in zip(numbers, before, strict=True):
        signal.signal(number, handler)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_the_app_waits_until_it_is_asked_to_end(signals: None, number: signal.Signals) -> None:
    order: list[str] = []

    def ask() -> None:
        order.append("asked")
        os.kill(os.getpid(), number)

    ending, asking = Ending(), threading.Timer(0.05, ask)
    asking.start()
    ending.wait()
    order.append("ended")
    asking.join()
    assert order == ["asked", "ended"]
    # Asked before it waits, or twice, it ends too.
    os.kill(os.getpid(), number)
    ending.wait()
