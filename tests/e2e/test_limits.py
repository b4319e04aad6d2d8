"""Full disks, bodies past the cap, other people's files: a clear error, nothing half-written, still up."""

from __future__ import annotations

import resource
import secrets
import uuid

from esriPBuffer.graph.QueryResponse_pb2 import GraphQueryResultHeader

from tests.bench.graph import fill
from tests.conformance.cases.filters import filtered
from tests.conformance.context import ANN, PORTAL, Context, Target
from tests.conformance.edits import Edits, edits_header
from tests.conformance.service import Service, definition, deltas, refused, upload
from tests.conformance.wire import edits_body, multipart
from tests.e2e.queries import parts, streamed
from tests.harness import RunningServer, running_server
from tests.people import logged_in


def _limit_files(server: RunningServer, size: int) -> None:
    hard = resource.prlimit(server.process.pid, resource.RLIMIT_FSIZE)[1]
    resource.prlimit(server.process.pid, resource.RLIMIT_FSIZE, (size, hard))


def test_a_full_disk_while_writing_an_archive_leaves_nothing_behind() -> None:
    with running_server() as server:
        fill(server.data_dir, "bench", 30_000)
        context = Context(Target(server.url, server.user, server.password))
        service = Service(
            context.client, "bench", "", f"{server.url}/server/rest/services/Hosted/bench/KnowledgeGraphServer"
        )
        _limit_files(server, 200_000)
        answer = service.create(definition(("Place",), ("Link",)))
        refused(answer.error, "disk is full", code=507)
        assert answer.HasField("create_replica_result")
        assert list((server.data_dir / "archives").iterdir()) == []
        assert service.replicas() == {}
        _limit_files(server, resource.RLIM_INFINITY)
        assert len(service.first_archive(service.created(definition(("Place",), ("Link",)))).ids(1)) == 30_000
        context.close()


def test_a_clause_that_takes_too_long_leaves_nothing_behind() -> None:
    with running_server(environment={"KGSYNC_CLAUSE_SECONDS": "0.05"}) as server:
        context = Context(Target(server.url, server.user, server.password))
        service = context.service()
        small = "any(x IN range(1, 3000) WHERE x = n.age)"
        service.apply(Edits().add("Person", ANN, age=1))
        made = service.created(filtered({"Person": small}))
        service.apply(*(Edits().add("Person", uuid.uuid4(), age=-1) for _ in range(100)))
        answer = service.create(filtered({"Person": small}))
        refused(answer.error, "entity_types[Person].open_cypher_where_clause", code=413)
        assert "more than 0.05 seconds" in answer.error.error_message
        refused(service.sync(made.replica_id, deltas(made.sync_date)).error, "make the clause simpler", code=413)
        assert set(service.replicas()) == {uuid.UUID(bytes=made.replica_id)}
        assert len(list((server.data_dir / "archives").iterdir())) == 1
        context.close()


def test_a_body_past_the_cap_is_refused_in_the_message() -> None:
    with running_server(environment={"KGSYNC_MAX_BODY_MB": "1"}) as server:
        context = Context(Target(server.url, server.user, server.password))
        service = context.service()
        made = service.replica()
        large = Edits().add("Person", ANN, photo=uuid.uuid4().bytes * 80_000)
        refused(service.sync(made.replica_id, upload(large)).error, "limit")
        answer = service.raw("POST", "graph/applyEdits", bytes(3 * 2**20))
        assert answer.status == 200
        kind, body = multipart({"f": "json"}, {"file": ("x", bytes(2**20 + 1))})
        told = context.client.request("POST", f"{context.home}/addItem", body, headers={"Content-Type": kind})
        assert told.json_error()["code"] == 413
        service.apply(Edits().add("Person", ANN, name="Ann"))
        context.close()


def test_a_body_at_the_cap_is_taken() -> None:
    with running_server(environment={"KGSYNC_MAX_BODY_MB": "1"}) as server:
        context = Context(Target(server.url, server.user, server.password))
        kind, _ = multipart({"f": "json"}, {"file": ("x", b"")})
        _, body = multipart({"f": "json"}, {"file": ("x", bytes(2**20))})
        kind, body = multipart({"f": "json"}, {"file": ("x", bytes(2**20))})
        told = context.client.request("POST", f"{context.home}/addItem", body, headers={"Content-Type": kind})
        assert told.json_object()["success"] is True
        context.close()


