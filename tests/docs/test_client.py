"""The tutorial, the pages about the client and gRPC, and the notebook, run as they are written."""

from __future__ import annotations

import json
import os
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbclient import NotebookClient

from kgsync.client import Replica, connect
from kgsync.client.local import LocalReplica
from tests.conformance.context import ANN, ANN_KNOWS_BOB, BOB, Context, Target
from tests.conformance.edits import Edits
from tests.harness import RunningServer, free_port, running_server
from tests.people import PASSWORD, add_person, token_of
from tests.server.features.files import airports, write

DOCS = Path(__file__).parent.parent.parent / "docs"
_ADDRESS = "http://127.0.0.1:8080"


def _blocks(page: str, kind: str) -> str:
    return "\n".join(re.findall(rf"```{kind}\n(.*?)```", (DOCS / page).read_text(), re.DOTALL))


@pytest.fixture(scope="module")
def field() -> Iterator[tuple[RunningServer, int]]:
    """A server with the service Hosted/Field, which the pages about the client speak of."""
    with _field() as found:
        yield found


@contextmanager
def _field() -> Iterator[tuple[RunningServer, int]]:
    rpc = free_port()
    with running_server(arguments=("--grpc-port", str(rpc))) as server:
        add_person(server, "ann")
        context = Context(Target(server.url, server.user, server.password, "docs"))
        made = context.service(named="Field")
        context.share(made, org="true")
        made.apply(
            Edits().add("Person", ANN, name="Ann", age=52).add("Person", BOB, name="Bob", age=40),
            Edits().relate("Knows", ANN_KNOWS_BOB, ANN, BOB),
        )
        yield server, rpc
        context.close()


def test_the_page_about_the_client_runs(field: tuple[RunningServer, int], tmp_path: Path) -> None:
    server, _ = field
    names: dict[str, Any] = {"url": server.url, "user": "ann", "password": PASSWORD, "folder": tmp_path}
    exec(compile(_blocks("client.md", "python"), "docs/client.md", "exec"), names)
    assert (tmp_path / "graph.graphml").stat().st_size > 0


def test_the_page_about_grpc_runs(field: tuple[RunningServer, int], capsys: pytest.CaptureFixture[str]) -> None:
    server, rpc = field
    names: dict[str, Any] = {"target": f"127.0.0.1:{rpc}", "token": token_of(server, "ann")}
    exec(compile(_blocks("grpc.md", "python"), "docs/grpc.md", "exec"), names)
    told = capsys.readouterr().out
    assert "kgsync.v1.KnowledgeSync" in told
    assert "Hosted/Field" in told


def test_the_notebook_runs(field: tuple[RunningServer, int], monkeypatch: pytest.MonkeyPatch) -> None:
    server, _ = field
    monkeypatch.setenv("KGSYNC_URL", server.url)
    monkeypatch.setenv("KGSYNC_TOKEN", token_of(server, "ann"))
    notebook = nbformat.reads((DOCS / "client.ipynb").read_text(), as_version=4)  # type: ignore[no-untyped-call]
    NotebookClient(notebook, timeout=120, kernel_name="python3").execute()
    shown = [
        o["data"] for c in notebook.cells for o in c.get("outputs", ()) if o.get("output_type") == "execute_result"
    ]
    assert sum("text/html" in data for data in shown) >= 4, "service, replica, result and table show themselves"


# ---- the tutorial


def _run(arguments: list[str], directory: Path, given: str = "") -> str:
    keep = {k: v for k, v in os.environ.items() if not k.startswith("KGSYNC_")}
    variables = {"KGSYNC_CONFIG": str(directory / "config"), "PYTHON_KEYRING_BACKEND": "keyring.backends.fail.Keyring"}
    command = [sys.executable, "-m", *arguments]
    done = subprocess.run(
        command, cwd=directory, env=keep | variables, input=given, capture_output=True, text=True, timeout=180
    )
    assert done.returncode == 0, f"{arguments}: {done.stdout}{done.stderr}"
    return done.stdout


def _tokyo(directory: Path) -> str:
    found = json.loads(_run(["kgsync", "find", "world.kgr", "City", "name=Tokyo", "--json"], directory))
    return str(found[0]["id"])


def _somebody_else(server: RunningServer, city: str, directory: Path) -> None:
    """Change the city at the server, while the replica is away."""
    with connect(server.url, token=token_of(server, "admin")) as theirs:
        wanted = {"City": "n.population > 5000000"}
        with Replica.create(theirs.service("Hosted/world"), wanted, directory / "theirs.kgr") as replica:
            (found,) = (o for o in replica.find("City", name="Tokyo") if str(o.id) == city)
            replica.edits.update(found.id, {"region": "Kanto"})
            assert replica.sync().uploaded == 1


@pytest.mark.timeout(400)
def test_the_tutorial_runs_as_it_is_written(tmp_path: Path) -> None:
    lines = [line for line in _blocks("tutorial.md", "sh").splitlines() if line]
    commands = [shlex.split(line) for line in lines]
    assert all(command[0] == "kgsync" for command in commands)
    serve = next(k for k, command in enumerate(commands) if command[1] == "serve")
    for command in commands[:serve]:
        asks = command[1:3] == ["user", "add"]
        _run([*command, *(["--password-stdin"] if asks else [])], tmp_path, f"{PASSWORD}\n" if asks else "")
    told: dict[str, str] = {}
    with running_server(tmp_path / "data") as server:
        tokyo = ""
        for command in commands[serve + 1 :]:
            if not tokyo and "TOKYO" in command:
                tokyo = _tokyo(tmp_path)
            if command[1] == "sync":
                _somebody_else(server, tokyo, tmp_path)
            filled = [word.replace(_ADDRESS, server.url).replace("TOKYO", tokyo or "TOKYO") for word in command]
            told[command[1]] = _run(filled, tmp_path, f"{PASSWORD}\n" if command[1] == "login" else "")
    assert "overwrote" in told["sync"]
    assert "Overwritten" in told["status"]
    assert tokyo in told["conflicts"].replace("\n", "")
    features = json.loads((tmp_path / "cities.geojson").read_text())["features"]
    by_name = {feature["properties"]["name"]: feature for feature in features}
    assert by_name["Tokyo"]["properties"]["population"] == 37_000_000
    assert by_name["Atlantis"]["geometry"] == {"type": "Point", "coordinates": [-30.0, 30.0]}
    with LocalReplica.open(tmp_path / "world.kgr") as replica:
        assert replica.pending == [] == replica.rejected


@pytest.fixture
def another_field() -> Iterator[RunningServer]:
    """A server whose Hosted/Field nobody else has edited."""
    with _field() as (server, _):
        yield server


def test_the_page_about_layers_runs(another_field: RunningServer, tmp_path: Path) -> None:
    server = another_field
    write(airports(), tmp_path / "airports.gpkg")
    environment = {**os.environ, "KGSYNC_DATA_DIR": str(server.data_dir)}
    for line in _blocks("features.md", "sh").splitlines():
        words = [sys.executable, "-m", *shlex.split(line)]
        done = subprocess.run(words, cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=120)
        assert "layers" in done.stdout, done.stderr
    url = f"{server.url}/server/rest/services/Hosted/Field/FeatureServer"
    names = {"features": url, "token": token_of(server, "ann"), "folder": tmp_path}
    exec(compile(_blocks("features.md", "python"), "docs/features.md", "exec"), names)
