"""The address that signs out: by POST only, since a picture or a link must not end anybody's session."""

from starlette.requests import Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.routing import Route

from access.people.visitors import Visitors

PATH = "/logout"  # Gradio's address, which signs out whoever merely loads it


def sign_out_route(visitors: Visitors) -> Route:
    """Make POST /logout end all of a person's sessions, or with ?all_session=false only the one that asks."""

    def sign_out(request: Request) -> Response:
        if request.method != "POST":
            return PlainTextResponse(
                "To sign out, press “Sign out” in Tally's sidebar.\n", 405, {"Allow": "POST"}
            )
        everywhere = request.query_params.get("all_session", "true").lower() not in {"false", "0"}
        visitors.sign_out(request, everywhere=everywhere)
        answer = RedirectResponse("./", 303)
        for name in visitors.cookie_names:
            answer.delete_cookie(name)
        return answer

    return Route(PATH, sign_out, methods=["GET", "POST"])
