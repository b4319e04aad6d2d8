"""The command line: each command does what its help says; errors are one line that says what to do."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

import kgsync
from kgsync.store.database import open_store
from tests.conformance.wire import Client
from tests.harness import PASSWORD, USER, running_server


def _run(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    variables = {k: v for k, v in os.environ.items() if not k.startswith("KGSYNC_")}
    variables |= {"COLUMNS": "200", "NO_COLOR": "1", **environment}
    return subprocess.run(
        [sys.executable, "-m", "kgsync", *arguments], env=variables, capture_output=True, text=True, timeout=120
    )


def test_the_version_is_written_once() -> None:
    assert _run("--version").stdout.strip() == f"kgsync {kgsync.__version__}"


def test_services_are_created_and_listed(tmp_path: Path) -> None:
    where = ("--data-dir", str(tmp_path))
    made = _run("service", "create", "Field", "--capabilities", "Query,Update", *where)
    assert "Hosted/Field was created" in made.stdout, made.stderr
    password = re.search(r"password (\S+);", made.stdout)
    assert password, "the generated password is told once"
    again = _run("service", "create", "FIELD", *where)
    assert (again.returncode, "exists" in again.stderr) == (1, True)
    listed = _run("service", "list", *where)
    assert "Hosted/Field" in listed.stdout
    assert "Query, Update" in listed.stdout
    assert password[1] not in listed.stdout


def test_unknown_capabilities_are_refused_with_the_known_ones(tmp_path: Path) -> None:
    told = _run("service", "create", "Field", "--capabilities", "Query,Fly", "--data-dir", str(tmp_path))
    assert told.returncode == 1
    assert "Fly" in told.stderr
    assert "Extract" in told.stderr
    assert "Traceback" not in told.stderr


def test_features_are_given_at_creation_and_switched_later(tmp_path: Path) -> None:
    where = ("--data-dir", str(tmp_path))
    made = _run("service", "create", "Field", "--provenance", "--editor-tracking", "--no-sync", *where)
    assert made.returncode == 0, made.stderr
    told = _run("service", "feature", "field", "--disable", "provenance", "--enable", "sync", *where)
    assert told.stdout.splitlines() == ["Hosted/Field: provenance is off.", "Hosted/Field: sync is on."], told.stderr
    refused = _run("service", "feature", "Field", "--disable", "documents", "--enable", "flying", *where)
    assert refused.returncode == 2
    store = open_store(tmp_path, None)
    with store.catalog() as catalog:
        service = catalog.service("Hosted", "Field")
    assert service is not None
    with store.reading(service.id) as reading:
        model = reading.data_model()
        assert reading.floor() == reading.clock()
    store.close()
    assert (model.provenance, model.documents is None, model.tracking is None) == (None, False, False)
    assert service.settings.supports_sync


@pytest.mark.parametrize(
    "command",
    [("token", "admin"), ("service", "list"), ("user", "list"), ("audit", "verify"), ("trim", "Field", "--preserve")],
)
def test_a_data_directory_mistyped_is_told_and_not_made(tmp_path: Path, command: tuple[str, ...]) -> None:
    told = _run(*command, "--data-dir", str(tmp_path / "nowhere"))
    assert (told.returncode, "no database at" in told.stderr) == (1, True)
    assert not (tmp_path / "nowhere").exists()


def test_a_feature_of_no_service_is_refused(tmp_path: Path) -> None:
    _run("service", "create", "Field", "--data-dir", str(tmp_path))
    for arguments, word in ((("Ghost", "--enable", "sync"), "Ghost"), (("Ghost",), "--enable")):
        told = _run("service", "feature", *arguments, "--data-dir", str(tmp_path))
        assert (told.returncode, word in told.stderr) == (1, True)


def test_a_printed_token_opens_the_server() -> None:
    with running_server() as server:
        token = _run("token", USER, "--data-dir", str(server.data_dir)).stdout.strip()
        client = Client(server.url, token)
        me = client.get("/portal/sharing/rest/portals/self", f="json").json_object()
        client.close()
    assert me["user"]["username"] == USER


def test_a_token_for_nobody_is_refused(tmp_path: Path) -> None:
    _run("service", "create", "Field", "--data-dir", str(tmp_path))
    told = _run("token", "nobody", "--data-dir", str(tmp_path))
    assert (told.returncode, "no user" in told.stderr) == (1, True)


def test_a_setting_that_cannot_be_is_named(tmp_path: Path) -> None:
    told = _run("serve", "--data-dir", str(tmp_path), KGSYNC_LOG_LEVEL="loud")
    assert told.returncode == 1
    assert "KGSYNC_LOG_LEVEL" in told.stderr


def test_a_data_directory_that_cannot_be_is_said_in_one_line(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("not a directory")
    told = _run("serve", "--data-dir", str(tmp_path / "file" / "data"), "--port", "0")
    assert told.returncode == 1
    assert str(tmp_path / "file") in told.stderr
    assert "Traceback" not in told.stderr


def test_a_database_that_is_none_is_said_in_one_line(tmp_path: Path) -> None:
    (tmp_path / "kgsync.sqlite").write_bytes(b"this is no database at all" * 100)
    for arguments in (("--data-dir", str(tmp_path)), ("--database-url", "nonsense")):
        told = _run("service", "list", *arguments)
        assert told.returncode == 1
        assert "database" in told.stderr
        assert "Traceback" not in told.stderr


def test_a_port_in_use_is_said_in_one_line(tmp_path: Path) -> None:
    with running_server() as server:
        port = server.url.rsplit(":", 1)[1]
        told = _run("serve", "--data-dir", str(tmp_path), "--port", port, KGSYNC_ADMIN_PASSWORD=PASSWORD)
    assert told.returncode == 1
    assert port in told.stderr
    assert "Traceback" not in told.stderr


def test_the_demo_runs_to_its_end() -> None:
    told = _run("demo", "--once")
    assert told.returncode == 0, told.stderr
    for words in ("Astana → Nur-Sultan", "open → closed", "Nusantara → Indonesia", "Jakarta → Indonesia"):
        assert words in told.stdout


def test_layers_are_published_from_a_graph(tmp_path: Path) -> None:
    where = ("--data-dir", str(tmp_path))
    _run("service", "create", "Field", *where)
    features = ("service", "create", "--type", "features")
    empty = _run(*features, "--from-graph", "Field", *where)
    assert (empty.returncode, "no entity type" in empty.stderr) == (1, True)
    for arguments, told in (
        ((), "Say what the layers are"),
        (("--from-graph", "Nothing"), "Nothing"),
        (("Other", "--from-graph", "Field"), "leave the other out"),
    ):
        refused = _run(*features, *arguments, *where)
        assert (refused.returncode, told in refused.stderr) == (1, True), refused.stderr
    nameless = _run("service", "create", *where)
    assert (nameless.returncode, "how the service is to be called" in nameless.stderr) == (1, True)
