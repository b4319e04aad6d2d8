"""Archives: what stands in the zip, and how it is downloaded."""

import io
import re
import uuid
import zipfile

from esriPBuffer.graph.QueryResponse_pb2 import GraphQueryResultFrame
from esriPBuffer.graph.SyncTypes_pb2 import ReplicaDataHeader

from tests.conformance.archives import ADD, DATA_FILE, DELETE, ENTITY, RELATIONSHIP, UPDATE, WORDS
from tests.conformance.cases.badinput import dead_link
from tests.conformance.context import ANN, BOB, OSLO, Context
from tests.conformance.edits import Edits
from tests.conformance.registry import case
from tests.conformance.service import snapshot
from tests.conformance.wire import Answer, messages

LAYOUT = "R replica data files; facts/knowledge-graph.md §8"


def url_of(ctx: Context) -> str:
    return str(ctx.shared.replica().replica_data_url)


def full(ctx: Context, url: str) -> Answer:
    answer = ctx.shared.download(url)
    assert answer.status == 200, f"HTTP {answer.status}"
    return answer


@case("ARCH-001", LAYOUT + ": always replica_header.binpb and data_model.binpb, at the top level")
def the_two_fixed_files_are_always_there(ctx: Context) -> None:
    service = ctx.service()
    replica = service.replica()
    archive, _ = service.delta(replica.replica_id, replica.sync_date)
    assert sorted(archive.names) == ["data_model.binpb", "replica_header.binpb"], archive.names
    full_one = ctx.shared.archive(url_of(ctx))
    assert not [name for name in full_one.names if "/" in name or "\\" in name], full_one.names


@case("ARCH-002", LAYOUT + ": the whole model of the service, not only the replica's types")
def the_archive_carries_the_whole_data_model(ctx: Context) -> None:
    archive = ctx.shared.first_archive(ctx.shared.replica(("Place",), ()))
    assert archive.model == ctx.shared.model(), "the archive's model is not the service's"
    assert {t.entity.name for t in archive.model.entity_types} >= {"Person", "Place"}


@case("ARCH-003", LAYOUT + ": <add|update|delete>_<typeName>_<uuid>.binpb agrees with its header")
def data_files_are_named_after_their_headers(ctx: Context) -> None:
    archive = ctx.shared.archive(url_of(ctx))
    assert archive.files, "no data files"
    for name, header, frames in archive.files:
        match = DATA_FILE.fullmatch(name)
        assert match, f"{name!r} does not follow the pattern"
        assert match[1] == WORDS[header.delta_type], f"{name} holds delta type {header.delta_type}"
        assert match[2] == header.type_name, f"{name} holds {header.type_name}"
        uuid.UUID(match[3])
        assert frames >= 1, name


@case("ARCH-004", "P:ReplicaDataHeader delta_type, type_name, type_category; facts/clients.md A§7.1")
def headers_say_what_kind_of_type_follows(ctx: Context) -> None:
    found = {header.type_name: header.type_category for _, header, _ in ctx.shared.archive(url_of(ctx)).files}
    wanted = {"Person": ENTITY, "Place": ENTITY, "Knows": RELATIONSHIP, "LivesIn": RELATIONSHIP}
    assert found == wanted, found


@case("ARCH-005", "laws.md apply(archive): relationship deletes, entity deletes, adds, updates; files in this order")
def files_stand_in_the_order_of_application(ctx: Context) -> None:
    service = ctx.service()
    a, b, c, d = (uuid.uuid4() for _ in range(4))
    service.apply(Edits().add("Person", ANN).add("Person", BOB).add("Place", OSLO).add("Place", d))
    service.apply(Edits().relate("Knows", a, ANN, BOB).relate("LivesIn", b, ANN, OSLO))
    replica = service.replica()
    service.apply(Edits().delete_relationship("Knows", a).delete("Place", d).update("Person", ANN, name="x"))
    service.apply(Edits().add("Person", c).relate("Knows", None, c, ANN).update_relationship("LivesIn", b, since=2))
    archive, _ = service.delta(replica.replica_id, replica.sync_date)
    kinds = [(header.delta_type, header.type_category) for _, header, _ in archive.files]
    wanted = [
        (DELETE, RELATIONSHIP),
        (DELETE, ENTITY),
        (ADD, ENTITY),
        (ADD, RELATIONSHIP),
        (UPDATE, ENTITY),
        (UPDATE, RELATIONSHIP),
    ]
    assert kinds == wanted, kinds


