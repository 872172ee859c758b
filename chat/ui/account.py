"""Who is signed in, and the way out; on a Space also the way in."""

from html import escape
from typing import Literal

import gradio as gr

SignInKind = Literal["password", "space"]
"""How people sign in: with a password at Tally, or on a Space with Hugging Face."""

# In Hugging Face's frame a browser keeps no cookie of this site, so signing in opens a tab of its own.
SIGN_IN = '<a id="sign-in" href="login/huggingface">Sign in with Hugging Face</a>'
LEAVE_FRAME = """
element.addEventListener('click', ({ target }) => {
  const link = target.closest('#sign-in');
  if (!link) return;
  link.target = window.top === window ? '_self' : '_blank';
  link.search = new URLSearchParams({ _target_url: `/${location.search}` });
});
"""


def create_account(sign_in: SignInKind | None) -> gr.HTML | None:
    """Lay out what a person sees until `account_html` says who it is; None where nobody signs in."""
    if sign_in is None:
        return None
    if sign_in == "password":
        return gr.HTML(account_html(""), elem_id="account")
    gr.LoginButton(visible=False)  # Gradio offers Hugging Face's sign-in only to a page that has its button
    return gr.HTML(SIGN_IN, elem_id="account", js_on_load=LEAVE_FRAME)


def account_html(user: str) -> str:
    """Return the name of whoever is signed in, with a button that signs this browser out."""
    name = escape(user)
    return (
        f'<form method="post" action="logout?all_session=false"><span title="{name}">{name}</span>'
        '<button id="sign-out">Sign out</button></form>'
    )
