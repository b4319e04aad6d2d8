"""The commands people work offline with, against a real server: what they do, and what they say when they cannot."""

from __future__ import annotations

import json
import os
import re
import shlex
import stat
import subprocess
import sys
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
import typer

from tests.client.house import PASSWORD
from tests.conformance.archives import ADD
from tests.conformance.context import ANN, ANN_KNOWS_BOB, BOB, Context, Target
from tests.conformance.edits import Edits
from tests.conformance.service import Service
from tests.harness import RunningServer, free_port, running_server
from tests.people import add_person, token_of


class Desk:
    """A person's machine: a directory, settings of its own, and the commands."""

    def __init__(self, directory: Path, server: RunningServer, rpc: int, context: Context) -> None:
        self.directory, self.server, self.context = directory, server, context
        self.service = service = self.another()
        self.url = f"{server.url}/Hosted/{service.name}"
        self.rpc = f"grpc://127.0.0.1:{rpc}"

    def run(self, *arguments: str, given: str = "", status: int = 0, **variables: Any) -> str:
        keep = {k: v for k, v in os.environ.items() if not k.startswith("KGSYNC_")}
        (self.directory / "bare").mkdir(exist_ok=True)
        (self.directory / "bare" / "sitecustomize.py").write_text(_BARE)
        done = subprocess.run(
            [sys.executable, "-m", "kgsync", *arguments],
            cwd=self.directory,
            env={
                **keep,
                "KGSYNC_CONFIG": str(self.directory / "config"),
                "PYTHON_KEYRING_BACKEND": _NO_KEYRING,
                "PYTHONPATH": os.pathsep.join([str(self.directory / "bare"), keep.get("PYTHONPATH", "")]),
                **variables,
            },
            input=given,
            capture_output=True,
            text=True,
            timeout=120,
        )
        assert done.returncode == status, f"{arguments}: {done.returncode}\n{done.stdout}\n{done.stderr}"
        assert "Traceback" not in done.stderr
        return done.stdout if status == 0 else done.stdout + done.stderr

    def another(self) -> Service:
        """Publish another service for everyone."""
        made = self.context.service()
        self.context.share(made, org="true")
        return made

    def facts(self, *arguments: str) -> dict[str, Any]:
        found = json.loads(self.run(*arguments, "--json"))
        assert isinstance(found, dict)
        return found


# A machine with the base install: what only the server and the extras have cannot be imported.
_BARE = """
import os, sys
class Missing:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in gone:
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)
gone = set(
    "sqlalchemy alembic argon2 cryptography isal jinja2 joserfc lark psycopg pydantic_settings pyproj shapely "
    "stream_zip structlog grpc_health grpc_reflection pandas pyarrow geopandas pyogrio keyring networkx".split()
) - set(os.environ.get("ALSO", "").split())
sys.meta_path.insert(0, Missing())
"""
_NO_KEYRING = "keyring.backends.fail.Keyring"


@pytest.fixture(scope="module")
def place() -> Iterator[tuple[RunningServer, int, Context]]:
    rpc = free_port()
    with running_server(arguments=("--grpc-port", str(rpc))) as server:
        add_person(server, "ann")
        context = Context(Target(server.url, server.user, server.password, "cli"))
        yield server, rpc, context
        context.close()


@pytest.fixture
def desk(place: tuple[RunningServer, int, Context], tmp_path: Path) -> Desk:
    server, rpc, context = place
    made = Desk(tmp_path, server, rpc, context)
    made.service.apply(
        Edits().add("Person", ANN, name="Ann", age=3).add("Person", BOB, name="Bob", age=40),
        Edits().relate("Knows", ANN_KNOWS_BOB, ANN, BOB),
    )
    return made


@pytest.fixture
def ann(desk: Desk) -> Desk:
    desk.run("login", desk.server.url, "--user", "ann", given=f"{PASSWORD}\n")
    return desk


def test_a_token_is_kept_where_only_its_owner_reads_it(desk: Desk) -> None:
    told = desk.run("login", desk.server.url, "--user", "ann", given=f"{PASSWORD}\n")
    kept = desk.directory / "config" / "tokens.json"
    assert str(kept) in told.replace("\n", "")
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600
    assert PASSWORD not in kept.read_text()
    desk.run("logout", desk.server.url)
    assert json.loads(kept.read_text()) == {}
    assert "no token" in desk.run("logout", desk.server.url, status=1).lower()
    assert "login" in desk.run("replica", "list", desk.url, status=1)


def test_a_wrong_password_is_told(desk: Desk) -> None:
    assert "Error" in desk.run("login", desk.server.url, "--user", "ann", given="wrong\n", status=1)


