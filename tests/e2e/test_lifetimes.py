"""Archives and results of jobs live as long as the settings say, then are gone with a clear answer."""

from __future__ import annotations

import time
from collections.abc import Callable

from tests.conformance.context import Context, Target
from tests.conformance.service import definition
from tests.harness import running_server

SECOND_IN_HOURS = "0.0003"
UNAVAILABLE = 6


def _wait(happened: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 20
    while not happened():
        assert time.monotonic() < deadline, "it never happened"
        time.sleep(0.1)


def test_an_archive_can_be_downloaded_until_it_expires() -> None:
    with running_server(environment={"KGSYNC_ARCHIVE_HOURS": SECOND_IN_HOURS}) as server:
        context = Context(Target(server.url, server.user, server.password))
        service = context.service()
        url = service.replica().replica_data_url
        assert service.download(url).status == 200
        _wait(lambda: service.download(url).status == 404)
        assert "expired" in service.download(url).json_error()["message"]
        context.close()


def test_a_jobs_result_is_kept_until_it_expires() -> None:
    with running_server(environment={"KGSYNC_JOB_HOURS": SECOND_IN_HOURS}) as server:
        context = Context(Target(server.url, server.user, server.password))
        service = context.service()
        request = definition(("Person",), ())
        setattr(request, "async", True)
        url = service.create(request).async_status_url
        service.finished(url)
        _wait(lambda: service.status(url).async_status == UNAVAILABLE)
        assert list((server.data_dir / "jobs").iterdir()) == []
        context.close()


def test_an_unregistered_replicas_archive_is_gone_at_once() -> None:
    with running_server() as server:
        context = Context(Target(server.url, server.user, server.password))
        service = context.service()
        made = service.replica()
        service.unregister(made.replica_id)
        assert service.download(made.replica_data_url).status == 404
        context.close()
