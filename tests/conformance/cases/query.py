"""graph/query: framing for every way to ask, one pattern, parameters, output, and what is refused."""

import gzip
import uuid
from urllib.parse import urlencode

from esriPBuffer.EsriTypes_pb2 import EsriTypes
from esriPBuffer.graph.EsriGraphTypes_pb2 import AnyValue

from tests.conformance.cases.provenance import FIRST, about, people
from tests.conformance.context import ANN, ANN_KNOWS_BOB, ANN_LIVES_IN_OSLO, BOB, OSLO, Context
from tests.conformance.edits import Edits
from tests.conformance.queries import Asked, ask, read, request, rows
from tests.conformance.registry import case
from tests.conformance.service import Service, refused
from tests.conformance.values import Clock, Day, Stamp, array, point, primitive
from tests.conformance.wire import BINARY, FORM, JSON, PROTOBUF, Answer

PARSE_ERROR = 111098
NAMES = "MATCH (n:Person) RETURN n.name ORDER BY n.name"


def got(service: Service, text: str, form: str = "pbf", **headers: str) -> Answer:
    sent = {name.replace("_", "-"): value for name, value in headers.items()}
    return service.raw("GET", "graph/query", headers=sent, openCypherQuery=text, f=form)


def posted(service: Service, **fields: str) -> Answer:
    return service.client.request(
        "POST", f"{service.root}/graph/query", urlencode(fields).encode(), headers={"Content-Type": FORM}
    )


# ---- framing


@case("QUERY-001", "facts §12.1: varint + header, varint + frame; §1 chart: POST pbf chunked, X-Esri-Stream-Response")
def a_protobuf_post_is_streamed_in_packed_frames(ctx: Context) -> None:
    asked = ask(ctx.shared, NAMES)
    headers = asked.answer.headers
    assert headers.get("x-esri-stream-response") == "true", headers
    assert headers.get("transfer-encoding") == "chunked", headers
    assert "content-encoding" not in headers, headers
    assert asked.header.compressed_frames, "frames of an answer without Content-Encoding are packed"
    assert list(asked.header.field_names) == ["n.name"]
    assert asked.rows == [["Ann"], ["Bob"]]


@case("QUERY-002", "facts §12.1 GET: a single frame; §1 chart: gzip, no X-Esri-Stream-Response")
def a_get_is_one_plain_frame(ctx: Context) -> None:
    answer = got(ctx.shared, NAMES, Accept_Encoding="gzip")
    assert answer.headers.get("content-encoding") == "gzip", answer.headers
    assert "x-esri-stream-response" not in answer.headers, answer.headers
    asked = read(answer)
    assert (asked.header.compressed_frames, len(asked.frames)) == (False, 1)
    assert asked.rows == [["Ann"], ["Bob"]]
    plain = got(ctx.shared, NAMES, Accept_Encoding="identity")
    assert "content-encoding" not in plain.headers
    assert plain.body == answer.body


@case("QUERY-003", "facts §12.1: GET rows limited by maxRecordCount, exceeded_transfer_limit on the last frame")
def a_get_gives_at_most_as_many_rows_as_the_service_says(ctx: Context) -> None:
    service = ctx.service()
    edits = Edits()
    for _ in range(2_001):
        edits.add("Place", None, name="x")
    service.apply(edits)
    most = int(service.raw("GET", "", f="json").json_object()["maxRecordCount"])
    (frame,) = read(got(service, "MATCH (n:Place) RETURN n.name")).frames
    assert (len(frame.rows), frame.exceeded_transfer_limit) == (most, True)
    (frame,) = read(got(service, f"MATCH (n:Place) RETURN n.name LIMIT {most}")).frames
    assert (len(frame.rows), frame.exceeded_transfer_limit) == (most, False)
    assert len(rows(service, "MATCH (n:Place) RETURN n.name")) == 2_001


