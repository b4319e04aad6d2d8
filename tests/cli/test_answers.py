"""Commands that answer: what they print, and how they end."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
import typer

from kgsync.cli.conflicts import conflicts
from kgsync.cli.diff import diff
from kgsync.cli.explain import explain
from kgsync.cli.inspect import inspect
from kgsync.cli.showing import text_of
from kgsync.cli.verify import verify
from kgsync.errors import Conflict, MalformedInput, NotFound
from kgsync.model.edits import Op
from kgsync.model.geometry import Geometry, GeometryKind
from kgsync.model.plain import plain
from kgsync.model.values import DateOnly, DateTime, Duration, Invalid, TimeOnly, TimestampOffset, Value
from tests.archives import save_rows, whole
from tests.cli.scene import Scene
from tests.graphs import KNOWS, PERSON, uid


@pytest.fixture
def scene(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Scene:
    monkeypatch.setenv("COLUMNS", "250")
    return Scene(tmp_path)


def _exit_of(command: Callable[[], None]) -> int:
    with pytest.raises((typer.Exit, SystemExit)) as ended:
        command()
    told = ended.value
    code = told.exit_code if isinstance(told, typer.Exit) else getattr(told, "code", None)
    assert isinstance(code, int)
    return code


def _json(capsys: pytest.CaptureFixture[str]) -> Any:
    return json.loads(capsys.readouterr().out)


# ---- conflicts


def test_conflicts_are_listed_newest_first(scene: Scene, capsys: pytest.CaptureFixture[str]) -> None:
    conflicts(scene.service, data_dir=scene.data_dir)
    lines = [line for line in capsys.readouterr().out.splitlines() if "bob" in line]
    assert [("delete" in line, "update" in line, "Tablet" in line) for line in lines] == [
        (True, False, True),
        (False, True, True),
    ]
    conflicts(scene.service, limit=1, data_dir=scene.data_dir)
    assert "--before 2" in capsys.readouterr().out
    conflicts(scene.service, before=2, as_json=True, data_dir=scene.data_dir)
    told = _json(capsys)
    assert (told["count"], [c["number"] for c in told["conflicts"]]) == (2, [1])


def test_a_conflict_is_shown_from_both_sides(scene: Scene, capsys: pytest.CaptureFixture[str]) -> None:
    conflicts(scene.service, 1, data_dir=scene.data_dir)
    out = capsys.readouterr().out
    row = next(line for line in out.splitlines() if line.startswith("│ name"))
    assert [cell.strip() for cell in row.split("│")[2:5]] == ["'theirs [bold]'", "'mine'", "'mine'"]
    conflicts(scene.service, 2, as_json=True, data_dir=scene.data_dir)
    told = _json(capsys)
    assert told["overwritten"]["properties"]["name"] == "\x1b[31mred"
    assert (told["written"], told["now"]) == ({"told": "deleted"}, {"told": "does not exist"})


def test_what_came_from_outside_cannot_steer_the_terminal(scene: Scene, capsys: pytest.CaptureFixture[str]) -> None:
    conflicts(scene.service, 2, data_dir=scene.data_dir)
    assert "\x1b[31mred" not in capsys.readouterr().out


def test_a_conflict_is_restored_once_asked(scene: Scene, capsys: pytest.CaptureFixture[str]) -> None:
    conflicts(scene.service, 2, restore=True, data_dir=scene.data_dir)
    assert "Restored at" in capsys.readouterr().out
    conflicts(scene.service, 2, as_json=True, data_dir=scene.data_dir)
    told = _json(capsys)
    assert told["restored"] is not None
    assert told["now"]["properties"]["name"] == "\x1b[31mred"
    for number, kind in ((None, MalformedInput), (9, NotFound), (2, Conflict)):
        with pytest.raises(kind):
            conflicts(scene.service, number, restore=True, data_dir=scene.data_dir)


def test_a_restore_tells_what_it_overwrote(scene: Scene, capsys: pytest.CaptureFixture[str]) -> None:
    conflicts(scene.service, 1, restore=True, as_json=True, data_dir=scene.data_dir)
    told = _json(capsys)
    assert (told["number"], told["kept"], told["back"], told["left"]) == (1, 3, [], [])
    conflicts(scene.service, 3, data_dir=scene.data_dir)
    assert "who restored what had been overwritten" in capsys.readouterr().out
    conflicts(scene.service, 3, restore=True, data_dir=scene.data_dir)
    assert "What stood there is kept as conflict 4." in capsys.readouterr().out


def test_a_restore_lists_what_came_along_and_what_did_not(scene: Scene, capsys: pytest.CaptureFixture[str]) -> None:
    scene.delete_connected()
    conflicts(scene.service, 3, restore=True, data_dir=scene.data_dir)
    lines = [line.split("│") for line in capsys.readouterr().out.splitlines() if "Knows" in line]
    assert {cells[2].strip(): cells[4].strip() for cells in lines} == {
        str(uid(10)): "back",
        str(uid(11)): f"not back: the destination {uid(5)} does not exist",
    }


# ---- inspect


def test_an_archive_is_shown_with_its_first_rows(scene: Scene, capsys: pytest.CaptureFixture[str]) -> None:
    inspect(scene.before, rows=2)
    out = capsys.readouterr().out
    assert "name (string)" in out
    assert "'n1'" in out
    assert "'n2'" in out
    assert "'n3'" not in out
    assert f"{uid(3)} → {uid(4)}" in out
    inspect(scene.before, rows=0)
    assert "'n1'" not in capsys.readouterr().out


def test_an_archive_is_one_json_object(scene: Scene, capsys: pytest.CaptureFixture[str]) -> None:
    inspect(scene.delta, rows=1, as_json=True)
    told = _json(capsys)
    files = [(f["operation"], f["type"], f["category"], f["rows"]) for f in told["files"]]
    assert files == [("delete", "Person", "entity", 1), ("update", "Person", "entity", 1)]
    assert told["files"][1]["first"][0]["properties"]["name"] == "mine"
    assert [t["name"] for t in told["dataModel"]["types"]] == ["Person", "Knows"]
    assert told["syncDate"] > 0


# ---- diff


def test_diff_ends_with_0_when_nothing_differs(scene: Scene, capsys: pytest.CaptureFixture[str]) -> None:
    assert _exit_of(lambda: diff(scene.before, scene.before)) == 0
    assert "say the same" in capsys.readouterr().out
    assert _exit_of(lambda: diff(scene.before, scene.before, as_json=True)) == 0
    assert _json(capsys)["same"] is True


def test_diff_ends_with_1_and_shows_what_differs(scene: Scene, capsys: pytest.CaptureFixture[str]) -> None:
    assert _exit_of(lambda: diff(scene.before, scene.after)) == 1
    out = capsys.readouterr().out
    assert "name: 'n1' → 'mine'" in out
    assert f"- Person {uid(2)} (add)" in out
    assert _exit_of(lambda: diff(scene.before, scene.after, rows=1, as_json=True)) == 1
    told = _json(capsys)
    assert (len(told["rows"]), told["counts"]) == (1, {"onlyFirst": 1, "onlySecond": 0, "different": 1})


def test_diff_ends_with_2_when_it_cannot_say(scene: Scene, capsys: pytest.CaptureFixture[str]) -> None:
    broken = scene.before.with_name("broken.zip")
    broken.write_bytes(scene.before.read_bytes()[:-200])
    assert _exit_of(lambda: diff(scene.before, broken)) == 2
    assert "broken.zip" in capsys.readouterr().err
    assert _exit_of(lambda: diff(scene.before.with_name("none.zip"), broken)) == 2
    assert "none.zip" in capsys.readouterr().err


# ---- verify


def test_verify_ends_as_archives_and_server_agree(scene: Scene, capsys: pytest.CaptureFixture[str]) -> None:
    def verified(*archives: Path) -> int:
        return _exit_of(lambda: verify("tablet", list(archives), data_dir=scene.data_dir))

    assert verified(scene.before, scene.delta) == verified(scene.after) == 0
    assert verified(scene.before) == 2
    assert "Synchronize the replica" in capsys.readouterr().out
    people = {k: {"name": f"n{k}"} for k in range(3, 6)}
    # As if the delta's update had been lost on the way: same date, another content.
    forged = scene.before.with_name("forged.zip")
    date = json.loads(_inspected(scene.after, capsys))["syncDate"]
    types = (whole(PERSON), whole(KNOWS))
    save_rows(forged, [(Op.ADD, types[0], people), (Op.ADD, types[1], {10: {}})], at=date, ends=(3, 4))
    assert verified(forged) == 1
    out = capsys.readouterr().out
    assert "They differ." in out
    assert f"{uid(1)} │ missing from the archives" in out


def _inspected(archive: Path, capsys: pytest.CaptureFixture[str]) -> str:
    capsys.readouterr()
    inspect(archive, rows=0, as_json=True)
    return capsys.readouterr().out


def test_verify_tells_programs_what_differs(scene: Scene, capsys: pytest.CaptureFixture[str]) -> None:
    assert _exit_of(lambda: verify("Tablet", [scene.after], as_json=True, data_dir=scene.data_dir)) == 0
    told = _json(capsys)
    assert (told["agrees"], told["archives"], told["counts"]) == (True, told["server"], {"Knows": 1, "Person": 4})
    assert _exit_of(lambda: verify("Tablet", [scene.delta], data_dir=scene.data_dir)) == 2
    assert "must be a snapshot" in capsys.readouterr().err
    assert _exit_of(lambda: verify("Nobody", [scene.after], data_dir=scene.data_dir)) == 2


# ---- explain


def test_an_object_is_explained(scene: Scene, capsys: pytest.CaptureFixture[str]) -> None:
    explain("Tablet", f"{{{uid(2)}}}", data_dir=scene.data_dir)
    out = capsys.readouterr().out
    assert "is not in the replica Tablet" in out
    assert "(deleted)" in out
    assert "It came with what was served at or before 1970-01-01T00:16:40.001Z" in out
    assert "will delete it" in out
    explain("Tablet", str(uid(10)), as_json=True, data_dir=scene.data_dir)
    told = _json(capsys)
    assert (told["member"], told["type"], [e["id"] for e in told["ends"]]) == (
        True,
        "Knows",
        [str(uid(3)), str(uid(4))],
    )
    assert (told["knownFrom"], told["heldThen"], told["deltas"]) == (1_000_001, True, [])
    assert told["next"] == {"after": 1_000_001, "upto": 1_000_003, "says": []}
    with pytest.raises(MalformedInput, match="not an id"):
        explain("Tablet", "7", data_dir=scene.data_dir)


# ---- values


@pytest.mark.parametrize(
    ("value", "text", "json_value"),
    [
        (None, "null", None),
        (True, "True", True),
        (3.5, "3.5", 3.5),
        ("a\nb", "'a\\nb'", "a\nb"),
        (b"\x00\x01", "2 bytes", "AAE="),
        ((1, None), "[1, null]", [1, None]),
        (DateTime(0), "1970-01-01T00:00:00.000Z", "1970-01-01T00:00:00.000Z"),
        (DateOnly(1), "1970-01-02", "1970-01-02"),
        (TimeOnly(1000), "00:00:01.000", "00:00:01.000"),
        (TimestampOffset(0, 3600), "1970-01-01T00:00:00.000+01:00", "1970-01-01T00:00:00.000+01:00"),
        (Duration(1, 2, 3, 4), "P1M2DT3.004S", "P1M2DT3.004S"),
        (UUID(int=1), str(UUID(int=1)), str(UUID(int=1))),
        (Invalid("what"), "unreadable: what", "unreadable: what"),
        (
            Geometry(GeometryKind.MULTIPOINT, True, False, ((1.0, 2.0, 3.0) * 5,)),
            "MULTIPOINT (1 2 3, 1 2 3, 1 2 3, 1 2 3, … 5 vertices)",
            {"type": "multipoint", "hasZ": True, "hasM": False, "parts": [[[1.0, 2.0, 3.0]] * 5]},
        ),
    ],
)
def test_values_have_a_text_and_a_json_form(value: Value, text: str, json_value: Any) -> None:
    assert (text_of(value), plain(value)) == (text, json_value)
    assert json.dumps(plain(value))


def test_long_values_are_shortened_and_impossible_dates_shown() -> None:
    assert len(text_of("x" * 1_000)) == 120
    assert text_of(tuple(range(100))).endswith(", …]")
    assert "9" * 18 in text_of(DateTime(int("9" * 18)))
