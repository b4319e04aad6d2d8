"""Tokens: signed, kept by digest, expiring, revocable, bound where asked."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from kgsync.errors import AuthenticationError, Code
from kgsync.model.people import Account, Binding, Grant, Role
from kgsync.server.security.accounts import add_account, set_disabled, set_password, set_role
from kgsync.server.security.keys import Signer, Signers, ensure_key
from kgsync.server.security.rights import require_signed_in
from kgsync.server.security.tokens import Tokens, same_referer
from kgsync.store.database import Store, open_store

PASSWORD = "correct horse"


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = open_store(tmp_path, None)
    add_account(opened, "root", PASSWORD, role=Role.ADMINISTRATOR, now=1)
    yield opened
    opened.close()


@pytest.fixture
def ann(store: Store) -> Account:
    return add_account(store, "Ann", PASSWORD, role=Role.CONTRIBUTOR, now=1)


@pytest.fixture
def tokens(store: Store) -> Tokens:
    return Tokens(store, Signers(store, 1).tokens)


def _refused(tokens: Tokens, token: str, now: int = 1, *, referer: str = "", address: str = "") -> None:
    with pytest.raises(AuthenticationError) as refused:
        tokens.check(token, now, referer=referer, address=address)
    assert refused.value.code is Code.INVALID_TOKEN
    # Two phrases make deployed clients send the request again.
    assert "invalid token" not in refused.value.message.lower()
    assert "token required" not in refused.value.message.lower()


def test_a_token_names_its_account_until_it_expires(tokens: Tokens, ann: Account) -> None:
    token, expires = tokens.issue(ann, 1, now=1_000)
    assert expires == 61_000
    found = tokens.check(token, 61_000, address="::1")
    assert (found.name, found.role, found.address) == ("Ann", Role.CONTRIBUTOR, "::1")
    _refused(tokens, token, 61_001)


@pytest.mark.parametrize("token", [None, ""])
def test_without_a_token_a_request_is_nobodys(tokens: Tokens, token: str | None) -> None:
    who = tokens.check(token, 1, address="::1")
    assert (who.anonymous, who.role, who.address) == (True, Role.VIEWER, "::1")
    with pytest.raises(AuthenticationError) as refused:
        require_signed_in(who)
    assert refused.value.code is Code.TOKEN_MISSING
    assert "token required" not in refused.value.message.lower()


@pytest.mark.parametrize("token", ["x", "x" * 54, "é" * 54, "\x00", "x" * 100_000])
def test_a_token_that_was_never_made_opens_nothing(tokens: Tokens, token: str) -> None:
    _refused(tokens, token)


def test_a_changed_token_opens_nothing(tokens: Tokens, ann: Account) -> None:
    token, _ = tokens.issue(ann, 1, 1)
    for at in range(0, len(token), 5):
        _refused(tokens, token[:at] + ("a" if token[at] != "a" else "b") + token[at + 1 :])
    _refused(tokens, token + "a")


def test_a_token_signed_elsewhere_opens_nothing_though_its_row_were_there(store: Store, ann: Account) -> None:
    elsewhere, _ = Tokens(store, Signer(b"another key")).issue(ann, 1, 1)
    _refused(Tokens(store, Signers(store, 1).tokens), elsewhere)


def test_a_secret_of_one_kind_is_not_good_for_another(tokens: Tokens, ann: Account) -> None:
    refresh, _ = tokens.issue(ann, 1, 1, grant=Grant.REFRESH)
    _refused(tokens, refresh)
    with pytest.raises(AuthenticationError):
        tokens.find(refresh, Grant.CODE, 1)
    assert tokens.find(refresh, Grant.REFRESH, 1)[1] == ann


def test_what_is_good_once_is_gone_then(tokens: Tokens, ann: Account) -> None:
    code, _ = tokens.issue(ann, 1, 1, grant=Grant.CODE, client="app", facts="{}")
    taken, account = tokens.take(code, Grant.CODE, 1)
    assert (taken.client, taken.facts, account) == ("app", "{}", ann)
    with pytest.raises(AuthenticationError):
        tokens.take(code, Grant.CODE, 1)


def test_revoking_ends_one_token_and_no_other(tokens: Tokens, ann: Account) -> None:
    first, second = (tokens.issue(ann, 1, 1)[0] for _ in range(2))
    tokens.revoke(first, 1)
    _refused(tokens, first)
    assert tokens.check(second, 1).name == "Ann"


def test_disabling_and_a_new_password_end_every_token_at_once(store: Store, tokens: Tokens, ann: Account) -> None:
    token, _ = tokens.issue(ann, 1, 1)
    set_password(store, "ann", "another password", now=1)
    _refused(tokens, token)
    token, _ = tokens.issue(ann, 1, 1)
    set_disabled(store, "ann", True, now=1)
    _refused(tokens, token)
    set_disabled(store, "ann", False, now=1)
    _refused(tokens, token)


def test_another_role_counts_at_once(store: Store, tokens: Tokens, ann: Account) -> None:
    token, _ = tokens.issue(ann, 1, 1)
    set_role(store, "ann", Role.VIEWER, now=1)
    assert tokens.check(token, 1).role is Role.VIEWER


def test_a_bound_token_is_good_from_its_place_alone(tokens: Tokens, ann: Account) -> None:
    page, _ = tokens.issue(ann, 1, 1, binding=Binding(referer="https://maps.example/app"))
    assert tokens.check(page, 1, referer="https://maps.example/").name == "Ann"
    for referer in ("", "https://maps.example.evil/", "https://evil/maps.example", "http"):
        _refused(tokens, page, referer=referer)
    machine, _ = tokens.issue(ann, 1, 1, binding=Binding(address="192.0.2.1"))
    assert tokens.check(machine, 1, address="192.0.2.1").name == "Ann"
    _refused(tokens, machine, address="192.0.2.2")
    _refused(tokens, machine)


@pytest.mark.parametrize(
    ("bound", "sent", "same"),
    [
        ("http", "http", True),  # what a deployed client binds to and sends
        ("https://a:8443/x", "https://a:8443/", True),
        ("https://a:8443/x", "https://a/", False),
        ("https://A/", "https://a/y?z", True),
        ("a.example", "a.example", True),
        ("http", "https://a/", False),
        ("http", "", False),
        ("http", "http://[", False),
    ],
)
def test_referers_are_compared_by_host_and_port(bound: str, sent: str, same: bool) -> None:
    assert same_referer(bound, sent) is same


def test_a_token_cannot_be_read_from_the_database(tokens: Tokens, ann: Account, tmp_path: Path) -> None:
    token, _ = tokens.issue(ann, 60, 1)
    connection = sqlite3.connect(tmp_path / "kgsync.sqlite")
    kept = "".join(connection.iterdump())
    connection.close()
    assert token not in kept
    assert token[:32] not in kept


def test_a_key_is_made_once_and_each_purpose_has_its_own(store: Store) -> None:
    assert ensure_key(store, "x", 1) == ensure_key(store, "x", 2) != ensure_key(store, "y", 1)


def test_a_signature_says_where_one_part_ends(store: Store) -> None:
    signer = Signer(b"key")
    assert len({signer.sign("ab", "c"), signer.sign("a", "bc"), signer.sign("abc"), signer.sign("abc", "")}) == 4
    assert signer.good(signer.sign("ab", "c"), "ab", "c")
    assert not signer.good(signer.sign("ab", "c"), "a", "bc")
    assert not signer.good("é", "a")
