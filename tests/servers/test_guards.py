"""No test reaches another address than loopback: the guard sees every way of trying."""

import socket
from pathlib import Path

import pytest

from tests.servers.app_process import run_command
from tests.servers.guards import BlockedConnectionError, is_loopback
from tests.servers.scripted import ScriptedServer

pytest_plugins = ["pytester"]

OUTSIDE = "192.0.2.1"  # reserved for documentation: nobody answers there


def test_connecting_to_another_address_is_blocked_and_remembered(blocked_addresses: list[str]) -> None:
    with socket.socket() as client:
        with pytest.raises(BlockedConnectionError, match=r"^tests stay on loopback, not 192.0.2.1:443$"):
            client.connect((OUTSIDE, 443))
        with pytest.raises(BlockedConnectionError):
            client.connect_ex((OUTSIDE, 80))
    assert blocked_addresses == ["192.0.2.1:443", "192.0.2.1:80"]
    blocked_addresses.clear()


def test_looking_up_a_name_is_blocked_and_remembered(blocked_addresses: list[str]) -> None:
    with pytest.raises(BlockedConnectionError):
        socket.create_connection(("example.org", 443))
    assert blocked_addresses == ["example.org:443"]
    blocked_addresses.clear()


def test_loopback_stays_open(scripted: ScriptedServer, blocked_addresses: list[str]) -> None:
    port = int(scripted.url.split(":")[2].removesuffix("/v1"))
    for host in ("127.0.0.1", "localhost"):
        socket.create_connection((host, port)).close()
    assert blocked_addresses == []


@pytest.mark.parametrize("host", ["127.0.0.1", "127.255.255.255", "::1", "localhost", "", None, "0.0.0.0"])
def test_loopback_is_the_machine_itself(host: str | None) -> None:
    assert is_loopback(host)


@pytest.mark.parametrize("host", ["126.255.255.255", "128.0.0.0", "10.0.0.1", "::2", "localhost.example.org"])
def test_loopback_is_nothing_else(host: str) -> None:
    assert not is_loopback(host)


def test_a_process_that_a_test_starts_is_guarded_too(tmp_path: Path) -> None:
    code = "import socket; socket.create_connection(('example.org', 443))"
    ended = run_command(tmp_path, "-c", code)
    assert ended.returncode == 1
    assert ended.stderr.startswith("blocked connection to example.org:443\n")


def test_guard_fails_a_test_that_swallows_the_error(pytester: pytest.Pytester) -> None:
    root = Path(__file__).parents[2]
    pytester.makeconftest(f"import sys; sys.path.insert(0, {str(root)!r})\nfrom tests.conftest import *")
    pytester.makepyfile(
        """
        import contextlib, socket

        def test_swallows():
            with contextlib.suppress(OSError):
                socket.create_connection(("example.org", 443))
        """
    )
    outcome = pytester.runpytest_subprocess("-p", "no:cacheprovider")
    outcome.assert_outcomes(passed=1, errors=1)
    outcome.stdout.fnmatch_lines(["*a test tried to reach addresses beyond loopback*"])
