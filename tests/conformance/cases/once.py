"""Law 5 in both directions: the resend applies nothing, the honest repetition applies."""

import time
import uuid

from tests.conformance.cases.applyedits import ids_of, state
from tests.conformance.cases.upload import compressed
from tests.conformance.cases.uploadfile import body_of, by_file
from tests.conformance.context import Context
from tests.conformance.edits import Edits
from tests.conformance.registry import case
from tests.conformance.service import Service, deltas, results_of, snapshot, upload
from tests.conformance.wire import BINARY, zipped_frame

ONCE = "laws.md law 5"


def nameless(name: str = "Nobody", count: int = 1) -> Edits:
    """Adds without ids: each application makes new objects."""
    edits = Edits()
    for _ in range(count):
        edits.add("Person", None, name=name)
    return edits


def count(service: Service) -> int:
    return len(state(service))


@case("ONCE-001", ONCE + ": with a base the resend applies nothing and is answered with the same outcome")
def the_same_upload_with_a_base_is_applied_once(ctx: Context) -> None:
    service = ctx.service()
    replica = service.replica()
    body = upload(nameless(count=3), base=replica.sync_date).SerializeToString()
    outcomes = [results_of(service.synced(replica.replica_id, body)) for _ in range(3)]
    assert count(service) == 3, f"{count(service)} objects after three sends of three adds"
    first = ids_of(outcomes[0].entity_add_results["Person"])
    assert len(set(first)) == 3, first
    assert all(ids_of(o.entity_add_results["Person"]) == first for o in outcomes), "another outcome"


@case("ONCE-002", ONCE + ": the honest repetition with a newer base applies")
def the_same_edits_with_a_newer_base_are_applied_again(ctx: Context) -> None:
    service = ctx.service()
    replica = service.replica()
    base = replica.sync_date
    for _ in range(3):
        base = service.synced(replica.replica_id, upload(nameless(), base=base)).sync_date
    assert count(service) == 3, count(service)


@case("ONCE-003", ONCE + ": digest of the decoded edits: maps and gzip stamps make re-encoded bytes differ")
def other_bytes_of_the_same_edits_are_applied_once(ctx: Context) -> None:
    service = ctx.service()
    replica = service.replica()
    frame = nameless(count=2).frame
    bodies = [
        compressed(zipped_frame(frame, level=level, stamp=stamp), deltas(replica.sync_date))
        for level, stamp in ((1, 0), (9, 1_700_000_000))
    ]
    assert bodies[0] != bodies[1], "the two bodies are the same bytes"
    outcomes = [results_of(service.synced(replica.replica_id, body)) for body in bodies]
    assert count(service) == 2, count(service)
    ids = [ids_of(item.entity_add_results["Person"]) for item in outcomes]
    assert ids[0] == ids[1], ids


@case("ONCE-004", ONCE + ": decoded edits in order: other edits with the same base are applied")
def other_edits_with_the_same_base_are_applied(ctx: Context) -> None:
    service = ctx.service()
    replica = service.replica()
    for name in ("a", "b", "a"):
        service.synced(replica.replica_id, upload(nameless(name), base=replica.sync_date))
    names = sorted(row[3]["name"] for row in state(service).values())
    assert names == ["a", "b"], names


@case("ONCE-005", ONCE + ": without a base a byte-identical body soon after is a resend")
def the_same_upload_without_a_base_is_applied_once(ctx: Context) -> None:
    service = ctx.service()
    for request in (upload(nameless()), upload(nameless("x"), into=snapshot())):
        replica, before = service.replica(), count(service)
        body = request.SerializeToString()
        ids = [ids_of(results_of(service.synced(replica.replica_id, body)).entity_add_results["Person"]) for _ in "12"]
        assert count(service) == before + 1, count(service)
        assert ids[0] == ids[1], ids


@case("ONCE-006", ONCE + ": of this replica's latest upload; later it is a new upload")
def the_same_upload_after_another_one_is_applied_again(ctx: Context) -> None:
    service = ctx.service()
    replica = service.replica()
    for name in ("OK", "something else", "OK"):
        service.synced(replica.replica_id, upload(nameless(name)))
    names = sorted(row[3]["name"] for row in state(service).values())
    assert names == ["OK", "OK", "something else"], names


@case("ONCE-007", ONCE + ": without a base only a byte-identical body is a resend")
def other_bytes_without_a_base_are_applied_again(ctx: Context) -> None:
    service = ctx.service()
    replica = service.replica()
    frame = nameless().frame
    for level, stamp in ((1, 0), (9, 1_700_000_000)):
        service.synced(replica.replica_id, compressed(zipped_frame(frame, level, stamp), snapshot()))
    assert count(service) == 2, count(service)


@case("ONCE-008", ONCE + ": the key contains the replica")
def two_replicas_may_upload_the_same(ctx: Context) -> None:
    service = ctx.service()
    first, second = service.replica(), service.replica()
    assert first.sync_date == second.sync_date
    body = upload(nameless(), base=first.sync_date).SerializeToString()
    for replica in (first, second):
        service.synced(replica.replica_id, body)
    assert count(service) == 2, count(service)


