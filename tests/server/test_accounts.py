"""Accounts and tokens: passwords hashed, tokens hashed, answers alike for unknown users."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from kgsync.errors import AuthenticationError, Code, Conflict, KgsyncError, MalformedInput
from kgsync.server.security.accounts import (
    add_account,
    check_password,
    check_token,
    ensure_administrator,
    issue_token,
)
from kgsync.store.database import Store, open_store

PASSWORD = "correct horse"


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = open_store(tmp_path, None)
    add_account(opened, "Ann", PASSWORD, administrator=False, now=1)
    yield opened
    opened.close()


def test_a_password_logs_in_whatever_the_case_of_the_name(store: Store) -> None:
    assert check_password(store, "ANN", PASSWORD).name == "Ann"


def test_unknown_users_and_wrong_passwords_are_answered_alike(store: Store) -> None:
    told = []
    for name, password in (("Ann", "wrong"), ("nobody", PASSWORD), ("Ann", "")):
        with pytest.raises(AuthenticationError) as refused:
            check_password(store, name, password)
        told.append((refused.value.code, refused.value.message))
    assert len(set(told)) == 1


def test_a_token_names_its_account_until_it_expires(store: Store) -> None:
    account = check_password(store, "Ann", PASSWORD)
    token, expires = issue_token(store, account, minutes=1, now=1_000)
    assert expires == 61_000
    assert check_token(store, token, now=61_000) == account
    with pytest.raises(AuthenticationError) as expired:
        check_token(store, token, now=61_001)
    assert expired.value.code is Code.INVALID_TOKEN


@pytest.mark.parametrize(("token", "code"), [(None, 499), ("", 499), ("x", 498)])
def test_refusals_avoid_the_words_that_make_clients_send_again(store: Store, token: str | None, code: int) -> None:
    with pytest.raises(AuthenticationError) as refused:
        check_token(store, token, now=0)
    assert refused.value.code == code
    assert "invalid token" not in refused.value.message.lower()
    assert "token required" not in refused.value.message.lower()


def test_neither_password_nor_token_can_be_read_from_the_database(store: Store, tmp_path: Path) -> None:
    token, _ = issue_token(store, check_password(store, "Ann", PASSWORD), 60, 1)
    connection = sqlite3.connect(tmp_path / "kgsync.sqlite")
    kept = "".join(connection.iterdump())
    connection.close()
    assert "argon2id" in kept
    assert PASSWORD not in kept
    assert token not in kept


def test_the_administrator_is_made_once(tmp_path: Path) -> None:
    store = open_store(tmp_path / "fresh", None)
    generated = ensure_administrator(store, "admin", None, 1)
    assert generated is not None
    assert check_password(store, "admin", generated).administrator
    assert ensure_administrator(store, "other", "x", 1) is None
    store.close()


@pytest.mark.parametrize(("name", "error"), [("ann", Conflict), ("", MalformedInput), ("a b", MalformedInput)])
def test_names_are_unique_regardless_of_case_and_plain(store: Store, name: str, error: type[KgsyncError]) -> None:
    with pytest.raises(error):
        add_account(store, name, "x", administrator=False, now=1)
