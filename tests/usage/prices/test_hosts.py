import pytest

from usage.prices.hosts import endpoint_of, host_of, is_local_host
from usage.prices.price_fields import PricesError
from usage.units import Endpoint


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


OWN_HOSTS = """
localhost ollama app.localhost studio.local host.docker.internal 127.0.0.1 127.1.2.3 0.0.0.0 10.0.0.1
172.16.0.1 172.31.255.255 192.168.0.1 169.254.0.1 ::1 fd00::1 fe80::1
"""
OTHER_HOSTS = """
api.openai.com localhost.example.com notlocalhost.com local.example.com 172.15.255.255 172.32.0.0 8.8.8.8
2606:4700::1111
"""


@pytest.mark.parametrize(("hosts", "is_local"), [(OWN_HOSTS, True), (OTHER_HOSTS, False)])
def test_ones_own_machine_and_network_are_local_and_nothing_else(hosts: str, is_local: bool) -> None:
    assert [host for host in hosts.split() if is_local_host(host) != is_local] == []


@pytest.mark.parametrize(
    ("base_url", "provider"),
    [
        ("demo", "demo"),
        ("https://api.openai.com/v1", "openai"),
        ("https://API.OpenAI.com:443/v1", "openai"),
        ("https://eu.api.openai.com/v1", "openai"),
        ("https://eu.api.openai.com.example.com/v1", "unknown"),
        ("https://eu-api.openai.com/v1", "unknown"),
        ("https://gov.api.openai.com/v1", "unknown"),
        ("https://api.eu.mistral.ai/v1", "mistral"),
        ("https://us-east5-aiplatform.googleapis.com/v1/projects/p/locations/us-east5", "google"),
        ("https://api.openai.com.example.com/v1", "unknown"),
        ("https://api.openai.community/v1", "unknown"),
        ("https://proxy.example.com/https://generativelanguage.googleapis.com/v1", "unknown"),
        ("https://generativelanguage.googleapis.com/v1beta/openai", "google"),
        ("https://openrouter.ai/api/v1", "openrouter"),
        ("https://api.groq.com/openai/v1", "groq"),
        ("https://api.moonshot.ai/v1", "moonshotai"),
        ("https://mine.openai.azure.com/openai/v1", "azure"),
        ("https://router.huggingface.co/together/v1", "huggingface_together"),
        ("https://router.huggingface.co/v1", "unknown"),
        ("https://llm.example.com/v1", "unknown"),
        ("http://localhost:11434/v1", "local"),
        ("http://192.168.1.20:8080/v1", "local"),
        ("http://8.8.8.8/v1", "unknown"),
    ],
)
def test_an_address_tells_who_bills(base_url: str, provider: str) -> None:
    assert endpoint_of(base_url, None).billed_by == provider


@pytest.mark.parametrize("chosen", ["openai", "local", "unknown", "huggingface_together"])
def test_the_provider_that_was_chosen_wins_over_the_address(chosen: str) -> None:
    assert endpoint_of("http://localhost:4000/v1", chosen).billed_by == chosen
    assert endpoint_of("https://api.groq.com/openai/v1", chosen).billed_by == chosen


def test_the_demo_model_is_the_demo_model_whatever_was_chosen() -> None:
    assert endpoint_of("demo", "openai") == Endpoint("demo", "demo")


@pytest.mark.parametrize("chosen", ["opnai", "gpt", "demo"])
def test_a_provider_that_does_not_exist_is_refused(chosen: str) -> None:
    with pytest.raises(
        PricesError, match=f"^TALLY_PROVIDER is '{chosen}': expected one of anthropic, .* zhipuai$"
    ):
        endpoint_of("http://localhost:4000/v1", chosen)
