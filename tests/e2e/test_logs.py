"""What the server writes down about requests: never a token, a password, or a line of a caller's making."""

from __future__ import annotations

import json
import socket
from pathlib import Path
from urllib.parse import urlsplit

from tests.conformance.context import Context
from tests.conformance.wire import Client
from tests.e2e.conftest import context_of
from tests.harness import PASSWORD, running_server


def _asked(ctx: Context, nobody: Client) -> list[str]:
    """Ask for all sorts of things with secrets in all sorts of places; give the secrets."""
    token, bad = str(ctx.client.token), "made-up-token-0123456789"
    service = ctx.service(bare=True)
    paths = (
        service.url,
        f"{service.url}/graph/query",
        f"{service.url}/replicas/x",
        "/portal/sharing/rest/portals/self",
    )
    for path in (*paths, "/nothing", "/server/rest/directories/arcgisoutput/x/y.zip"):
        for secret in (token, bad):
            nobody.get(path, f="json", token=secret, openCypherQuery="MATCH (n) RETURN m")
            nobody.request("GET", path, headers={"X-Esri-Authorization": f"Bearer {secret}"})
            nobody.form(path, token=secret, password=PASSWORD)
    nobody.request("GET", "/portal/sharing/rest/info%0A{}")
    for line in (f"GET /a?token={token} x HTTP/1.1", f"GET / HTTP/1.1\r\nX-Esri-Authorization: Bearer {token}\x00"):
        _raw(ctx.client.url, f"{line}\r\nHost: x\r\n\r\n".encode())
    _raw(ctx.client.url, f"GET /{'x' * 40_000}?token={token} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
    nobody.form("/portal/sharing/rest/generateToken", username="x\r\n{}", password=PASSWORD + "!", f="json")
    nobody.get("/portal/sharing/rest/generateToken", username="admin", password=PASSWORD, f="json")
    return [token, bad, PASSWORD]


def _raw(url: str, data: bytes) -> None:
    parts = urlsplit(url)
    with socket.create_connection((parts.hostname or "", parts.port or 0), timeout=20) as connection:
        connection.sendall(data)
        connection.recv(1_000)


def test_no_secret_is_logged_and_no_line_is_broken(tmp_path: Path) -> None:
    log = tmp_path / "log"
    with (
        log.open("w") as target,
        running_server(environment={"KGSYNC_LOG_LEVEL": "debug"}, log=target) as server,
        context_of(server) as context,
    ):
        nobody = Client(server.url)
        secrets = _asked(context, nobody)
        number = nobody.get("/portal/sharing/rest/content/items/x", f="json").headers["x-request-id"]
        nobody.close()
    text = log.read_text()
    for secret in secrets:
        assert secret not in text
    lines = text.splitlines()
    assert len(lines) > 10, "refusals are logged"
    entries = [json.loads(line) for line in lines]
    assert all(isinstance(entry, dict) for entry in entries)
    assert any(entry.get("request") == number for entry in entries), "an answer's number leads to its lines"
