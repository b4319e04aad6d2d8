"""Law 5 from outside: an upload sent again, for whatever reason, is applied once and answered alike."""

from __future__ import annotations

import threading
import time
import uuid

import pytest

from tests.conformance.context import ANN, BOB, Context, Target
from tests.conformance.edits import Edits
from tests.conformance.service import Service, results_of, snapshot, upload
from tests.harness import running_server

ADD, UPDATE = 1, 2


def _moments(service: Service, replica_id: bytes) -> int:
    """Give the newest Moment: it stands still when nothing is applied."""
    date: int = service.synced(replica_id, snapshot()).sync_date
    return date


def test_the_same_post_twice_changes_the_graph_once(ctx: Context) -> None:
    service = ctx.service()
    made = service.replica()
    # An add without an id would double if it were applied again.
    edits = Edits().add("Person", None, name="Nobody")
    body = upload(edits, base=made.sync_date).SerializeToString()
    first = service.synced(made.replica_id, body)
    after = _moments(service, made.replica_id)
    second = service.synced(made.replica_id, body)
    assert _moments(service, made.replica_id) == after
    assert results_of(first) == results_of(second)
    archive, _ = service.snapshot_of(made.replica_id)
    assert len(archive.ids(ADD)) == 1


def test_a_post_whose_answer_nobody_heard_changes_the_graph_once(ctx: Context) -> None:
    service = ctx.service()
    made = service.replica()
    path = f"{service.root}/replicas/{uuid.UUID(bytes=made.replica_id)}/synchronize?f=pbf"
    binary = {"Content-Type": "application/octet-stream"}
    for number in range(10):
        # The connection dies before, during or after the upload is applied; the resend settles it.
        edits = Edits().add("Person", None, name=f"Nobody {number}")
        body = upload(edits, base=made.sync_date).SerializeToString()
        ctx.client.send_and_hang_up(path, body, binary)
        time.sleep(0.02 * (number % 3))
        service.synced(made.replica_id, body)
    archive, _ = service.snapshot_of(made.replica_id)
    assert sorted(r.props["name"] for r in archive.of(ADD)) == [f"Nobody {n}" for n in range(10)]


def test_a_post_repeated_after_the_server_was_killed_changes_the_graph_once() -> None:
    with running_server() as first:
        target = Target(first.url, first.user, first.password, "e2e")
        context = Context(target)
        service = context.service()
        made = service.replica()
        body = upload(Edits().add("Person", None, name="Nobody"), base=made.sync_date).SerializeToString()
        answered = results_of(service.synced(made.replica_id, body))
        context.close()
        first.kill()
        with running_server(first.data_dir) as second:
            context = Context(Target(second.url, second.user, second.password, "e2e"))
            service = Service(context.client, service.name, service.item, service.url.replace(first.url, second.url))
            assert results_of(service.synced(made.replica_id, body)) == answered
            archive, _ = service.snapshot_of(made.replica_id)
            context.close()
    assert len(archive.ids(ADD)) == 1


@pytest.mark.parametrize("seconds", [0.02, 0.2, 0.45])
def test_an_upload_whose_server_is_killed_is_all_or_nothing(seconds: float) -> None:
    edits = Edits()
    for number in range(1, 6_001):
        edits.add("Person", None, name=str(number))
    with running_server() as first:
        context = Context(Target(first.url, first.user, first.password, "e2e"))
        service = context.service()
        made = service.replica()
        body = upload(edits, base=made.sync_date).SerializeToString()
        path = f"{service.root}/replicas/{uuid.UUID(bytes=made.replica_id)}/synchronize?f=pbf"
        context.client.send_and_hang_up(path, body, {"Content-Type": "application/octet-stream"})
        threading.Event().wait(seconds)  # the kill comes while edits are decoded, applied, or answered
        first.kill()
        context.close()
        with running_server(first.data_dir) as second:
            context = Context(Target(second.url, second.user, second.password, "e2e"))
            service = Service(context.client, service.name, service.item, service.url.replace(first.url, second.url))
            found = len(service.snapshot_of(made.replica_id)[0].ids(ADD))
            service.synced(made.replica_id, body)
            again = len(service.snapshot_of(made.replica_id)[0].ids(ADD))
            context.close()
    assert found in (0, 6_000), "an upload was half applied"
    assert again == 6_000, "the resend doubled it, or lost it"


def test_answered_edits_survive_a_kill() -> None:
    with running_server() as first:
        context = Context(Target(first.url, first.user, first.password, "e2e"))
        service = context.service()
        for number in range(20):
            service.apply(Edits().add("Person", uuid.UUID(int=number + 1), name=str(number)))
        context.close()
        first.kill()
        with running_server(first.data_dir) as second:
            context = Context(Target(second.url, second.user, second.password, "e2e"))
            service = Service(context.client, service.name, service.item, service.url.replace(first.url, second.url))
            archive = service.first_archive(service.replica())
            context.close()
    assert archive.ids(ADD) == {uuid.UUID(int=n + 1) for n in range(20)}


def test_an_honest_repetition_counts_every_time(ctx: Context) -> None:
    service = ctx.service()
    service.apply(Edits().add("Person", ANN, name="Ann", nick="a").add("Person", BOB))
    made = service.replica()
    service.synced(made.replica_id, upload(Edits().update("Person", ANN, nick="ok")))
    service.apply(Edits().update("Person", ANN, nick="broken"))
    service.synced(made.replica_id, upload(Edits().update("Person", BOB, nick="ok")))
    service.synced(made.replica_id, upload(Edits().update("Person", ANN, nick="ok")))
    archive, _ = service.snapshot_of(made.replica_id)
    assert archive.row(ANN).props["nick"] == "ok"
