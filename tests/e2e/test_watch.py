"""replicas/{id}/watch over HTTP: Server-Sent Events, as a browser reads them."""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.request import Request, urlopen

import pytest

from tests.conformance.context import ANN, ANN_KNOWS_BOB, BOB, Context
from tests.conformance.edits import Edits
from tests.conformance.service import Service

Event = tuple[str, str, dict[str, Any]]


@contextmanager
def watching(service: Service, made: Any, after: str = "", **headers: str) -> Iterator[Iterator[Event]]:
    url = f"{service.url}/replicas/{uuid.UUID(bytes=made.replica_id)}/watch"
    asked = Request(f"{url}?after={after}" if after else url, headers=service.client.headers(headers, anonymous=False))
    with urlopen(asked, timeout=30) as response:
        yield _events(response)


def _events(response: Any) -> Iterator[Event]:
    fields: dict[str, str] = {}
    for line in response:
        text = line.decode().rstrip("\n")
        if text:
            name, _, value = text.partition(": ")
            fields[name] = value
        else:
            yield fields["event"], fields.get("id", ""), json.loads(fields["data"])
            fields = {}


def _changes(events: Iterator[Event]) -> Event:
    return next(event for event in events if event[0] != "alive")


def test_changes_come_as_events_and_a_browser_that_comes_back_misses_none(ctx: Context) -> None:
    service = ctx.service()
    first, second, knows = uuid.uuid4(), uuid.uuid4(), uuid.uuid4()
    # What may be linked is learned from the first link, and a new data model is not for watching.
    service.apply(Edits().add("Person", first).add("Person", second).relate("Knows", knows, first, second))
    made = service.replica()
    with watching(service, made, str(made.sync_date)) as events:
        assert next(events)[:2] == ("alive", str(made.sync_date))
        service.apply(Edits().add("Person", ANN, name="Ann", age=3))
        name, last, told = _changes(events)
        assert name == "changes"
        (people,) = told["changes"]
        assert (people["operation"], people["type"], people["category"]) == ("add", "Person", "entity")
        (ann,) = people["objects"]
        assert (ann["id"], ann["properties"]["name"], ann["properties"]["age"]) == (str(ANN), "Ann", 3)
    service.apply(Edits().add("Person", BOB).relate("Knows", ANN_KNOWS_BOB, ANN, BOB))
    with watching(service, made, **{"Last-Event-ID": last}) as events:
        *_, (link,) = (part["objects"] for part in _changes(events)[2]["changes"])
        assert (link["id"], link["origin"], link["destination"]) == (str(ANN_KNOWS_BOB), str(ANN), str(BOB))


def test_a_date_no_delta_starts_from_is_told_to_catch_up(ctx: Context) -> None:
    service = ctx.service()
    made = service.replica()
    with watching(service, made, "99999999999999") as events:
        name, last, _ = next(events)
        assert (name, last, list(events)) == ("catchUp", "", []), "no id: a browser begins again where it was"


@pytest.mark.parametrize("after", ["", "yesterday"])
def test_without_a_date_it_says_what_is_missing(ctx: Context, after: str) -> None:
    service = ctx.service()
    made = service.replica()
    path = f"replicas/{uuid.UUID(bytes=made.replica_id)}/watch"
    answer = service.raw("GET", path, after=after, f="json").json()
    assert answer["error"]["code"] == 400
