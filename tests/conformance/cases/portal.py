"""Logging in, creating services and reading items, as the clients' logins do it."""

import time

from tests.conformance.context import PORTAL, Context
from tests.conformance.registry import case

INFO = "/server/rest/info"


def spoken_of(text: str) -> None:
    """Words that make deployed clients send the same request again."""
    for phrase in ("invalid token", "token required"):
        assert phrase not in text.lower(), f"{text!r} makes clients resend"


@case("PORT-001", "facts/clients.md A§1.2: sharing/rest/info needs authInfo.tokenServicesUrl")
def info_names_the_token_service(ctx: Context) -> None:
    answer = ctx.client.request("GET", f"{PORTAL}/info", query={"f": "json"}, anonymous=True)
    assert answer.status == 200, f"HTTP {answer.status}"
    found = answer.json_object()["authInfo"]
    assert found["isTokenBasedSecurity"] is True, found
    assert found["tokenServicesUrl"] == f"{ctx.target.url}{PORTAL}/generateToken", found


@case("PORT-002", "facts/clients.md A§1.2: generateToken answers token, expires in epoch ms, ssl")
def a_token_has_an_expiry_to_come(ctx: Context) -> None:
    found = ctx.client.form(
        f"{PORTAL}/generateToken",
        username=ctx.target.user,
        password=ctx.target.password,
        client="referer",
        referer="http",
        expiration="60",
        f="json",
    ).json_object()
    assert found.get("token"), found
    assert isinstance(found.get("ssl"), bool), found
    minutes = (found["expires"] / 1000 - time.time()) / 60
    assert 50 < minutes < 70, f"a token asked for 60 minutes lives {minutes:.1f}"


@case("PORT-003", "facts/clients.md A§1.2: failure is 200 with error code 400, message, details")
def a_wrong_password_is_an_error_object(ctx: Context) -> None:
    answer = ctx.client.form(
        f"{PORTAL}/generateToken",
        username=ctx.target.user,
        password="not it",
        client="referer",
        referer="http",
        f="json",
    )
    assert answer.status == 200, f"HTTP {answer.status}"
    error = answer.json_error()
    assert error["code"] == 400, error
    assert isinstance(error.get("details"), list), error
    assert "token" not in answer.json_object(), "a token all the same"


@case("PORT-004", "facts/clients.md A§1.2: portals/self needs portalName, also for strangers")
def the_portal_has_a_name_for_everyone(ctx: Context) -> None:
    answer = ctx.client.request("GET", f"{PORTAL}/portals/self", query={"f": "json"}, anonymous=True)
    found = answer.json_object()
    assert found.get("portalName"), found
    assert found["portalName"] != "ArcGIS Online", "that name makes clients look for portalMode"
    assert "user" not in found, "a stranger is someone"


@case("PORT-005", "facts/clients.md A§1.2: authenticated portals/self adds user.username")
def the_portal_knows_who_asks(ctx: Context) -> None:
    found = ctx.client.get(f"{PORTAL}/portals/self", f="json").json_object()
    assert found["user"]["username"] == ctx.target.user, found.get("user")


@case("PORT-006", "facts/clients.md A§1.2: username alone crashes the login; privileges or role is needed")
def a_user_has_privileges_or_a_role(ctx: Context) -> None:
    found = ctx.client.get(f"{PORTAL}/community/users/{ctx.target.user}", f="json").json_object()
    assert found.get("username") == ctx.target.user, found
    assert isinstance(found.get("privileges"), list) or found.get("role"), found


@case("PORT-007", "facts/clients.md A§1.2: GET sharing/rest/?f=json has currentVersion")
def the_portal_has_a_version(ctx: Context) -> None:
    found = ctx.client.get(f"{PORTAL}/", f="json").json_object()
    assert isinstance(found.get("currentVersion"), str), found


@case("PORT-008", "facts/clients.md A§9: createService answers success, 32-hex itemId, absolute serviceurl")
def a_service_is_created_through_the_portal(ctx: Context) -> None:
    name = ctx.fresh_name()
    found = ctx.create_service(name)
    assert found.get("success") is True, found
    item = str(found.get("itemId"))
    assert len(item) == 32, f"item id {item!r}"
    int(item, 16)
    assert found.get("serviceurl") == f"{ctx.target.url}/server/rest/services/Hosted/{name}/KnowledgeGraphServer", found


@case("PORT-009", "facts/clients.md A§9: the client then POSTs content/items/<itemId>")
def the_item_of_a_service_is_a_knowledge_graph(ctx: Context) -> None:
    found = ctx.client.form(f"{PORTAL}/content/items/{ctx.shared.item}", f="json").json_object()
    assert found.get("type") == "Knowledge Graph", found
    assert found.get("url") == ctx.shared.url, found
    assert found.get("id") == ctx.shared.item, found
    assert found.get("owner") == ctx.target.user, found
    assert found.get("title"), found


@case("PORT-010", "issue 1: service names are unique regardless of case")
def a_taken_name_is_taken_in_any_case(ctx: Context) -> None:
    answer = ctx.create_service(ctx.shared.name.upper())
    assert "error" in answer, f"a second service of the same name: {answer}"