@case("QUERY-004", "facts/clients.md B: a GET whose URL passes 2000 characters becomes a form POST")
def a_long_query_may_come_as_a_form(ctx: Context) -> None:
    text = f"MATCH (n:Person) WHERE n.name <> '{'x' * 3_000}' RETURN n.name ORDER BY n.name"
    answer = posted(ctx.shared, f="pbf", openCypherQuery=text)
    assert "x-esri-stream-response" not in answer.headers
    asked = read(answer)
    assert (len(asked.frames), asked.rows) == (1, [["Ann"], ["Bob"]])


@case("QUERY-005", "facts §1: f=html is the default; facts §12.2: entities by label + properties")
def a_person_gets_a_page_with_a_form_and_a_table(ctx: Context) -> None:
    for answer in (
        ctx.client.get(f"{ctx.shared.root}/graph/query", openCypherQuery="MATCH (n:Person) RETURN n, n.age AS years"),
        posted(ctx.shared, openCypherQuery="MATCH (n:Person) RETURN n, n.age AS years"),
    ):
        assert answer.headers["content-type"].startswith("text/html"), answer.headers
        for part in ("<form", "openCypherQuery", "Person", "Ann", "years", "31", "2 rows"):
            assert part in answer.text(), part
    empty = ctx.client.get(f"{ctx.shared.root}/graph/query").text()
    assert "<form" in empty
    wrong = ctx.client.get(f"{ctx.shared.root}/graph/query", openCypherQuery="MATCH <script>").text()
    assert "was expected" in wrong
    assert "<script>" not in wrong


@case("QUERY-006", "facts §1: JSON is refused by design for query and applyEdits")
def json_is_no_form_of_a_query(ctx: Context) -> None:
    assert "html or pbf" in got(ctx.shared, NAMES, "json").json_error()["message"]
    body = b'{"openCypherQuery": "MATCH (n) RETURN n"}'
    answer = ctx.shared.raw("POST", "graph/query", body, {"Content-Type": JSON}, f="json")
    assert answer.json_error()["code"] == 400


@case("QUERY-007", "facts/clients.md A§0.7: a transform with a scale on every answer, sr and columns in the header")
def the_header_has_what_clients_insist_on(ctx: Context) -> None:
    for text in ("MATCH (n) RETURN n", "MATCH (n:Person) WHERE n.age > 1000 RETURN n", "MATCH (n"):
        asked = ask(ctx.shared, text)
        assert asked.header.transform.HasField("scale")
        assert asked.header.transform.HasField("translate")
        assert asked.header.HasField("error") or asked.header.sr.wkid == 4326
    assert ask(ctx.shared, NAMES).header.data_model_timestamp > 0


@case("QUERY-008", "facts/clients.md A§6: zero frames = zero rows; a GET has one frame all the same")
def no_rows_are_no_error(ctx: Context) -> None:
    text = "MATCH (n:Person) WHERE n.age > 1000 RETURN n.name"
    for asked in (ask(ctx.shared, text), read(got(ctx.shared, text))):
        assert asked.rows == []
        assert list(asked.header.field_names) == ["n.name"]


@case("QUERY-009", "facts/clients.md A§2.1: application/octet-stream; f may be left out of a protobuf POST")
def a_protobuf_post_is_answered_in_protobuf(ctx: Context) -> None:
    body = request(NAMES).SerializeToString()
    for kind in (BINARY, PROTOBUF):
        answer = ctx.client.request("POST", f"{ctx.shared.root}/graph/query", body, headers={"Content-Type": kind})
        assert read(answer).rows == [["Ann"], ["Bob"]]


@case("QUERY-010", "facts §1 WE DO: path segments match in any case")
def the_address_matches_in_any_case(ctx: Context) -> None:
    assert read(ctx.shared.raw("POST", "Graph/QUERY", request(NAMES).SerializeToString())).rows


# ---- values


