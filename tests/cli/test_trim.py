"""kgsync trim: says what would go, then does exactly that."""

from __future__ import annotations

import uuid
from pathlib import Path

from kgsync.model.catalog import ServiceSettings
from kgsync.model.edits import Op
from kgsync.model.history import ORIGIN, Moment
from kgsync.model.replica import Direction, Replica
from kgsync.server.publishing import publish
from kgsync.store.database import open_store
from kgsync.sync.datamodel import add_types
from tests.cli.test_commands import _run
from tests.graphs import PERSON, Graph, add, change, entity


def _made(directory: Path) -> list[Moment]:
    """Publish Hosted/Field with five commits on one object, and a replica at the second; give the Moments."""
    store = open_store(directory, None)
    service = publish(store, "Field", "Hosted", "ann", ServiceSettings(), 1, uuid.uuid4)
    graph = Graph(store, service)
    with store.writing(service.id, graph.wall) as writing:
        add_types(writing, [PERSON])
    moments = [graph.apply(entity(Op.ADD, "Person", add(1))).moment]
    moments += [graph.apply(entity(Op.UPDATE, "Person", change(1, age=k))).moment for k in range(4)]
    replica = Replica(
        id=uuid.uuid4(),
        name="tablet",
        requested_name="tablet",
        owner="ann",
        direction=Direction.BIDIRECTIONAL,
        definition=graph.bound(),
        created=0,
        served=moments[1],
        presented=ORIGIN,
        last_contact=0,
    )
    with store.registering(service.id) as registering:
        registering.add_replica(replica)
    store.close()
    return moments


def _line(text: str, word: str) -> list[str]:
    (found,) = (line for line in text.splitlines() if word in line and "│" in line)
    return [cell.strip() for cell in found.strip("│").split("│")]


def test_a_dry_run_says_what_a_trim_then_does(tmp_path: Path) -> None:
    moments = _made(tmp_path)
    where = ("--before", str(moments[3].ms), "--data-dir", str(tmp_path))
    for _ in range(2):  # it changes nothing
        told = _run("trim", "Field", *where, "--dry-run")
        assert _line(told.stdout, "Hosted/Field")[2:] == ["2", "4", "50.0"], told
        assert _line(told.stdout, "tablet")[-1] == "needs a snapshot"
        assert "Without --force this trim is refused" in told.stdout
    refused = _run("trim", "Field", *where)
    assert refused.returncode == 1
    assert "1 replicas" in refused.stderr
    done = _run("trim", "Hosted/Field", *where, "--force", "--unregister")
    assert _line(done.stdout, "Hosted/Field")[2:] == ["2", "4", "50.0"], done
    assert _line(done.stdout, "tablet")[-1] == "unregistered"


def test_preserving_keeps_what_a_replica_may_need(tmp_path: Path) -> None:
    moments = _made(tmp_path)
    kept = _run("trim", "field", "--preserve", "--data-dir", str(tmp_path), "--dry-run")
    assert _line(kept.stdout, "Hosted/Field")[1:3] == [str(moments[1]), "0"], kept
    idle = _run("trim", "field", "--preserve", "--idle-days", "30", "--data-dir", str(tmp_path))
    assert _line(idle.stdout, "Hosted/Field")[2] == "4", idle


def test_contradictions_are_refused_in_one_line(tmp_path: Path) -> None:
    _made(tmp_path)
    for arguments, word in (
        ((), "--before"),
        (("--before", "1", "--preserve"), "--before"),
        (("--before", "1", "--unregister"), "--force"),
        (("--preserve", "--force"), "force"),
        (("--keep-days", "1", "--idle-days", "1"), "--preserve"),
        (("--before", "soon"), "soon"),
        (("--before", "2999-01-01"), "future"),
    ):
        told = _run("trim", "Field", *arguments, "--data-dir", str(tmp_path))
        assert (told.returncode, word in told.stderr, "Traceback" in told.stderr) == (1, True, False), told
    assert "no service" in _run("trim", "Nowhere", "--preserve", "--data-dir", str(tmp_path)).stderr
