"""Who may sign in, and who a request comes from."""

from access.people.client_addresses import address_of
from access.people.guest import Guest
from access.people.sign_in import PasswordSignIn
from access.people.sign_in_page import sign_in_page
from access.people.sign_out import sign_out_route
from access.people.users import Users, UsersError, guest_password
from access.people.users_command import run_users_command
from access.people.visitors import Visitors

__all__ = [
    "Guest",
    "PasswordSignIn",
    "Users",
    "UsersError",
    "Visitors",
    "address_of",
    "guest_password",
    "run_users_command",
    "sign_in_page",
    "sign_out_route",
]