@case("QUERY-011", "P:EsriGraphTypes EntityValue, RelationshipValue; facts §13.1")
def objects_come_whole(ctx: Context) -> None:
    asked = ask(ctx.shared, "MATCH (a:Person {name: 'Ann'})-[r:Knows]->(b) RETURN a, r, b.name")
    ((entity, link, name),) = [row.values for frame in asked.frames for row in frame.rows]
    held = {pair.key: pair.value for pair in entity.entity_value.properties}
    assert entity.entity_value.label == "Person"
    assert asked.read(entity) == ("Person", ANN)
    assert asked.read(held["age"]) == 31
    assert held["nick"].primitive_value.HasField("null_tag"), "nulls are explicit"
    assert link.relationship_value.type == "Knows"
    assert link.relationship_value.origin_id.primitive_value.uuid_value == ANN.bytes
    assert link.relationship_value.dest_id.primitive_value.uuid_value == BOB.bytes
    assert asked.read(link) == ("Knows", ANN_KNOWS_BOB)
    assert asked.read(name) == "Bob"


@case("QUERY-012", "facts §13: values of every kind by their own members; lists, maps, nulls")
def values_travel_as_their_kind(ctx: Context) -> None:
    text = (
        "MATCH (n:Person {name: 'Ann'}) "
        "RETURN n.age, n.age * 1.5, n.name, n.nick, true, id(n), [1, 2], [1, 'a', null], "
        "{a: n, b: [n.name]}, date('2024-01-02'), localtime('12:34:56.789'), datetime('2024-01-02T03:04:05.678+02:00')"
    )
    (row,) = rows(ctx.shared, text)
    assert row[:8] == [31, 46.5, "Ann", None, True, ANN, [1, 2], [1, "a", None]]
    assert row[8] == {"a": ("Person", ANN), "b": ["Ann"]}
    assert row[9:] == [Day(19_724), Clock(45_296_789), Stamp(1_704_164_645_678, 7200)]


@case("QUERY-013", "facts §12.2: output formats; §13.4 defaults are numbers and components")
def temporal_values_come_in_the_format_asked_for(ctx: Context) -> None:
    text = "MATCH (n:Person {name: 'Ann'}) RETURN date('2024-01-02'), datetime('2024-01-02T03:04:05Z'), duration('P1D')"
    asked = ask(
        ctx.shared,
        text,
        out_date_only_format=2,
        out_timestamp_offset_format=2,
        out_duration_format=1,
        out_time_zone={"tz_id": "Asia/Tokyo"},
    )
    day, stamp, length = (value.primitive_value for value in asked.frames[0].rows[0].values)
    assert day.date_only_value.iso8601_date_only_format == "2024-01-02"
    assert stamp.timestamp_offset_value.iso8601_date_format == "2024-01-02T12:04:05.000+09:00"
    assert length.duration_value.iso8601_duration_format == "P1D"
    wrong = ask(ctx.shared, text, out_time_zone={"tz_id": "Nowhere/At all"})
    refused(wrong.error(), "out_time_zone", code=400)


@case("QUERY-014", "facts §12.2 out_sr; facts/clients.md B: out_sr always set")
def geometry_comes_in_the_reference_asked_for(ctx: Context) -> None:
    spot = uuid.uuid4()
    ctx.shared_geometric.apply(Edits().add("Spot", spot, shape=point(10.75, 59.91)))
    text = f"MATCH (n:Spot) WHERE id(n) = '{spot}' RETURN n.shape, n"
    same = ask(ctx.shared_geometric, text, out_sr=EsriTypes.SpatialReference(wkid=4326))
    assert same.header.sr.wkid == 4326
    assert same.rows[0][0] == point(10.75, 59.91)
    moved = ask(ctx.shared_geometric, text, out_sr=EsriTypes.SpatialReference(wkid=3857))
    assert moved.header.sr.wkid == 3857
    x, y = moved.rows[0][0].parts[0][0]
    assert abs(x - 1_196_684.5) < 1
    assert abs(y - 8_378_000) < 10_000
    held = {p.key: p.value for p in moved.frames[0].rows[0].values[1].entity_value.properties}
    assert moved.read(held["shape"]) == moved.rows[0][0], "geometry inside objects is carried too"
    unknown = ask(ctx.shared_geometric, text, out_sr=EsriTypes.SpatialReference(wkid=987_654))
    refused(unknown.error(), "out_sr", code=400)


