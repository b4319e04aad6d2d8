"""Accounts, tokens, the keys the server signs with, and failed log-ins. Times are wall clock ms."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, Row, delete, insert, select, update

from kgsync.errors import Conflict, NotFound
from kgsync.model.audit import Event
from kgsync.model.people import Account, Binding, Grant, Role, Token
from kgsync.store.audit import SERVER, append
from kgsync.store.tables import account, attempt, secret, token


def _account(row: Row[Any]) -> Account:
    return Account(
        name=row.name,
        role=Role(row.role),
        disabled=row.disabled,
        outside=row.outside,
        subject=row.subject,
        created=row.created,
        since=row.since,
    )


class People:
    """Ask and change who may come in, inside one transaction of the caller's."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    # ---- accounts

    def account(self, name: str) -> Account | None:
        """Find an account by its name, regardless of case."""
        found = self._connection.execute(select(account).where(account.c.key == name.casefold()))
        row = found.one_or_none()
        return None if row is None else _account(row)

    def accounts(self) -> list[Account]:
        return [_account(row) for row in self._connection.execute(select(account).order_by(account.c.name))]

    def any_account(self) -> bool:
        return self._connection.execute(select(account.c.name).limit(1)).first() is not None

    def password(self, name: str) -> str | None:
        """Give the hash of a password; an empty one belongs to who logs in elsewhere."""
        return self._connection.execute(
            select(account.c.password).where(account.c.key == name.casefold())
        ).scalar_one_or_none()

    def add_account(self, value: Account, password: str) -> None:
        """Add an account; `password` is already hashed. Raises Conflict on a taken name."""
        if self.account(value.name) is not None:
            raise Conflict(f"A user named {value.name!r} exists")
        self._connection.execute(
            insert(account).values(
                name=value.name,
                key=value.name.casefold(),
                password=password,
                role=value.role.value,
                disabled=value.disabled,
                outside=value.outside,
                subject=value.subject,
                created=value.created,
            )
        )

    def change_account(self, name: str, **columns: Any) -> Account:
        """Change columns of an account: role, disabled, password (hashed). Raises NotFound."""
        found = self.account(name)
        if found is None:
            raise NotFound(f"There is no user {name!r}")
        self._connection.execute(update(account).where(account.c.name == found.name).values(columns))
        changed = self.account(name)
        assert changed is not None, "it was just changed"
        return changed

    # ---- tokens

    def add_token(self, digest: str, value: Token, wall: int) -> None:
        """Keep a token's digest; expired ones leave on the way."""
        self._connection.execute(delete(token).where(token.c.expires < wall))
        self._connection.execute(
            insert(token).values(
                digest=digest,
                account=value.account,
                kind=value.grant.value,
                expires=value.expires,
                issued=value.issued,
                referer=value.binding.referer,
                address=value.binding.address,
                client=value.client,
                facts=value.facts,
            )
        )

    def token(self, digest: str, grant: Grant) -> tuple[Token, Account] | None:
        """Look up a token and its account."""
        query = (
            select(
                token,
                account.c.name,
                account.c.role,
                account.c.disabled,
                account.c.outside,
                account.c.subject,
                account.c.created,
                account.c.since,
            )
            .join(account, account.c.name == token.c.account)
            # A log-in that overlapped with a new password may have left a token after the others were removed.
            .where(token.c.digest == digest, token.c.kind == grant.value, token.c.issued >= account.c.since)
        )
        row = self._connection.execute(query).one_or_none()
        if row is None:
            return None
        found = Token(
            account=row.account,
            grant=grant,
            expires=row.expires,
            issued=row.issued,
            binding=Binding(referer=row.referer, address=row.address),
            client=row.client,
            facts=row.facts,
        )
        return found, _account(row)

    def remove_token(self, digest: str) -> str | None:
        """Revoke one token; give whose it was, None when it is not known (any more)."""
        gone = delete(token).where(token.c.digest == digest).returning(token.c.account)
        return self._connection.execute(gone).scalar_one_or_none()

    def remove_tokens(self, name: str) -> int:
        """Revoke every token of an account."""
        return self._connection.execute(delete(token).where(token.c.account == name)).rowcount

    # ---- the server's own chain of the audit log

    def audit(self, event: Event) -> None:
        """Write down what belongs to no service, in this transaction."""
        append(self._connection, SERVER, event)

    # ---- keys

    def secret(self, name: str) -> bytes | None:
        return self._connection.execute(select(secret.c.value).where(secret.c.name == name)).scalar_one_or_none()

    def add_secret(self, name: str, value: bytes, wall: int) -> None:
        self._connection.execute(insert(secret).values(name=name, value=value, created=wall))

    # ---- failed log-ins

    def failures(self, key: str) -> tuple[int, int]:
        """Give how often log-ins failed in a row, and when last."""
        row = self._connection.execute(select(attempt).where(attempt.c.key == key)).one_or_none()
        return (0, 0) if row is None else (row.failures, row.last)

    def note_failure(self, key: str, wall: int, forget_before: int) -> None:
        """Count a failed log-in; what is older than `forget_before` is forgotten."""
        self._connection.execute(delete(attempt).where(attempt.c.last < forget_before))
        counted = self._connection.execute(
            update(attempt).where(attempt.c.key == key).values(failures=attempt.c.failures + 1, last=wall)
        )
        if counted.rowcount == 0:
            self._connection.execute(insert(attempt).values(key=key, failures=1, last=wall))

    def forget_failures(self, key: str) -> None:
        self._connection.execute(delete(attempt).where(attempt.c.key == key))
