"""What one user may hold and ask at once; administrators are not counted, and what is refused changes nothing."""

from __future__ import annotations

import secrets
import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing

import pytest

from tests.conformance.context import ANN, Context
from tests.conformance.edits import Edits
from tests.conformance.service import Service, definition, deltas, refused
from tests.conformance.wire import Answer, multipart
from tests.e2e.conftest import context_of
from tests.harness import RunningServer, running_server
from tests.people import Eyes

_LIMITS = {
    "KGSYNC_REPLICAS_PER_USER": "3",
    "KGSYNC_JOBS_PER_USER": "1",
    "KGSYNC_UPLOADS_MB_PER_USER": "1",
    "KGSYNC_ARCHIVES_MB_PER_USER": "1",
}


@pytest.fixture(scope="module")
def server() -> Iterator[RunningServer]:
    with running_server(environment=_LIMITS) as running:
        yield running


@pytest.fixture
def shared(ctx: Context) -> Service:
    service = ctx.service()
    ctx.share(service, org="true")
    return service


def test_replicas_of_one_user_are_counted_over_services(ctx: Context, eyes: Eyes, shared: Service) -> None:
    other = ctx.service()
    ctx.share(other, org="true")
    first, second = eyes.service(shared, "ann"), eyes.service(other, "ann")
    made = [first.replica(), first.replica(), second.replica()]
    refused(second.create(definition(("Person",), ())).error, "unregister some", code=429)
    eyes.service(shared, "bob").replica()
    for _ in range(5):
        shared.replica()
    first.unregister(made[0].replica_id)
    second.replica()


def test_jobs_of_one_user_run_one_after_another(ctx: Context, eyes: Eyes, shared: Service) -> None:
    many = Edits()
    for _ in range(5_000):
        many.add("Person", None, name="x")
    shared.apply(many)
    carl = eyes.service(shared, "carl")
    request = definition(("Person",), ())
    setattr(request, "async", True)
    answers = [carl.create(request) for _ in range(3)]
    errors = [answer.error for answer in answers if answer.error.error_code]
    assert errors, "three at once are too many"
    for error in errors:
        refused(error, "jobs", code=429)
    for answer in answers:
        if answer.async_status_url:
            carl.finished(answer.async_status_url)


def _sent(eyes: Eyes, name: str, size: int) -> Answer:
    kind, body = multipart({"f": "json"}, {"file": ("x", secrets.token_bytes(size))})
    path = f"/portal/sharing/rest/content/users/{name}/addItem"
    return eyes.client(name).request("POST", path, body, headers={"Content-Type": kind})


def test_uploaded_files_of_one_user_take_so_much(eyes: Eyes) -> None:
    first = _sent(eyes, "dora", 700_000)
    assert first.json_object()["success"] is True
    assert _sent(eyes, "dora", 700_000).json_error()["code"] == 413, "there is room for less"
    assert _sent(eyes, "dora", 300_000).json_object()["success"] is True
    assert _sent(eyes, "erik", 700_000).json_object()["success"] is True
    full = _sent(eyes, "dora", 100_000)
    assert full.json_error()["code"] in (413, 507)
    path = f"/portal/sharing/rest/content/users/dora/items/{first.json_object()['id']}/delete"
    assert eyes.client("dora").form(path, f="json").json_object()["success"] is True
    assert _sent(eyes, "dora", 100_000).json_object()["success"] is True


def test_a_file_deleted_is_gone_and_nobody_elses(eyes: Eyes) -> None:
    item = str(_sent(eyes, "fay", 10).json_object()["id"])
    for name, code in (("gil", 404), ("fay", None), ("fay", 404)):
        answer = eyes.client(name).form(f"/portal/sharing/rest/content/users/{name}/items/{item}/delete", f="json")
        told = answer.json_object()
        assert told.get("success") is True if code is None else told["error"]["code"] == code


def test_archives_of_one_user_take_so_much(ctx: Context, eyes: Eyes, shared: Service) -> None:
    shared.apply(Edits().add("Person", ANN, name=secrets.token_hex(500_000)))
    hana = eyes.service(shared, "hana")
    made = hana.replica()
    request = definition(("Person",), ())
    refused(hana.create(request).error, "archives", code=507)
    assert len(hana.replicas()) == 1, "what was refused is not registered"
    assert hana.synced(made.replica_id, deltas(made.sync_date)).sync_date >= made.sync_date, "a small one fits"
    hana.unregister(made.replica_id)
    hana.replica()