@case("QUERY-015", "facts §13.3 quantization; facts/clients.md B: the extent has YMin and XMax swapped")
def geometry_comes_on_the_grid_asked_for(ctx: Context) -> None:
    spot = uuid.uuid4()
    ctx.shared_geometric.apply(Edits().add("Spot", spot, shape=point(10.7, 59.9)))
    extent = EsriTypes.Envelope(XMin=1, YMin=3, XMax=2, YMax=4)
    asked = ask(
        ctx.shared_geometric,
        f"MATCH (n:Spot) WHERE id(n) = '{spot}' RETURN n.shape",
        quantization_parameters={"extent": extent, "tolerance": 0.5, "mode": "edit"},
    )
    assert asked.header.transform.scale.xScale == 0.5
    x, y = asked.rows[0][0].parts[0][0]
    assert abs(x - 10.7) <= 0.25
    assert abs(y - 59.9) <= 0.25


# ---- parameters


@case("QUERY-016", "facts/clients.md A§5, B: typed arrays, any_value_array, objects, an empty list with nothing set")
def parameters_of_every_form_are_bound(ctx: Context) -> None:
    text = "MATCH (n:Person) WHERE n.age IN $p RETURN n.name"
    for ages in (
        array(sint64_array={"value": [31, 5]}),
        array(any_value_array={"values": [primitive(sint64_value=31), primitive(string_value="x")]}),
        array(double_array={"value": [31.0]}),
    ):
        assert rows(ctx.shared, text, {"p": ages}) == [["Ann"]]
    empty = AnyValue()
    empty.array_value.SetInParent()
    assert rows(ctx.shared, text, {"p": empty}) == []
    who = AnyValue()
    pair = who.object_value.properties.add(key="name")
    pair.value.primitive_value.string_value = "Bob"
    assert rows(ctx.shared, "MATCH (n:Person) WHERE n.name = $who.name RETURN n.age", {"who": who}) == [[44]]
    ids = array(uuid_array=ANN.bytes + OSLO.bytes)
    assert len(rows(ctx.shared, "MATCH (n) WHERE id(n) IN $ids RETURN n", {"ids": ids})) == 2
    braced = primitive(string_value="{" + str(BOB).upper() + "}")
    assert rows(ctx.shared, "MATCH (n) WHERE id(n) = $id RETURN n.name", {"id": braced}) == [["Bob"]]


@case("QUERY-017", "facts §12.2 input_transform, in_sr; facts/clients.md B: in_sr wkid 0 means unset")
def geometry_parameters_are_read_on_their_grid_and_in_their_reference(ctx: Context) -> None:
    spot = uuid.uuid4()
    ctx.shared_geometric.apply(Edits().add("Spot", spot, shape=point(-120.5, 35.25)))
    text = "MATCH (n:Spot) WHERE esri.graph.ST_GeoDistance(n.shape, $p) < 100 RETURN id(n)"
    near = {"p": point(-120.5, 35.25)}
    assert [spot] in rows(ctx.shared_geometric, text, near)
    assert [spot] in rows(ctx.shared_geometric, text, near, in_sr=EsriTypes.SpatialReference())
    mercator = {"p": point(-13_413_998.65, 4_197_907.26)}
    assert [spot] not in rows(ctx.shared_geometric, text, mercator)
    assert [spot] in rows(ctx.shared_geometric, text, mercator, in_sr=EsriTypes.SpatialReference(wkid=3857))


