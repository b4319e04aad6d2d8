"""Accounts: passwords hashed, log-ins alike for unknown users and backing off, always an administrator."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest
from argon2 import PasswordHasher

from kgsync.errors import AuthenticationError, Code, Conflict, KgsyncError, MalformedInput, NotFound
from kgsync.model.people import Account, Role
from kgsync.server.security import accounts
from kgsync.server.security.accounts import (
    FREE_FAILURES,
    add_account,
    check_password,
    ensure_administrator,
    set_disabled,
    set_password,
    set_role,
    wait_ms,
)
from kgsync.server.security.addresses import neighbourhood
from kgsync.store.database import Store, open_store

PASSWORD = "correct horse"
HERE = "192.0.2.1"


@pytest.fixture(autouse=True)
def cheap(monkeypatch: pytest.MonkeyPatch) -> None:
    """Hash as the server does, in a hundredth of its time: some rules take a hundred log-ins."""
    hasher = PasswordHasher(time_cost=1, memory_cost=64, parallelism=1)
    monkeypatch.setattr(accounts, "_hasher", hasher)
    monkeypatch.setattr(accounts, "_nobody", lambda: hasher.hash("nobody"))


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = open_store(tmp_path, None)
    add_account(opened, "Ann", PASSWORD, role=Role.CONTRIBUTOR, now=1)
    yield opened
    opened.close()


def _log_in(store: Store, name: str, password: str, *, address: str = HERE, now: int = 1) -> Account:
    return check_password(store, name, password, address=address, now=now)


def _refusal(store: Store, name: str, password: str, *, address: str = HERE, now: int = 1) -> tuple[Code, str]:
    with pytest.raises(AuthenticationError) as refused:
        _log_in(store, name, password, address=address, now=now)
    return refused.value.code, refused.value.message


def test_a_password_logs_in_whatever_the_case_of_the_name(store: Store) -> None:
    assert _log_in(store, "ANN", PASSWORD).name == "Ann"


def test_unknown_users_wrong_passwords_and_disabled_accounts_are_answered_alike(store: Store) -> None:
    add_account(store, "Eve", PASSWORD, role=Role.VIEWER, now=1)
    set_disabled(store, "Eve", True, now=1)
    tried = (("Ann", "wrong"), ("nobody", PASSWORD), ("Ann", ""), ("Eve", PASSWORD))
    assert len({_refusal(store, name, password) for name, password in tried}) == 1


@pytest.mark.parametrize("name", ["Ann", "nobody"])
def test_a_user_backs_off_known_or_not_and_a_success_forgets(store: Store, name: str) -> None:
    for number in range(FREE_FAILURES):
        assert "wrong" in _refusal(store, name, "wrong", now=number)[1]
    told = _refusal(store, name, PASSWORD, now=FREE_FAILURES)
    assert told == (Code.MALFORMED, "Unable to log in: too many attempts failed; try again in 1 second")
    if name == "Ann":
        assert _log_in(store, name, PASSWORD, now=5_000).name == "Ann"
        assert "wrong" in _refusal(store, name, "wrong", now=5_001)[1], "the count begins anew"


def test_an_address_backs_off_whoever_it_says_it_is(store: Store) -> None:
    for number in range(50):
        _refusal(store, f"user{number}", "wrong")
    assert "too many" in _refusal(store, "Ann", PASSWORD)[1]
    assert _log_in(store, "Ann", PASSWORD, address="192.0.2.2").name == "Ann"


def test_a_network_of_addresses_backs_off_as_one(store: Store) -> None:
    for number in range(50):
        _refusal(store, f"user{number}", "wrong", address=f"2001:db8::{number:x}")
    assert "too many" in _refusal(store, "Ann", PASSWORD, address="2001:db8::ffff")[1]
    assert _log_in(store, "Ann", PASSWORD, address="2001:db8:0:1::1").name == "Ann"


def test_addresses_of_the_old_kind_are_each_its_own_however_they_are_written() -> None:
    for address in ("192.0.2.1", "::ffff:192.0.2.1"):
        assert neighbourhood(address) == "192.0.2.1"
    assert neighbourhood("2001:db8::1") == neighbourhood("2001:db8::2") == "2001:db8::/64"
    assert neighbourhood("no address") == "no address"


@pytest.mark.parametrize(
    ("failures", "passed", "wait"),
    [(4, 0, 0), (5, 0, 1_000), (5, 999, 1), (5, 1_000, 0), (6, 0, 2_000), (9, 0, 16_000), (900, 0, 900_000)],
)
def test_waits_double_up_to_a_quarter_of_an_hour(failures: int, passed: int, wait: int) -> None:
    assert wait_ms(failures, 10_000, 10_000 + passed, 5) == wait


def test_a_clock_set_back_locks_nobody_out_for_longer() -> None:
    assert wait_ms(900, 10**12, 1, 5) == 900_000


def test_a_password_cannot_be_read_from_the_database(store: Store, tmp_path: Path) -> None:
    connection = sqlite3.connect(tmp_path / "kgsync.sqlite")
    kept = "".join(connection.iterdump())
    connection.close()
    assert "argon2id" in kept
    assert PASSWORD not in kept


def test_the_administrator_is_made_once(tmp_path: Path) -> None:
    store = open_store(tmp_path / "fresh", None)
    generated = ensure_administrator(store, "admin", None, 1)
    assert generated is not None
    assert _log_in(store, "admin", generated).administrator
    assert ensure_administrator(store, "other", "another password", 1) is None
    store.close()


def test_the_last_administrator_stays_one(store: Store) -> None:
    add_account(store, "root", PASSWORD, role=Role.ADMINISTRATOR, now=1)
    with pytest.raises(Conflict, match="last administrator"):
        set_role(store, "root", Role.VIEWER, now=1)
    with pytest.raises(Conflict, match="last administrator"):
        set_disabled(store, "root", True, now=1)
    set_role(store, "Ann", Role.ADMINISTRATOR, now=1)
    set_disabled(store, "root", True, now=1)
    with pytest.raises(Conflict, match="last administrator"):
        set_role(store, "Ann", Role.CONTRIBUTOR, now=1)


def test_a_new_password_opens_and_the_old_one_does_not(store: Store) -> None:
    set_password(store, "ann", "another password", now=1)
    assert _log_in(store, "Ann", "another password").name == "Ann"
    assert "wrong" in _refusal(store, "Ann", PASSWORD)[1]


@pytest.mark.parametrize("password", ["", "seven77", "x" * 1025])
def test_passwords_have_a_length(store: Store, password: str) -> None:
    with pytest.raises(MalformedInput, match="8 to 1024"):
        add_account(store, "bob", password, role=Role.VIEWER, now=1)
    with pytest.raises(MalformedInput, match="8 to 1024"):
        set_password(store, "ann", password, now=1)


@pytest.mark.parametrize(("name", "error"), [("ann", Conflict), ("", MalformedInput), ("a b", MalformedInput)])
def test_names_are_unique_regardless_of_case_and_plain(store: Store, name: str, error: type[KgsyncError]) -> None:
    with pytest.raises(error):
        add_account(store, name, PASSWORD, role=Role.VIEWER, now=1)


def test_what_is_changed_of_nobody_says_so(store: Store) -> None:
    with pytest.raises(NotFound):
        set_role(store, "nobody", Role.VIEWER, now=1)
    with pytest.raises(NotFound):
        set_disabled(store, "nobody", True, now=1)
    with pytest.raises(NotFound):
        set_password(store, "nobody", PASSWORD, now=1)