def test_a_day_of_work_offline(ann: Desk) -> None:
    assert "objects of 2 types" in ann.run("clone", ann.url, "field.kgr")
    eve = ann.run("edit", "add", "field.kgr", "Person", "name=Eve", "age=9").strip()
    ann.run("edit", "relate", "field.kgr", "Knows", eve, str(BOB))
    ann.run("edit", "set", "field.kgr", str(ANN), "name=Anna", "age=")
    facts = ann.facts("status", "field.kgr")
    assert (facts["counts"], len(facts["pending"])) == ({"Knows": 2, "Person": 3}, 3)
    assert "3 edits wait" in ann.run("status", "field.kgr")
    done = ann.facts("sync", "field.kgr")
    assert (done["uploaded"], done["rejected"]) == (3, 0)
    made = ann.service.replica()
    rows = ann.service.first_archive(made)
    assert (rows.row(ANN).props["name"], rows.row(UUID(eve)).props["name"]) == ("Anna", "Eve")
    ann.service.apply(Edits().update("Person", BOB, name="Robert"))
    assert ann.facts("pull", "field.kgr")["rows"] == 1
    assert ann.facts("push", "field.kgr")["uploaded"] == 0
    assert "they agree" in ann.run("doctor", "field.kgr")


def test_a_rejected_edit_is_listed_exported_and_dropped(ann: Desk) -> None:
    ann.run("clone", ann.url, "field.kgr", "--type", "Person")
    ann.run("edit", "set", "field.kgr", str(BOB), "age=41")
    ann.service.apply(Edits().delete_relationship("Knows", ANN_KNOWS_BOB).delete("Person", BOB))
    ann.run("sync", "field.kgr", status=1)
    (rejected,) = ann.facts("status", "field.kgr")["rejected"]
    assert (rejected["id"], rejected["code"]) == (str(BOB), 112904)
    assert "rejected" in ann.run("doctor", "field.kgr", status=1)
    ann.run("edit", "retry", "field.kgr")
    ann.run("sync", "field.kgr", status=1)
    ann.run("edit", "drop", "field.kgr", "--export", "lost.jsonl")
    (line,) = (ann.directory / "lost.jsonl").read_text().splitlines()
    assert json.loads(line)["properties"] == {"age": 41}
    assert ann.facts("status", "field.kgr")["rejected"] == []


def test_replicas_at_the_server(ann: Desk) -> None:
    made = ann.facts(
        "replica", "create", ann.url, "--archive", "a.zip", "--where", "Person=n.age > 30", "--name", "old"
    )
    (listed,) = json.loads(ann.run("replica", "list", ann.url, "--json"))
    assert listed["id"] == made["id"]
    info = ann.facts("replica", "info", ann.url, str(made["id"]))
    assert (info["name"], info["types"]) == ("old", [{"type": "Person", "kind": "entity", "where": "n.age > 30"}])
    ann.service.apply(Edits().update("Person", ANN, age=33))
    command = ("replica", "sync", ann.url, str(made["id"]), "--after", str(made["syncDate"]), "--archive", "d.zip")
    assert ann.facts(*command)["rejected"] == []
    assert str(ANN) in ann.run("inspect", "d.zip", "--json")
    ann.run("replica", "unregister", ann.url, str(made["id"]))
    assert json.loads(ann.run("replica", "list", ann.url, "--json")) == []
    assert "Error" in ann.run("replica", "info", ann.url, str(made["id"]), status=1)


def test_the_same_over_grpc_with_a_token_from_the_environment(desk: Desk) -> None:
    token = token_of(desk.server, "ann")
    url = f"{desk.rpc}/Hosted/{desk.service.name}"
    desk.run("clone", url, "field.kgr", KGSYNC_TOKEN=token)
    desk.run("edit", "set", "field.kgr", str(ANN), "age=5")
    # A server that only the file names is not shown the token of the environment: files come from anywhere.
    assert "no token" in desk.run("sync", "field.kgr", status=1, KGSYNC_TOKEN=token)
    done = desk.run("sync", "field.kgr", "--json", KGSYNC_TOKEN=token, KGSYNC_URL=desk.rpc)
    assert json.loads(done)["uploaded"] == 1
    assert "grpc" in desk.run("status", "field.kgr")


def test_one_logs_in_for_grpc_at_the_portal(desk: Desk) -> None:
    desk.run("login", desk.rpc, "--user", "ann", "--portal", desk.server.url, given=f"{PASSWORD}\n")
    assert json.loads(desk.run("replica", "list", f"{desk.rpc}/Hosted/{desk.service.name}", "--json")) == []


def test_changes_are_shown_as_they_happen(ann: Desk) -> None:
    ann.run("clone", ann.url, "field.kgr")
    ann.service.apply(Edits().update("Person", BOB, name="Robert"))
    lines = ann.run("watch", "field.kgr", "--for", "3", "--json").splitlines()
    (change,) = json.loads(lines[0])["changes"]
    assert (change["operation"], change["objects"][0]["properties"]["name"]) == ("update", "Robert")
    ann.run("watch", "field.kgr", "--for", "3", "--sync")
    assert ann.facts("pull", "field.kgr")["rows"] == 0, "it was synchronized while it watched"