@case("ARCH-006", LAYOUT + ": frames are not individually gzipped, at most 2,000 rows or 8 MiB")
def frames_are_plain_and_of_a_bearable_size(ctx: Context) -> None:
    service = ctx.service()
    frames = [Edits() for _ in range(3)]
    for frame in frames:
        for number in range(1500):
            frame.add("Person", None, name=str(number))
    service.apply(*frames)
    answer = service.download(service.replica().replica_data_url)
    with zipfile.ZipFile(io.BytesIO(answer.body)) as file:
        rows = 0
        for name in file.namelist():
            if not DATA_FILE.fullmatch(name):
                continue
            header, *parts = messages(file.read(name))
            assert ReplicaDataHeader.FromString(header).type_name == "Person"
            for part in parts:
                assert not part.startswith(b"\x1f\x8b"), "a frame is gzipped"
                size = len(GraphQueryResultFrame.FromString(part).rows)
                assert size <= 2000, f"a frame of {size} rows"
                rows += size
    assert rows == 4500, rows


@case("ARCH-007", LAYOUT + ": a plain zip, stored or deflated, readable by anyone")
def the_zip_is_an_ordinary_one(ctx: Context) -> None:
    with zipfile.ZipFile(io.BytesIO(full(ctx, url_of(ctx)).body)) as file:
        methods = {info.compress_type for info in file.infolist()}
    assert methods <= {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}, methods


@case("ARCH-008", "facts/clients.md A§7.1: a value with label + id is the more useful delete row")
def a_delete_row_has_label_and_id(ctx: Context) -> None:
    service = ctx.service()
    service.apply(Edits().add("Person", ANN, name="Ann"))
    replica = service.replica()
    service.apply(Edits().delete("Person", ANN))
    archive, _ = service.delta(replica.replica_id, replica.sync_date)
    (row,) = archive.rows
    assert (row.delta, row.type_name, row.id, row.props) == (DELETE, "Person", ANN, {}), row


@case("ARCH-009", "facts §8 WE DO: properties include objectid and globalid")
def rows_hold_the_system_properties(ctx: Context) -> None:
    model = ctx.shared.model()
    for row in ctx.shared.archive(url_of(ctx)).rows:
        assert row.props[model.globalid_property] == row.id, row
        assert isinstance(row.props[model.objectid_property], int), row


@case("ARCH-010", "S2 example URL: .../rest/directories/arcgisoutput/...zip")
def archives_live_in_the_output_directory(ctx: Context) -> None:
    url = url_of(ctx)
    assert url.startswith(f"{ctx.target.url}/server/rest/directories/arcgisoutput/"), url
    assert url.endswith(".zip"), url


@case("ARCH-011", "issue 1 Faces: archives with Range; RFC 9110 §14")
def a_part_of_an_archive_can_be_fetched(ctx: Context) -> None:
    url = url_of(ctx)
    whole = full(ctx, url)
    size = len(whole.body)
    assert whole.headers.get("accept-ranges") == "bytes", whole.headers
    spans = {
        "bytes=0-9": (0, 10),
        f"bytes=10-{size + 50}": (10, size),
        "bytes=-7": (size - 7, size),
        "bytes=5-": (5, size),
    }
    for wanted, (start, stop) in spans.items():
        part = ctx.shared.download(url, Range=wanted)
        assert part.status == 206, f"HTTP {part.status} for {wanted}"
        assert part.headers.get("content-range") == f"bytes {start}-{stop - 1}/{size}", part.headers
        assert part.body == whole.body[start:stop], f"other bytes for {wanted}"


