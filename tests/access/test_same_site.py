import pytest

from access import KnownHosts
from access.same_site import names_of_machine
from settings import Address


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
