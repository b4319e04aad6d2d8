"""Accounts and tokens: passwords as argon2id, tokens random and stored hashed."""

from __future__ import annotations

import hashlib
import re
import secrets

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from kgsync.errors import AuthenticationError, Code, MalformedInput
from kgsync.model.catalog import Account
from kgsync.store.database import Store

_NAME = re.compile(r"[\w.@+-]{1,128}")
_hasher = PasswordHasher()
# Checked when the name is unknown, so that both answers take as long.
_NOBODY = _hasher.hash(secrets.token_hex(8))


def token_digest(token: str) -> str:
    """Digest a token as it is stored: who reads the database cannot log in."""
    return hashlib.sha256(token.encode()).hexdigest()


def add_account(store: Store, name: str, password: str, *, administrator: bool, now: int) -> Account:
    """Add an account. Raises MalformedInput, Conflict."""
    if not _NAME.fullmatch(name):
        raise MalformedInput("A user name has letters, digits and . @ + - _, at most 128 characters")
    account = Account(name=name, administrator=administrator)
    with store.changing_catalog() as catalog:
        catalog.add_account(account, _hasher.hash(password), now)
    return account


def ensure_administrator(store: Store, name: str, password: str | None, now: int) -> str | None:
    """Make the first administrator if there is no account; give the password when it was generated."""
    with store.catalog() as catalog:
        if catalog.any_account():
            return None
    chosen = password or secrets.token_urlsafe(12)
    add_account(store, name, chosen, administrator=True, now=now)
    return None if password else chosen


def check_password(store: Store, name: str, password: str) -> Account:
    """Log in. Raises AuthenticationError, alike for unknown names and wrong passwords."""
    with store.catalog() as catalog:
        stored, account = catalog.password(name), catalog.account(name)
    try:
        _hasher.verify(stored or _NOBODY, password)
    except (VerificationError, InvalidHashError):
        stored = None
    if stored is None or account is None:
        raise AuthenticationError("Unable to log in: the user name or password is wrong", code=Code.MALFORMED)
    return account


def issue_token(store: Store, account: Account, minutes: int, now: int) -> tuple[str, int]:
    """Make a token of 256 random bits; give it and when it expires (ms)."""
    token, expires = secrets.token_urlsafe(32), now + minutes * 60_000
    with store.changing_catalog() as catalog:
        catalog.add_token(token_digest(token), account.name, expires, now)
    return token, expires


def check_token(store: Store, token: str | None, now: int) -> Account:
    """Find who a token belongs to. Raises AuthenticationError (499 without one, 498 when it is not good).

    The wording avoids two phrases that make deployed clients send the request again.
    """
    if not token:
        raise AuthenticationError("Authentication needed: no token was sent", code=Code.TOKEN_MISSING)
    with store.catalog() as catalog:
        found = catalog.token(token_digest(token))
    if found is None or found[1] < now:
        raise AuthenticationError("Token expired or not known here: log in again", code=Code.INVALID_TOKEN)
    return found[0]
