"""People beside the administrator, for tests that look at a server with other eyes."""

from __future__ import annotations

from kgsync.model.people import Account, Role
from kgsync.server.clock import wall_clock
from kgsync.server.security.accounts import add_account, set_role
from kgsync.server.security.keys import Signers
from kgsync.server.security.tokens import Tokens
from kgsync.store.database import open_store
from tests.conformance.context import Context, Target
from tests.conformance.service import Service
from tests.conformance.wire import Client
from tests.harness import RunningServer

PASSWORD = "a long password"


def add_person(server: RunningServer, name: str, role: Role = Role.CONTRIBUTOR) -> Account:
    """Add somebody to a running server; who is there already stays."""
    store = open_store(server.data_dir, server.database_url)
    try:
        with store.people() as people:
            found = people.account(name)
        return found or add_account(store, name, PASSWORD, role=role, now=wall_clock())
    finally:
        store.close()


def make_viewer(server: RunningServer, name: str) -> None:
    """Leave somebody who has things nothing but the role of a viewer."""
    store = open_store(server.data_dir, server.database_url)
    try:
        set_role(store, name, Role.VIEWER, now=1)
    finally:
        store.close()


def token_of(server: RunningServer, name: str) -> str:
    """Make a token without a log-in, which costs the time of a password."""
    store = open_store(server.data_dir, server.database_url)
    try:
        with store.people() as people:
            account = people.account(name)
        assert account is not None, f"nobody added {name}"
        return Tokens(store, Signers(store, wall_clock()).tokens).issue(account, 60, wall_clock())[0]
    finally:
        store.close()


def logged_in(server: RunningServer, name: str, role: Role = Role.CONTRIBUTOR) -> Context:
    """Log somebody in, added first where needed; the caller closes."""
    add_person(server, name, role)
    return Context(Target(server.url, name, PASSWORD, name))


class Eyes:
    """Look at one server as different people; closing ends every connection."""

    def __init__(self, server: RunningServer) -> None:
        self._server = server
        self._clients: list[Client] = []

    def client(self, name: str = "", role: Role = Role.CONTRIBUTOR, *, token: str | None = None) -> Client:
        """Give a client of somebody's, added first where needed; without a name it is nobody's."""
        if name:
            add_person(self._server, name, role)
            token = token_of(self._server, name)
        made = Client(self._server.url, token)
        self._clients.append(made)
        return made

    def service(
        self, seen: Service, name: str = "", role: Role = Role.CONTRIBUTOR, *, token: str | None = None
    ) -> Service:
        """Give a service as somebody sees it."""
        return Service(self.client(name, role, token=token), seen.name, seen.item, seen.url)

    def close(self) -> None:
        for client in self._clients:
            client.close()
