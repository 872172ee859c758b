"""Proxies that the environment names: every client can read them, and none asks this machine through one."""

import logging
import os

import httpx
import httpx2
import pytest

from settings.proxies import mended
from settings.values import SettingsError, is_loopback

PROXY = "http://127.0.0.1:9"
THIS_MACHINE = "localhost,127.0.0.1,::1"
LOCAL_ADDRESSES = (
    "http://localhost:1/x",
    "http://127.0.0.1:1/x",
    "https://[::1]:1/x",
    "http://127.0.0.2:1/x",
)
UNREADABLE = ("fe80::/10", "é.com", "a:99999", "a b", ":x", "[::1]:80", "https://a.b/c", "[", "a/b", ";")


def is_direct(library: object, address: str) -> bool:
    """Return whether a new client of httpx or httpx2 would go to this address through no proxy."""
    with library.Client() as client:  # type: ignore[attr-defined]
        return client._transport_for_url(client.build_request("GET", address).url) is client._transport


@pytest.fixture
def no_proxies(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """Make an environment that says nothing of proxies."""
    for name in [name for name in os.environ if name.lower().endswith("_proxy")]:
        monkeypatch.delenv(name)
    return monkeypatch


@pytest.mark.parametrize("environment", [{}, {"HTTP_PROXY": " ", "NO_PROXY": ""}, {"PROXY": "x"}])
def test_nothing_is_set_where_nothing_is_said_of_proxies(environment: dict[str, str]) -> None:
    assert mended(environment, []) == {}


@pytest.mark.parametrize(
    "environment",
    [
        {"HTTP_PROXY": PROXY, "HTTPS_PROXY": PROXY},
        {"all_proxy": "socks5://127.0.0.1:9"},
        {"ALL_PROXY": "socks5h://user:word@127.0.0.1:9", "NO_PROXY": "[::1]"},
        {"http_proxy": "127.0.0.1:9", "no_proxy": "", "NO_PROXY": "10.0.0.0/8"},
        *({"HTTP_PROXY": PROXY, "NO_PROXY": f"localhost,{entry}"} for entry in UNREADABLE),
    ],
    ids=str,
)
def test_clients_read_what_is_said_and_ask_this_machine_directly(
    environment: dict[str, str], no_proxies: pytest.MonkeyPatch
) -> None:
    for name, value in {**environment, **mended(environment, ["127.0.0.2"])}.items():
        no_proxies.setenv(name, value)
    direct = [is_direct(library, address) for library in (httpx, httpx2) for address in LOCAL_ADDRESSES]
    assert direct == [True] * len(direct)
    assert not is_direct(httpx2, "http://192.0.2.1/")


def test_exceptions_are_kept_whatever_the_letters_of_their_variable() -> None:
    given = {"HTTP_PROXY": PROXY, "NO_PROXY": "a.example, .b.example", "no_proxy": "[2001:db8::1],*.c"}
    text = f"a.example,.b.example,2001:db8::1,*.c,{THIS_MACHINE}"
    assert mended(given, []) == {"no_proxy": text, "NO_PROXY": text}


def test_exceptions_that_no_client_can_read_are_told_in_the_log(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING):
        assert mended({"NO_PROXY": "fe80::/10,a.example"}, [])["NO_PROXY"] == f"a.example,{THIS_MACHINE}"
    assert caplog.messages == [
        "NO_PROXY has entries that no HTTP client can read; they are ignored: fe80::/10"
    ]


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        *(
            (value, repr(value))
            for value in ("socks4://127.0.0.1:9", "ftp://a:1", "http://", "http://[::1", "http://a:99999")
        ),
        ("http://a:0", "'http://a:0'"),
        ("http://a\x01:1", r"'http://a\x01:1'"),
        ("socks4://ann:secret@proxy:1", "'socks4://***@proxy:1'"),
    ],
)
def test_proxy_that_cannot_be_used_is_named_without_its_password(value: str, shown: str) -> None:
    with pytest.raises(SettingsError) as caught:
        mended({"ALL_PROXY": value}, [])
    assert str(caught.value) == (
        f"ALL_PROXY is {shown}: expected the address of a proxy such as http://proxy:8080 "
        "or socks5://proxy:1080"
    )


@pytest.mark.parametrize(
    ("hosts", "is_here"),
    [
        (["localhost", "app.localhost", "127.0.0.1", "127.9.9.9", "::1"], True),
        (["", "localhost.example", "notlocalhost", "192.168.1.5", "::2", "128.0.0.1"], False),
    ],
)
def test_loopback_names_and_addresses_are_this_machine(hosts: list[str], is_here: bool) -> None:
    assert {host: is_loopback(host) for host in hosts} == dict.fromkeys(hosts, is_here)
