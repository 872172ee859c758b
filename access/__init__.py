"""Decides who may ask the app for what. A request comes in through these layers, the first outermost:

    ResponseHeaders   has the browser load nothing from other hosts, and keeps
                        cookies and answers from other sites                         response_headers.py
    SameSite          refuses what other sites send, and unknown host names          same_site.py
    Gate              asks Visitors who it is                                        gate.py, visitors.py
                        nobody yet: only the sign-in page, whose form checks
                        a password, with pauses after wrong guesses                  sign_in.py, pauses.py
                        somebody: a body of bounded size, only their own pages,
                        and only so much at once                                     bounds.py
    (KeptPage         answers for the page itself, the same for everybody: lean_page/)
    Gradio            runs the event; its handler asks Visitors again who it is

A refusal at any layer is an answer with a status and one sentence; nothing behind it sees the request.
"""

from access.forwarded import path_within
from access.gate import Gate
from access.response_headers import ResponseHeaders
from access.running_app import keep_no_statistics, keep_tracebacks_short
from access.same_site import KnownHosts, SameSite
from access.sign_in import PasswordSignIn, sign_out_route
from access.users import Users, UsersError, run_users_command
from access.visitors import Guest, Visitors

__all__ = [
    "Gate",
    "Guest",
    "KnownHosts",
    "PasswordSignIn",
    "ResponseHeaders",
    "SameSite",
    "Users",
    "UsersError",
    "Visitors",
    "keep_no_statistics",
    "keep_tracebacks_short",
    "path_within",
    "run_users_command",
    "sign_out_route",
]