@case("PORT-011", "facts/knowledge-graph.md §15.2: a service name may not start with a digit, ., _ or esri__")
def a_service_name_may_not_start_with_a_digit(ctx: Context) -> None:
    for name in ("1abc", ".abc", "_abc", "esri__abc"):
        answer = ctx.create_service(name)
        assert "error" in answer, f"{name!r} was accepted: {answer}"


@case("PORT-012", "facts/knowledge-graph.md §14: 499 in ArcGIS JSON at HTTP 200 without a token")
def a_stranger_is_told_499(ctx: Context) -> None:
    answer = ctx.client.request("GET", ctx.shared.root, query={"f": "json"}, anonymous=True)
    assert answer.status == 200, f"HTTP {answer.status}"
    error = answer.json_error()
    assert error["code"] == 499, error
    spoken_of(answer.text())


@case("PORT-013", "facts/knowledge-graph.md §14: 498 in ArcGIS JSON at HTTP 200 for a bad token")
def a_false_token_is_told_498(ctx: Context) -> None:
    answer = ctx.client.request("GET", ctx.shared.root, query={"f": "json", "token": "x" * 40}, anonymous=True)
    assert answer.status == 200, f"HTTP {answer.status}"
    error = answer.json_error()
    assert error["code"] == 498, error
    spoken_of(answer.text())


@case("PORT-014", "facts/clients.md A§2.3 advice: auth failures on pbf calls are 200 + JSON 498/499")
def a_pbf_call_without_token_gets_json(ctx: Context) -> None:
    answer = ctx.client.request("POST", f"{ctx.shared.root}/graph/applyEdits", b"", query={"f": "pbf"}, anonymous=True)
    assert answer.status == 200, f"HTTP {answer.status}"
    assert answer.json_error()["code"] == 499, answer.body[:200]
    spoken_of(answer.text())


@case("PORT-015", "facts/clients.md A§1.3: X-Esri-Authorization alone is enough")
def the_esri_header_alone_is_enough(ctx: Context) -> None:
    header = {"X-Esri-Authorization": f"Bearer {ctx.client.token}"}
    answer = ctx.client.request("GET", ctx.shared.root, query={"f": "json"}, headers=header, anonymous=True)
    assert answer.json_object().get("currentVersion") == 12.1, answer.body[:200]


@case("PORT-016", "facts/clients.md B Authentication: the token is a query parameter")
def the_query_parameter_alone_is_enough(ctx: Context) -> None:
    query = {"f": "json", "token": str(ctx.client.token)}
    answer = ctx.client.request("GET", ctx.shared.root, query=query, anonymous=True)
    assert answer.json_object().get("currentVersion") == 12.1, answer.body[:200]


@case("PORT-017", "facts/knowledge-graph.md §1 WE DO: Authorization: Bearer")
def the_standard_header_is_enough(ctx: Context) -> None:
    header = {"Authorization": f"Bearer {ctx.client.token}"}
    answer = ctx.client.request("GET", ctx.shared.root, query={"f": "json"}, headers=header, anonymous=True)
    assert answer.json_object().get("currentVersion") == 12.1, answer.body[:200]


@case("PORT-018", "facts/clients.md A§1.2: do not send Basic, Negotiate or NTLM challenges")
def no_challenge_is_sent(ctx: Context) -> None:
    for path in ("/portal/info", "/portal/rest/info", f"{PORTAL}/info", "/portal/rest/services", ctx.shared.root):
        answer = ctx.client.request("GET", path, query={"f": "json"}, anonymous=True)
        assert "www-authenticate" not in answer.headers, f"{path} challenges"


@case("PORT-019", "facts/clients.md B Authentication: /rest/info should carry authInfo")
def the_server_info_names_the_token_service(ctx: Context) -> None:
    answer = ctx.client.request("GET", INFO, query={"f": "json"}, anonymous=True)
    assert answer.status == 200, f"HTTP {answer.status}"
    found = answer.json_object().get("authInfo")
    assert isinstance(found, dict), f"no authInfo: {answer.body[:200]!r}"
    assert str(found.get("tokenServicesUrl", "")).startswith("http"), found


@case("PORT-020", "facts/clients.md A§9: createService is a POST of someone who is signed in")
def a_stranger_creates_nothing(ctx: Context) -> None:
    token, ctx.client.token = ctx.client.token, None
    try:
        answer = ctx.create_service(ctx.fresh_name())
    finally:
        ctx.client.token = token
    assert "error" in answer, f"a stranger created a service: {answer}"
    assert "success" not in answer or answer["success"] is False, answer


@case("PORT-021", "facts/knowledge-graph.md §14: unknown things are errors; issue 1 Faces: content/items/{id}")
def an_unknown_item_is_an_error(ctx: Context) -> None:
    ctx.client.form(f"{PORTAL}/content/items/{'0' * 32}", f="json").json_error()


@case("PORT-022", "facts/clients.md A§9: createParameters is a JSON object with a name")
def broken_create_parameters_are_an_error(ctx: Context) -> None:
    for text in ("", "{", "[]", "{}", '{"name": 3}'):
        answer = ctx.client.form(
            f"{ctx.home}/createService", createParameters=text, outputType="KnowledgeGraph", f="json"
        )
        assert answer.status == 200, f"HTTP {answer.status} for {text!r}"
        answer.json_error()
