"""The JSON surface against its own OpenAPI document, by Schemathesis: what is described is what is answered."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from kgsync.server.http.openapi import PATH
from tests.conformance.context import Context, Target
from tests.harness import RunningServer, running_server

_CHECKS = "not_a_server_error,status_code_conformance,content_type_conformance,response_schema_conformance"
# What Schemathesis sends in a second is more than any client would.
_ENVIRONMENT = {"KGSYNC_REQUESTS_PER_SECOND": "0"}


def _run(server: RunningServer, *more: str) -> subprocess.CompletedProcess[str]:
    command = [str(Path(sys.executable).parent / "schemathesis"), "run", f"{server.url}/{PATH}", "--checks", _CHECKS]
    command += ["--max-examples", "30", "--phases", "examples,coverage,fuzzing", "--no-color", *more]
    return subprocess.run(command, capture_output=True, text=True, timeout=900)


@pytest.mark.fuzz
@pytest.mark.timeout(1_000)
@pytest.mark.parametrize("signed_in", [True, False], ids=["administrator", "anonymous"])
def test_the_json_surface_answers_as_it_says(signed_in: bool) -> None:
    with running_server(environment=_ENVIRONMENT) as server:
        context = Context(Target(server.url, server.user, server.password))
        token = context.client.token
        context.close()
        ran = _run(server, *(("-H", f"X-Esri-Authorization: Bearer {token}") if signed_in else ()))
        assert ran.returncode == 0, ran.stdout[-6000:] + ran.stderr[-2000:]
