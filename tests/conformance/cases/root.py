"""The service root and what it says of itself."""

from tests.conformance.context import Context
from tests.conformance.registry import case


@case("ROOT-001", "issue 1: currentVersion is 12.1; facts/knowledge-graph.md §3")
def the_version_is_12_1(ctx: Context) -> None:
    found = ctx.client.get(ctx.shared.root, f="json").json_object()
    assert found.get("currentVersion") == 12.1, f"currentVersion is {found.get('currentVersion')!r}"


@case("ROOT-002", "facts/clients.md A§3: supportsSync must be true for every replica call")
def sync_is_advertised_at_the_top_level(ctx: Context) -> None:
    found = ctx.client.get(ctx.shared.root, f="json").json_object()
    assert found.get("supportsSync") is True, f"supportsSync is {found.get('supportsSync')!r}"


@case("ROOT-003", "facts/knowledge-graph.md §3: capabilities are a comma-separated string")
def capabilities_are_one_string(ctx: Context) -> None:
    found = ctx.client.get(ctx.shared.root, f="json").json_object().get("capabilities")
    assert isinstance(found, str), f"capabilities are {found!r}"
    assert {"Query", "Editing", "Create", "Update", "Delete"} <= set(found.split(",")), found


@case("ROOT-004", "facts/clients.md A§3: maxRecordCount is an integer; facts/knowledge-graph.md §3: 2000")
def record_limits_are_numbers(ctx: Context) -> None:
    found = ctx.client.get(ctx.shared.root, f="json").json_object()
    for key in ("maxRecordCount", "searchMaxRecordCount"):
        assert isinstance(found.get(key), int), f"{key} is {found.get(key)!r}"
        assert found[key] > 0, f"{key} is {found[key]}"


@case("ROOT-005", "facts/knowledge-graph.md §3: serviceCapabilities of the JS sample; §11.6 WE DO false")
def edits_roll_back_one_by_one_by_default(ctx: Context) -> None:
    found = ctx.client.get(ctx.shared.root, f="json").json_object()
    edits = found["serviceCapabilities"]["applyEditsCapabilities"]
    assert edits["graphDefaultRollbackOnFailure"] is False, edits


@case("ROOT-006", "facts/knowledge-graph.md §3: keep the misspelling supportsDecendingIndex")
def the_published_misspelling_is_kept(ctx: Context) -> None:
    found = ctx.client.get(ctx.shared.root, f="json").json_object()
    assert "supportsDecendingIndex" in found["serviceCapabilities"]["indexCapabilities"], found


@case("ROOT-007", "facts/clients.md B: serve spatial reference 4326")
def the_spatial_reference_is_wgs84(ctx: Context) -> None:
    found = ctx.client.get(ctx.shared.root, f="json").json_object()
    assert found["spatialReference"]["wkid"] == 4326, found.get("spatialReference")


@case("ROOT-008", "facts/clients.md B Requests: the root GET goes to <KGS>/?f=json (must work)")
def a_trailing_slash_is_the_same_place(ctx: Context) -> None:
    bare = ctx.client.get(ctx.shared.root, f="json").json_object()
    slashed = ctx.client.get(ctx.shared.root + "/", f="json")
    assert slashed.status == 200, f"HTTP {slashed.status}"
    assert slashed.json_object() == bare, "the two differ"


@case("ROOT-009", "facts/knowledge-graph.md §1: root supports html, json, pjson")
def pjson_is_json_for_people(ctx: Context) -> None:
    plain = ctx.client.get(ctx.shared.root, f="json")
    pretty = ctx.client.get(ctx.shared.root, f="pjson")
    assert pretty.json_object() == plain.json_object(), "pjson says something else than json"
    assert b"\n" in pretty.body.strip(), "pjson is on one line"


@case("ROOT-010", "facts/knowledge-graph.md §3: known fields")
def the_usual_members_are_there(ctx: Context) -> None:
    found = ctx.client.get(ctx.shared.root, f="json").json_object()
    wanted = {
        "allowGeometryUpdates",
        "dataEditingNotSupported",
        "schemaEditingNotSupported",
        "description",
        "copyrightText",
        "serviceItemId",
        "supportsProvenance",
        "supportsDocuments",
        "supportsSearch",
        "supportedQueryFormats",
        "units",
    }
    assert wanted <= set(found), f"missing: {sorted(wanted - set(found))}"


@case("ROOT-011", "facts/clients.md B: dataEditingNotSupported true blocks edits before any request")
def editing_is_not_declared_impossible(ctx: Context) -> None:
    found = ctx.client.get(ctx.shared.root, f="json").json_object()
    assert found.get("dataEditingNotSupported") is False, found.get("dataEditingNotSupported")


@case("ROOT-012", "facts/knowledge-graph.md §3: serviceItemId; facts/clients.md A§9")
def the_service_names_its_item(ctx: Context) -> None:
    found = ctx.client.get(ctx.shared.root, f="json").json_object()
    assert found.get("serviceItemId") == ctx.shared.item, f"{found.get('serviceItemId')!r}, not {ctx.shared.item}"


@case("ROOT-013", "facts/knowledge-graph.md §3 UNKNOWN, WE DO: supportsSync beside supportsProvenance")
def a_service_without_sync_says_so(ctx: Context) -> None:
    service = ctx.service(sync=False, bare=True)
    found = ctx.client.get(service.root, f="json").json_object()
    assert found.get("supportsSync") is False, f"supportsSync is {found.get('supportsSync')!r}"


@case("ROOT-014", "issue 1: new services land in folder Hosted under /server/rest/services")
def new_services_land_in_hosted(ctx: Context) -> None:
    wanted = f"{ctx.target.url}/server/rest/services/Hosted/{ctx.shared.name}/KnowledgeGraphServer"
    assert ctx.shared.url == wanted, f"{ctx.shared.url!r}, not {wanted!r}"


@case("ROOT-015", "issue 1: fixed path segments match case-insensitively")
def the_case_of_fixed_segments_is_free(ctx: Context) -> None:
    path = ctx.shared.root.replace("KnowledgeGraphServer", "knowledgegraphserver")
    found = ctx.client.get(path, f="json")
    assert found.status == 200, f"HTTP {found.status}"
    assert found.json_object().get("currentVersion") == 12.1, found.body[:200]