@case("ARCH-012", "RFC 9110 §15.5.17: 416 with Content-Range: bytes */size")
def a_part_beyond_the_end_is_not_satisfiable(ctx: Context) -> None:
    url = url_of(ctx)
    size = len(full(ctx, url).body)
    answer = ctx.shared.download(url, Range=f"bytes={size}-")
    assert answer.status == 416, f"HTTP {answer.status}"
    assert answer.headers.get("content-range") == f"bytes */{size}", answer.headers


@case("ARCH-013", "issue 1 Faces: strong ETag; RFC 9110 §8.8.3")
def an_archive_has_a_strong_tag(ctx: Context) -> None:
    url = url_of(ctx)
    tag = full(ctx, url).headers.get("etag", "")
    assert re.fullmatch(r'"[^"]+"', tag), f"ETag {tag!r}"
    assert full(ctx, url).headers.get("etag") == tag, "the tag changed between two downloads"
    assert full(ctx, url_of(ctx)).headers.get("etag") != tag, "two archives under one tag"


@case("ARCH-014", "issue 1 Faces: If-Range; RFC 9110 §13.1.5")
def a_broken_download_resumes_only_on_the_same_archive(ctx: Context) -> None:
    url = url_of(ctx)
    whole = full(ctx, url)
    cut = len(whole.body) // 2
    same = ctx.shared.download(url, Range=f"bytes={cut}-", If_Range=whole.headers["etag"])
    assert same.status == 206, f"HTTP {same.status}"
    assert whole.body[:cut] + same.body == whole.body
    other = ctx.shared.download(url, Range=f"bytes={cut}-", If_Range='"another"')
    assert other.status == 200, f"HTTP {other.status}"
    assert other.body == whole.body, "a part of the wrong archive"


@case("ARCH-015", "RFC 9110 §13.1.2: If-None-Match with the strong ETag")
def a_known_archive_is_not_sent_again(ctx: Context) -> None:
    url = url_of(ctx)
    answer = ctx.shared.download(url, If_None_Match=full(ctx, url).headers["etag"])
    assert answer.status == 304, f"HTTP {answer.status}"
    assert not answer.body


@case("ARCH-016", "issue 1 Bad input: a dead download link")
def a_dead_link_is_a_clear_error(ctx: Context) -> None:
    url = url_of(ctx)
    name = url.rsplit("/", 1)[1]
    dead_link(ctx, url.replace(name, f"_ags_kgs_{uuid.uuid4()}.zip"))
    dead_link(ctx, url.replace(name, "..%2f..%2f..%2fetc%2fpasswd.zip"))
    ctx.shared.still_up()


@case("ARCH-017", "facts/clients.md A§0.6: every URL absolute, with the scheme, host and port the client used")
def every_url_is_absolute(ctx: Context) -> None:
    replica = ctx.shared.replica()
    result = ctx.shared.synced(replica.replica_id, snapshot())
    for url in (replica.replica_data_url, result.download_results.sync_data_url):
        assert url.startswith(ctx.target.url + "/"), url


@case("ARCH-018", "issue 1 Faces: archives; RFC 9110 §9.3.2 HEAD")
def the_size_is_known_beforehand(ctx: Context) -> None:
    url = url_of(ctx)
    answer = full(ctx, url)
    assert int(answer.headers.get("content-length", "-1")) == len(answer.body), answer.headers
    head = ctx.client.request("HEAD", url)
    assert head.status == 200, f"HTTP {head.status}"
    assert int(head.headers.get("content-length", "-1")) == len(answer.body), head.headers


@case("ARCH-019", "facts/clients.md A§1.3: the archive is fetched with the session's header but no query token")
def the_header_opens_the_archive(ctx: Context) -> None:
    url = url_of(ctx)
    assert "token=" not in url, "a token in the archive URL"
    answer = ctx.client.request("GET", url, headers={"X-Esri-Authorization": f"Bearer {ctx.client.token}"})
    assert answer.body.startswith(b"PK"), answer.body[:100]
    by_query = ctx.client.request("GET", url, query={"token": str(ctx.client.token)}, anonymous=True)
    assert by_query.body == answer.body, "the query token does not open it (facts/clients.md B)"
