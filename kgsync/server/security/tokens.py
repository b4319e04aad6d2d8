"""Tokens: random and signed, kept by digest, expiring, revocable, bound to a referer or address where asked.

The signature lets a forged token be refused without a look into the database; the row is what makes a
token good, so removing the row revokes it at once.
"""

from __future__ import annotations

import hashlib
import secrets
from urllib.parse import urlsplit

from kgsync.errors import AuthenticationError, Code
from kgsync.model.audit import Action, Event, Fact, event
from kgsync.model.people import UNBOUND, Account, Binding, Grant, Principal, Token, anonymous
from kgsync.server.security.keys import Signer
from kgsync.store.database import Store

_RANDOM_BYTES = 24
_SIGNATURE_LETTERS = 22


def token_digest(token: str) -> str:
    """Digest a token as it is stored: who reads the database cannot log in."""
    return hashlib.sha256(token.encode()).hexdigest()


def _refused() -> AuthenticationError:
    # The wording avoids two phrases that make deployed clients send the request again.
    return AuthenticationError("Token expired or not known here: log in again", code=Code.INVALID_TOKEN)


def needed() -> AuthenticationError:
    """Make the refusal of a request that has to say who it is for."""
    return AuthenticationError("Authentication needed: no token was sent", code=Code.TOKEN_MISSING)


def _place(address: str) -> str:
    """Give host and port of a referer, or the text itself where it is none: deployed clients send "http"."""
    try:
        return urlsplit(address).netloc.lower() or address.strip("/").lower()
    except ValueError:  # brackets that hold no address
        return address.strip("/").lower()


def same_referer(bound: str, sent: str) -> bool:
    """Compare referers by their host and port: browsers send no more than the origin."""
    return bool(sent) and _place(bound) == _place(sent)


class Tokens:
    """Make, check and revoke tokens; blocking."""

    def __init__(self, store: Store, signer: Signer) -> None:
        self._store, self._signer = store, signer

    def issue(
        self,
        account: Account,
        minutes: float,
        now: int,
        *,
        grant: Grant = Grant.ACCESS,
        binding: Binding = UNBOUND,
        client: str = "",
        facts: str = "",
        by: Principal | None = None,
    ) -> tuple[str, int]:
        """Make a token of 192 random bits; give it and when it expires (ms). `by` is who asked for it, and whence."""
        value, expires = secrets.token_urlsafe(_RANDOM_BYTES), now + int(minutes * 60_000)
        token = value + self._signer.sign(grant.value, value)
        kept = Token(
            account=account.name,
            grant=grant,
            expires=expires,
            issued=max(now, account.since),  # a clock that was set back must not lock out who logs in now
            binding=binding,
            client=client,
            facts=facts,
        )
        with self._store.changing_people() as people:
            people.add_token(token_digest(token), kept, now)
            told: dict[str, Fact] = {"user": account.name, "grant": grant.value, "expires": expires}
            people.audit(event(by or as_principal(account), Action.ISSUE_TOKEN, now, told))
        return token, expires

    def find(self, token: str, grant: Grant, now: int) -> tuple[Token, Account]:
        """Find a good token and its account. Raises AuthenticationError (498)."""
        value, signature = token[:-_SIGNATURE_LETTERS], token[-_SIGNATURE_LETTERS:]
        if not (token.isascii() and self._signer.good(signature, grant.value, value)):
            raise _refused()
        with self._store.people() as people:
            found = people.token(token_digest(token), grant)
        if found is None or found[0].expires < now or found[1].disabled:
            raise _refused()
        return found

    def check(self, token: str | None, now: int, *, referer: str = "", address: str = "") -> Principal:
        """Find who a request acts for; nobody in particular without a token. Raises AuthenticationError (498)."""
        if not token:
            return anonymous(address)
        found, account = self.find(token, Grant.ACCESS, now)
        bound = found.binding
        if bound.referer and not same_referer(bound.referer, referer):
            raise _refused()
        if bound.address and bound.address != address:
            raise _refused()
        return Principal(name=account.name, role=account.role, address=address)

    def take(self, token: str, grant: Grant, now: int) -> tuple[Token, Account]:
        """Use up a token that is good once. Raises AuthenticationError."""
        found = self.find(token, grant, now)
        with self._store.changing_people() as people:
            if people.remove_token(token_digest(token)) is None:
                raise _refused()  # another was faster
        return found

    def revoke(self, token: str, now: int, address: str = "") -> None:
        """Forget a token, whether or not it is known."""
        with self._store.changing_people() as people:
            name = people.remove_token(token_digest(token))
            if name is not None:
                people.audit(Event(at=now, account=name, address=address, action=Action.REVOKE_TOKEN))


def as_principal(account: Account, address: str = "") -> Principal:
    return Principal(name=account.name, role=account.role, address=address)
