"""What is believed of the proxies that a request has passed."""

import pytest

from access.forwarded import path_around, path_within
from access.sign_in import sign_in_page


@pytest.mark.parametrize(
    ("root", "around", "action"),
    [
        ("", "", "login?c=1"),
        ("/", "", "login?c=1"),
        ("/tally", "/tally/", "/tally/login?c=1"),
        ("/tools/tally/", "/tools/tally/", "/tools/tally/login?c=1"),
        ("https://example.com/tally", "/tally/", "/tally/login?c=1"),
        ("https://example.com", "", "login?c=1"),
    ],
)
def test_the_sign_in_form_is_sent_within_the_path_that_the_app_has(
    root: str, around: str, action: str
) -> None:
    scope = {"root_path": root, "query_string": b"c=1"}
    assert path_around(scope) == around
    assert f'action="{action}"' in sign_in_page(scope)


@pytest.mark.parametrize("path", ["/tally/config", "/config"])
def test_a_path_within_the_app_is_the_same_whether_or_not_the_proxy_takes_its_own_off(path: str) -> None:
    assert path_within({"root_path": "/tally", "path": path}) == "/config"
