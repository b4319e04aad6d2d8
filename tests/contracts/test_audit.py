"""The audit log: rows in the order of their commits, each vouching for all before it, none ever changed."""

from __future__ import annotations

import uuid

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DatabaseError

from kgsync.model.audit import START, Action, chained, event
from kgsync.model.people import Principal, Role
from kgsync.store.audit import SERVER, Verified
from kgsync.store.database import Store

ANN = Principal(name="Ann\r\nEve", role=Role.VIEWER, address="192.0.2.1")


def _written(store: Store, count: int, svc: int = SERVER) -> None:
    for number in range(count):
        with store.changing_catalog() as catalog:
            catalog.audit(svc, event(ANN, Action.UPLOAD, number, {"adds": number}, replica=uuid.UUID(int=number + 1)))


def _changed(store: Store, statement: str) -> None:
    """Do to the database what somebody would who has all rights on it."""
    with store._backend.writing() as connection:
        if connection.dialect.name == "postgresql":
            connection.execute(text("ALTER TABLE audit DISABLE TRIGGER ALL"))
        else:
            for name in ("UPDATE", "DELETE"):
                connection.execute(text(f"DROP TRIGGER audit_keeps_{name}"))
        connection.execute(text(statement))


def _verified(store: Store, svc: int = SERVER) -> Verified:
    with store.audit_log() as log:
        return log.verify(svc)


def test_a_chain_says_what_was_written_and_stands(store: Store) -> None:
    _written(store, 3)
    _written(store, 2, svc=7)
    with store.audit_log() as log:
        assert log.chains() == [SERVER, 7]
        entries = list(log.entries(SERVER))
    assert [entry.number for entry in entries] == [1, 2, 3]
    assert entries[2].event == event(ANN, Action.UPLOAD, 2, {"adds": 2}, replica=uuid.UUID(int=3))
    assert entries[0].hash == chained(START, SERVER, 1, entries[0].event)
    assert (_verified(store).entries, _verified(store).wrong, _verified(store).head) == (3, None, entries[2].hash)


def test_a_chain_longer_than_one_page_stands(store: Store) -> None:
    with store.changing_catalog() as catalog:
        for number in range(1_001):
            catalog.audit(SERVER, event(ANN, Action.LOG_IN, number))
    assert (_verified(store).entries, _verified(store).wrong) == (1_001, None)


@pytest.mark.parametrize("statement", ["UPDATE audit SET at = 5", "DELETE FROM audit"])
def test_the_database_itself_refuses_to_change_a_row(store: Store, statement: str) -> None:
    _written(store, 1)
    with pytest.raises(DatabaseError, match="only appended to"), store._backend.writing() as connection:
        connection.execute(text(statement))
    assert _verified(store).entries == 1


@pytest.mark.parametrize(
    ("statement", "entries", "told"),
    [
        ("UPDATE audit SET account = 'Bob' WHERE number = 2", 1, "entry 2 was changed"),
        ("UPDATE audit SET facts = '{\"adds\": 9}' WHERE number = 2", 1, "entry 2 was changed"),
        ("UPDATE audit SET replica = NULL WHERE number = 3", 2, "entry 3 was changed"),
        (
            "UPDATE audit SET hash = (SELECT hash FROM audit WHERE number = 1) WHERE number = 3",
            2,
            "entry 3 was changed",
        ),
        ("DELETE FROM audit WHERE number = 2", 1, "entry 2 is missing"),
        ("DELETE FROM audit WHERE number = 1", 0, "entry 1 is missing"),
        ("DELETE FROM audit WHERE number = 4", 3, "cut off"),
        ("DELETE FROM audit", 0, "cut off"),
        ("DELETE FROM audit_head", 4, "cut off"),
    ],
)
def test_whatever_is_changed_shows(store: Store, statement: str, entries: int, told: str) -> None:
    _written(store, 4)
    _changed(store, statement)
    found = _verified(store)
    assert found.entries == entries
    assert told in (found.wrong or "")


def test_a_row_of_a_transaction_that_failed_is_not_there(store: Store) -> None:
    _written(store, 1)
    with pytest.raises(RuntimeError), store.changing_catalog() as catalog:
        catalog.audit(SERVER, event(ANN, Action.LOG_IN, 1))
        raise RuntimeError
    _written(store, 1)
    assert (_verified(store).entries, _verified(store).wrong) == (2, None)
