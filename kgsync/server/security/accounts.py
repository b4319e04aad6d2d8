"""Accounts: names, roles, passwords as argon2id; log-ins that back off."""

from __future__ import annotations

import re
import secrets
from contextlib import suppress
from functools import cache
from typing import Any

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from kgsync.errors import AuthenticationError, Code, Conflict, MalformedInput, TakenInStore
from kgsync.model.audit import Action, Event, event
from kgsync.model.people import OPERATOR, Account, Role
from kgsync.server.security.addresses import neighbourhood
from kgsync.store.database import Store
from kgsync.store.people import People

_MAX_NAME = 128
_NAME = re.compile(rf"[\w.@+-]{{1,{_MAX_NAME}}}")
MIN_PASSWORD, MAX_PASSWORD = 8, 1024
_hasher = PasswordHasher()

# So many failures in a row are free; each further one doubles the wait, up to the longest.
FREE_FAILURES = 5
_FIRST_WAIT_MS, _LONGEST_WAIT_MS = 1_000, 15 * 60_000
_FORGET_MS = 24 * 3_600_000
# One address may stand for a whole office.
_ADDRESS_FREE_FAILURES = 50


@cache
def _nobody() -> str:
    """Hash what is checked when the name is unknown, so that both answers take as long."""
    return _hasher.hash(secrets.token_hex(8))


def check_name(name: str) -> None:
    """Refuse names a log line or a path could not carry. Raises MalformedInput."""
    if not _NAME.fullmatch(name):
        raise MalformedInput("A user name has letters, digits and . @ + - _, at most 128 characters")


def hashed(password: str) -> str:
    """Hash a password as argon2id. Raises MalformedInput when it is too short or too long."""
    if not MIN_PASSWORD <= len(password) <= MAX_PASSWORD:
        raise MalformedInput(f"A password has {MIN_PASSWORD} to {MAX_PASSWORD} characters")
    return _hasher.hash(password)


def add_account(store: Store, name: str, password: str, *, role: Role, now: int) -> Account:
    """Add an account. Raises MalformedInput, Conflict."""
    check_name(name)
    account, kept = Account(name=name, role=role, created=now), hashed(password)
    with store.changing_people() as people:
        people.add_account(account, kept)
        people.audit(event(OPERATOR, Action.ADD_USER, now, {"user": name, "role": role.value}))
    return account


def ensure_administrator(store: Store, name: str, password: str | None, now: int) -> str | None:
    """Make the first administrator if there is no account; give the password when it was generated."""
    with store.people() as people:
        if people.any_account():
            return None
    chosen = password or secrets.token_urlsafe(12)
    add_account(store, name, chosen, role=Role.ADMINISTRATOR, now=now)
    return None if password else chosen


def _keep_an_administrator(people: People, leaving: Account) -> None:
    """Refuse to take away the last administrator. Raises Conflict."""
    others = [a for a in people.accounts() if a.administrator and not a.disabled and a.name != leaving.name]
    if leaving.administrator and not leaving.disabled and not others:
        raise Conflict(f"{leaving.name} is the last administrator; make another one first")


def set_disabled(store: Store, name: str, disabled: bool, *, now: int, anew: bool = False) -> Account:
    """Disable an account, which revokes its tokens, or enable it again; `anew` lets in whoever an outside issuer
    gives the name to now. Raises NotFound, Conflict."""
    with store.changing_people() as people:
        found = people.account(name)
        if found is not None and disabled:
            _keep_an_administrator(people, found)
        columns: dict[str, Any] = {"since": now} if disabled else {"subject": ""} if anew else {}
        changed = people.change_account(name, disabled=disabled, **columns)
        if disabled:
            people.remove_tokens(changed.name)
        state = "disabled" if disabled else "enabled for somebody new" if anew else "enabled"
        people.audit(event(OPERATOR, Action.CHANGE_USER, now, {"user": changed.name, "state": state}))
    return changed


def set_role(store: Store, name: str, role: Role, *, now: int) -> Account:
    """Give an account another role; it counts from the next request. Raises NotFound, Conflict."""
    with store.changing_people() as people:
        found = people.account(name)
        if found is not None and role is not Role.ADMINISTRATOR:
            _keep_an_administrator(people, found)
        changed = people.change_account(name, role=role.value)
        people.audit(event(OPERATOR, Action.CHANGE_USER, now, {"user": changed.name, "role": role.value}))
    return changed


def set_password(store: Store, name: str, password: str, *, now: int) -> Account:
    """Change a password, which revokes every token of the account. Raises NotFound, MalformedInput, Conflict."""
    kept = hashed(password)
    with store.changing_people() as people:
        found = people.account(name)
        if found is not None and found.outside:
            raise Conflict(f"{found.name} logs in elsewhere and has no password here")
        changed = people.change_account(name, password=kept, since=now)
        people.remove_tokens(changed.name)
        people.forget_failures(_user_key(changed.name))
        people.audit(event(OPERATOR, Action.CHANGE_USER, now, {"user": changed.name, "state": "another password"}))
    return changed


# ---- log-ins


def _user_key(name: str) -> str:
    return f"user {name.lower()}"[:200]


def wait_ms(failures: int, last: int, now: int, free: int) -> int:
    """Say how long a log-in has to wait after failures in a row, the last at `last`."""
    if failures < free:
        return 0
    # A clock that was set back must not lock anybody out for longer than the longest wait.
    passed = max(0, now - last)
    return max(0, min(_FIRST_WAIT_MS << min(failures - free, 30), _LONGEST_WAIT_MS) - passed)


def _seconds(wait_ms: int) -> str:
    seconds = -(-wait_ms // 1000)
    return "1 second" if seconds == 1 else f"{seconds} seconds"


def check_password(store: Store, name: str, password: str, *, address: str, now: int) -> Account:
    """Log in. Raises AuthenticationError, alike for unknown names, wrong passwords and disabled accounts."""
    keys = {_user_key(name): FREE_FAILURES}
    if address:
        keys[f"address {neighbourhood(address)}"[:200]] = _ADDRESS_FREE_FAILURES
    with store.people() as people:
        wait = max(wait_ms(*people.failures(key), now, free) for key, free in keys.items())
        stored, account = people.password(name), people.account(name)
    if wait:
        raise AuthenticationError(
            f"Unable to log in: too many attempts failed; try again in {_seconds(wait)}", code=Code.MALFORMED
        )
    try:
        _hasher.verify(stored or _nobody(), password[: MAX_PASSWORD + 1])
    except (VerificationError, InvalidHashError):
        stored = None
    if not stored or account is None or account.disabled:
        # Two failures in the same instant may count as one.
        with suppress(TakenInStore), store.changing_people() as people:
            for key in keys:
                people.note_failure(key, now, now - _FORGET_MS)
            people.audit(Event(at=now, account=name[:_MAX_NAME], address=address[:64], action=Action.LOG_IN_REFUSED))
        raise AuthenticationError("Unable to log in: the user name or password is wrong", code=Code.MALFORMED)
    with store.changing_people() as people:
        people.forget_failures(_user_key(name))
        people.audit(Event(at=now, account=account.name, address=address[:64], action=Action.LOG_IN))
    return account
