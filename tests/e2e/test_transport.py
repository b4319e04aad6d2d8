"""TLS, hosts and origins as a client meets them."""

from __future__ import annotations

import http.client
import json
import os
import ssl
import stat
import subprocess
import sys
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tests.harness import PASSWORD, RunningServer, running_server

SELF = "/portal/sharing/rest/info?f=json"


def _asked(
    server: RunningServer, path: str, headers: dict[str, str] | None = None, method: str = "GET"
) -> tuple[http.client.HTTPResponse, bytes]:
    """Ask with exactly these headers; TLS is verified against the server's own certificate."""
    parts = urlsplit(server.url)
    connection: http.client.HTTPConnection
    if parts.scheme == "https":
        context = ssl.create_default_context(cafile=str(server.data_dir / "tls" / "certificate.pem"))
        connection = http.client.HTTPSConnection(parts.hostname or "", parts.port, timeout=20, context=context)
    else:
        connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=20)
    try:
        connection.request(method, path, headers=headers or {})
        response = connection.getresponse()
        return response, response.read()
    finally:
        connection.close()


def _token_url(body: bytes) -> str:
    return str(json.loads(body)["authInfo"]["tokenServicesUrl"])


def test_a_laptop_speaks_tls_by_a_certificate_of_its_own(tmp_path: Path) -> None:
    with running_server(tmp_path, arguments=("--tls-self-signed",)) as server:
        assert server.url.startswith("https://127.0.0.1:")
        response, body = _asked(server, SELF)
        assert (response.status, _token_url(body).startswith(server.url)) == (200, True)
        assert response.getheader("Strict-Transport-Security") is None, "a laptop's name serves other things too"
        parts = urlsplit(server.url)
        old = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        old.check_hostname, old.verify_mode = False, ssl.CERT_NONE
        with pytest.warns(DeprecationWarning):
            old.maximum_version = ssl.TLSVersion.TLSv1_1
        with pytest.raises((ssl.SSLError, ConnectionError)):
            http.client.HTTPSConnection(parts.hostname or "", parts.port, timeout=20, context=old).connect()
    kept = tmp_path / "tls" / "key.pem"
    first = kept.read_bytes()
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600
    with running_server(tmp_path, arguments=("--tls-self-signed",)) as server:
        assert kept.read_bytes() == first, "a browser that was told to trust it still does"
        _asked(server, SELF)


def test_an_operators_certificate_is_spoken_and_remembered(tmp_path: Path) -> None:
    with running_server(tmp_path, arguments=("--tls-self-signed",)):
        pass
    files = ("--tls-cert", str(tmp_path / "tls" / "certificate.pem"), "--tls-key", str(tmp_path / "tls" / "key.pem"))
    with running_server(tmp_path, arguments=files) as server:
        response, _ = _asked(server, SELF)
        assert response.getheader("Strict-Transport-Security") == "max-age=31536000"


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("--tls-cert", "x.pem"), "go together"),
        (("--tls-cert", "x.pem", "--tls-key", "y.pem"), "no certificate with its key"),
        (("--tls-cert", "x.pem", "--tls-key", "y.pem", "--tls-self-signed"), "either"),
    ],
)
def test_a_certificate_that_is_none_is_told_before_anything_is_served(
    tmp_path: Path, arguments: tuple[str, ...], told: str
) -> None:
    command = [sys.executable, "-m", "kgsync", "serve", "--data-dir", str(tmp_path / "data"), "--port", "0", *arguments]
    variables = {k: v for k, v in os.environ.items() if not k.startswith("KGSYNC_")}
    variables["KGSYNC_ADMIN_PASSWORD"] = PASSWORD
    ran = subprocess.run(command, env=variables, capture_output=True, text=True, timeout=60, cwd=tmp_path)
    assert (ran.returncode, told in ran.stderr) == (1, True), ran.stderr


def test_a_host_made_up_is_not_written_into_links(server: RunningServer) -> None:
    _, body = _asked(server, SELF, {"Host": "evil.example"})
    assert _token_url(body).startswith(server.url)
    _, body = _asked(
        server, SELF, {"Host": "evil.example", "X-Forwarded-Host": "localhost", "X-Forwarded-Proto": "https"}
    )
    assert _token_url(body).startswith(server.url), "no proxy is listed"


def test_pages_may_ask_and_read_refusals_too(server: RunningServer) -> None:
    for path in (
        "/server/rest/services/Hosted/x/KnowledgeGraphServer?f=json",
        "/nothing",
        "/server/rest/directories/x",
    ):
        response, _ = _asked(server, path, {"Origin": "https://a.example"})
        assert response.getheader("Access-Control-Allow-Origin") == "*", path
        assert response.getheader("Access-Control-Allow-Credentials") is None
    response, _ = _asked(server, "/anything?token=x", {"Origin": "https://a.example"}, "OPTIONS")
    assert response.status == 204
    assert "content-type, x-esri-authorization" in (response.getheader("Access-Control-Allow-Headers") or "")
    assert response.getheader("Access-Control-Max-Age") == "86400"


def test_origins_can_be_narrowed() -> None:
    with running_server(environment={"KGSYNC_CORS_ORIGINS": "https://a.example"}) as server:
        for origin, allowed in (("https://a.example", "https://a.example"), ("https://b.example", None)):
            response, _ = _asked(server, SELF, {"Origin": origin})
            assert response.getheader("Access-Control-Allow-Origin") == allowed
            assert response.getheader("Vary") == "Origin"


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_paths_with_line_breaks_are_answered_as_others(server: RunningServer, method: str) -> None:
    below = "/server/rest/services/a%0Ab/c%0D/KnowledgeGraphServer/replicas%00?f=json"
    for path, status in (("/nothing%0A", 404), (below, 200)):
        response, body = _asked(server, path, {"Origin": "https://a.example"}, method)
        assert (response.status, json.loads(body)["error"]["code"]) == (status, 404)
        assert response.getheader("Access-Control-Allow-Origin") == "*"


def test_pages_can_be_switched_off_but_for_signing_in() -> None:
    with running_server(environment={"KGSYNC_PAGES": "false"}) as server:
        root = "/server/rest/services/Hosted/x/KnowledgeGraphServer"
        assert json.loads(_asked(server, root)[1])["error"]["code"] == 499, "who does not say is answered by JSON"
        told = json.loads(_asked(server, f"{root}?f=html", {"Accept": "text/html"})[1])["error"]
        assert told["code"] in (400, 499)
        assert "<html" not in json.dumps(told)
        assert _asked(server, "/server/rest/login")[0].status == 404
        page = "/portal/sharing/rest/oauth2/authorize?response_type=code&client_id=x&redirect_uri=http://localhost/x"
        assert b"oAuthInfo" in _asked(server, page)[1]


def test_every_answer_has_a_number() -> None:
    with running_server() as server:
        told = [_asked(server, path)[0].getheader("X-Request-Id") for path in (SELF, SELF, "/nothing", "/%00")]
        assert len(set(told)) == 4
        assert all(number and len(number) == 16 for number in told)
