"""What a proxy in front of the app does to a request, and what it says about it."""

from starlette.datastructures import Headers
from starlette.types import Scope


def first_value(headers: Headers, name: str) -> str:
    """Return the first value of a header that each proxy in a row has added to; empty if there is none."""
    return headers.get(name, "").partition(",")[0].strip()


def came_by_https(scope: Scope) -> bool:
    """Return whether the browser speaks https, to the app or to a proxy in front of it."""
    headers = Headers(scope=scope)
    return (
        scope.get("scheme") in {"https", "wss"}
        or first_value(headers, "x-forwarded-proto").lower() in {"https", "wss"}
        or headers.get("origin", "").startswith("https://")
    )


def path_within(scope: Scope) -> str:
    """Return the path within the app, whether or not a proxy has stripped the path it is mounted at."""
    path, root = str(scope["path"]), str(scope.get("root_path", "")).rstrip("/")
    return path.removeprefix(root) or "/" if path == root or path.startswith(f"{root}/") else path
