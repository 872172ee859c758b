import pytest

from access.response_headers import is_of_use, lax_cookie

LAX = "HttpOnly; SameSite=Lax"


@pytest.mark.parametrize(
    ("cookie", "lax"),
    [
        ("a=1", f"a=1; {LAX}"),
        ("a=1; Path=/; SameSite=None; Secure", f"a=1; Path=/; Secure; {LAX}"),
        ("a=1; HttpOnly; Path=/; SameSite=lax", f"a=1; Path=/; {LAX}"),
        (
            "a=1; path=/; Max-Age=1209600; httponly; samesite=none; secure",
            f"a=1; path=/; Max-Age=1209600; secure; {LAX}",
        ),
        ("a=1;SameSite=Strict;HttpOnly", f"a=1; {LAX}"),
        ("a=1; SameSite; Path=/", f"a=1; Path=/; {LAX}"),
        ("samesite=1; Path=/samesite", f"samesite=1; Path=/samesite; {LAX}"),
        ('a="httponly"; Max-Age=0; SameSite=none', f'a="httponly"; Max-Age=0; {LAX}'),
    ],
)
def test_every_cookie_is_for_this_site_and_not_for_scripts(cookie: str, lax: str) -> None:
    assert lax_cookie(cookie) == lax


@pytest.mark.parametrize(
    ("cookie", "by_http", "by_https"),
    [
        ("access-token-abc=1; Secure", False, True),
        ("access-token-unsecure-abc=1", True, False),
        ("session=1; secure", True, True),
    ],
)
def test_of_gradios_two_cookies_a_browser_gets_the_one_for_its_scheme(
    cookie: str, by_http: bool, by_https: bool
) -> None:
    assert (is_of_use(cookie, by_https=False), is_of_use(cookie, by_https=True)) == (by_http, by_https)
