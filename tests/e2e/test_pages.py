"""Pages for people: signing in once, following links, and what no other site can make a browser do."""

from __future__ import annotations

import re
from urllib.parse import urlencode

import pytest

from kgsync.server.http.login import inside
from tests.conformance.context import ANN, Context
from tests.conformance.edits import Edits
from tests.conformance.service import Service
from tests.conformance.wire import FORM, Answer, Client
from tests.harness import RunningServer
from tests.people import PASSWORD, Eyes


@pytest.fixture(scope="module")
def server(sqlite_server: RunningServer) -> RunningServer:
    return sqlite_server


LOGIN, LOGOUT = "/server/rest/login", "/server/rest/logout"


class Browser:
    """A client that keeps cookies and follows forms, as a browser does."""

    def __init__(self, client: Client) -> None:
        self._client, self.cookies = client, dict[str, str]()

    def get(self, path: str, **query: str) -> Answer:
        return self._kept(self._client.request("GET", path, query=query or None, headers=self._headers()))

    def post(self, path: str, **fields: str) -> Answer:
        headers = {**self._headers(), "Content-Type": FORM}
        return self._kept(self._client.request("POST", path, urlencode(fields).encode(), headers=headers))

    def _headers(self) -> dict[str, str]:
        cookies = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        return {"Cookie": cookies, "Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}

    def _kept(self, answer: Answer) -> Answer:
        told = answer.headers.get("set-cookie", "")
        for name, value in re.findall(r"\b(kgsync_\w+)=\"?([\w.-]*)\"?;", told):
            assert not value or ("HttpOnly" in told and "SameSite=Strict" in told and "Path=/server/rest" in told)
            self.cookies[name] = value
        return answer

    def check(self, path: str = LOGIN) -> str:
        found = re.search(r'name="check" value="([^"]+)"', self.get(path).body.decode())
        assert found is not None
        return found[1]

    def sign_in(self, name: str, password: str = PASSWORD, redirect: str = "") -> Answer:
        return self.post(LOGIN, check=self.check(), username=name, password=password, redirect=redirect)


@pytest.fixture
def shared(ctx: Context, eyes: Eyes) -> Service:
    service = ctx.service()
    service.apply(Edits().add("Person", ANN, name="Ann"))
    ctx.share(service, org="true")
    eyes.client("ann")
    return service


@pytest.fixture
def browser(eyes: Eyes) -> Browser:
    return Browser(eyes.client())


def _path(service: Service) -> str:
    return "/server/" + service.url.split("/server/", 1)[1]


def test_a_person_signs_in_once_and_follows_links(browser: Browser, shared: Service) -> None:
    asked = browser.get(_path(shared))
    assert b"Sign in" in asked.body
    link = re.search(r'href="(/server/rest/login\?[^"]+)"', asked.body.decode())
    assert link is not None
    assert browser.get(link[1].replace("&amp;", "&")).status == 200
    led = browser.sign_in("ann", redirect=_path(shared))
    assert (led.status, led.headers["location"]) == (303, _path(shared))
    page = browser.get(_path(shared))
    assert shared.name.encode() in page.body
    for address in re.findall(r'href="([^"]+)"', page.body.decode()):
        if "f=json" not in address:
            assert b"Authentication needed" not in browser.get(address.replace("&amp;", "&")).body, address


def test_the_cookie_opens_pages_and_nothing_else(browser: Browser, shared: Service) -> None:
    browser.sign_in("ann")
    url = _path(shared)
    assert b"Ann" in browser.get(f"{url}/graph/query", openCypherQuery="MATCH (n:Person) RETURN n.name", f="html").body
    for path, form in ((url, "json"), (f"{url}/dataModel/queryDataModel", "pbf"), (f"{url}/replicas", "json")):
        assert browser.get(path, f=form).json_error()["code"] == 499
    for path in ("/replicas/unregister", "/replicas/create", "/graph/applyEdits", "/dataModel/domains/add"):
        assert browser.post(f"{url}{path}", f="json").json_error()["code"] == 499, path
    answer = browser.post(f"{url}/replicas/create", f="html", createReplicaRequest="{}")
    assert b"Authentication needed" in answer.body
    assert shared.replicas() == {}


def test_a_form_of_another_site_signs_nobody_in_or_out(browser: Browser, eyes: Eyes, shared: Service) -> None:
    attacker = Browser(eyes.client())
    stolen = attacker.check()
    for check in ("", "x", stolen):
        told = browser.post(LOGIN, check=check, username="ann", password=PASSWORD)
        assert (told.status, b"expired" in told.body) == (200, True)
    assert "kgsync_pages" not in browser.cookies
    browser.sign_in("ann")
    browser.post(LOGOUT, check=stolen)
    assert b"Signed in as ann" in browser.get(LOGIN).body


def test_signing_out_ends_the_token(browser: Browser, eyes: Eyes) -> None:
    eyes.client("ann")
    browser.sign_in("ann")
    token = browser.cookies["kgsync_pages"]
    browser.post(LOGOUT, check=browser.check())
    browser.cookies["kgsync_pages"] = token
    assert b"Signed in as" not in browser.get(LOGIN).body


def test_a_wrong_password_is_told_on_the_form(browser: Browser, eyes: Eyes) -> None:
    eyes.client("ann")
    told = browser.sign_in("ann", "wrong")
    assert (told.status, b'role="alert"' in told.body, b'name="password"' in told.body) == (200, True, True)


@pytest.mark.parametrize(
    "path",
    [
        "",
        "https://evil.example/",
        "//evil.example",
        "/server/rest//x",
        "/portal/x",
        "/server/rest/\\x",
        "/server/rest/\n",
    ],
)
def test_signing_in_leads_nowhere_else(path: str) -> None:
    assert inside(path) == LOGIN
    assert inside("/server/rest/services/a?f=html") == "/server/rest/services/a?f=html"


def test_pages_escape_every_name(ctx: Context, shared: Service) -> None:
    evil = "<script>alert(1)</script>\"'&"
    shared.replica(name=evil.replace("/", "|"))
    page = ctx.client.get(f"{shared.url}/replicas", f="html")
    assert b"<script>alert" not in page.body
    for query in (f"MATCH (n) WHERE n.name = '{evil}' RETURN n", evil):
        page = ctx.client.get(f"{shared.url}/graph/query", openCypherQuery=query, f="html")
        assert b"<script>alert" not in page.body
    assert "default-src 'none'" in page.headers["content-security-policy"]
