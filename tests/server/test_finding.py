"""Services and replicas are found by what a person types."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from kgsync.errors import Conflict, NotFound
from kgsync.model.catalog import Service, ServiceSettings
from kgsync.server.finding import replica_named, service_named
from kgsync.server.publishing import publish
from kgsync.store.database import Store, open_store
from tests.contracts.test_store import replica_value
from tests.graphs import uid


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = open_store(tmp_path, None)
    yield opened
    opened.close()


def _publish(store: Store, folder: str, name: str) -> Service:
    return publish(store, name, folder, "ann", ServiceSettings(), 1, uuid.uuid4)


def _register(store: Store, service: Service, number: int, name: str) -> None:
    with store.registering(service.id) as registering:
        registering.add_replica(replace(replica_value(number, name)))


def test_a_service_is_found_by_path_or_by_name_alone(store: Store) -> None:
    field, other = _publish(store, "Hosted", "Field"), _publish(store, "", "Other")
    for text in ("Hosted/Field", "hosted/field", "Field", "/Hosted/Field/"):
        assert service_named(store, text) == field
    assert service_named(store, "other") == other
    with pytest.raises(NotFound, match="service list"):
        service_named(store, "Nothing")


def test_a_name_two_services_have_needs_its_folder(store: Store) -> None:
    _publish(store, "A", "Field"), _publish(store, "B", "Field")
    with pytest.raises(Conflict, match="A/Field, B/Field"):
        service_named(store, "Field")
    root = _publish(store, "", "Field")
    assert service_named(store, "Field") == root


def test_a_replica_is_found_by_name_or_id_wherever_it_is(store: Store) -> None:
    one, other = _publish(store, "Hosted", "One"), _publish(store, "Hosted", "Other")
    _register(store, one, 7, "Tablet")
    _register(store, other, 8, "Phone")
    for text in ("phone", str(uid(8)), f"{{{uid(8)}}}"):
        service, replica = replica_named(store, text, None)
        assert (service, replica.id) == (other, uid(8))
    with pytest.raises(NotFound):
        replica_named(store, "Phone", "One")


def test_a_name_replicas_of_two_services_have_needs_the_service(store: Store) -> None:
    for number, name in ((7, "One"), (8, "Other")):
        _register(store, _publish(store, "Hosted", name), number, "Tablet")
    with pytest.raises(Conflict, match="--service"):
        replica_named(store, "Tablet", None)
    assert replica_named(store, "Tablet", "Other")[1].id == uid(8)