@case("ONCE-009", ONCE + ": an UPLOAD replica has no base")
def an_upload_replica_resends_and_repeats(ctx: Context) -> None:
    service = ctx.service()
    replica = service.replica(direction="UPLOAD")
    for name in ("a", "a", "b", "a"):
        service.synced(replica.replica_id, upload(nameless(name)))
    names = sorted(row[3]["name"] for row in state(service).values())
    assert names == ["a", "a", "b"], names


@case("ONCE-010", ONCE + ": an uploadFile counts by the item's content")
def two_items_of_the_same_content_are_applied_once(ctx: Context) -> None:
    service = ctx.service()
    replica = service.replica()
    content = body_of(nameless())
    outcomes = []
    for _ in range(2):
        request = by_file(ctx.add_item(content).bytes, deltas(replica.sync_date))
        outcomes.append(results_of(service.synced(replica.replica_id, request)))
    assert count(service) == 1, count(service)
    ids = [ids_of(item.entity_add_results["Person"]) for item in outcomes]
    assert ids[0] == ids[1], ids


@case("ONCE-011", ONCE + ": an uploadFile counts by the item's content: another content is applied")
def two_items_of_other_content_are_both_applied(ctx: Context) -> None:
    service = ctx.service()
    replica = service.replica()
    for name in ("a", "b"):
        request = by_file(ctx.add_item(body_of(nameless(name))).bytes, deltas(replica.sync_date))
        service.synced(replica.replica_id, request)
    assert count(service) == 2, count(service)


@case("ONCE-012", ONCE + ": Idempotency-Key replaces both: the same key is a resend")
def the_same_key_is_applied_once(ctx: Context) -> None:
    service = ctx.service()
    replica = service.replica()
    key = {"Idempotency-Key": uuid.uuid4().hex}
    base = replica.sync_date
    first = service.synced(replica.replica_id, upload(nameless(), base=base), key)
    service.synced(replica.replica_id, upload(nameless(), base=first.sync_date), key)
    assert count(service) == 1, count(service)


@case("ONCE-013", ONCE + ": Idempotency-Key replaces both: another key is an honest repetition")
def another_key_is_applied_again(ctx: Context) -> None:
    service = ctx.service()
    replica = service.replica()
    body = upload(nameless(), base=replica.sync_date).SerializeToString()
    for _ in range(2):
        service.synced(replica.replica_id, body, {"Idempotency-Key": uuid.uuid4().hex})
    assert count(service) == 2, count(service)


@case("ONCE-014", ONCE + ": after a dropped connection; facts/clients.md A§2.3: the same POST is sent again")
def an_upload_whose_answer_was_lost_is_applied_once(ctx: Context) -> None:
    service = ctx.service()
    replica = service.replica()
    body = upload(nameless(count=2), base=replica.sync_date).SerializeToString()
    path = f"{service.root}/replicas/{uuid.UUID(bytes=replica.replica_id)}/synchronize?f=pbf"
    service.client.send_and_hang_up(path, body, {"Content-Type": BINARY})
    time.sleep(0.2)
    outcome = results_of(service.synced(replica.replica_id, body))
    assert len(ids_of(outcome.entity_add_results["Person"])) == 2
    assert count(service) == 2, count(service)


@case("ONCE-015", ONCE + ": a resend of per-edit failures has the same outcome")
def a_resend_repeats_its_errors_too(ctx: Context) -> None:
    service = ctx.service()
    replica = service.replica()
    edits = nameless().add("Person", None, age="no number")
    body = upload(edits, base=replica.sync_date).SerializeToString()
    outcomes = [results_of(service.synced(replica.replica_id, body)) for _ in "12"]
    found = [{k: v.error_code for k, v in o.entity_add_results["Person"].errors.items()} for o in outcomes]
    assert list(found[0]) == [1], found
    assert found[0] == found[1], found
    assert count(service) == 1, count(service)


@case("ONCE-016", ONCE + "; facts §6.2: the download half of a resend is answered afresh")
def a_resend_is_given_its_delta_again(ctx: Context) -> None:
    service = ctx.service()
    replica = service.replica()
    body = upload(nameless(), base=replica.sync_date).SerializeToString()
    first, second = (service.synced(replica.replica_id, body) for _ in "12")
    rows = [service.archive(item.download_results.sync_data_url).ids(1) for item in (first, second)]
    assert rows[0] == rows[1], rows
    assert len(rows[0]) == 1, rows


@case("ONCE-017", ONCE + ": frames and compressed frames with the same decoded edits are the same upload")
def the_form_of_the_frames_makes_no_other_upload(ctx: Context) -> None:
    service = ctx.service()
    replica = service.replica()
    edits = nameless()
    service.synced(replica.replica_id, upload(edits, base=replica.sync_date))
    service.synced(replica.replica_id, compressed(zipped_frame(edits.frame), deltas(replica.sync_date)))
    assert count(service) == 1, count(service)