@case("QUERY-018", "P:SyncTypes, QueryRequest: entities, relationships and paths are no parameters")
def objects_are_no_parameters(ctx: Context) -> None:
    for member in ("entity_value", "relationship_value", "path_value"):
        value = AnyValue()
        getattr(value, member).SetInParent()
        refused(ask(ctx.shared, "MATCH (n) RETURN $p", {"p": value}).error(), "parameters[p]", code=400)
    refused(ask(ctx.shared, "MATCH (n) RETURN $q").error(), "$q is not given", code=PARSE_ERROR)


# ---- what one pattern can be


@case("QUERY-019", "facts §12.3: MATCH, WHERE, RETURN, DISTINCT, ORDER BY, SKIP, LIMIT, aliases, RETURN *")
def one_pattern_is_matched_filtered_and_ordered(ctx: Context) -> None:
    def found(text: str) -> list[list[object]]:
        return rows(ctx.shared, text)

    assert found("MATCH (n:Person|Place) RETURN n.name AS name ORDER BY name DESC SKIP 1 LIMIT 1") == [["Bob"]]
    assert found("MATCH (n:Person {name: 'Bob'}) RETURN *") == [[("Person", BOB)]]
    assert found("MATCH (a)-[r]->(b:Place) RETURN a.name, type(r), b.name") == [["Ann", "LivesIn", "Oslo"]]
    assert found("MATCH (b)<-[r:LivesIn]-(a) RETURN r") == [[("LivesIn", ANN_LIVES_IN_OSLO)]]
    assert sorted(map(str, found("MATCH (a {name: 'Ann'})-[r]-(b) RETURN DISTINCT b.name"))) == ["['Bob']", "['Oslo']"]
    assert found("MATCH ()-[n]->() WHERE startNode(n).age > 30 AND endNode(n):Place RETURN n.since") == [[2011]]


@case("QUERY-020", "facts §12.3: avg, collect, count, max, min, sum with implicit grouping")
def aggregates_group_by_the_other_columns(ctx: Context) -> None:
    text = "MATCH (a:Person)-[r]->(b) RETURN a.name, count(*) AS c, collect(b.name) AS to, min(r.since), sum(r.since)"
    ((name, links, to, first, total),) = rows(ctx.shared, text)
    assert (name, links, sorted(to), first, total) == ("Ann", 2, ["Bob", "Oslo"], 2001, 4012)
    assert rows(ctx.shared, "MATCH (n:Person) RETURN count(n), avg(n.age), max(n.name)") == [[2, 37.5, "Bob"]]
    assert rows(ctx.shared, "MATCH (n:Person) WHERE n.age > 99 RETURN count(*)") == [[0]]


# ---- what is refused


@case("QUERY-021", "facts/clients.md A§6: code 111098 for openCypher parse errors; facts §12.1: in header.error")
def a_query_that_cannot_be_read_is_told_with_its_place(ctx: Context) -> None:
    for text in ("MATCH (n", "", "MATCH (n) RETURN m", "MATCH (n:Nobody) RETURN n", "MATCH (n) WHERE n.x = 1 RETURN n"):
        for asked in (ask(ctx.shared, text), read(got(ctx.shared, text))):
            assert asked.frames == [], "an error of the text comes before any frame"
            refused(asked.header.error, "line 1, column", code=PARSE_ERROR)


