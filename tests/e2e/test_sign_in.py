"""Signing in from outside: as deployed clients do it by themselves, by code, and by a refresh token."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from kgsync.model.people import Role
from tests.conformance.wire import Answer, Client
from tests.harness import RunningServer
from tests.people import PASSWORD, Eyes, add_person


@pytest.fixture(scope="module")
def server(sqlite_server: RunningServer) -> RunningServer:
    return sqlite_server


AUTHORIZE = "/portal/sharing/rest/oauth2/authorize"
SIGN_IN = "/portal/sharing/oauth2/signin"
TOKEN = "/portal/sharing/rest/oauth2/token"
VERIFIER = "v" * 50
CHALLENGE = base64.urlsafe_b64encode(hashlib.sha256(VERIFIER.encode()).digest()).rstrip(b"=").decode()


@pytest.fixture
def nobody(server: RunningServer, eyes: Eyes) -> Client:
    add_person(server, "ann")
    return eyes.client()


def _info(page: Answer) -> dict[str, Any]:
    """Read the page as a deployed client does: the one line with braces."""
    lines = [line for line in page.body.decode().splitlines() if "oauth_state" in line and "{" in line]
    (line,) = [line for line in lines if "oAuthInfo" in line]
    assert line.count("{") == line.count("}") == 1
    found: dict[str, Any] = json.loads(line[line.index("{") : line.rindex("}") + 1])
    return found


def _asked(client: Client, state: str, **more: str) -> Answer:
    given = {
        "response_type": "token",
        "client_id": "pythonapi",
        "redirect_uri": f"https://{urlsplit(client.url).netloc}",
        "state": state,
        "expiration": "600",
        "allow_verification": "false",
        "style": "dark",
        "locale": "en-US",
    }
    return client.get(AUTHORIZE, **{**given, **more})


def _sent(client: Client, oauth_state: str, password: str = PASSWORD) -> Answer:
    return client.form(SIGN_IN, expiration="600", oauth_state=oauth_state, username="ann", password=password)


def _led(answer: Answer) -> dict[str, str]:
    """Give what the address that a sign-in leads to says."""
    assert answer.status == 302
    parts = urlsplit(answer.headers["location"])
    return {name: values[0] for name, values in parse_qs(parts.fragment or parts.query).items()}


def test_a_deployed_client_signs_in_by_itself(nobody: Client) -> None:
    _asked(nobody, "first")
    page = _asked(nobody, "second")
    assert "Invalid redirect_uri" not in page.body.decode()
    told = _led(_sent(nobody, _info(page)["oauth_state"]))
    assert (told["username"], told["ssl"], told["state"], told["expires_in"]) == ("ann", "true", "second", "36000")
    answer = nobody.get("/portal/sharing/rest/portals/self", f="json", token=told["access_token"])
    assert answer.json_object()["user"]["username"] == "ann"


def test_a_wrong_password_is_told_on_the_page_and_can_be_tried_again(nobody: Client) -> None:
    page = _sent(nobody, _info(_asked(nobody, "s"))["oauth_state"], "wrong")
    assert page.status == 200
    told = _info(page)
    assert "Invalid username or password" in told["messages"][0]
    assert "(OAUTH_0015)" in told["messages"][0]
    assert _led(_sent(nobody, told["oauth_state"]))["state"] == "s"


def test_the_form_alone_signs_nobody_in(nobody: Client) -> None:
    for forged in ("", "x.y"):
        page = _sent(nobody, forged)
        assert page.status == 200
        assert b"expired" in page.body


def test_a_link_that_leads_elsewhere_shows_no_form(nobody: Client) -> None:
    page = _asked(nobody, "s", redirect_uri="https://evil.example/")
    assert b"Invalid redirect_uri" in page.body
    assert b"<form" not in page.body


def test_the_page_escapes_what_it_was_asked_and_loads_nothing(nobody: Client) -> None:
    page = _asked(nobody, "s", client_id='</script><script>alert(1)</script>"', redirect_uri="http://localhost/x")
    assert b"<script>" not in page.body
    assert b"alert(1)</script>" not in page.body.replace(b'<script type="text/plain">', b"")
    policy = page.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "form-action 'self' http://localhost" in policy
    assert page.headers["referrer-policy"] == "no-referrer"


def _code(client: Client) -> str:
    page = _asked(
        client,
        "s",
        response_type="code",
        client_id="app",
        redirect_uri="http://localhost/x",
        code_challenge=CHALLENGE,
        code_challenge_method="S256",
    )
    return _led(_sent(client, _info(page)["oauth_state"]))["code"]


def _changed(client: Client, code: str, **more: str) -> dict[str, Any]:
    given = {
        "grant_type": "authorization_code",
        "code": code,
        "client_id": "app",
        "redirect_uri": "http://localhost/x",
        "code_verifier": VERIFIER,
    }
    return client.form(TOKEN, **{**given, **more}, f="json").json_object()


def test_a_code_is_changed_once_by_who_began(nobody: Client) -> None:
    code = _code(nobody)
    told = _changed(nobody, code)
    assert told["username"] == "ann"
    assert told["expires_in"] == 3600
    assert _changed(nobody, code)["error"]["error"] == "invalid_grant"
    for wrong in ({"code_verifier": "w" * 50}, {"client_id": "other"}, {"redirect_uri": "http://localhost/y"}):
        assert _changed(nobody, _code(nobody), **wrong)["error"]["error"] == "invalid_request"


def test_a_code_brought_wrongly_is_used_up(nobody: Client) -> None:
    code = _code(nobody)
    _changed(nobody, code, code_verifier="w" * 50)
    assert _changed(nobody, code)["error"]["error"] == "invalid_grant"


def test_a_refresh_token_makes_tokens_until_it_is_exchanged_or_revoked(nobody: Client) -> None:
    first = _changed(nobody, _code(nobody))
    refresh = first["refresh_token"]
    again = nobody.form(TOKEN, grant_type="refresh_token", refresh_token=refresh, client_id="app").json_object()
    assert again["access_token"] != first["access_token"]
    assert "refresh_token" not in again
    other = nobody.form(
        TOKEN, grant_type="exchange_refresh_token", refresh_token=refresh, client_id="app"
    ).json_object()
    ended = nobody.form(TOKEN, grant_type="refresh_token", refresh_token=refresh, client_id="app").json_object()
    assert ended["error"]["error"] == "invalid_grant"
    revoked = nobody.form("/portal/sharing/rest/oauth2/revokeToken", auth_token=str(other["refresh_token"]))
    assert revoked.json_object() == {"success": True}
    ended = nobody.form(TOKEN, grant_type="refresh_token", refresh_token=str(other["refresh_token"])).json_object()
    assert ended["error"]["error"] == "invalid_grant"
    as_access = nobody.get("/portal/sharing/rest/portals/self", f="json", token=refresh)
    assert as_access.json_error()["code"] == 498


def test_a_bound_token_is_good_from_its_place_alone(server: RunningServer, nobody: Client) -> None:
    made = nobody.form(
        "/portal/sharing/rest/generateToken",
        username="ann",
        password=PASSWORD,
        client="referer",
        referer="https://maps.example/x",
        f="json",
    ).json_object()
    path = "/portal/sharing/rest/portals/self"
    token = str(made["token"])
    good = nobody.request("GET", path, query={"token": token}, headers={"Referer": "https://maps.example/"})
    assert "user" in good.json_object()
    bad = nobody.request("GET", path, query={"token": token}, headers={"Referer": "https://evil.example/"})
    assert bad.json_error()["code"] == 498


def test_a_password_in_an_address_is_refused(nobody: Client) -> None:
    for method in ("GET", "POST"):
        answer = nobody.request(
            method, "/portal/sharing/rest/generateToken", query={"username": "ann", "password": PASSWORD, "f": "json"}
        )
        assert answer.json_error()["code"] == 400


@pytest.mark.parametrize("role", list(Role))
def test_clients_learn_the_role(eyes: Eyes, role: Role) -> None:
    somebody = eyes.client(f"some{role.value}", role)
    told = somebody.get(f"/portal/sharing/rest/community/users/some{role.value}", f="json").json_object()
    assert told["privileges"]
    admin = any(":admin:" in str(p) for p in told["privileges"])
    assert admin is (role is Role.ADMINISTRATOR)
    assert re.fullmatch(r"org_\w+", str(told["role"]))
