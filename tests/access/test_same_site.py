import pytest

from access import KnownHosts
from access.same_site import names_of_machine
from settings import Address, read_address
from settings.values import read_hosts


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("Tally.Example.com", Address("tally.example.com")),
        ("box:8080", Address("box", 8080)),
        ("box:65535", Address("box", 65535)),
        ("box:65536", None),
        ("[::1]:7860", Address("[::1]", 7860)),
        ("::1", None),
        ("box:", None),
        ("ada@box", None),
        ("box/chat", None),
        ("a..b", None),
        ("", None),
    ],
)
def test_address_is_read_as_a_whole_or_not_at_all(text: str, address: Address | None) -> None:
    assert read_address(text) == address


def test_port_that_is_not_named_is_the_scheme_s_own() -> None:
    assert Address("box").under("https") == Address("box", 443).under("https") == ("box", 443)
    assert Address("box").under("http") == ("box", 80)


@pytest.mark.parametrize(
    ("hostname", "names"),
    [
        ("Box", {"box", "box.local"}),
        ("box.local", {"box", "box.local"}),
        ("box.lan", {"box", "box.lan", "box.local"}),
        ("", set()),
    ],
)
def test_machine_is_known_by_its_own_names(hostname: str, names: set[str]) -> None:
    assert names_of_machine(hostname) == names


def test_share_link_is_known_from_the_moment_it_is_there() -> None:
    links: list[str] = []
    hosts = KnownHosts([], ["box.lan"], lambda: links[0] if links else None)
    link = Address("abc123.gradio.live")
    assert not hosts.knows(link)
    links.append("https://abc123.gradio.live")
    assert hosts.knows(link)
    assert hosts.is_public(link)
    assert hosts.knows(Address("box.lan", 7860))
    assert not hosts.is_public(Address("box.lan", 7860))
    assert not hosts.knows(Address("def456.gradio.live"))


def test_host_names_are_read_between_commas() -> None:
    assert read_hosts(" tally.example.com,Box.lan:8080,") == (
        Address("tally.example.com"),
        Address("box.lan", 8080),
    )


@pytest.mark.parametrize(
    "text",
    ["https://tally.example.com", "*", "*.example.com", "tally.example.com/chat", "box:99999", "a b", "ü.de"],
)
def test_what_is_no_host_name_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"^expected host names separated by commas, such as tally\."):
        read_hosts(text)
