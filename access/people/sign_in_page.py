"""The sign-in page: one form without any script, and all that a stranger gets to see."""

from html import escape

_PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="referrer" content="same-origin">
<title>Sign in to Tally</title>
<style>
:root {{ color-scheme: light dark; }}
body {{ margin: 0; min-height: 100vh; display: grid; place-items: center;
  font: 16px/1.5 system-ui, sans-serif; background: Canvas; color: CanvasText; }}
form {{ width: min(22rem, calc(100vw - 2rem)); display: grid; gap: 1rem; }}
h1 {{ margin: 0; font-size: 1.4rem; }}
label {{ display: grid; gap: .25rem; }}
input, button {{ font: inherit; padding: .6rem .7rem; border: 1px solid GrayText; border-radius: .5rem; }}
input {{ background: Field; color: FieldText; }}
button {{ background: #047857; border-color: #047857; color: #fff; cursor: pointer; }}
p {{ margin: 0; padding: .6rem .7rem; border-left: .25rem solid #b91c1c; }}
</style>
</head>
<body>
<form method="post" action="{action}">
<h1>Sign in to Tally</h1>
{trouble}<label>Username<input name="username" value="{name}" autocomplete="username" autocapitalize="none"
 spellcheck="false" maxlength="64" required autofocus></label>
<label>Password<input name="password" type="password" autocomplete="current-password" required></label>
<button>Sign in</button>
</form>
</body>
</html>
"""


def sign_in_page(trouble: str = "", name: str = "", query: str = "") -> str:
    """Return the page, with what went wrong last time; `query` is that of the page to open afterwards."""
    return _PAGE.format(
        trouble=f'<p role="alert">{escape(trouble)}</p>\n' if trouble else "",
        name=escape(name),
        action=escape(f"login?{query}" if query else "login"),
    )