def test_a_replica_made_again_under_its_id_is_no_further_one(ctx: Context, eyes: Eyes, shared: Service) -> None:
    jan, wanted = eyes.service(shared, "jan"), uuid.uuid4()
    made = jan.replica(name="first", identifier=wanted)
    for _ in range(2):
        jan.replica()
    assert jan.replica(name="first", identifier=wanted).replica_id == made.replica_id
    refused(jan.create(definition(("Person",), ())).error, "unregister some", code=429)


def test_files_that_were_begun_count_too() -> None:
    with running_server(environment={"KGSYNC_FILES_PER_USER": "2"}) as server, closing(Eyes(server)) as eyes:
        kay = eyes.client("kay")
        path = "/portal/sharing/rest/content/users/kay/addItem"
        begin = [kay.form(path, multipart="true", filename="x", f="json") for _ in range(3)]
        assert [answer.json_object().get("success") for answer in begin] == [True, True, None]
        assert begin[-1].json_error()["code"] == 429


def test_parts_sent_at_once_come_to_no_more_than_one_may_have(eyes: Eyes) -> None:
    lea, base = eyes.client("lea"), "/portal/sharing/rest/content/users/lea"
    item = str(lea.form(f"{base}/addItem", multipart="true", filename="x", f="json").json_object()["id"])

    def send(number: int) -> bool:
        kind, body = multipart({"f": "json", "partNum": str(number)}, {"file": ("x", secrets.token_bytes(600_000))})
        answer = eyes.client("lea").request(
            "POST", f"{base}/items/{item}/addPart", body, headers={"Content-Type": kind}
        )
        return "error" not in answer.json_object()

    with ThreadPoolExecutor(3) as pool:
        assert sum(pool.map(send, (1, 2, 3))) == 1


def test_files_sent_at_once_come_to_no_more_than_one_may_have(eyes: Eyes) -> None:
    eyes.client("max")
    with ThreadPoolExecutor(4) as pool:
        told = [answer.json_object() for answer in pool.map(lambda _: _sent(eyes, "max", 700_000), range(4))]
    assert sum(t.get("success") is True for t in told) == 1
    assert _sent(eyes, "max", 300_000).json_object()["success"] is True, "what was refused takes no room"


def test_a_disk_that_is_almost_full_takes_edits_and_no_files() -> None:
    with (
        running_server(environment={"KGSYNC_DISK_RESERVE_MB": "1000000000"}) as server,
        context_of(server) as context,
    ):
        service = context.service()
        service.apply(Edits().add("Person", ANN, name="small"))
        large = Edits().add("Person", None, name=secrets.token_hex(3_000_000))
        refused(service.send(large).error, "disk", code=507)
        refused(service.create(definition(("Person",), ())).error, "disk", code=507)
        kind, body = multipart({"f": "json"}, {"file": ("x", secrets.token_bytes(3_000_000))})
        path = f"/portal/sharing/rest/content/users/{server.user}/addItem"
        answer = context.client.request("POST", path, body, headers={"Content-Type": kind})
        assert answer.json_error()["code"] == 507
        assert service.replicas() == {}, "what was refused is not registered"
        for name in ("spool", "items", "archives"):
            assert list((server.data_dir / name).iterdir()) == [], f"{name} holds what was refused"
        service.still_up()


def test_requests_are_counted_for_each_caller() -> None:
    with (
        running_server(environment={"KGSYNC_REQUESTS_PER_SECOND": "2"}) as server,
        context_of(server) as context,
        closing(Eyes(server)) as eyes,
    ):
        service = context.service(bare=True)
        for _ in range(15):
            answer = context.client.get(service.url, f="json")
            assert answer.status == 200, "below a service it is never a status: clients would ask again at once"
        assert answer.json_error()["code"] == 429
        portal = "/portal/sharing/rest/content/items/x"
        told = context.client.get(portal, f="json")
        assert (told.status, int(told.headers["retry-after"]) >= 1) == (429, True)
        context.share(service, org="true")
        assert eyes.client("ivo").get(portal, f="json").json_error()["code"] == 404, "others are not kept waiting"
