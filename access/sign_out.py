"""The address that signs out: by POST only, for a picture or a link must not end anybody's session."""

from starlette.requests import Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.routing import Route

from access.visitors import Visitors

PATH = "/logout"  # Gradio's, whose own signs out whoever merely looks at it


def sign_out_route(visitors: Visitors) -> Route:
    """POST /logout ends every session of the person, with ?all_session=false only the one that asks."""

    def sign_out(request: Request) -> Response:
        if request.method != "POST":
            return PlainTextResponse(
                "Signing out takes the button “Sign out” in Tally's sidebar.\n", 405, {"Allow": "POST"}
            )
        everywhere = request.query_params.get("all_session", "true").lower() not in {"false", "0"}
        visitors.sign_out(request, everywhere=everywhere)
        answer = RedirectResponse("./", 303)
        for name in visitors.cookie_names:
            answer.delete_cookie(name)
        return answer

    return Route(PATH, sign_out, methods=["GET", "POST"])
