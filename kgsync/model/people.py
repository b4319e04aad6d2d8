"""Who uses the server: accounts with a role, and the principal a request acts for."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Role(StrEnum):
    """What an account may do at most; capabilities and sharing of a service narrow it."""

    VIEWER = "viewer"
    CONTRIBUTOR = "contributor"
    ADMINISTRATOR = "administrator"


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """A person as the server keeps it; `outside` for those an outside issuer vouches for: they have no password.

    `subject` is what that issuer calls them and never gives to anybody else; "" until it has said so.
    No token issued before `since` (wall clock ms) is good.
    """

    name: str
    role: Role
    disabled: bool = False
    outside: bool = False
    subject: str = ""
    created: int = 0
    since: int = 0

    @property
    def administrator(self) -> bool:
        return self.role is Role.ADMINISTRATOR


@dataclass(frozen=True, slots=True, kw_only=True)
class Principal:
    """Who a request acts for, and the address it came from; an empty name is nobody in particular."""

    name: str
    role: Role
    address: str = ""

    @property
    def administrator(self) -> bool:
        return self.role is Role.ADMINISTRATOR

    @property
    def anonymous(self) -> bool:
        return not self.name


def anonymous(address: str = "") -> Principal:
    """Make the principal of a request without a token."""
    return Principal(name="", role=Role.VIEWER, address=address)


# Who acts on the machine itself, by command or by a policy of the server.
OPERATOR = Principal(name="(command line)", role=Role.ADMINISTRATOR)
POLICY = Principal(name="(policy)", role=Role.ADMINISTRATOR)


@dataclass(frozen=True, slots=True, kw_only=True)
class Binding:
    """Where a token may be used from: any place, pages of one referer, or one address. Empty means unbound."""

    referer: str = ""
    address: str = ""


UNBOUND = Binding()


class Grant(StrEnum):
    """What a secret handed out opens: requests, new tokens, or the exchange that begins both."""

    ACCESS = "access"
    REFRESH = "refresh"
    CODE = "code"


@dataclass(frozen=True, slots=True, kw_only=True)
class Token:
    """A secret as the server keeps it: by digest, with its end (wall clock ms) and what it is bound to.

    `client` and `facts` are for the log-in pages: the application it was made for, and the rest of a code's exchange.
    """

    account: str
    grant: Grant
    expires: int
    issued: int
    binding: Binding = UNBOUND
    client: str = ""
    facts: str = ""
