"""The real app before endpoints at addresses of every form, whatever proxies the environment names."""

import ssl
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from html import unescape
from ipaddress import ip_address
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from tests.helpers.data_files import ledger
from tests.servers.app_process import AppProcess
from tests.servers.http_page import HttpPage
from tests.servers.scripted import ScriptedServer

MODEL = "stream-3x0ms"
DEAD_PROXY = "socks5://127.0.0.1:9"
NO_PROTOCOL = "is not an OpenAI-compatible endpoint. Check the address; it often ends in /v1."
UNTRUSTED = (
    "The certificate of 127.0.0.1 is not trusted (self-signed certificate). If it is your own server, set "
    "SSL_CERT_FILE to the file of its certificate."
)


@dataclass(frozen=True)
class Neighbourhood:
    """The app, and its endpoints by the names of their connections; the first one has none."""

    app: AppProcess
    endpoints: dict[str, ScriptedServer]


def self_signed(folder: Path, name: str) -> tuple[ssl.SSLContext, Path]:
    """Make a certificate for 127.0.0.1 that nobody vouches for; returns what serves with it, and its file."""
    key = ec.generate_private_key(ec.SECP256R1())
    who = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder(who, who, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
        .sign(key, hashes.SHA256())
    )
    public, private = folder / f"{name}.crt", folder / f"{name}.pem"
    public.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    private.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
    )
    serving = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    serving.load_cert_chain(public, private)
    return serving, public


@pytest.fixture(scope="module")
def neighbourhood(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Neighbourhood]:
    home = tmp_path_factory.mktemp("home")
    first, six, trusted, stranger = (ScriptedServer() for _ in range(4))
    six.host = "::1"
    trusted.certificate, trusted_file = self_signed(home, "trusted")
    stranger.certificate, _ = self_signed(home, "stranger")
    with ExitStack() as stack:
        for server in (first, six, trusted, stranger):
            stack.enter_context(server)
        places = {
            "slash": (first, f"{first.url}/"),
            "whole path": (first, f"{first.url}/chat/completions"),
            "no v1": (first, first.url.removesuffix("/v1")),
            "IPv6": (six, six.url),
            "trusted": (trusted, trusted.url),
            "stranger": (stranger, stranger.url),
        }
        (home / "data").mkdir()
        (home / "data" / "connections.toml").write_text(
            "".join(f'[connections."{name}"]\naddress = "{url}"\n' for name, (_, url) in places.items())
        )
        variables = {
            "OPENAI_BASE_URL": f"{first.url}/?api-version=2026-01-01",
            "OPENAI_API_KEY": "any",
            "SSL_CERT_FILE": str(trusted_file),
            "ALL_PROXY": DEAD_PROXY,
            "HTTP_PROXY": DEAD_PROXY,
            "NO_PROXY": "localhost,[::1]",
        }
        app = AppProcess(home / "data", home, variables)
        yield Neighbourhood(app, {"": first} | {name: server for name, (server, _) in places.items()})
        assert app.stop() == 0
        assert (app.stderr, app.blocked) == ("", [])


@pytest.mark.parametrize(
    ("connection", "query"),
    [("", "api-version=2026-01-01"), ("slash", ""), ("IPv6", ""), ("trusted", "")],
)
def test_an_endpoint_answers_wherever_it_is(
    neighbourhood: Neighbourhood, connection: str, query: str
) -> None:
    with HttpPage(neighbourhood.app.url) as page:
        conversation_id = page.begin("Hello", f"{connection}: {MODEL}" if connection else MODEL)
        assert "word1 word2 word3" in page.follow(conversation_id)
    [row] = ledger(neighbourhood.app.data_dir, conversation_id)
    assert (row["status"], row["usage_source"], row["cost_usd"]) == ("completed", "reported", "0")
    seen = neighbourhood.endpoints[connection].chats[-1]
    assert (seen.path, seen.query) == ("/v1/chat/completions", query)


@pytest.mark.parametrize(
    ("connection", "said", "source"),
    [
        ("whole path", NO_PROTOCOL, "none"),
        ("no v1", NO_PROTOCOL, "estimated"),
        ("stranger", UNTRUSTED, "none"),
    ],
)
def test_an_address_that_is_no_endpoint_is_told_with_what_to_do(
    neighbourhood: Neighbourhood, connection: str, said: str, source: str
) -> None:
    with HttpPage(neighbourhood.app.url) as page:
        conversation_id = page.begin("Hello", f"{connection}: {MODEL}")
        assert said in unescape(page.follow(conversation_id))
    [row] = ledger(neighbourhood.app.data_dir, conversation_id)
    assert (row["status"], row["usage_source"]) == ("failed", source)


def test_models_are_listed_wherever_the_endpoint_is(neighbourhood: Neighbourhood) -> None:
    with HttpPage(neighbourhood.app.url) as page:
        listed = page.fire("models").outputs["models"]
    for connection in ("slash", "IPv6", "trusted"):
        assert f'data-model="{connection}: gpt-6-luna"' in listed