def test_an_item_of_someone_else_does_not_exist_for_others(server: RunningServer) -> None:
    owner, other = logged_in(server, "bob"), logged_in(server, "eve")
    body = edits_body(edits_header(), [Edits().add("Person", ANN, name="Ann").frame])
    item = owner.add_item(body)
    service = other.service()
    made = service.replica()
    request = upload()
    request.upload_edits.ClearField("sync_apply_edits")
    request.upload_edits.upload_file.edits_upload_id = item.bytes
    refused(service.sync(made.replica_id, request).error, "does not exist", code=404)
    told = other.client.form(f"{PORTAL}/content/items/{item.hex}", f="json")
    assert "does not exist" in told.json_error()["message"]
    owner.close()
    other.close()


def test_a_replica_of_someone_else_does_not_exist_for_others(server: RunningServer) -> None:
    owner = Context(Target(server.url, server.user, server.password, "e2e"))
    theirs = owner.service()
    owner.share(theirs, org="true")
    mine, other = logged_in(server, "carl"), logged_in(server, "dora")
    made = Service(mine.client, theirs.name, theirs.item, theirs.url).replica()
    seen = Service(other.client, theirs.name, theirs.item, theirs.url)
    unknown = seen.describe(str(uuid.uuid4())).error
    foreign = seen.describe(made.replica_id).error
    assert unknown.error_code == foreign.error_code == 404
    assert seen.replicas() == {}
    refused(seen.sync(made.replica_id, upload(Edits().add("Person", ANN))).error, code=404)
    assert seen.unregister(made.replica_id).unregister_results[0].error.error_code == 404
    assert uuid.UUID(bytes=made.replica_id) in theirs.replicas(), "the service owner sees all"
    for context in (owner, mine, other):
        context.close()


def test_an_operator_may_set_what_an_upload_comes_to() -> None:
    limits = {"KGSYNC_MAX_EDITS": "3", "KGSYNC_MAX_FRAME_MB": "1", "KGSYNC_MAX_FRAMES": "2", "KGSYNC_MAX_RATIO": "20"}
    with running_server(environment=limits) as server:
        context = Context(Target(server.url, server.user, server.password))
        service = context.service()
        made = service.replica()
        ids = [uuid.uuid4() for _ in range(4)]
        one = Edits().add("Person", ids[0], name="x")
        many = Edits()
        for k in ids:
            many.add("Person", k)
        large = Edits().add("Person", ids[0], name=secrets.token_hex(600_000))
        too_much = (([many], "at most 3 edits"), ([one, one, one], "at most 2 frames"), ([large], "1048576 bytes"))
        for frames, word in too_much:
            refused(service.send(*frames).error, word, code=413)
            refused(service.sync(made.replica_id, upload(*frames, base=made.sync_date)).error, code=413)
        service.send(Edits().add("Person", ids[1]).add("Person", ids[2]).add("Person", ids[3]))
        assert service.first_archive(service.replica()).ids(1) == set(ids[1:]), "what was refused left nothing"
        context.close()


def test_an_operator_may_set_how_large_a_clause_is() -> None:
    with running_server(environment={"KGSYNC_MAX_CLAUSE_KB": "1"}) as server:
        context = Context(Target(server.url, server.user, server.password))
        service = context.service()
        for size, code in ((900, 0), (1_100, 413)):
            clause = f"n.name = '{'x' * size}'"
            request = definition(("Person",), ())
            request.replica_filters.static_definition.entity_types[
                0
            ].entity_type_replica_definition.open_cypher_where_clause = clause
            assert service.create(request).error.error_code == code
            with streamed(service, f"MATCH (n:Person) WHERE {clause} RETURN n") as response:
                header = GraphQueryResultHeader.FromString(next(parts(response)))
            assert header.error.error_code == code
        context.close()