@pytest.mark.parametrize("name", ["graph.json", "graph.graphml", "map.geojson"])
def test_files_go_out_and_come_in(ann: Desk, name: str) -> None:
    ann.run("clone", ann.url, "field.kgr")
    also: dict[str, Any] = {"ALSO": "networkx"} if name.endswith("graphml") else {}
    assert json.loads(ann.run("export", "field.kgr", name, "--json", **also))["objects"] == 3
    empty = ann.another()
    ann.run("clone", f"{ann.server.url}/Hosted/{empty.name}", "other.kgr")
    facts = json.loads(ann.run("import", "other.kgr", name, "--json", **also))
    assert (facts["entities"], facts["relationships"]) == (2, 1)
    assert ann.facts("sync", "other.kgr")["uploaded"] == 3
    rows = empty.first_archive(empty.replica())
    assert (rows.row(ANN).props["name"], rows.row(ANN_KNOWS_BOB).origin) == ("Ann", ANN)


def test_pairs_name_entities_by_a_property(ann: Desk) -> None:
    ann.run("clone", ann.url, "field.kgr")
    (ann.directory / "pairs.csv").write_text("origin,destination,since\nBob,Ann,2020\n")
    facts = ann.facts("import", "field.kgr", "pairs.csv", "--type", "Knows", "--match", "name")
    assert facts["relationships"] == 1
    (ann.directory / "bad.csv").write_text("origin,destination\nBob,Ann\nBob,Zoe\n")
    told = ann.run("import", "field.kgr", "bad.csv", "--type", "Knows", "--match", "name", status=1)
    assert "line 3" in told
    assert len(ann.facts("status", "field.kgr")["pending"]) == 1, "all of a file, or nothing"


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("status", "none.kgr"), "does not exist"),
        (("clone", "nowhere", "x.kgr"), "http://host:8080"),
        (("clone", "http://127.0.0.1:9/Hosted/Field", "x.kgr"), "cannot be reached"),
        (("export", "none.kgr", "map.geojson"), "does not exist"),
        (("replica", "info", "http://127.0.0.1:9/a", "x"), "is no id"),
    ],
)
def test_what_cannot_be_done_is_told_in_a_line(desk: Desk, arguments: tuple[str, ...], told: str) -> None:
    assert told in desk.run(*arguments, status=1).replace("\n", " ")


def test_what_needs_an_extra_says_which(ann: Desk) -> None:
    ann.run("clone", ann.url, "field.kgr")
    told = ann.run("export", "field.kgr", "graph.graphml", status=1)
    assert "pip install 'kgsync[networkx]'" in told.replace("\n", "")
    assert "kgsync[server]" in ann.run("serve", status=1).replace("\n", "")
    assert "not installed" in ann.run("doctor")


def _examples() -> list[str]:
    """Find the examples of the help texts, in the order of a day's work."""
    texts = [info.help or "" for module in _MODULES for info in _commands(module)]
    found = [match[1] for text in texts for match in re.finditer(r"[Ee]xample: (kgsync .*)$", text)]
    assert len(found) == len(texts), "every command of these has an example"
    return sorted(found, key=lambda line: next(k for k, word in enumerate(_DAY) if line.startswith(f"kgsync {word} ")))


_MODULES = ("login", "clone", "synchronizing", "edit", "status", "find", "watch", "moving", "replica", "doctor")
_DAY = (
    "login", "clone", "replica create", "replica list", "replica info", "replica sync", "replica unregister", "status",
    "find", "show", "edit add", "edit relate", "edit set", "edit undo", "edit delete", "import", "export", "push",
    "pull", "sync", "edit export", "edit retry", "edit drop", "watch", "replica register", "doctor", "logout",
)  # fmt: skip


def _commands(module: str) -> list[Any]:
    made = typer.Typer()
    import_module(f"kgsync.cli.{module}").register(made)
    groups = [group.typer_instance for group in made.registered_groups]
    return [*made.registered_commands, *(info for group in groups if group for info in group.registered_commands)]


def test_the_example_of_every_help_text_runs(ann: Desk) -> None:
    places = [{"properties": {"label": "Person", "name": "Eve"}, "type": "Feature", "geometry": None}]
    (ann.directory / "people.geojson").write_text(json.dumps({"type": "FeatureCollection", "features": places}))
    replica, date = "", ""
    for line in _examples():
        words = shlex.split(line.replace("http://127.0.0.1:8080/Hosted/Field", ann.url))
        words = [word.replace("http://127.0.0.1:8080", ann.server.url) for word in words[1:]]
        ids = [replica] if words[0] == "replica" else [str(ANN), str(BOB)]
        filled = [ids.pop(0) if w == "ID" else ann.url if w == "URL" else date if w == "DATE" else w for w in words]
        if words[:2] == ["edit", "delete"]:
            filled[3] = str(BOB)
        if words[:2] == ["edit", "drop"]:
            assert "no rejected edit" in ann.run(*filled, status=1), "there is none to drop"
            continue
        if words[0] == "watch":
            filled[-1] = "1"
        if words[:2] == ["replica", "create"]:
            made = ann.facts(*filled)
            replica, date = str(made["id"]), str(made["syncDate"])
            continue
        ann.run(*filled, given=f"{PASSWORD}\n" if words[0] == "login" else "")
    assert ann.service.first_archive(ann.service.replica()).ids(ADD), "and Eve and others are there"
