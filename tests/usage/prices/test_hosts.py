import pytest

from usage.prices.hosts import host_of, is_local_host


@pytest.mark.parametrize(
    ("base_url", "host"),
    [
        ("https://api.openai.com/v1", "api.openai.com"),
        ("http://LocalHost:11434/v1", "localhost"),
        ("http://[::1]:8080/v1", "::1"),
        ("https://ana:secret@llm.example.com", "llm.example.com"),
        ("demo", "demo"),
    ],
)
def test_the_host_is_what_an_address_names(base_url: str, host: str) -> None:
    assert host_of(base_url) == host


@pytest.mark.parametrize(
    "host",
    [
        "localhost",
        "ollama",
        "app.localhost",
        "studio.local",
        "host.docker.internal",
        "127.0.0.1",
        "127.1.2.3",
        "0.0.0.0",
        "10.0.0.1",
        "172.16.0.1",
        "172.31.255.255",
        "192.168.0.1",
        "169.254.0.1",
        "::1",
        "fd00::1",
        "fe80::1",
    ],
)
def test_ones_own_machine_and_network_are_local(host: str) -> None:
    assert is_local_host(host)


@pytest.mark.parametrize(
    "host",
    [
        "api.openai.com",
        "localhost.example.com",
        "notlocalhost.com",
        "local.example.com",
        "172.15.255.255",
        "172.32.0.0",
        "8.8.8.8",
        "2606:4700::1111",
    ],
)
def test_other_hosts_are_not_local(host: str) -> None:
    assert not is_local_host(host)