@case("QUERY-022", "facts §12.2: no write clauses; issue: beyond one pattern refused with a place, code 111098")
def what_is_beyond_one_pattern_is_refused(ctx: Context) -> None:
    for text in (
        "MATCH (n) SET n.age = 1 RETURN n",
        "CREATE (n:Person) RETURN n",
        "MATCH (n) DETACH DELETE n",
        "MATCH (n) WITH n RETURN n",
        "MATCH (a), (b) RETURN a",
        "MATCH (a)-[r]->(b)-[s]->(c) RETURN a",
        "MATCH (a)-[*1..3]->(b) RETURN a",
        "MATCH p = (a)-[r]->(b) RETURN p",
        "OPTIONAL MATCH (n) RETURN n",
        "MATCH (n) RETURN n UNION MATCH (m) RETURN m",
        "UNWIND [1] AS x RETURN x",
        "MATCH (n) WHERE exists { MATCH (m) } RETURN n",
        "MATCH (n) WHERE NOT (n)-[:Knows]->() RETURN n",
        "CALL db.labels()",
    ):
        refused(ask(ctx.shared, text).header.error, "line 1, column", code=PARSE_ERROR)
    assert rows(ctx.shared, "MATCH (n) RETURN count(*)") == [[3]], "nothing was changed"


@case("QUERY-023", "facts/clients.md A§2.3: errors of pbf calls are HTTP 200 in the message")
def bytes_that_are_no_request_are_told_in_the_header(ctx: Context) -> None:
    for body in (b"\xff\xff\xff", b"\x0a\x05abc"):
        asked = read(ctx.shared.raw("POST", "graph/query", body))
        refused(asked.header.error, code=400)


@case("QUERY-024", "laws.md 10: 1 MB of text is refused at once by its length")
def a_query_past_a_limit_is_refused_by_name(ctx: Context) -> None:
    long = "MATCH (n) WHERE n.name = '" + "x" * 1_000_000 + "' RETURN n"
    refused(ask(ctx.shared, long).header.error, "limited", code=413)
    deep = "MATCH (n) RETURN " + "(" * 10_000 + "1" + ")" * 10_000
    refused(ask(ctx.shared, deep).header.error, "deep", code=413)


@case("QUERY-025", "facts §12.2 provenance_behavior: EXCLUDE acts as if there were none, INCLUDE shows it")
def provenance_is_there_when_asked_for(ctx: Context) -> None:
    service = people(ctx)
    service.apply(about(Edits(), FIRST, ANN))
    everything = "MATCH (n) RETURN labels(n)[0] AS label ORDER BY label"
    assert rows(service, everything) == [["Document"], ["Person"], ["Person"]]
    assert rows(service, everything, provenance_behavior=1) == [["Document"], ["Person"], ["Person"], ["Provenance"]]
    named = "MATCH (n:Provenance) RETURN n, n.propertyName"
    refused(ask(service, named).header.error, "no type Provenance", code=PARSE_ERROR)
    assert rows(service, named, provenance_behavior=1) == [[("Provenance", FIRST), "name"]]


@case("QUERY-026", "facts §1 authentication: a query needs a token, told as JSON")
def a_query_needs_a_token(ctx: Context) -> None:
    body = request(NAMES).SerializeToString()
    path = f"{ctx.shared.root}/graph/query"
    answer = ctx.client.request(
        "POST", path, body, query={"f": "pbf"}, headers={"Content-Type": BINARY}, anonymous=True
    )
    assert answer.json_error()["code"] == 499
    token = str(ctx.client.token)
    assert read(
        ctx.client.request(
            "POST", path, body, query={"f": "pbf", "token": token}, headers={"Content-Type": BINARY}, anonymous=True
        )
    ).rows
    fields = {"f": "pbf", "openCypherQuery": NAMES, "token": token}
    form = ctx.client.request("POST", path, urlencode(fields).encode(), headers={"Content-Type": FORM}, anonymous=True)
    assert read(form).rows


@case("QUERY-027", "facts §12.1: compressed_frames true exactly when each frame is gzipped")
def the_flag_matches_the_frames(ctx: Context) -> None:
    asked: Asked = ask(ctx.shared, NAMES)
    body = asked.answer.body
    assert gzip.compress(b"")[:2] in body, "packed frames begin with gzip's two bytes"
    assert asked.header.compressed_frames
