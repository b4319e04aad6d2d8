"""Jobs outlive the process that began them, and stop when asked."""

from __future__ import annotations

import uuid

from esriPBuffer.graph.AsyncCancellationResponse_pb2 import AsyncCancellationResponse
from esriPBuffer.graph.AsyncResultResponse_pb2 import AsyncResultResponse

from tests.bench.graph import fill
from tests.conformance.context import Context, Target
from tests.conformance.edits import Edits
from tests.conformance.service import Service, definition, upload
from tests.harness import RunningServer, running_server


def _service(server: RunningServer, context: Context) -> Service:
    url = f"{server.url}/server/rest/services/Hosted/bench/KnowledgeGraphServer"
    return Service(context.client, "bench", "", url)


def _submitted(service: Service) -> str:
    request = definition(("Place",), ("Link",))
    setattr(request, "async", True)
    request.replica_id = uuid.uuid4().bytes
    url: str = service.create(request).async_status_url
    assert url
    return url


def test_a_job_whose_process_was_killed_is_finished_by_the_next() -> None:
    with running_server() as first:
        fill(first.data_dir, "bench", 30_000)
        context = Context(Target(first.url, first.user, first.password))
        url = _submitted(_service(first, context))
        first.kill()
        context.close()
        with running_server(first.data_dir) as second:
            context = Context(Target(second.url, second.user, second.password))
            service = _service(second, context)
            _, result = service.finished(url.replace(first.url, second.url))
            made = result.create_replica_result
            assert len(service.archive(made.replica_data_url).ids(1)) == 30_000
            assert len(service.replicas()) == 1
            context.close()


def test_a_cancelled_job_leaves_nothing_and_says_so() -> None:
    with running_server() as server:
        fill(server.data_dir, "bench", 200_000)
        context = Context(Target(server.url, server.user, server.password))
        service = _service(server, context)
        url = _submitted(service)
        answer = AsyncCancellationResponse.FromString(
            context.client.request("POST", url.replace("/status", "/cancel")).body
        )
        assert not answer.error.error_code, answer
        _, result = service.finished(url)
        assert isinstance(result, AsyncResultResponse)
        assert "cancelled" in result.error.error_message
        assert result.WhichOneof("operation_response") == "create_replica_result"
        assert service.replicas() == {}
        assert list((server.data_dir / "archives").iterdir()) == []
        page = context.client.request("GET", url, query={"f": "html"})
        assert b"cancelled" in page.body
        context.close()


def test_a_cancelled_job_cannot_be_cancelled_again() -> None:
    with running_server() as server:
        context = Context(Target(server.url, server.user, server.password))
        service = context.service()
        request = definition(("Person",), ())
        setattr(request, "async", True)
        url = service.create(request).async_status_url
        service.finished(url)
        answer = AsyncCancellationResponse.FromString(
            context.client.request("POST", url.replace("/status", "/cancel")).body
        )
        assert answer.error.error_code == 409
        context.close()


def test_a_cancelled_synchronize_answers_what_it_committed() -> None:
    with running_server() as server:
        fill(server.data_dir, "bench", 200_000)
        context = Context(Target(server.url, server.user, server.password))
        service = _service(server, context)
        made = service.created(definition(("Place",), ("Link",)))
        request = upload(Edits().add("Place", None, name="New"))
        request.download_parameters.replica_snapshot.SetInParent()
        setattr(request, "async", True)
        url = service.sync(made.replica_id, request).async_status_url
        context.client.request("POST", url.replace("/status", "/cancel"))
        _, result = service.finished(url)
        done = result.synchronize_replica_result
        applied = done.upload_results.sync_edit_results.upload_edit_results.entity_add_results
        archive = service.first_archive(service.created(definition(("Place",), ())))
        new = [row for row in archive.of(1) if row.props["name"] == "New"]
        # Either the cancel came first and nothing was applied, or the outcome is answered.
        assert len(new) == len(applied), result
        assert bool(result.error.error_code) == (not new), result
        context.close()
